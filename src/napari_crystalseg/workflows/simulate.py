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
from .case_folder import is_finished, write_case

SUPERSAMPLING = 2


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
    propagation: str | None = None,
    slices: int | None = None,
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
    propagation, slices : str, int, optional
        How waves are propagated, instead of as drawn (see :class:`~napari_crystalseg.xray.Acquisition`): ``"auto"``,
        ``"absorption"`` for no fringes, or ``"multislice"`` with a number of slices. Nothing else changes.
    progress : Progress
        Called as the work goes on.

    Returns
    -------
    Case

    Raises
    ------
    InputError
        A size below 32, a negative seed, fewer than two angles, an unknown habit or way of propagation.
    """
    from ..phantom import draw_sample
    from ..phantom import priors as sample_priors
    from ..tomography import reconstruct
    from ..xray import acquire, check_propagation
    from . import conditions as condition_priors
    from .conditions import draw_conditions, draw_pixel_size_um

    if size < 32:
        raise InputError(f"A case needs at least 32 voxels a side, not {size}.")
    if seed < 0:
        raise InputError(f"The seed must not be negative, not {seed}.")
    if angles is not None and angles < 2:
        raise InputError(f"A scan needs at least two angles, not {angles}.")
    if propagation is not None or slices is not None:
        check_propagation(propagation or "auto", slices)
    rng = np.random.default_rng([seed, case])
    pixel_size_um = draw_pixel_size_um(rng, size)
    progress(0.0, "Drawing the sample")
    labels = fine = None
    while labels is None or not (labels.data == Material.CRYSTAL).any():
        # Cracks and mounts can swallow a small crystal: such a sample teaches nothing, so another is drawn.
        sample = draw_sample(rng, size * pixel_size_um, habit, sample_priors.WIDE if wide else sample_priors.TYPICAL)
        fine = sample.voxelise((size * SUPERSAMPLING,) * 3, pixel_size_um / SUPERSAMPLING)
        labels = majority(fine, SUPERSAMPLING)
    conditions = draw_conditions(
        rng,
        size,
        pixel_size_um,
        sample.description["other"],
        angles,
        condition_priors.WIDE if wide else condition_priors.TYPICAL,
    )
    assert fine is not None
    acquisition = conditions.acquisition
    if propagation is not None or slices is not None:
        acquisition = replace(acquisition, propagation=propagation or "auto", slices=slices)
    scan = acquire(
        fine,
        conditions.indices,
        acquisition,
        seed=int(rng.integers(2**31)),
        supersampling=SUPERSAMPLING,
        harmonic_indices=conditions.harmonic_indices,
        progress=part(progress, 0.05, 0.8),
    )
    volume = reconstruct(scan, centre_px=scan.rotation_centre_px, progress=part(progress, 0.8, 1.0))
    description: dict[str, Any] = {
        "seed": seed,
        "case": case,
        "size": size,
        "priors": "wide" if wide else "typical",
        "pixel_size_um": pixel_size_um,
        "sample": sample.description,
        "conditions": conditions.description,
    }
    provenance = Provenance(seed=seed).then("simulate", **description)
    return Case(
        scan,
        volume,
        Labels(labels.data, labels.voxel_size_um, provenance),
        description | {"sampling": scan.provenance.steps[-1]["sampling"]},
    )


def majority(fine: Labels, factor: int) -> Labels:
    """Give each block of ``factor`` cubed voxels the class that fills most of it; a tie goes to the lowest code.

    Parameters
    ----------
    fine : Labels
        Labels whose shape is a multiple of ``factor``.
    factor : int
        Voxels a block and axis.

    Returns
    -------
    Labels
    """
    z, y, x = (n // factor for n in fine.shape)
    blocks = fine.data.reshape(z, factor, y, factor, x, factor)
    best = np.zeros((z, y, x), dtype=np.uint8)
    most = np.zeros((z, y, x), dtype=np.uint16)
    for material in Material:
        count = (blocks == material).sum(axis=(1, 3, 5), dtype=np.uint16)
        more = count > most
        best[more] = material
        most[more] = count[more]
    size = tuple(s * factor for s in fine.voxel_size_um)
    return Labels(best, size, fine.provenance)  # type: ignore[arg-type]


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
    progress: Progress = silent,
) -> list[Path]:
    """Simulate cases and write each to a folder of its own.

    A finished case is not repeated, so that a series goes on where it was stopped. Each folder appears whole.

    Parameters
    ----------
    out_dir : path
        Gets ``case_0000/{scan.h5, volume.tif, labels.tif, manifest.json}`` and so on.
    n, first : int
        Number of cases, and number of the first.
    seed, size, angles, habit, propagation, slices
        As in :func:`simulate_case`.
    varied : bool
        Make cases to train on: drawn from the wide priors, and with ``volume_varied.tif`` and ``volume_painted.tif``,
        other volumes of the same labels.
    progress : Progress
        Called as the work goes on.

    Returns
    -------
    list of Path
        The case folders.

    Raises
    ------
    InputError
        Fewer than one case, or a folder that holds a case made with other parameters.
    """
    from .variations import variations

    if n < 1:
        raise InputError(f"Ask for at least one case, not {n}.")
    waves: dict[str, Any] = {"propagation": propagation, "slices": slices}
    out_dir = Path(out_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    folders = []
    for index in range(n):
        case = first + index
        folder = out_dir / f"case_{case:04d}"
        folders.append(folder)
        request = {"seed": seed, "case": case, "size": size, "angles": angles, "habit": habit, "varied": varied}
        request |= {name: value for name, value in waves.items() if value is not None}
        if is_finished(folder, request):
            continue
        step = part(progress, index / n, (index + 1) / n)
        made = simulate_case(seed, case, size=size, angles=angles, habit=habit, wide=varied, progress=step, **waves)
        volumes = {"volume": made.volume}
        if varied:
            others = variations(seed, case, made.scan, made.labels)
            volumes |= {f"volume_{name}": volume for name, volume in others.items()}
        write_case(folder, made.scan, volumes, made.labels, request, made.description)
    progress(1.0, f"{n} cases in {out_dir}")
    return folders
