"""Scan: what the detector saw."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checks import checked_finite, checked_shape, read_only
from .errors import InputError
from .frames import LazyFrames, chosen_frames, transposed_frames
from .provenance import Provenance

LARGEST_ANGLE_DEG = 1e6
"""Beyond the turns of any scan; times and counts of encoders are mostly larger."""


@dataclass(frozen=True, eq=False)
class Scan:
    """Raw tomography scan.

    Parameters
    ----------
    projections : ndarray or LazyFrames, shape (angle, row, column)
        Detector counts, unsigned integers or floats. Rows run along the rotation axis, columns across it. Lazy frames
        stay in their file. Values that are NaN or infinite are pixels without a measurement.
    flats : ndarray or LazyFrames, shape (frame, row, column)
        Frames with beam and without sample; at least one.
    darks : ndarray or LazyFrames, shape (frame, row, column)
        Frames without beam; at least one (zeros where the detector counts photons).
    angles_deg : ndarray of float64, shape (angle,)
        Rotation angle of each projection, degrees. A point at (y, x) from the rotation axis is seen at column
        ``centre + x cos(angle) - y sin(angle)``: a right-handed rotation about axis 0 (DIALS +X).
    pixel_size_um : float or None
        Pixel size at the sample, µm, the same along rows and columns. None when the file does not say.
    energy_kev : float or None
        Photon energy, keV.
    distance_mm : float or None
        From sample to detector, mm.
    rotation_centre_px : float or None
        Place of the rotation axis as it was recorded: its column (0 is the middle of the first pixel), or, as some
        programs write it, how far it is from the middle of the detector. A hint: it is held against the axis found.
    half_acquisition : bool or None
        Whether a full turn was taken with the axis near an edge of the field, as far as the file says; None where it
        does not, and then the projections tell.
    flat_positions : ndarray of float64, shape (frame,), or None
        How many projections had been taken before each flat: 0 is before the scan, the number of projections after it.
        None where the order is not known; the flats then stand for the whole scan.
    provenance : Provenance
        How the scan was made.

    Raises
    ------
    InputError
        Frames of different sizes, another number of angles than projections, angles that are not finite, empty,
        or a pixel size, energy or distance that is not positive (a distance of zero is allowed).
    """

    projections: NDArray[Any] | LazyFrames
    flats: NDArray[Any] | LazyFrames
    darks: NDArray[Any] | LazyFrames
    angles_deg: NDArray[np.float64]
    pixel_size_um: float | None = None
    energy_kev: float | None = None
    distance_mm: float | None = None
    rotation_centre_px: float | None = None
    half_acquisition: bool | None = None
    flat_positions: NDArray[np.float64] | None = None
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        for name, what in (("projections", "The projections"), ("flats", "The flats"), ("darks", "The darks")):
            frames = getattr(self, name)
            if not isinstance(frames, LazyFrames):
                frames = np.asarray(frames)
                if frames.ndim == 2 and name != "projections":
                    frames = frames[np.newaxis]
            checked_shape(frames, what, ("frame", "row", "column"))
            if not (np.issubdtype(frames.dtype, np.floating) or np.issubdtype(frames.dtype, np.integer)):
                raise InputError(f"{what} must hold real numbers, not {frames.dtype}.")
            if not isinstance(frames, LazyFrames):
                frames = read_only(frames)
            object.__setattr__(self, name, frames)
        frame = self.projections.shape[1:]
        for name in ("flats", "darks"):
            if getattr(self, name).shape[1:] != frame:
                raise InputError(
                    f"The {name} are {getattr(self, name).shape[1:]} (row, column) but the projections are {frame}; "
                    "take them from the same detector region."
                )
        angles = np.asarray(self.angles_deg)
        if angles.dtype.kind not in "iuf":
            raise InputError(f"The list of angles holds no real numbers, but values of the type {angles.dtype}.")
        angles = angles.astype(np.float64)
        if angles.shape != (len(self.projections),):
            raise InputError(
                f"There are {len(self.projections)} projections but {angles.size} angles; each projection needs one."
            )
        checked_finite(angles, "The list of angles")
        largest = float(angles[np.abs(angles).argmax()])
        if abs(largest) > LARGEST_ANGLE_DEG:
            raise InputError(
                f"The list of angles holds {largest:.4g}°, which no stage turns to: are they times or counts of an "
                "encoder, or is their unit another one?"
            )
        object.__setattr__(self, "angles_deg", read_only(angles))
        for name, least in (("pixel_size_um", None), ("energy_kev", None), ("distance_mm", 0.0)):
            value = getattr(self, name)
            if value is None:
                continue
            value = float(value)
            if not np.isfinite(value) or value < 0 or (least is None and value == 0):
                raise InputError(f"{name} must be positive and finite, not {value}.")
            object.__setattr__(self, name, value)
        if self.flat_positions is not None:
            positions = np.asarray(self.flat_positions, dtype=np.float64)
            if positions.shape != (len(self.flats),):
                raise InputError(f"There are {len(self.flats)} flats but {positions.size} positions of flats.")
            checked_finite(positions, "The list of flat positions")
            object.__setattr__(self, "flat_positions", read_only(positions))
        if self.rotation_centre_px is not None:
            object.__setattr__(self, "rotation_centre_px", float(self.rotation_centre_px))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of (projections, rows, columns)."""
        angles, rows, columns = self.projections.shape
        return angles, rows, columns

    @property
    def required_pixel_size_um(self) -> float:
        """Pixel size at the sample, µm, for what cannot do without.

        Raises
        ------
        InputError
            It is not known; the text says how to give it.
        """
        if self.pixel_size_um is not None:
            return self.pixel_size_um
        names = list(self.provenance.inputs)
        raise InputError(
            f"{names[0] if len(names) == 1 else 'The scan'} does not say how large its pixels are; give "
            "--voxel-size-um (in napari: 'pixel' in the stage Open)."
        )

    def without(self, projections: NDArray[np.bool_], flats: NDArray[np.bool_], darks: NDArray[np.bool_]) -> Scan:
        """Return the scan without the frames that are marked, shape (frame,) each; frames of a file stay there."""
        if not (projections.any() or flats.any() or darks.any()):
            return self
        positions = self.flat_positions
        if positions is not None:
            # How many of those that are kept had been taken before.
            kept = np.concatenate([[0], np.cumsum(~projections)])
            positions = kept[np.clip(positions, 0, len(projections)).astype(int)][~flats].astype(np.float64)
        return replace(
            self,
            projections=chosen_frames(self.projections, np.flatnonzero(~projections)),
            flats=chosen_frames(self.flats, np.flatnonzero(~flats)),
            darks=chosen_frames(self.darks, np.flatnonzero(~darks)),
            angles_deg=self.angles_deg[~projections],
            flat_positions=positions,
        )

    def transposed(self) -> Scan:
        """Return the scan with rows and columns of its frames exchanged, for an axis that lies along the rows.

        A recorded rotation centre and field of view are those of the frames as they were, and are left out.
        """
        return replace(
            self,
            projections=transposed_frames(self.projections),
            flats=transposed_frames(self.flats),
            darks=transposed_frames(self.darks),
            rotation_centre_px=None,
            half_acquisition=None,
        )
