"""Simulate new cases from corrected labels: variants of a real sample, each scanned and reconstructed anew."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..labels import Labels, Material
from ..progress import Progress, part, silent
from ..provenance import hash_array
from .priors import TYPICAL, WIDE, Priors
from .scan_request import check_scan_request
from .series.case_folder import is_finished, write_case
from .series.case_series import check_cases, make_missing
from .series.packed_labels import PackedLabels
from .shown_sample import majority
from .simulate import SUPERSAMPLING, Case

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
    priors: Priors | None = None,
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
    priors : Priors, optional
        Draw the acquisition from the conditions of these instead, and the materials from their recipes; with four
        liquors from those of :class:`~.material_priors.MaterialPriors`. What else they hold is given by the labels.
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
        Labels without crystal or of an unlikely extent, a size below 32, a negative seed, fewer than two angles, a
        class so thin that no variant keeps it, or priors without an energy that suits the labels.
    """
    from ..phantom.variants.variant import Variant
    from ..phantom.variants.variants import LostClassError, draw_variant, make_variant, variant_shape
    from ..tomography import PLAIN, reconstruct
    from ..xray import acquire
    from .conditions import draw_conditions
    from .materials import draw_materials

    priors = (WIDE if varied else TYPICAL) if priors is None else priors
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

    has_other = bool((coarse.data == Material.OTHER).any())
    # Labels do not tell what their class "other" is.
    other = "unknown" if has_other else "none"
    conditions = draw_conditions(
        rng, coarse.shape[2], pixel_size_um, other, angles, priors.conditions, priors.materials
    )
    energy_kev = conditions.acquisition.energy_kev
    indices, harmonic_indices = conditions.indices, conditions.harmonic_indices
    material_description = conditions.materials
    if priors.materials.liquors == "four":
        # Then the energy suits one of the four liquors, and the sample is made of something else:
        # drawn otherwise, series that have been begun could not go on.
        materials = draw_materials(rng, energy_kev, has_other)
        indices, harmonic_indices = materials.indices(energy_kev), materials.indices(3 * energy_kev)
        material_description = materials.description
    scan = acquire(
        fine,
        indices,
        conditions.acquisition,
        seed=int(rng.integers(2**31)),
        supersampling=SUPERSAMPLING,
        harmonic_indices=harmonic_indices,
        progress=part(progress, 0.1, 0.8),
    )
    # Named, so that a seed keeps its bytes whatever method is best on this machine.
    volume = reconstruct(
        scan, scan.rotation_centre_px, PLAIN, method="fbp", beyond="hold", progress=part(progress, 0.8, 1.0)
    )
    description: dict[str, Any] = {
        "seed": seed,
        "case": case,
        "pixel_size_um": pixel_size_um,
        "variant": variant.to_dict(),
        "priors": priors.name,
        "acquisition": conditions.acquisition.to_dict(),
        "materials": material_description,
    }
    provenance = replace(coarse.provenance, seed=seed).then("simulate variant", **description)
    labels = Labels(coarse.data, coarse.voxel_size_um, provenance)
    return Case(scan, volume, labels, description | {"sampling": scan.provenance.steps[-1]["sampling"]})


@dataclass(frozen=True)
class _Variants:
    """A series of variants in a folder; makes one of them when called."""

    out_dir: Path
    labels: PackedLabels
    labels_sha256: str
    seed: int
    size: int | None
    angles: int | None
    varied: bool
    priors: Priors

    def folder(self, case: int) -> Path:
        return self.out_dir / f"case_{case:04d}"

    def request(self, case: int) -> dict[str, Any]:
        """By which a case is known again; what is as by default is left out of later additions."""
        source = {"labels_sha256": self.labels_sha256, "voxel_size_um": list(self.labels.voxel_size_um)}
        names = ("size", "angles", "varied")
        request = {**source, "seed": self.seed, "case": case} | {name: getattr(self, name) for name in names}
        return (
            request if self.priors == (WIDE if self.varied else TYPICAL) else request | {"priors": self._drawn_from()}
        )

    def _drawn_from(self) -> dict[str, Any]:
        """The priors, less what the labels give."""
        return {name: value for name, value in self.priors.to_dict().items() if name not in ("sample", "crystals")}

    def __call__(self, case: int, progress: Progress) -> None:
        from .variations import volumes_to_write

        if is_finished(self.folder(case), self.request(case)):
            # By another run on the same folder.
            return
        made = simulate_variant(
            self.labels.labels(),
            self.seed,
            case,
            size=self.size,
            angles=self.angles,
            priors=self.priors,
            progress=progress,
        )
        volumes = volumes_to_write(self.seed, case, made.scan, made.volume, made.labels, self.varied)
        write_case(self.folder(case), made.scan, volumes, made.labels, self.request(case), made.description)


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
    priors: Priors | None = None,
    scheduler: str | None = None,
    workers: int | None = None,
    progress: Progress = silent,
) -> list[Path]:
    """Simulate variants of labels and write each to a folder of its own, as :func:`.simulate.simulate` does.

    A finished case is not repeated, so that a series goes on where it was stopped. Each folder appears whole, and its
    bytes do not depend on the number of workers.

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
        Make cases to train on: drawn from the wide priors unless others are given, and with ``volume_varied.tif``,
        ``volume_painted.tif``, ``volume_phase.tif`` and ``volume_iterative.tif``, other volumes of the same labels.
    priors : Priors, optional
        As in :func:`simulate_variant`; by default the typical priors, or the wide ones with ``varied``.
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
        As in :func:`simulate_variant` and :func:`.series.run_series`; fewer than one case, or a folder that cannot be
        written or holds a case made otherwise.
    """
    check_cases(n, first)
    _checked_pixel_size_um(labels, seed, size, angles)
    out_dir = Path(out_dir)
    series = _Variants(
        out_dir.resolve(),
        PackedLabels.of(labels),
        hash_array(labels.data),
        seed,
        size,
        angles,
        varied,
        (WIDE if varied else TYPICAL) if priors is None else priors,
    )
    cases = range(first, first + n)
    folders = make_missing(series, cases, scheduler=scheduler, workers=workers, progress=progress)
    # As it was given; workers may be at home in another folder.
    return [out_dir / folder.name for folder in folders]


def _checked_pixel_size_um(labels: Labels, seed: int, size: int | None, angles: int | None) -> float:
    """Pixel size of the detector at the sample, once the request is found good."""
    if not (labels.data == Material.CRYSTAL).any():
        raise InputError("These labels have no crystal (class 3); variants are made of labels that have one.")
    check_scan_request(seed, size, angles)
    field_um = max(n * s for n, s in zip(labels.shape[1:], labels.required_voxel_size_um[1:], strict=True))
    if not FIELD_UM[0] <= field_um <= FIELD_UM[1]:
        raise InputError(
            f"These labels span {field_um:g} µm, and {FIELD_UM[0]:g} to {FIELD_UM[1]:g} µm is what X-rays of a "
            "tomography beamline show; check the voxel size."
        )
    return min(labels.required_voxel_size_um) if size is None else field_um / size
