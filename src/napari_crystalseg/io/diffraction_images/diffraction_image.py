"""DiffractionImage: what was counted on a detector behind a crystal, and what its file says of the geometry."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...provenance import Provenance


@dataclass(frozen=True)
class Sensor:
    """The layer of a detector that stops the photons.

    Parameters
    ----------
    material : str
        Chemical formula, ``Si`` or ``CdTe``.
    thickness_mm : float
        Its thickness, mm.
    """

    material: str
    thickness_mm: float


@dataclass(frozen=True, eq=False)
class DetectorAxes:
    """Where a flat detector stands, as its file states it, in the laboratory frame of DIALS with the sample at 0.

    Parameters
    ----------
    origin_mm : ndarray, shape (3,)
        Corner of the first pixel.
    fast, slow : ndarray, shape (3,)
        Unit vectors along the rows and the columns of pixels.
    source_direction : ndarray, shape (3,)
        Unit vector from the sample to the source; the beam travels the other way.
    """

    origin_mm: NDArray[np.float64]
    fast: NDArray[np.float64]
    slow: NDArray[np.float64]
    source_direction: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("origin_mm", "fast", "slow", "source_direction"):
            vector = np.asarray(getattr(self, name), dtype=float).reshape(3)
            if not np.isfinite(vector).all():
                raise InputError("The file states a place of the detector that is not finite.")
            object.__setattr__(self, name, vector)
        if abs(self.fast @ self.slow) > 1e-3:
            raise InputError("The file states detector axes that are not at right angles.")


@dataclass(frozen=True, eq=False)
class DiffractionImage:
    """One diffraction image with what its header states.

    Parameters
    ----------
    counts : ndarray of float32, shape (slow, fast)
        What was counted; 0 where nothing was measured.
    mask : ndarray of bool, shape (slow, fast)
        True where there is no measurement: gaps, dead and excluded pixels, overloads, NaN.
    pixel_size_mm : (float, float) or None
        Size of a pixel along (fast, slow), mm; None where the file does not say, as below.
    wavelength_angstrom : float or None
        Wavelength, Å.
    distance_mm : float or None
        Distance that the header states, mm: taken along the detector's normal.
    beam_centre_px : (float, float) or None
        Beam centre that the header states, (fast, slow), in pixels where the centre of the first one is (0.5, 0.5). On
        a detector that is turned about the sample it is the foot of the normal from the sample, not where the beam is.
    beam_centre_statement : str
        The words of the header, and how they were taken; empty without any.
    oscillation_deg : (float, float) or None
        Angle at the start of the image and the width of the image, degrees; None for a still.
    two_theta_deg : float or None
        Angle by which the header says the detector is turned about the sample, degrees.
    axes : DetectorAxes or None
        Where the detector stands, if the file states it axis by axis (imgCIF, NXmx).
    sensor : Sensor or None
        What stops the photons.
    detector : str
        Name of the detector; may be empty.
    curved : bool
        Whether its modules do not lie in one plane, as those of a Pilatus 12M, so that one detector geometry does not
        hold for all pixels.
    number, count : int
        Which image of its file, from 1, and how many there are.
    provenance : Provenance
        File and hash; its step ``open`` says what was assumed.
    """

    counts: NDArray[np.float32]
    mask: NDArray[np.bool_]
    pixel_size_mm: tuple[float, float] | None = None
    wavelength_angstrom: float | None = None
    distance_mm: float | None = None
    beam_centre_px: tuple[float, float] | None = None
    beam_centre_statement: str = ""
    oscillation_deg: tuple[float, float] | None = None
    two_theta_deg: float | None = None
    axes: DetectorAxes | None = None
    sensor: Sensor | None = None
    detector: str = ""
    curved: bool = False
    number: int = 1
    count: int = 1
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        counts = np.asarray(self.counts)
        if counts.ndim != 2 or counts.size == 0:
            raise InputError(f"A diffraction image has rows and columns of pixels, not the shape {counts.shape}.")
        if min(counts.shape) < SMALLEST_PX:
            raise InputError(
                f"An image of {counts.shape[0]} × {counts.shape[1]} pixels is too small for a diffraction image."
            )
        mask = np.asarray(self.mask, dtype=bool)
        if mask.shape != counts.shape:
            raise InputError(f"The mask has the shape {mask.shape}, the image {counts.shape}.")
        if not np.isfinite(counts[~mask]).all():
            raise InputError("The image has values that are not finite outside its mask.")
        if mask.all():
            raise InputError("The image has no pixel with a measurement: all are gaps, excluded, overloaded or NaN.")
        object.__setattr__(self, "counts", np.where(mask, 0, counts).astype(np.float32))
        object.__setattr__(self, "mask", mask)
        for name in ("wavelength_angstrom", "distance_mm"):
            value = getattr(self, name)
            if value is not None and not (np.isfinite(value) and value > 0):
                raise InputError(f"The {name.split('_')[0]} must be positive, not {value}.")
        if self.pixel_size_mm is not None and not (
            np.isfinite(self.pixel_size_mm).all() and min(self.pixel_size_mm) > 0
        ):
            raise InputError(f"The pixel size must be positive, not {self.pixel_size_mm} mm.")
        if self.beam_centre_px is not None and not np.isfinite(self.beam_centre_px).all():
            raise InputError(f"The beam centre must be finite, not {self.beam_centre_px}.")

    @property
    def shape(self) -> tuple[int, int]:
        """Pixels along (slow, fast)."""
        return int(self.counts.shape[0]), int(self.counts.shape[1])

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What of the header was assumed, or is not used."""
        return self.provenance.assumptions


SMALLEST_PX = 16
