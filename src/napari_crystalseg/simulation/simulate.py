"""Simulate whole cases: random sample, raw scan, reconstructed volume, labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..labels import Labels, Material
from ..progress import Progress, part, silent
from ..provenance import Provenance
from ..scan import Scan
from ..volume import Volume
from .priors import TYPICAL, WIDE, Priors
from .scan_request import check_scan_request
from .series.case_folder import is_finished, write_case
from .series.case_series import check_cases, make_missing
from .shown_sample import draw_shown_sample

SUPERSAMPLING = 2
# Points along each edge of a voxel at which the materials' shares are counted.
SHARE_POINTS = 3


@dataclass(frozen=True, eq=False)
class Case:
    """One simulated case.

    Parameters
    ----------
    scan : Scan
        Raw scan.
    volume : Volume
        Its reconstruction.
    labels : Labels
        Truth on the volume's grid.
    description : dict
        Every draw that shaped it, JSON values.
    """

    scan: Scan
    volume: Volume
    labels: Labels
    description: dict[str, Any]


def simulate_case(
    seed: int,
    case: int,
    *,
    size: int = 128,
    angles: int | None = None,
    habit: str | None = None,
    wide: bool = False,
    priors: Priors | None = None,
    propagation: str | None = None,
    slices: int | None = None,
    liquor: str | None = None,
    partial_volumes: bool = False,
    progress: Progress = silent,
) -> Case:
    """Simulate one case of a series.

    Parameters
    ----------
    seed, case : int
        Seed of the series and number of the case in it; a case does not depend on the others.
    size : int
        Detector rows and columns, 32 or more; the volume is ``size`` cubed.
    angles : int, optional
        Number of projections; drawn when left out.
    habit : str, optional
        Name of the crystal habit; drawn when left out.
    wide : bool
        Draw from the wide priors, which hold rarer and harder cases, instead of the typical ones.
    priors : Priors, optional
        Draw from these instead.
    propagation, slices : str, int, optional
        How waves are propagated, instead of as drawn (see :class:`~napari_crystalseg.xray.Acquisition`): ``"auto"``,
        ``"absorption"`` for no fringes, or ``"multislice"`` with a number of slices. Nothing else changes.
    liquor : str, optional
        What shapes the liquor, instead of what the priors say: ``"draped"``, ``"capillary"`` or ``"blender"``, see
        :func:`~napari_crystalseg.phantom.drawing.liquor_surface.settled`. Crystals, mount, volume and conditions stay.
    partial_volumes : bool
        Scan the shares of the materials in each voxel, instead of the one in its middle: the wave is about three times
        nearer to that of the shapes. Nothing else changes.
    progress : Progress
        Called as the work goes on.

    Returns
    -------
    Case

    Raises
    ------
    InputError
        A size below 32, a negative seed, fewer than two angles, an unknown habit, way of propagation or surface of the
        liquor, or priors that no case can be drawn from.
    """
    from ..phantom.mixed_voxels import mixed_voxels
    from ..phantom.shape_record import shape_record
    from ..tomography import PLAIN, reconstruct
    from ..xray import acquire
    from .conditions import draw_conditions, draw_pixel_size_um

    _check_request(seed, size, angles, habit, propagation, slices, liquor)
    priors = (WIDE if wide else TYPICAL) if priors is None else priors
    if liquor is not None:
        priors = replace(priors, sample=replace(priors.sample, liquor_surface=liquor))
    rng = np.random.default_rng([seed, case])
    pixel_size_um = draw_pixel_size_um(rng, size)
    progress(0.0, "Drawing the sample")
    shown = draw_shown_sample(rng, size, pixel_size_um, priors, habit=habit, supersampling=SUPERSAMPLING)
    sample, fine, labels = shown.sample, shown.fine, shown.labels
    conditions = draw_conditions(
        rng, size, pixel_size_um, sample.description["other"], angles, priors.conditions, priors.materials
    )
    acquisition = conditions.acquisition
    if propagation is not None or slices is not None:
        acquisition = replace(acquisition, propagation=propagation or "auto", slices=slices)
    noise_seed = int(rng.integers(2**31))
    wetted, shares = fine, None
    if partial_volumes:
        shares = mixed_voxels(sample, fine, SHARE_POINTS, shown.liquor_surface)[1:]
        # Liquor has its concentration wherever there is any of it.
        holds_liquor = shares[Material.LIQUOR - 1] > 0
        wetted = replace(fine, data=np.where(holds_liquor, np.uint8(Material.LIQUOR), fine.data))
    scan = acquire(
        fine,
        conditions.indices,
        acquisition,
        seed=noise_seed,
        supersampling=SUPERSAMPLING,
        harmonic_indices=conditions.harmonic_indices,
        concentration=None if sample.composition is None else sample.composition.relative(wetted),
        fractions=shares,
        progress=part(progress, 0.05, 0.8),
    )
    # Named, so that a seed keeps its bytes whatever method is best on this machine.
    volume = reconstruct(
        scan, scan.rotation_centre_px, PLAIN, method="fbp", beyond="hold", progress=part(progress, 0.8, 1.0)
    )
    description: dict[str, Any] = {
        "seed": seed,
        "case": case,
        "size": size,
        "priors": priors.name,
        "pixel_size_um": pixel_size_um,
        "sample": sample.description,
        "conditions": conditions.description,
    }
    provenance = Provenance(seed=seed).then("simulate", **description)
    return Case(
        scan,
        volume,
        Labels(labels.data, labels.voxel_size_um, provenance),
        description
        | {
            "sampling": scan.provenance.steps[-1]["sampling"],
            "priors": priors.to_dict(),
            "drawn": {
                **shown.draws,
                "shapes": shape_record(sample),
                **{name: told for name, told in fine.provenance.steps[-1].items() if name == "liquor_at_rest"},
                "materials": conditions.materials,
                "acquisition": acquisition.to_dict(),
                "noise_seed": noise_seed,
                **({"partial_volume_points": SHARE_POINTS} if partial_volumes else {}),
            },
        },
    )


def _check_request(
    seed: int,
    size: int,
    angles: int | None,
    habit: str | None,
    propagation: str | None,
    slices: int | None,
    liquor: str | None,
) -> None:
    """Refuse what no case can be made of, before there is a folder or a cluster."""
    from ..phantom import HABITS
    from ..phantom.drawing.priors import SURFACES
    from ..xray import check_propagation

    check_scan_request(seed, size, angles)
    if habit is not None and habit not in HABITS:
        raise InputError(f"Unknown habit {habit!r}; choose one of {', '.join(HABITS)}.")
    if propagation is not None or slices is not None:
        check_propagation(propagation or "auto", slices)
    if liquor is not None and liquor not in SURFACES:
        raise InputError(f"liquor must be one of {', '.join(SURFACES)}, not {liquor!r}.")


@dataclass(frozen=True)
class _Series:
    """A series of cases in a folder; makes one of them when called."""

    out_dir: Path
    seed: int
    size: int
    angles: int | None
    habit: str | None
    varied: bool
    priors: Priors
    propagation: str | None
    slices: int | None
    liquor: str | None
    partial_volumes: bool

    def folder(self, case: int) -> Path:
        return self.out_dir / f"case_{case:04d}"

    def request(self, case: int) -> dict[str, Any]:
        """By which a case is known again; what is as by default is left out of later additions."""
        names = ("size", "angles", "habit", "varied")
        request = {"seed": self.seed, "case": case} | {name: getattr(self, name) for name in names}
        if self.priors != (WIDE if self.varied else TYPICAL):
            request["priors"] = self.priors.to_dict()
        chosen: dict[str, Any] = {"propagation": self.propagation, "slices": self.slices, "liquor": self.liquor}
        chosen["partial_volumes"] = self.partial_volumes or None
        return request | {name: value for name, value in chosen.items() if value is not None}

    def __call__(self, case: int, progress: Progress) -> None:
        from .variations import volumes_to_write

        if is_finished(self.folder(case), self.request(case)):
            return  # by another run on the same folder
        made = simulate_case(
            self.seed,
            case,
            size=self.size,
            angles=self.angles,
            habit=self.habit,
            priors=self.priors,
            propagation=self.propagation,
            slices=self.slices,
            liquor=self.liquor,
            partial_volumes=self.partial_volumes,
            progress=progress,
        )
        volumes = volumes_to_write(self.seed, case, made.scan, made.volume, made.labels, self.varied)
        write_case(self.folder(case), made.scan, volumes, made.labels, self.request(case), made.description)


def simulate(
    out_dir: str | Path,
    n: int,
    seed: int,
    *,
    size: int = 128,
    angles: int | None = None,
    habit: str | None = None,
    first: int = 0,
    varied: bool = False,
    propagation: str | None = None,
    slices: int | None = None,
    liquor: str | None = None,
    partial_volumes: bool = False,
    priors: Priors | None = None,
    scheduler: str | None = None,
    workers: int | None = None,
    progress: Progress = silent,
) -> list[Path]:
    """Simulate cases and write each to a folder of its own.

    A finished case is not repeated, so that a series goes on where it was stopped. Each folder appears whole, and its
    bytes do not depend on the number of workers.

    Parameters
    ----------
    out_dir : path
        Gets ``case_0000/{scan.h5, volume.tif, labels.tif, manifest.json}`` and so on.
    n, first : int
        Number of cases, and number of the first.
    seed, size, angles, habit, propagation, slices, liquor, partial_volumes
        As in :func:`simulate_case`.
    varied : bool
        Make cases to train on: drawn from the wide priors unless others are given, and with
        ``volume_varied.tif``, ``volume_painted.tif``, ``volume_phase.tif`` and ``volume_iterative.tif``, other volumes
        of the same labels.
    priors : Priors, optional
        What all is drawn from; by default the typical priors, or the wide ones with ``varied``.
    scheduler, workers
        As in :func:`.series.run_series`; with ``"local"`` a script needs its ``if __name__ == "__main__":``.
    progress : Progress
        Called as the work goes on, with an estimate of the time left.

    Returns
    -------
    list of Path
        The case folders.

    Raises
    ------
    InputError
        Fewer than one case, a folder that cannot be written, or one that holds a case made with other parameters; and
        as :func:`simulate_case`.
    """
    check_cases(n, first)
    _check_request(seed, size, angles, habit, propagation, slices, liquor)
    out_dir = Path(out_dir)
    priors = (WIDE if varied else TYPICAL) if priors is None else priors
    # Workers may be at home in another folder.
    series = _Series(
        out_dir.resolve(), seed, size, angles, habit, varied, priors, propagation, slices, liquor, partial_volumes
    )
    folders = make_missing(series, range(first, first + n), scheduler=scheduler, workers=workers, progress=progress)
    return [out_dir / folder.name for folder in folders]
