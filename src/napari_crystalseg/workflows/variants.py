"""Simulate new cases from corrected labels: variants of a real sample, each scanned and reconstructed anew."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..labels import Labels, Material
from ..progress import Progress, part, silent
from ..provenance import hash_array
from .case_folder import is_finished, write_case
from .scan_request import check_scan_request
from .simulate import SUPERSAMPLING, Case, majority

# Samples between these lie within what energies of 2.5 to 18 keV can show.
FIELD_UM = (10.0, 20_000.0)
_TRIES = 20


def simulate_variant(
    labels: Labels,
    seed: int,
    case: int,
    *,
    size: int | None = None,
    angles: int | None = None,
    varied: bool = False,
    progress: Progress = silent,
) -> Case:
    """Simulate one variant of labels.

    The variant is voxelised in cubic voxels, two along each pixel of the detector. Energy and acquisition are drawn as
    for any simulated case, materials from recipes of crystallisation.

    Parameters
    ----------
    labels : Labels
        Corrected labels with a crystal; voxels need not be cubes.
    seed, case : int
        Seed of the series and number of the case in it; a case does not depend on the others.
    size : int, optional
        Detector columns over the longer of the labels' sides across the rotation axis, 32 or more; by default one for
        each of their finest voxels. A turned sample may need more.
    angles : int, optional
        Number of projections; drawn when left out.
    varied : bool
        Draw the acquisition from the wide ranges, which hold poorer scans, instead of the typical ones.
    progress : Progress
        Called as the work goes on.

    Returns
    -------
    Case
        Its ``description`` holds the variant, its materials and the acquisition. Volume and labels are (z, W, W) with
        W columns.

    Raises
    ------
    InputError
        Labels without crystal or of an unlikely extent, a size below 32, a negative seed, fewer than two angles, or a
        class so thin that no variant keeps it.
    """
    from ..phantom.variant import Variant
    from ..phantom.variants import LostClassError, draw_variant, make_variant, variant_shape
    from ..tomography import reconstruct
    from ..xray import acquire
    from . import conditions as condition_priors
    from .conditions import draw_conditions
    from .materials import draw_materials

    pixel_size_um = _checked_pixel_size_um(labels, seed, size, angles)
    rng = np.random.default_rng([seed, case, 2])
    progress(0.0, "Drawing the variant")
    made: tuple[Variant, Labels, Labels] | None = None
    lost = ""
    for _ in range(_TRIES):
        variant = draw_variant(rng, labels)
        rows, *sides = variant_shape(labels, variant, pixel_size_um)
        shape = (rows * SUPERSAMPLING, max(sides) * SUPERSAMPLING, max(sides) * SUPERSAMPLING)
        try:
            fine = make_variant(labels, variant, shape=shape, voxel_size_um=pixel_size_um / SUPERSAMPLING)
        except LostClassError as error:
            # Thin things can fall between the voxels in one pose and not in the next.
            lost = str(error)
            continue
        coarse = majority(fine, SUPERSAMPLING)
        if set(np.unique(coarse.data)) == set(np.unique(fine.data)):
            made = variant, fine, coarse
            break
        lost = f"A class is too thin for voxels of {pixel_size_um:g} µm."
    if made is None:
        raise InputError(f"None of {_TRIES} variants kept every class; ask for a larger size. {lost}")
    variant, fine, coarse = made

    conditions = draw_conditions(
        rng,
        coarse.shape[2],
        pixel_size_um,
        "bubbles",
        angles,
        condition_priors.WIDE if varied else condition_priors.TYPICAL,
    )
    energy_kev = conditions.acquisition.energy_kev
    materials = draw_materials(rng, energy_kev, bool((coarse.data == Material.OTHER).any()))
    scan = acquire(
        fine,
        materials.indices(energy_kev),
        conditions.acquisition,
        seed=int(rng.integers(2**31)),
        supersampling=SUPERSAMPLING,
        harmonic_indices=materials.indices(3 * energy_kev),
        progress=part(progress, 0.1, 0.8),
    )
    volume = reconstruct(scan, centre_px=scan.rotation_centre_px, progress=part(progress, 0.8, 1.0))
    description: dict[str, Any] = {
        "seed": seed,
        "case": case,
        "pixel_size_um": pixel_size_um,
        "variant": variant.to_dict(),
        "priors": "wide" if varied else "typical",
        "acquisition": conditions.acquisition.to_dict(),
        "materials": materials.description,
    }
    provenance = replace(coarse.provenance, seed=seed).then("simulate variant", **description)
    labels = Labels(coarse.data, coarse.voxel_size_um, provenance)
    return Case(scan, volume, labels, description | {"sampling": scan.provenance.steps[-1]["sampling"]})


def simulate_variants(
    labels: Labels,
    out_dir: str | Path,
    n: int,
    seed: int,
    *,
    size: int | None = None,
    angles: int | None = None,
    first: int = 0,
    varied: bool = False,
    progress: Progress = silent,
) -> list[Path]:
    """Simulate variants of labels and write each to a folder of its own, as :func:`.simulate.simulate` does.

    A finished case is not repeated, so that a series goes on where it was stopped. Each folder appears whole.

    Parameters
    ----------
    labels : Labels
        Corrected labels with a crystal.
    out_dir : path
        Gets ``case_0000/{scan.h5, volume.tif, labels.tif, manifest.json}`` and so on.
    n, first : int
        Number of cases, and number of the first.
    seed, size, angles
        As in :func:`simulate_variant`.
    varied : bool
        Make cases to train on: acquisition from the wide ranges, and with ``volume_varied.tif`` and
        ``volume_painted.tif``, other volumes of the same labels.
    progress : Progress
        Called as the work goes on.

    Returns
    -------
    list of Path
        The case folders.

    Raises
    ------
    InputError
        As in :func:`simulate_variant`; fewer than one case, or a folder that holds a case made otherwise.
    """
    from .variations import volumes_to_write

    if n < 1 or first < 0:
        raise InputError(f"Ask for at least one case from number 0 on, not {n} from {first}.")
    _checked_pixel_size_um(labels, seed, size, angles)
    out_dir = Path(out_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
    source = {"labels_sha256": hash_array(labels.data), "voxel_size_um": list(labels.voxel_size_um)}
    folders = []
    for index in range(n):
        case = first + index
        folder = out_dir / f"case_{case:04d}"
        folders.append(folder)
        request = {**source, "seed": seed, "case": case, "size": size, "angles": angles, "varied": varied}
        if is_finished(folder, request):
            continue
        step = part(progress, index / n, (index + 1) / n)
        made = simulate_variant(labels, seed, case, size=size, angles=angles, varied=varied, progress=step)
        volumes = volumes_to_write(seed, case, made.scan, made.volume, made.labels, varied)
        write_case(folder, made.scan, volumes, made.labels, request, made.description)
    progress(1.0, f"{n} cases in {out_dir}")
    return folders


def _checked_pixel_size_um(labels: Labels, seed: int, size: int | None, angles: int | None) -> float:
    """Pixel size of the detector at the sample, once the request is found good."""
    if not (labels.data == Material.CRYSTAL).any():
        raise InputError("These labels have no crystal (class 3); variants are made of labels that have one.")
    check_scan_request(seed, size, angles)
    field_um = max(n * s for n, s in zip(labels.shape[1:], labels.voxel_size_um[1:], strict=True))
    if not FIELD_UM[0] <= field_um <= FIELD_UM[1]:
        raise InputError(
            f"These labels span {field_um:g} µm, and {FIELD_UM[0]:g} to {FIELD_UM[1]:g} µm is what X-rays of a "
            "tomography beamline show; check the voxel size."
        )
    return min(labels.voxel_size_um) if size is None else field_um / size
