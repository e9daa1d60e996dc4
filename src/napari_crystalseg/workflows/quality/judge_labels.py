"""Judge labels by what they cost in the merged data: the one function behind commands and dock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...absorption.edits.edit_meter import EditMeter
from ...diffraction.merging.unmerged_intensities import UnmergedIntensities
from ...errors import InputError
from ...labels import Labels, Material
from ...progress import Progress, part, silent
from ...provenance import Provenance, hash_array
from ...review.places.evidence import Evidence
from ...review.places.place import Place
from ...review.places.place_stroke import stroke_about
from ...review.places.ranking import rank_places
from ...review.places.weighing import QUICK
from .doubtful_cost import DoubtfulCost
from .drawn_labels import drawn_labels
from .observation import Noise, observed
from .quality_report import LABELS, NONE, REFERENCE, MendedPlaces, QualityReport
from .quality_scan import QualityScan
from .treatment import Treatment, treated

if TYPE_CHECKING:
    from ...absorption import Coefficients
    from ...review.places.place_list import PlaceList
    from ...segmentation import ClassProbabilities
    from ...volume import Volume

EMPIRICAL = ("low", "high")
"""Empirical corrections that labels are held against."""

DRAWS = 4
"""Labels drawn within the doubt, where there is no reference."""

PLACES = 3
"""Places of the ranked list of which is told what correcting them gets back."""

LEAST_SEEN_AGAIN = 20
"""Reflections that must be seen more than once, I(+) and I(-) apart."""

TOLERANCE = 2e-3
"""Relative standard error of A: far below what segmentations differ by."""

LEAST_FACTOR = 1e-3
"""Intensities that are weakened to less are lost: ``dials.scale`` drops reflections of such scales."""

ODDS = (1, 3, 10, 30, 100, 300)
"""Factors of the odds that voxels are wrong, tried one after the other to reach the bound on what is wrong."""

LARGEST_ENLARGEMENT = 3.0
"""So much a change of A is enlarged that no odds bring to the bound."""

_Tracer = Callable[[Labels], NDArray[np.float64]]


def judge_labels(
    scan: QualityScan,
    labels: Labels,
    coefficients: Coefficients,
    *,
    reference: Labels | None = None,
    edited: Mapping[str, Labels] | None = None,
    measured: bool = False,
    noise: Noise | None = None,
    empirical: Sequence[str] = EMPIRICAL,
    volume: Volume | None = None,
    uncertainty: NDArray[np.uint8] | None = None,
    probabilities: ClassProbabilities | None = None,
    places: int = PLACES,
    draws: int = DRAWS,
    tolerance: float = TOLERANCE,
    seed: int = 0,
    progress: Progress = silent,
) -> QualityReport:
    """Judge labels by the merging statistics of intensities that are corrected with their absorption factors.

    With a reference, intensities are simulated with its absorption factors and with noise, and corrected with those of
    the reference, of the labels, by an empirical surface, and not at all; each is scaled along the scan and merged.
    Without one the labels stand for the truth in that table, and what they may cost is told from others that are drawn
    within the doubt about them: by the network's probabilities, by an uncertainty, or at every surface alike.

    Parameters
    ----------
    scan : QualityScan
        Observations, simulated or of files.
    labels : Labels
        What is judged.
    coefficients : Coefficients
        Linear attenuation coefficients, 1/µm, the same for all.
    reference : Labels, optional
        True or manual labels of the sample, on any grid over the same field.
    edited : mapping of str to Labels, optional
        More labels of the sample, each a column of the table.
    measured : bool
        Take the intensities of the table as they were measured, in place of simulating some.
    noise : Noise, optional
        What simulated intensities are spoiled by.
    empirical : sequence of {"low", "medium", "high"}
        Levels of the empirical corrections.
    volume, uncertainty, probabilities : Volume, ndarray of uint8 of shape (z, y, x), ClassProbabilities, optional
        What the doubt is known from, as :func:`~napari_crystalseg.review.places.ranking.rank_places` takes them.
    places : int
        Places of the ranked list to say the worth of; 0 for none.
    draws : int
        Labels drawn within the doubt, where there is no reference.
    tolerance : float
        Largest relative standard error of A.
    seed : int
        Of everything that is drawn. The same call gives the same report.
    progress : Progress
        Told what is being done; raises to cancel.

    Returns
    -------
    QualityReport

    Raises
    ------
    InputError
        No crystal, labels that absorb all or are of another field, measured intensities where the table has none, or
        names of edited labels that other columns have.
    """
    noise = noise or Noise(seed=seed)
    if measured and scan.measured is None:
        raise InputError(
            "The reflection table has no intensities, so that none can be corrected: give an integrated one, or let "
            "intensities be simulated."
        )
    _check_seen_again(scan)
    others = dict(edited or {})
    for name in others:
        if name in (LABELS, REFERENCE, NONE, "low", "medium", "high"):
            raise InputError(f"Edited labels cannot be called '{name}', as another column is; give another name.")
    sets = {**({} if reference is None else {REFERENCE: reference}), **others, LABELS: labels}
    for name, each in sets.items():
        if not (each.data == Material.CRYSTAL).any():
            raise InputError(f"The {name} hold no crystal (class 3), so that nothing can be corrected with them.")
        _check_same_field(labels, each, name)
    factors = _tracer(scan, coefficients, tolerance, seed)
    steps = len(sets) + len(sets) + len(empirical) + 1 + 2
    done = 0

    def told(message: str) -> None:
        nonlocal done
        progress(0.8 * done / steps, message)
        done += 1

    absorption = {}
    for name, each in sets.items():
        told(f"Absorption factors of the {name}")
        absorption[name] = factors(each)
        _check_let_through(absorption[name], name)
    true = absorption[REFERENCE if reference is not None else LABELS]
    if measured:
        assert scan.measured is not None
        intensities = scan.measured.only(np.isfinite(true))
    else:
        intensities = observed(scan, true, noise)
    columns: dict[str, Treatment] = {}
    for name, values in absorption.items():
        told(f"Scaling and merging with the {name}")
        columns[name] = treated(scan, intensities, absorption=values, simulated=not measured, seed=seed)
    for level in empirical:
        told(f"Fitting an empirical surface ({level})")
        columns[level] = treated(scan, intensities, absorption_level=level, simulated=not measured, seed=seed)
    told("Scaling and merging without a correction")
    columns[NONE] = treated(scan, intensities, simulated=not measured, seed=seed)
    record = _record(scan, sets, coefficients, noise)
    report = QualityReport(columns, scan.description, measured, statements=_hardly_through(true), provenance=record)
    if places < 1 and reference is not None:
        return report
    told("Ranking places")
    listed = rank_places(
        labels,
        coefficients,
        scan.directions,
        volume=volume,
        uncertainty=uncertainty,
        probabilities=probabilities,
        seed=seed,
    )
    first = listed.places[:places]
    last = part(progress, 0.8, 1.0)
    if reference is not None:
        if reference.shape != labels.shape:
            grids = " and ".join(" × ".join(map(str, each.shape)) for each in (labels, reference))
            said = f"Places are not mended, as the grids differ: {grids} voxels."
            return replace(report, statements=(*report.statements, said))
        if first:
            found = _mended_to(scan, intensities, labels, reference, first, factors, columns, measured, seed, last)
            report = replace(report, mended=found)
        return report
    if measured:
        return report
    codes = tuple(code for code in range(len(Material)) if code != Material.OTHER or coefficients.other is not None)
    doubted = Evidence.gathered(labels, volume, uncertainty, probabilities, codes)
    cost, back = _within_doubt(scan, labels, coefficients, doubted, listed, first, factors, noise, draws, seed, last)
    at = tuple(place.centre for place in first)
    mended = (MendedPlaces(len(first), at, back),) if first and back is not None else ()
    return replace(report, doubt=cost, mended=mended, statements=(*report.statements, *listed.remarks))


def _check_seen_again(scan: QualityScan) -> None:
    """Refuse observations of which hardly any are of one reflection: nothing can be said of how well they agree."""
    groups = scan.equivalents
    rows = groups.group >= 0 if scan.measured is None else scan.measured.used
    mate = 2 * groups.group[rows] + ~groups.plus[rows]
    again = int((np.bincount(mate) > 1).sum())
    if again < LEAST_SEEN_AGAIN:
        raise InputError(
            f"Only {again} reflections of the table are seen more than once, so that equivalents cannot be compared: "
            "give the table of a whole data set."
        )


def _check_let_through(absorption: NDArray[np.float64], name: str) -> None:
    """Refuse labels that let nothing through: no intensity is left that could be corrected."""
    if not (absorption >= LEAST_FACTOR).any():
        raise InputError(
            f"By the {name} all is absorbed: no absorption factor is above {LEAST_FACTOR:g}; check the attenuation "
            "coefficients (in 1/µm) and the voxel size."
        )


def _hardly_through(absorption: NDArray[np.float64]) -> tuple[str, ...]:
    """Say so where most intensities are all but absorbed."""
    below = float(np.mean(absorption[np.isfinite(absorption)] < LEAST_FACTOR))
    if below < 0.5:
        return ()
    return (f"LOOK: {below:.0%} of the absorption factors are below {LEAST_FACTOR:g}: are the coefficients in 1/µm?",)


def _tracer(scan: QualityScan, coefficients: Coefficients, tolerance: float, seed: int) -> _Tracer:
    from ...absorption import absorb

    def factors(labels: Labels) -> NDArray[np.float64]:
        return absorb(labels, coefficients, scan.directions, tolerance=tolerance, seed=seed).absorption

    return factors


def _mended_to(
    scan: QualityScan,
    intensities: UnmergedIntensities,
    labels: Labels,
    reference: Labels,
    places: Sequence[Place],
    factors: _Tracer,
    columns: Mapping[str, Treatment],
    measured: bool,
    seed: int,
    progress: Progress,
) -> tuple[MendedPlaces, ...]:
    """What is gained when the first one, two, … places are as in the reference."""
    data = labels.data.copy()
    found = []
    for number, place in enumerate(places):
        progress(number / len(places), f"Correcting place {number + 1} of {len(places)}")
        box, mask = stroke_about(place.box, place.mask, labels.shape)
        data[box][mask] = reference.data[box][mask]
        now = factors(Labels(data.copy(), labels.voxel_size_um))
        better = treated(scan, intensities, absorption=now, simulated=not measured, seed=seed)
        at = tuple(each.centre for each in places[: number + 1])
        found.append(MendedPlaces(number + 1, at, 100 * (columns[LABELS].r_meas - better.r_meas)))
    return tuple(found)


def _within_doubt(
    scan: QualityScan,
    labels: Labels,
    coefficients: Coefficients,
    evidence: Evidence,
    listed: PlaceList,
    places: Sequence[Place],
    factors: _Tracer,
    noise: Noise,
    draws: int,
    seed: int,
    progress: Progress,
) -> tuple[DoubtfulCost, float | None]:
    """What the labels cost if others that are drawn within the doubt were true, and what mending places gets back."""
    own = factors(labels)
    bound = listed.remains_percent()
    meter = EditMeter(labels, coefficients, scan.directions, seed=seed, **QUICK)
    drawn, widened, back = [], [], []
    for number in range(draws):
        progress(number / draws, f"Labels within the doubt, {number + 1} of {draws}")
        draw = 2 * seed * draws + number
        other = drawn_labels(labels, evidence, draw)
        if not (other.data == Material.CRYSTAL).any():
            continue
        true = factors(other)
        cost = _cost(scan, true, own, noise, seed)
        drawn.append(cost)
        if bound is not None:
            widened.append(max(cost, _cost_at_bound(scan, labels, evidence, meter, bound, factors, noise, draw, seed)))
        if places:
            data = labels.data.copy()
            for place in places:
                box, mask = stroke_about(place.box, place.mask, labels.shape)
                data[box][mask] = other.data[box][mask]
            mended = factors(Labels(data, labels.voxel_size_um))
            back.append(cost - _cost(scan, true, mended, noise, seed))
    if not drawn:
        return DoubtfulCost((0.0,), None, bound, listed.sentence()), None
    most = max(widened) if widened else None
    refusal = None if widened else listed.sentence()
    return DoubtfulCost(tuple(drawn), most, bound, refusal), float(np.mean(back)) if back else None


def _cost_at_bound(
    scan: QualityScan,
    labels: Labels,
    evidence: Evidence,
    meter: EditMeter,
    bound_percent: float,
    factors: _Tracer,
    noise: Noise,
    draw: int,
    seed: int,
) -> float:
    """Cost if labels were true that differ by the bound: more and more is doubted until A changes by as much."""
    other = labels
    for odds in ODDS:
        further = drawn_labels(labels, evidence, draw, odds=odds)
        if not (further.data == Material.CRYSTAL).any():
            break
        other = further
        if 100 * meter.effect((0, 0, 0), other.data).mean_relative_change >= bound_percent:
            break
    own, true = factors(labels), factors(other)
    with np.errstate(invalid="ignore", divide="ignore"):
        change = np.log(true / own)
    size = float(np.nanmean(np.abs(change)))
    # To the size of the bound; a change that is far below it is mostly the error of tracing, and stays so.
    change *= min(bound_percent / 100 / max(size, 1e-9), LARGEST_ENLARGEMENT)
    return _cost(scan, np.clip(own * np.exp(np.clip(change, -3, 3)), 1e-6, 1.0), own, noise, seed)


def _cost(scan: QualityScan, true: NDArray[np.float64], own: NDArray[np.float64], noise: Noise, seed: int) -> float:
    """R_meas, %, corrected with factors, above that corrected with the true ones."""
    intensities = observed(scan, true, noise)
    wrong, right = (treated(scan, intensities, absorption=values, seed=seed).r_meas for values in (own, true))
    return 100 * (wrong - right)


def _check_same_field(one: Labels, other: Labels, name: str) -> None:
    fields = [np.multiply(each.shape, each.required_voxel_size_um) for each in (one, other)]
    coarser = np.maximum(one.required_voxel_size_um, other.required_voxel_size_um)
    if (np.abs(fields[0] - fields[1]) > coarser * (1 + 1e-6)).any():
        sizes = " and ".join(" × ".join(f"{side:.4g}" for side in field) + " µm" for field in fields)
        raise InputError(
            f"The labels and the {name} do not cover the same field ({sizes}); check the voxel sizes, and crop or pad "
            "both to the same field."
        )


def _record(scan: QualityScan, sets: Mapping[str, Labels], coefficients: Coefficients, noise: Noise) -> Provenance:
    return scan.provenance.then(
        "judge labels by merging statistics",
        labels_sha256={name: hash_array(each.data) for name, each in sets.items()},
        **coefficients.record(),
        noise=noise.to_dict(),
    )
