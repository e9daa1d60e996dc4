"""What a change of one voxel's label does to the absorption factors."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ...checks import read_only
from ...errors import InputError
from ...labels import Labels
from ...progress import Progress, silent
from ...provenance import Provenance, hash_array
from ..coefficients import Coefficients
from ..directions import Directions
from ..tracing.crystal_sample import CrystalVoxels
from .adjoint_pass import REFLECTIONS, AdjointPass
from .chosen_rays import ChosenRays

RAYS = 4_000_000


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Change of the absorption factors if one voxel flipped, for each voxel on a surface between materials.

    A voxel is on a surface where one of its six face neighbours has another label. It flips to the commonest label
    other than its own among its 26 neighbours (of two equally common ones, that with the lower code).

    Parameters
    ----------
    shape : (int, int, int)
        Voxels of the label volume along (z, y, x).
    voxel_size_um : (float, float, float)
        Voxel size along (z, y, x), µm.
    voxels : ndarray of int64, shape (surface voxel,)
        Flat indices of the surface voxels, rising.
    labels, flips : ndarray of uint8, shape (surface voxel,)
        Label that each has, and the one that it would flip to.
    mean_changes, spread_changes : ndarray of float32, shape (surface voxel,)
        Change of the mean of A_h over the reflections, and of its standard deviation.
    standard_errors : ndarray of float32, shape (surface voxel,)
        Standard error of ``mean_changes`` from sampling rays.
    mean, spread : float
        Mean and standard deviation of A_h as the labels are, from the same rays.
    provenance : Provenance
        How it was made.
    """

    shape: tuple[int, int, int]
    voxel_size_um: tuple[float, float, float]
    voxels: NDArray[np.int64]
    labels: NDArray[np.uint8]
    flips: NDArray[np.uint8]
    mean_changes: NDArray[np.float32]
    spread_changes: NDArray[np.float32]
    standard_errors: NDArray[np.float32]
    mean: float
    spread: float
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        for name in ("voxels", "labels", "flips", "mean_changes", "spread_changes", "standard_errors"):
            column = np.asarray(getattr(self, name))
            if column.shape != (len(self.voxels),):
                raise InputError(f"The column '{name}' has shape {column.shape}, expected ({len(self.voxels)},).")
            object.__setattr__(self, name, read_only(column))

    @property
    def mean_change(self) -> NDArray[np.float32]:
        """Change of mean A if the voxel flipped; shape (z, y, x), zero away from surfaces."""
        return self._volume(self.mean_changes)

    @property
    def spread_change(self) -> NDArray[np.float32]:
        """Change of the standard deviation of A if the voxel flipped; shape (z, y, x), zero away from surfaces."""
        return self._volume(self.spread_changes)

    @property
    def absolute_change(self) -> NDArray[np.float32]:
        """Absolute change of mean A if the voxel flipped; shape (z, y, x): what places are ranked by."""
        return self._volume(np.abs(self.mean_changes))

    @property
    def standard_error(self) -> NDArray[np.float32]:
        """Standard error of :attr:`mean_change`; shape (z, y, x), zero away from surfaces."""
        return self._volume(self.standard_errors)

    def flip_to(self, labels: Labels) -> NDArray[np.uint8]:
        """Label that each voxel would flip to; its own away from surfaces. Shape (z, y, x).

        Parameters
        ----------
        labels : Labels
            Those that the sensitivity was computed from.
        """
        target = labels.data.copy()
        target.reshape(-1)[self.voxels] = self.flips
        return target

    def _volume(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        volume = np.zeros(self.shape, dtype=np.float32)
        volume.reshape(-1)[self.voxels] = values
        return volume


def map_sensitivity(
    labels: Labels,
    coefficients: Coefficients,
    directions: Directions,
    *,
    rays: int = RAYS,
    seed: int = 0,
    progress: Progress = silent,
) -> Sensitivity:
    """Compute for every surface voxel how mean and spread of A would change if its label flipped.

    One adjoint pass: each ray from a crystal voxel p has a = exp(-sum of mu L), and deposits in each surface voxel v
    that it crosses over a length l what it would gain there, a (exp(-dmu l) - 1), where dmu is the change of the
    coefficient. The mean of the deposits over rays is dA. Where v itself leaves or joins the crystal of N voxels, its
    own term does so too:

        leaves:  dA = (N c - (a_v - A)) / (N - 1)
        joins:   dA = (N c + (a_v - A)) / (N + 1)

    with c the mean of the deposits in v. The change of the spread s is mean over h of (A_h - A) dA_h / s. It is exact
    for the flip of one voxel, but for the spread, which is to first order.

    Parameters
    ----------
    labels : Labels
        Material of each voxel.
    coefficients : Coefficients
        Linear attenuation coefficients, 1/µm.
    directions : Directions
        Those of the reflections of an experiment, or over the sphere. Of many 512 are drawn.
    rays : int
        Rays that deposit, and about as many again from the voxels at the crystal's surface. Where it is enough for
        every crystal voxel and reflection, all are taken and there is no sampling error.
    seed : int
        Seed of the sampling. The same seed gives the same result with any number of threads.
    progress : Progress
        Called between batches of rays; raises to cancel.

    Returns
    -------
    Sensitivity

    Raises
    ------
    InputError
        No crystal, fewer than one ray, or sweeps of several wavelengths.
    """
    if rays < 1:
        raise InputError(f"At least one ray is needed, not {rays}.")
    directions.check_one_wavelength()
    rng = np.random.default_rng(seed)
    chosen = ChosenRays.draw(REFLECTIONS, rng, directions)
    coefficients.check(labels, directions.energies_kev)
    voxels = CrystalVoxels(labels)
    progress(0.0, "Preparing the volume")
    scene = AdjointPass(labels, coefficients, chosen, rng)
    scene.weigh(voxels)
    crossing, variance, traced = scene.cross(voxels, rays, progress)
    own, own_variance, reflections_each = scene.own(rays, progress)
    mean_change, spread_change, error = scene.combine(len(voxels), crossing, variance, own, own_variance)
    record = Provenance(inputs=chosen.inputs).following(labels.provenance)
    record = replace(record, steps=(*record.steps, *directions.provenance.steps))
    provenance = replace(record, seed=seed).then(
        "sensitivity",
        labels_sha256=hash_array(labels.data),
        voxel_size_um=list(labels.required_voxel_size_um),
        **coefficients.record(),
        **directions.settings,
        reflections_used={"used": len(chosen), "of": chosen.usable, "from_each_surface_voxel": reflections_each},
        rays=traced,
    )
    progress(1.0, "Sensitivity done")
    return Sensitivity(
        labels.shape,
        labels.required_voxel_size_um,
        scene.indices(labels.shape),
        scene.label,
        scene.flip,
        mean_change.astype(np.float32),
        spread_change.astype(np.float32),
        error.astype(np.float32),
        float(scene.mean),
        float(scene.spread),
        provenance,
    )
