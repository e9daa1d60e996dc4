"""Quick looks at what `simulate` would make: the sample on a coarse grid, and one projection of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..checks import read_only
from ..errors import InputError
from ..labels import Labels, Material
from ..progress import Progress, part, silent
from ..provenance import Provenance
from .requests.scan_request import check_seed

if TYPE_CHECKING:
    from ..phantom import Sample
    from .priors import Priors

SIZE = 128
"""Detector columns of the case that is looked at: the default of ``crystalseg simulate``."""

GRID = 96
"""Voxels along each side of a sample that is looked at: as fine as a window shows it, and drawn at once."""

# A crystal may be swallowed by its mount now and then; not every time.
_MOST_TRIES = 100


@dataclass(frozen=True)
class SampleRequest:
    """Which random sample to look at.

    Parameters
    ----------
    seed : int
        Seed of a series, whose first case is looked at.
    habit : str or None
        Name of the crystal habit, a key of :data:`napari_crystalseg.phantom.HABITS`; drawn when None.
    priors : str
        Name of priors, or path of a YAML file of them, as :func:`~.priors.find_priors` takes it.
    """

    seed: int
    habit: str | None = None
    priors: str = "typical"

    def __post_init__(self) -> None:
        check_seed(self.seed)


@dataclass(frozen=True, eq=False)
class SamplePreview:
    """A random sample on a coarse grid.

    Parameters
    ----------
    request : SampleRequest
        What was asked for.
    labels : Labels
        The sample.
    description : dict
        What was drawn, JSON values.
    """

    request: SampleRequest
    labels: Labels
    description: dict[str, Any]


@dataclass(frozen=True, eq=False)
class ProjectionPreview:
    """One projection of a random sample, and the sample.

    Parameters
    ----------
    sample : SamplePreview
        The sample on a coarse grid.
    transmission : ndarray of float32, shape (row, column)
        Flat-field corrected projection, 1 in air but for fringes and noise.
    angle_deg : float
        Rotation angle.
    pixel_size_um, energy_kev, distance_mm : float
        Conditions that were drawn: pixel at the sample, µm; photon energy, keV; sample to detector, mm.
    description : dict
        All conditions, JSON values.
    """

    sample: SamplePreview
    transmission: NDArray[np.float32]
    angle_deg: float
    pixel_size_um: float
    energy_kev: float
    distance_mm: float
    description: dict[str, Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "transmission", read_only(self.transmission))


def preview_sample(request: SampleRequest, *, grid: int = GRID, progress: Progress = silent) -> SamplePreview:
    """Draw the sample of the first case of a series, on a coarse grid.

    Parameters
    ----------
    request : SampleRequest
        Which sample.
    grid : int
        Voxels along each side.
    progress : Progress
        Called as the work goes on.

    Returns
    -------
    SamplePreview
        The sample of ``case_0000`` of :func:`~.simulate.simulate` with the same seed, habit and priors and 128 voxels a
        side, on a cube of ``grid`` voxels a side with the same extent.

    Raises
    ------
    InputError
        Unknown habit or priors, priors whose samples show no crystal, or a grid below 16.
    """
    if grid < 16:
        raise InputError(f"A sample is shown with at least 16 voxels a side, not {grid}.")
    progress(0.0, "drawing the sample")
    return _drawn(request, grid).preview


def preview_projection(
    request: SampleRequest, *, angle_deg: float = 0.0, grid: int = GRID, progress: Progress = silent
) -> ProjectionPreview:
    """Simulate one projection of the sample of the first case of a series.

    Parameters
    ----------
    request : SampleRequest
        Which sample.
    angle_deg : float
        Rotation angle; at 0 the beam passes along axis 1 of the labels.
    grid : int
        Voxels along each side of the sample that is returned beside it.
    progress : Progress
        Called as the work goes on.

    Returns
    -------
    ProjectionPreview
        Energy, distance, pixel size, materials and detector are those of ``case_0000``; noise and defects are others.

    Raises
    ------
    InputError
        As :func:`preview_sample`.
    """
    from ..tomography import transmission_of
    from ..xray import acquire
    from .case import SUPERSAMPLING
    from .conditions import draw_conditions

    if grid < 16:
        raise InputError(f"A sample is shown with at least 16 voxels a side, not {grid}.")
    progress(0.0, "drawing the sample")
    drawn = _drawn(request, grid)
    pixel_size_um, priors = drawn.pixel_size_um, drawn.priors
    conditions = draw_conditions(
        drawn.rng,
        SIZE,
        pixel_size_um,
        drawn.sample.description["other"],
        None,
        priors.conditions,
        priors.materials,
    )
    # A single frame has no drift or run-out to show; a few flats are enough for a look.
    acquisition = replace(conditions.acquisition, angles_deg=[angle_deg], flats=8, darks=4, zinger_rate=0.0)
    progress(0.2, "filling the voxels")
    fine = drawn.sample.voxelise((SIZE * SUPERSAMPLING,) * 3, pixel_size_um / SUPERSAMPLING)
    scan = acquire(
        fine,
        conditions.indices,
        acquisition,
        seed=request.seed,
        supersampling=SUPERSAMPLING,
        harmonic_indices=conditions.harmonic_indices,
        concentration=None if drawn.sample.composition is None else drawn.sample.composition.relative(fine),
        progress=part(progress, 0.5, 0.95),
    )
    return ProjectionPreview(
        drawn.preview,
        transmission_of(scan)[0],
        float(angle_deg),
        pixel_size_um,
        acquisition.energy_kev,
        acquisition.distance_mm,
        conditions.description,
    )


@dataclass(frozen=True, eq=False)
class _Drawn:
    """A sample, and the generator where its conditions are drawn next."""

    preview: SamplePreview
    sample: Sample
    priors: Priors
    pixel_size_um: float
    rng: np.random.Generator


def _drawn(request: SampleRequest, grid: int) -> _Drawn:
    """The draws of :func:`~.simulate.simulate_case` in its order, up to the conditions, less its fine voxels."""
    from ..phantom import draw_sample
    from ..phantom.liquors.blender_liquor import UnresolvedDrop
    from .conditions import draw_pixel_size_um
    from .priors import find_priors
    from .shown_sample import MOST_UNRESOLVED

    priors = find_priors(request.priors)
    rng = np.random.default_rng([request.seed, 0])
    pixel_size_um = draw_pixel_size_um(rng, SIZE)
    field_um = SIZE * pixel_size_um
    unresolved = 0
    for _ in range(_MOST_TRIES):
        sample = draw_sample(rng, field_um, request.habit, priors.sample, priors.crystals)
        try:
            labels = sample.voxelise((grid,) * 3, field_um / grid)
        except UnresolvedDrop:
            # Drawn again, as for a case.
            unresolved += 1
            if unresolved == MOST_UNRESOLVED:
                raise
            continue
        if (labels.data == Material.CRYSTAL).any():
            break
    else:
        raise InputError(f"Of {_MOST_TRIES} samples none showed its crystal; choose priors of larger ones.")
    description: dict[str, Any] = {
        "seed": request.seed,
        "case": 0,
        "priors": priors.name,
        "sample": sample.description,
    }
    provenance = Provenance(seed=request.seed).then("preview sample", **description)
    labels = Labels(labels.data, labels.voxel_size_um, provenance)
    return _Drawn(SamplePreview(request, labels, sample.description), sample, priors, pixel_size_um, rng)
