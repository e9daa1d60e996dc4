"""How finely a wave field must be sampled."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

FINEST = 4
MOST_SLICES = 9
SLICE_TOLERANCE = 1e-3


@dataclass(frozen=True)
class Sampling:
    """How the waves of a scan were sampled, and the error that it leaves.

    Parameters
    ----------
    propagation : str
        ``"absorption"``, ``"projection"`` (one slice), ``"symmetric"`` or ``"plain"`` multislice.
    slices : int
        Slabs that the sample was cut into.
    field_samples_per_voxel : int
        How much finer than the voxels the field is sampled, along each axis.
    largest_phase_step_rad : float
        Largest step of phase between neighbouring voxels of the projections tried.
    phase_resolved : bool
        Whether the step between samples of the field is below π.
    padding_px : int
        Samples added on each side of the field.
    band_limited : bool
        Whether frequencies were cut that the padded field cannot carry to the detector.
    band : float
        Fraction of the frequencies kept, along the worse axis.
    sample_depth_um : float
        Diameter of the cylinder about the rotation axis that holds the sample.
    projection_depth_um : float
        Depth dx²/λ up to which a sample may be taken for a sheet, for the pixels of the detector.
    angles_needed : int
        Angles over 180° that resolve a sample of this depth with these pixels, π/2·D/dx.
    sampling_error, slicing_error : float or None
        Root mean square error of the intensity, in parts of the beam, that the sampling of the field and the number of
        slices leave. Estimated in the rows round the steepest edge, at the angle where it is steepest, from the same
        rows with twice the samples and with more slices; None without propagation. What shape the voxels stand for
        they do not know: where details are a few voxels wide, or ``largest_phase_step_rad`` is above π, they are too
        low, and finer labels are needed.
    """

    propagation: str
    slices: int
    field_samples_per_voxel: int
    largest_phase_step_rad: float
    phase_resolved: bool
    padding_px: int
    band_limited: bool
    band: float
    sample_depth_um: float
    projection_depth_um: float
    angles_needed: int
    sampling_error: float | None
    slicing_error: float | None

    @property
    def estimated_error(self) -> float | None:
        """Both errors together: root mean square of the intensity, in parts of the beam."""
        if self.sampling_error is None or self.slicing_error is None:
            return None
        return float(np.hypot(self.sampling_error, self.slicing_error))

    def to_dict(self) -> dict[str, Any]:
        """Return the choice as JSON-ready values; numbers to four digits."""
        return {
            name: float(f"{value:.4g}") if isinstance(value, float) else value
            for name, value in (*asdict(self).items(), ("estimated_error", self.estimated_error))
        }


def largest_phase_step(phase: NDArray[np.floating]) -> float:
    """Largest difference of phase between neighbours of a map (row, column), radians."""
    steps = [np.abs(np.diff(phase, axis=axis)).max(initial=0.0) for axis in (0, 1)]
    return float(max(steps))


def supersampling_needed(phase_step: float, finest: int = FINEST) -> int:
    """Return how many times finer the field must be sampled so that its phase step stays below π.

    A steeper phase is aliased: the transfer function then bends it the wrong way. Interpolation between the samples
    divides the step.

    Parameters
    ----------
    phase_step : float
        Largest step of phase between neighbouring samples, radians.
    finest : int
        Bound on the answer.

    Returns
    -------
    int
        1, 2, 4 or 8, at most ``finest``.
    """
    needed = 1
    while phase_step / needed >= np.pi and 2 * needed <= finest:
        needed *= 2
    return needed


def projection_depth_um(pixel_size_um: float, wavelength_um: float) -> float:
    """Depth dx²/λ within which a detail of one pixel does not spread to the next."""
    return pixel_size_um**2 / wavelength_um


def angles_needed(depth_um: float, pixel_size_um: float) -> int:
    """Angles over 180° that resolve a sample of this diameter: π/2·D/dx (Crowther et al. 1970)."""
    return int(np.ceil(np.pi / 2 * depth_um / pixel_size_um))


def extrapolated(coarse: NDArray[np.floating], fine: NDArray[np.floating], ratio: float, order: int) -> float:
    """Root mean square error of ``coarse``, whose step is ``ratio`` times that of ``fine`` (Richardson 1911)."""
    difference = float(np.sqrt(np.mean((coarse.astype(np.float64) - fine) ** 2)))
    return difference / (1 - ratio**-order)
