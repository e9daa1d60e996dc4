"""From detector counts to transmission: darks, flats, dead pixels and the air beside the sample."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...frames import frame_blocks
from ...scan import Scan
from ..axis.half_acquisition import is_full_turn
from .air import AirLevel, find_air
from .beam_drift import BeamDrift, air_pixels, find_beam_drift, log_slopes
from .flat_series import FlatSeries
from .gaps import Gaps
from .unmeasured import unmeasured_pixels
from .zingers import without_zingers, zinger_share

# A pixel whose response or mean transmission is this many times above or below its neighbours' is not to be trusted.
_OUTLYING = 5.0
# A neighbour farther away than this says little; then the nearest good pixel stands in alone.
_FARTHEST_NEIGHBOUR = 3
_LEAST_TRANSMISSION = 1e-5
# Above this share of pixels without light there was no beam; below, a sample may be as dark.
_NO_LIGHT = 0.99
_ALL = slice(None)
# Bands of a beam cannot be told in fewer rows or columns.
_LEAST_FIELD_PX = 16
# Fewer zingers than this, a pixel and frame, do no harm that their removal would not do as well.
_FEW_ZINGERS = 1e-5


@dataclass(frozen=True, eq=False)
class FlatField:
    """What turns the counts of one scan into transmission, row by row.

    Build it with :meth:`of`. Its arrays are one frame each, so that a scan larger than memory passes in slabs.

    Parameters
    ----------
    scan : Scan
        The scan.
    dark : ndarray of float32, shape (row, column)
        Mean dark.
    flats : FlatSeries
        Flats less darks (one at dead pixels).
    dead : ndarray of bool, shape (row, column)
        Pixels whose values are replaced by their neighbours'.
    gaps : Gaps
        Those of them that lie too far from good ones for a median, which are interpolated.
    air : AirLevel or None
        Transmission of the air at both sides, where there is air.
    rescale_air : bool
        Whether air was looked for.
    remove_zingers : bool
        Replace single bright pixels of single projections.
    beam_drift : BeamDrift or None
        How the beam moved, where it did.
    """

    scan: Scan
    dark: NDArray[np.float32]
    flats: FlatSeries
    dead: NDArray[np.bool_]
    gaps: Gaps
    air: AirLevel | None = None
    rescale_air: bool = True
    remove_zingers: bool = False
    beam_drift: BeamDrift | None = None
    _neighbours: list[tuple[int, int, NDArray[np.intp]]] = field(default_factory=list, repr=False)

    @classmethod
    def of(
        cls,
        scan: Scan,
        rescale_air: bool = True,
        remove_zingers: bool | None = False,
        correct_beam_drift: bool = False,
        unmeasured: NDArray[np.bool_] | None = None,
    ) -> FlatField:
        """Look at a scan's flats, darks and margins.

        Parameters
        ----------
        scan : Scan
            The scan.
        rescale_air : bool
            Divide by the transmission of the air at the sides, where air is found there.
        remove_zingers : bool or None
            Replace single bright pixels of single projections; None does where there are some.
        correct_beam_drift : bool
            Divide out the bands that a beam leaves that has moved since its flats, where the air shows them.
        unmeasured : ndarray of bool, shape (row, column), optional
            Pixels that are known to hold no measurement; looked for by default.

        Raises
        ------
        InputError
            Flats without light, or no brighter than the darks at more than half of the pixels, or no light at all in
            the projections.
        """
        unmeasured = unmeasured_pixels(scan) if unmeasured is None else unmeasured
        dark = scan.darks.mean(axis=0, dtype=np.float64)
        flat = scan.flats.mean(axis=0, dtype=np.float64)
        # What stands there, such as the largest integer, is no count.
        dark[unmeasured] = flat[unmeasured] = 0
        gain = flat - dark
        if not flat.any():
            raise InputError(
                "All flats are zero; take flats with the beam on and the sample out, or name their frames."
            )
        unlit = float((gain[~unmeasured] <= 0).mean())
        if unlit > 0.5:
            raise InputError(
                f"The flats are no brighter than the darks at {unlit:.0%} of the pixels; check that flats and darks "
                "are not swapped or the same, and that the flats were taken with the beam on."
            )
        flats = FlatSeries.of(scan, dark)
        flats.gains[:, unmeasured] = 0
        dead = unmeasured | (flats.gains <= 0).any(axis=0) | _outlying(np.where(unmeasured, np.nan, gain))
        mean = scan.projections.mean(axis=0, dtype=np.float64)
        mean[unmeasured] = 0
        if float((mean <= dark)[~unmeasured].mean()) > _NO_LIGHT:
            raise InputError(
                "The projections are no brighter than the darks; check that the shutter was open and that projections "
                "and darks are not swapped."
            )
        dead |= _outlying(np.where(dead, np.nan, (mean - dark) / np.where(gain > 0, gain, 1)))
        flats.gains[:, dead] = 1
        gain[dead] = 1
        gaps = Gaps.of(dead)
        narrow = dead.copy()
        narrow[tuple(gaps.place.T)] = False
        found = cls(
            scan,
            dark.astype(np.float32),
            flats,
            dead,
            gaps,
            rescale_air=rescale_air,
            remove_zingers=zinger_share(scan.projections) > _FEW_ZINGERS if remove_zingers is None else remove_zingers,
            _neighbours=_good_neighbours(dead, narrow),
        )
        if not rescale_air and not correct_beam_drift:
            return found
        transmission = np.where(dead, np.nan, (mean - dark) / gain)
        air = find_air(found._sides, transmission)
        if air is not None and correct_beam_drift:
            found = replace(found, beam_drift=found._find_beam_drift(air, transmission, gain))
            if found.beam_drift is not None:
                # The air's level is that without the bands.
                air = find_air(found._sides, transmission)
        if air is None and is_full_turn(scan.angles_deg):
            # In a full turn only a half acquisition has air at one side alone.
            air = find_air(found._sides, transmission, one_side=True)
        return replace(found, air=air if rescale_air else None)

    def rows(self, first: int, last: int, frames: slice = _ALL) -> NDArray[np.float32]:
        """Transmission of detector rows ``first`` to ``last`` (exclusive), shape (angle, row, column).

        ``frames`` takes some of the projections only.
        """
        values = self._divided(slice(first, last), _ALL, frames)
        values = self._clipped(self._replaced(values, first, last, frames), first, last)
        if self.air is not None:
            values /= self.air.across(values.shape[2])[frames, np.newaxis, :]
        return without_zingers(values) if self.remove_zingers else values

    def to_dict(self) -> dict[str, Any]:
        """Return what was done, as JSON-ready values."""
        return {
            "dead_pixels_replaced": int(self.dead.sum()),
            **({"of_them_in_gaps": len(self.gaps)} if len(self.gaps) else {}),
            **self.flats.to_dict(),
            "air_rescale": self._air_record(),
            "zingers_removed": self.remove_zingers,
            "beam_drift": None if self.beam_drift is None else self.beam_drift.to_dict(),
        }

    def _air_record(self) -> Any:
        if self.air is not None:
            return self.air.to_dict()
        return "no air at both sides: left as it is" if self.rescale_air else "not asked for"

    def _divided(self, rows: slice, columns: slice, frames: slice = _ALL) -> NDArray[np.float32]:
        return self._transmission(self.scan.projections[frames, rows, columns], rows, columns, frames)

    def _transmission(self, seen: NDArray[Any], rows: Any, columns: slice, frames: slice) -> NDArray[np.float32]:
        counts = seen.astype(np.float32)
        counts -= self.dark[rows, columns]
        response = self.flats.at((rows, columns))
        counts /= response if len(response) == 1 else response[frames]
        if self.beam_drift is not None:
            counts /= self.beam_drift.at((rows, columns))[frames]
        return counts

    def _find_beam_drift(
        self, air: AirLevel, transmission: NDArray[np.floating], gain: NDArray[np.floating]
    ) -> BeamDrift | None:
        """Fit the beam's shift to the pixels that see air at every angle."""
        if min(transmission.shape) < _LEAST_FIELD_PX:
            return None
        level = air.across(transmission.shape[1])
        slopes = log_slopes(np.maximum(gain, 1e-6 * gain.max()))
        pixels = air_pixels(transmission / level.mean(axis=0), slopes)
        if not len(pixels):
            return None
        at = pixels[:, 0], pixels[:, 1]
        seen = np.concatenate([block[:, at[0], at[1]] for block in frame_blocks(self.scan.projections)]).astype(
            np.float32
        )
        seen = (seen - self.dark[at]) / self.flats.at(at) / level[:, at[1]]
        return find_beam_drift(seen, pixels, slopes)

    def _sides(self, width: int, rows: NDArray[np.intp]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Median transmission of the outermost columns at the left and right, each (angle,), less dead pixels."""
        found: tuple[list[NDArray[np.floating]], list[NDArray[np.floating]]] = ([], [])
        first = 0
        # Both sides of a frame together: unpacking it from a file takes as long for one.
        for block in frame_blocks(self.scan.projections):
            frames = slice(first, first + len(block))
            first += len(block)
            for columns, medians in zip((slice(None, width), slice(-width, None)), found, strict=True):
                side = self._transmission(block[:, rows, columns], rows, columns, frames)
                side[:, self.dead[rows, columns]] = np.nan
                medians.append(np.nanmedian(side, axis=(1, 2)))
        return np.concatenate(found[0]), np.concatenate(found[1])

    def _replaced(self, values: NDArray[np.float32], first: int, last: int, frames: slice) -> NDArray[np.float32]:
        for row, column, near in self._neighbours:
            if not first <= row < last:
                continue
            rows, columns = near.T
            if first <= rows.min() and rows.max() < last:
                good = values[:, rows - first, columns]
            else:
                block = slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1)
                good = self._divided(*block, frames)[:, rows - rows.min(), columns - columns.min()]
            values[:, row - first, column] = np.median(good, axis=1)
        return self.gaps.fill(values, first, lambda start, stop: self._divided(slice(start, stop), _ALL, frames))

    def _clipped(self, values: NDArray[np.float32], first: int, last: int) -> NDArray[np.float32]:
        floor: Any = _LEAST_TRANSMISSION
        if np.issubdtype(self.scan.projections.dtype, np.integer):
            # No count at all says that there was less than about half a count.
            floor = np.clip(0.5 / self.flats.gains.mean(axis=0)[first:last], _LEAST_TRANSMISSION, 0.05)
        clipped: NDArray[np.float32] = np.maximum(values, floor, out=values)
        return clipped


def transmission_of(scan: Scan, rescale_air: bool = True, remove_zingers: bool = False) -> NDArray[np.float32]:
    """Return the transmission of a scan.

    ``(projection - mean dark) / (mean flat - mean dark)``. Dead pixels (no measurement, flat not above dark,
    response or mean transmission five times off their neighbours') get the median of their good neighbours; wide gaps
    are filled by straight lines in the logarithm. Values are clipped from
    below to half a count (integer counts) or 1e-5, so that a logarithm can follow. Where air is at both sides, the
    transmission is divided by that of the air, for each angle, and linearly from side to side.

    Parameters
    ----------
    scan : Scan
        The scan.
    rescale_air : bool
        Divide by the transmission of the air at the sides.
    remove_zingers : bool
        Replace single bright pixels of single projections.

    Returns
    -------
    ndarray of float32, shape (angle, row, column)
        Transmission, positive and finite.

    Raises
    ------
    InputError
        Flats without light, or no brighter than the darks.
    """
    return FlatField.of(scan, rescale_air, remove_zingers).rows(0, scan.shape[1])


def _outlying(image: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark pixels far off the median of their neighbourhood, and NaN, which counts as usual for its neighbours."""
    from scipy.ndimage import median_filter

    known = np.isfinite(image)
    lit = known & (image > 0)
    usual = float(np.median(image[lit])) if lit.any() else 1.0
    local = median_filter(np.where(known, image, usual), size=5, mode="nearest")
    # Where a region is dark as a whole (slits, beam stop, metal), its noise is no defect of single pixels.
    bright = image > _OUTLYING * np.maximum(local, 0.01 * usual)
    dim = (image < local / _OUTLYING) & (local > 0.01 * usual)
    outlying: NDArray[np.bool_] = bright | dim | ~known
    return outlying


def _good_neighbours(dead: NDArray[np.bool_], chosen: NDArray[np.bool_]) -> list[tuple[int, int, NDArray[np.intp]]]:
    """For each chosen dead pixel the coordinates, shape (n, 2), of the good pixels that stand in for it."""
    from scipy.ndimage import distance_transform_edt

    if not chosen.any():
        return []
    nearest = distance_transform_edt(dead, return_distances=False, return_indices=True)
    found = []
    for row, column in np.argwhere(chosen):
        near = np.array([[nearest[0, row, column], nearest[1, row, column]]])
        for radius in range(1, _FARTHEST_NEIGHBOUR + 1):
            top, left = max(row - radius, 0), max(column - radius, 0)
            good = np.argwhere(~dead[top : row + radius + 1, left : column + radius + 1]) + np.array([top, left])
            if len(good) >= 3:
                near = good
                break
        found.append((int(row), int(column), near))
    return found
