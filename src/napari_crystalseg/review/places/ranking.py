"""Ranking: places where labels may be wrong, by what that would change in the absorption factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...absorption.coefficients import Coefficients
from ...absorption.directions import Directions
from ...absorption.edits.edit_meter import EditMeter
from ...absorption.edits.sensitivity import Sensitivity
from ...absorption.single_slice import refuse_single_slice
from ...errors import InputError
from ...labels import Labels, Material
from ...progress import Progress, part, silent
from ...volume import Volume
from .calibrated import MOST_CRYSTAL_DOUBT, MOST_SAMPLE_DOUBT
from .candidates.candidate import Candidate
from .evidence import Evidence
from .place import Place
from .place_list import PlaceList
from .selection import Row, chosen_rows
from .stop_line import MOST_DISAGREED, UNSURE_OF_CRYSTAL, UNSURE_OF_SAMPLE, StopLine
from .weighing import QUICK, effect_percent, weighed_regions

if TYPE_CHECKING:
    from ...segmentation.grids.class_probabilities import ClassProbabilities

MOST_PLACES = 30
"""Places in a list: what a person may look at in some minutes."""


def rank_places(
    labels: Labels,
    coefficients: Coefficients,
    directions: Directions,
    *,
    volume: Volume | None = None,
    uncertainty: NDArray[np.uint8] | None = None,
    probabilities: ClassProbabilities | None = None,
    sensitivity: Sensitivity | None = None,
    reviewed: Sequence[Place] = (),
    most: int = MOST_PLACES,
    seed: int = 0,
    progress: Progress = silent,
) -> PlaceList:
    """Find the places where labels may be wrong, and rank them by what mending each is expected to change in A.

    Places are regions of one class that may be another: where the network would say another, patches of surface that
    it is unsure of, what no sample looks like (pieces, holes, floating loop, crystal in the air, thin films, crystal at
    the edge of the field), and regions with the voxel values of another class. How probably each is wrong is read from
    a function fitted to simulated samples, :mod:`.doubt`; what it would change is measured by giving it the other class
    as a whole, with the same rays as :func:`~napari_crystalseg.absorption.compare_edits`. Whoever mends a place mends
    what lies beside it: places are chosen one after the other, each that which mends most of what is at stake in it and
    beside it, and in no place before.

    Parameters
    ----------
    labels : Labels
        Labels to review: of the network, of a file, or edited.
    coefficients : Coefficients
        Linear attenuation coefficients, 1/µm.
    directions : Directions
        Those of the reflections of an experiment, or over the sphere.
    volume : Volume, optional
        Voxel values on the same grid.
    uncertainty : ndarray of uint8, shape (z, y, x), optional
        255 times the probability that the label is wrong; used where there are no probabilities.
    probabilities : ClassProbabilities, optional
        Of a network that saw the volume (``segment(..., keep_probabilities=True)``). It need not have made the labels.
    sensitivity : Sensitivity, optional
        Of these labels; then thin regions need not be measured to see whether they are worth it.
    reviewed : sequence of Place
        Places that were seen to: what lies in them is not reported again.
    most : int
        Places to list at most.
    seed : int
        Seed of the rays. The same call gives the same list.
    progress : Progress
        Told what is being done; raises :class:`~napari_crystalseg.errors.Cancelled` to stop.

    Returns
    -------
    PlaceList

    Raises
    ------
    InputError
        No crystal, a single slice, voxels of unknown size, other grids, an uncertainty that is not uint8, or
        coefficients that do not hold for the labels.
    """
    if most < 1:
        raise InputError(f"A list needs at least one place, not {most}.")
    refuse_single_slice(labels)
    if not (labels.data == Material.CRYSTAL).any():
        raise InputError("The labels have no crystal, so that no place changes A: label the crystal first.")
    coefficients.check(labels, directions.energies_kev)
    codes = tuple(code for code in range(len(Material)) if code != Material.OTHER or coefficients.other is not None)
    progress(0.0, "looking at what the network doubts")
    evidence = Evidence.gathered(labels, volume, uncertainty, probabilities, codes)
    quick = EditMeter(labels, coefficients, directions, seed=seed, **QUICK)
    weighed = weighed_regions(
        evidence,
        labels,
        codes,
        quick,
        sensitivity=sensitivity,
        reviewed=reviewed,
        progress=part(progress, 0.05, 0.6),
    )
    chosen, unlisted = chosen_rows(weighed, most, labels.shape)
    progress(0.6, "preparing the exact measure")
    meter = EditMeter(labels, coefficients, directions, seed=seed)
    rows = []
    for number, row in enumerate(chosen):
        progress(0.65 + 0.3 * number / len(chosen), f"measuring place {number + 1} of {len(chosen)}")
        rows.append(row.measured(effect_percent(row.doubted.candidate, labels, meter)))
    rows.sort(key=lambda row: -row.gain_percent)
    progress(0.95, "drawing the stop line")
    stop = measured_stop_line(evidence, labels, quick, unlisted)
    places = tuple(_place(row, evidence) for row in rows)
    progress(1.0, "places ranked")
    return PlaceList(places, stop, remarks=_remarks(evidence))


def measured_stop_line(evidence: Evidence, labels: Labels, meter: EditMeter, unlisted: float) -> StopLine:
    """Measure what bounds the rest, from what is unlisted, %, and the crystal's surface."""
    from scipy.ndimage import binary_dilation

    crystal = evidence.labels == Material.CRYSTAL
    shell = binary_dilation(crystal) & ~crystal
    grown_crystal = Candidate.of_mask(shell, evidence.origin, Material.AIR, Material.CRYSTAL, "edge", "")
    shell_percent = 0.0 if grown_crystal is None else effect_percent(grown_crystal, labels, meter)
    both = shell | (crystal & binary_dilation(~crystal))
    surface = _mean_where(evidence.wrong, both)
    sample = evidence.labels != Material.AIR
    over_sample = _mean_where(evidence.wrong, sample)
    in_crystal = _mean_where(evidence.wrong, crystal & (evidence.wrong <= 0.5))
    refusal = None
    if not evidence.of_network:
        refusal = "the network was not asked how sure it is; give the volume"
    elif evidence.spread is None:
        refusal = "an uncertainty alone does not say which class it doubts; give the volume"
    elif (evidence.labels[_edge_of_field(evidence, labels)] == Material.CRYSTAL).any():
        refusal = "the crystal goes on beyond the edge of the field"
    elif _mean_where(evidence.wrong > 0.5, crystal) > MOST_DISAGREED:
        refusal = "the network takes most of the crystal for something else; look at all of it"
    elif in_crystal > MOST_CRYSTAL_DOUBT:
        refusal = UNSURE_OF_CRYSTAL
    elif over_sample > MOST_SAMPLE_DOUBT:
        refusal = UNSURE_OF_SAMPLE
    return StopLine(shell_percent, surface, in_crystal, unlisted, refusal)


def _mean_where(values: NDArray[np.float32] | NDArray[np.bool_], mask: NDArray[np.bool_]) -> float:
    """Mean over a mask; 0 where it is empty."""
    return float(values[mask].mean(dtype=np.float64)) if mask.any() else 0.0


def _edge_of_field(evidence: Evidence, labels: Labels) -> NDArray[np.bool_]:
    at = np.zeros(evidence.labels.shape, dtype=bool)
    for axis, (side, length) in enumerate(zip(evidence.box, labels.shape, strict=True)):
        planes = np.moveaxis(at, axis, 0)
        if side.start == 0:
            planes[0] = True
        if side.stop == length:
            planes[-1] = True
    return at


def _place(row: Row, evidence: Evidence) -> Place:
    one, candidate = row.doubted, row.doubted.candidate
    return Place(
        candidate.box,
        candidate.mask,
        candidate.from_label,
        candidate.to_label,
        candidate.centre(),
        evidence.voxel_size_um,
        one.doubt,
        one.effect_percent,
        candidate.reason,
        row.gain_percent,
    )


def _remarks(evidence: Evidence) -> tuple[str, ...]:
    if evidence.of_network:
        return ()
    return ("The network was not asked: every surface is taken to be as doubtful as another.",)
