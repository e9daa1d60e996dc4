"""The detector: where a spot on one of its panels lies in the laboratory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import InputError


@dataclass(frozen=True, eq=False)
class Panel:
    """One flat panel in the laboratory, DIALS axes (X, Y, Z), the sample at the origin.

    Parameters
    ----------
    origin_mm : ndarray, shape (3,)
        Corner of the first pixel, mm.
    fast, slow : ndarray, shape (3,)
        Unit vectors along the rows and the columns of pixels.
    pixel_size_mm : ndarray, shape (2,)
        Size of a pixel along fast and slow, mm.
    sensor : (float, float) or None
        Linear attenuation coefficient (1/mm) and thickness (mm) of a sensor whose parallax is corrected; None where
        pixels are taken as they lie.
    image_size_px : ndarray, shape (2,), or None
        Pixels along fast and slow; None where the file does not say.
    name : str
        As the file names it; may be empty.
    gaps_px : tuple of (int, int, int, int)
        Rectangles without sensor, (fast, slow) of their first corner and (fast, slow) behind their last, pixels.
    material : str
        Of the sensor, ``Si`` or ``CdTe``; empty where the file does not say.
    frame_px : (int, int)
        Where the first pixel lies in frames of the whole detector, along (fast, slow).
    """

    origin_mm: NDArray[np.float64]
    fast: NDArray[np.float64]
    slow: NDArray[np.float64]
    pixel_size_mm: NDArray[np.float64]
    sensor: tuple[float, float] | None = None
    image_size_px: NDArray[np.float64] | None = None
    name: str = ""
    gaps_px: tuple[tuple[int, int, int, int], ...] = ()
    material: str = ""
    frame_px: tuple[int, int] = (0, 0)

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector at right angles to the panel: fast x slow."""
        return np.cross(self.fast, self.slow)

    @property
    def shape(self) -> tuple[int, int]:
        """Pixels along (slow, fast).

        Raises
        ------
        InputError
            The file does not say.
        """
        if self.image_size_px is None:
            raise InputError("A detector panel does not say how many pixels it has, which an image needs.")
        return int(self.image_size_px[1]), int(self.image_size_px[0])

    def laboratory_mm(self, position_mm: ArrayLike) -> NDArray[np.float64]:
        """Return points on the panel, shape (n, 2) along fast and slow in mm, as points in the laboratory, (n, 3)."""
        position = np.asarray(position_mm, dtype=float)
        return self.origin_mm + position[:, :1] * self.fast + position[:, 1:2] * self.slow

    def to_mm(self, position_px: ArrayLike) -> NDArray[np.float64]:
        """Return points in pixels, shape (n, 2) along fast and slow, as points in mm where the beam enters the sensor.

        A beam that comes in aslant is stopped, on average, deeper in the sensor and so further out: that distance is
        taken off, as dxtbx's ``ParallaxCorrectedPxMmStrategy`` does (an approximation, good to a few micrometres).
        """
        position = np.asarray(position_px, dtype=float)[:, :2] * self.pixel_size_mm
        if self.sensor is None:
            return position
        return position - self._parallax_mm(position)

    def to_px(self, position_mm: ArrayLike) -> NDArray[np.float64]:
        """Return points where beams enter the sensor, shape (n, 2) in mm, as points in pixels where they are seen.

        The way back of :meth:`to_mm`, with the same approximation, as dxtbx makes it.
        """
        position = np.asarray(position_mm, dtype=float)[:, :2]
        seen: NDArray[np.float64] = (position + self._parallax_mm(position)) / self.pixel_size_mm
        return seen

    def absorbed_fraction(self, beams: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the part of photons along unit vectors, shape (n, 3), that the sensor stops; 1 without a sensor."""
        if self.sensor is None:
            return np.ones(len(beams))
        mu, thickness = self.sensor
        with np.errstate(divide="ignore"):
            return -np.expm1(-mu * thickness / np.abs(beams @ self.normal))

    def parallax_spread_mm(self, beams: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far photons of a beam are stopped from each other, as a standard deviation along fast and slow.

        Parameters
        ----------
        beams : ndarray, shape (n, 3)
            Unit vectors from the sample.

        Returns
        -------
        ndarray of float64, shape (n, 2)
            mm, with the signs of one direction along the panel: photons are stopped along the beam with a probability
            that falls off exponentially and ends at the back of the sensor. 0 without a sensor.
        """
        if self.sensor is None:
            return np.zeros((len(beams), 2))
        mu, thickness = self.sensor
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            through = mu * thickness / np.abs(beams @ self.normal)
            # Of mu l, normalised over what is stopped; (e^x - 1)^-1 x² is what the end of the sensor takes off.
            variance = 1 - through**2 * np.exp(-through) / np.expm1(-through) ** 2
        spread = np.sqrt(np.clip(np.nan_to_num(variance, nan=1.0), 0, 1)) / mu
        along: NDArray[np.float64] = np.column_stack([beams @ self.fast, beams @ self.slow]) * spread[:, np.newaxis]
        return along

    def meets(self, beams: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where beams from the sample meet the plane of the panel.

        Parameters
        ----------
        beams : ndarray, shape (n, 3)
            Vectors from the sample, of any length.

        Returns
        -------
        ndarray of float64, shape (n, 2)
            Along fast and slow, mm; NaN where a beam leads away from the plane.
        """
        toward = beams @ self.normal
        with np.errstate(divide="ignore", invalid="ignore"):
            path = (self.origin_mm @ self.normal) / toward
            path = np.where(path > 0, path, np.nan)
            points = path[:, np.newaxis] * beams - self.origin_mm
        return np.column_stack([points @ self.fast, points @ self.slow])

    def binned(self, pixels: int) -> Panel:
        """Return the panel with ``pixels`` by ``pixels`` of its pixels taken as one.

        What is left over at the far edges is cut off; a pixel that lies in a gap in part is in it.

        Raises
        ------
        InputError
            Fewer than one, or more than the panel has.
        """
        size = None if self.image_size_px is None else np.floor(self.image_size_px / pixels)
        if pixels < 1 or (size is not None and size.min() < 1):
            raise InputError(f"A panel cannot be binned by {pixels}; that is none of its pixels, or too many.")
        gaps = tuple((a // pixels, b // pixels, -(-c // pixels), -(-d // pixels)) for a, b, c, d in self.gaps_px)
        fast, slow = self.frame_px
        return replace(
            self,
            pixel_size_mm=self.pixel_size_mm * pixels,
            image_size_px=size,
            gaps_px=gaps,
            frame_px=(fast // pixels, slow // pixels),
        )

    def holds(self, position_mm: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which beams that enter at points, shape (n, 2) in mm, are seen on the panel; all, if it has no size.

        NaN is nowhere.
        """
        inside = np.asarray(np.isfinite(position_mm).all(axis=1))
        if self.image_size_px is not None:
            # A first look: parallax moves a point by less than the mean depth, which is below 1 / mu.
            margin = 0.0 if self.sensor is None else 1 / self.sensor[0]
            size = self.image_size_px * self.pixel_size_mm
            with np.errstate(invalid="ignore"):
                inside[((position_mm < -margin) | (position_mm > size + margin)).any(axis=1)] = False
            position = self.to_px(position_mm[inside])
            inside[inside] = ((position >= 0) & (position <= self.image_size_px)).all(axis=1)
        return inside

    def _parallax_mm(self, position: NDArray[np.float64]) -> NDArray[np.float64]:
        """How much further out than where it enters a beam is stopped on average, along fast and slow, mm."""
        if self.sensor is None:
            return np.zeros_like(position)
        mu, thickness = self.sensor
        beam = self.laboratory_mm(position)
        beam /= np.linalg.norm(beam, axis=1, keepdims=True)
        slant = np.abs(beam @ self.normal)
        with np.errstate(divide="ignore", invalid="ignore"):
            # Mean depth of absorption along the beam: the integral of t mu exp(-mu t) to the back of the sensor, less
            # what passes through.
            depth = 1 / mu - (thickness / slant + 1 / mu) * np.exp(-mu * thickness / slant)
        along: NDArray[np.float64] = np.column_stack([beam @ self.fast, beam @ self.slow]) * depth[:, np.newaxis]
        return along


@dataclass(frozen=True, eq=False)
class Detector:
    """The panels of a detector, numbered as in the column ``panel`` of a reflection table."""

    panels: tuple[Panel, ...]

    def binned(self, pixels: int) -> Detector:
        """Return the detector with each panel binned, as :meth:`Panel.binned` does."""
        return Detector(tuple(panel.binned(pixels) for panel in self.panels))

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Detector:
        """Read a detector as DIALS writes it: a list of panels, flat or in a hierarchy of frames.

        In a hierarchy each frame is given in that of its parent (dxtbx's ``VirtualPanelFrame``).

        Raises
        ------
        InputError
            Missing entries, axes of length zero, or a hierarchy that names panels that are not there.
        """
        panels = record.get("panels")
        if not isinstance(panels, list) or not panels or not all(isinstance(panel, Mapping) for panel in panels):
            raise InputError("The experiment file gives a detector without panels.")
        frames: list[_Frame | None] = [None] * len(panels)
        hierarchy = record.get("hierarchy")
        if isinstance(hierarchy, Mapping) and hierarchy.get("children"):
            for number, parent in _leaves(hierarchy, _LABORATORY.child(hierarchy, "frame")):
                if not 0 <= number < len(panels):
                    raise InputError(f"The detector's hierarchy names panel {number}, which the file does not hold.")
                frames[number] = parent
        else:
            frames = [_LABORATORY] * len(panels)
        if None in frames:
            raise InputError(f"The detector's hierarchy leaves out panel {frames.index(None)}.")
        return cls(tuple(_panel(panel, frame) for panel, frame in zip(panels, frames, strict=True) if frame))

    def meets(self, beams: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return which panel beams from the sample meet first, and where; panels without a size have no end.

        Parameters
        ----------
        beams : ndarray, shape (n, 3)
            Vectors from the sample, of any length.

        Returns
        -------
        panel : ndarray of int, shape (n,)
            Number of the panel; -1 where none is met.
        position_mm : ndarray of float64, shape (n, 2)
            Along fast and slow of that panel, mm; NaN where none is met.
        """
        panel = np.full(len(beams), -1, dtype=np.int64)
        position = np.full((len(beams), 2), np.nan)
        nearest = np.full(len(beams), np.inf)
        for number, model in enumerate(self.panels):
            place = model.meets(beams)
            rows = np.flatnonzero(model.holds(place))
            distance = np.linalg.norm(model.laboratory_mm(place[rows]), axis=1)
            closer = distance < nearest[rows]
            rows, distance = rows[closer], distance[closer]
            panel[rows], position[rows], nearest[rows] = number, place[rows], distance
        return panel, position

    def beams(
        self, panel: NDArray[np.int64], position_mm: NDArray[np.float64] | None, position_px: NDArray[np.float64] | None
    ) -> NDArray[np.float64]:
        """Return the directions from the sample to points on panels.

        Parameters
        ----------
        panel : ndarray of int, shape (n,)
            Panel of each point.
        position_mm, position_px : ndarray, shape (n, 2), or None
            Points along fast and slow; pixels serve where millimetres are NaN or not given.

        Returns
        -------
        ndarray of float64, shape (n, 3)
            Unit vectors, DIALS axes; NaN where the point is not known or its panel does not exist.
        """
        beams = np.full((len(panel), 3), np.nan)
        for number, model in enumerate(self.panels):
            rows = np.flatnonzero(panel == number)
            if not rows.size:
                continue
            place = np.full((len(rows), 2), np.nan) if position_mm is None else position_mm[rows].astype(float)
            if position_px is not None:
                missing = ~np.isfinite(place).all(axis=1)
                place[missing] = model.to_mm(position_px[rows[missing]])
            beams[rows] = model.laboratory_mm(place)
        with np.errstate(invalid="ignore", divide="ignore"):
            directions: NDArray[np.float64] = beams / np.linalg.norm(beams, axis=1, keepdims=True)
            return directions


@dataclass(frozen=True, eq=False)
class _Frame:
    """Origin (mm) and axes, as columns (fast, slow, normal), of a frame in the laboratory."""

    origin: NDArray[np.float64]
    axes: NDArray[np.float64]

    def child(self, record: Mapping[str, Any], what: str) -> _Frame:
        fast, slow, origin = (
            _vector(record.get(key), f"{what}'s {key}") for key in ("fast_axis", "slow_axis", "origin")
        )
        for axis in (fast, slow):
            length = np.linalg.norm(axis)
            if length == 0:
                raise InputError(f"A detector {what} has an axis of length zero.")
            axis /= length
        if abs(fast @ slow) > 1e-4:
            raise InputError(f"The axes of a detector {what} are not at right angles.")
        local = np.column_stack([fast, slow, np.cross(fast, slow)])
        return _Frame(self.origin + self.axes @ origin, self.axes @ local)


_LABORATORY = _Frame(np.zeros(3), np.eye(3))


def _leaves(node: Mapping[str, Any], frame: _Frame) -> Iterator[tuple[int, _Frame]]:
    """Number of each panel below a node of the hierarchy, with the frame of its parent."""
    for child in node.get("children") or ():
        if not isinstance(child, Mapping):
            raise InputError("The detector's hierarchy cannot be read.")
        if isinstance(child.get("panel"), int):
            yield child["panel"], frame
        else:
            yield from _leaves(child, frame.child(child, "frame"))


def _panel(record: Mapping[str, Any], parent: _Frame) -> Panel:
    frame = parent.child(record, "panel")
    pixel = _vector(record.get("pixel_size"), "panel's pixel size", 2)
    if (pixel <= 0).any():
        raise InputError("A detector panel has pixels without a size.")
    strategy = record.get("px_mm_strategy")
    kind = str(strategy.get("type", "")) if isinstance(strategy, Mapping) else ""
    sensor = None
    if "ParallaxCorrected" in kind:
        try:
            mu, thickness = float(record["mu"]), float(record["thickness"])
        except (KeyError, TypeError, ValueError):
            raise InputError("A detector panel corrects parallax but does not say its mu and thickness.") from None
        if mu > 0 and thickness > 0:
            sensor = (mu, thickness)
    size = None if record.get("image_size") is None else _vector(record["image_size"], "panel's image size", 2)
    # Written as (0, 0) where nobody knew it.
    size = size if size is not None and (size > 0).all() else None
    return Panel(
        frame.origin,
        frame.axes[:, 0],
        frame.axes[:, 1],
        pixel,
        sensor,
        size,
        str(record.get("name") or ""),
        _gaps(record.get("mask")),
        str(record.get("material") or ""),
        _frame_px(record.get("raw_image_offset")),
    )


def _frame_px(record: Any) -> tuple[int, int]:
    try:
        fast, slow = (int(v) for v in record)
    except (TypeError, ValueError, OverflowError):
        return (0, 0)
    return fast, slow


def _gaps(record: Any) -> tuple[tuple[int, int, int, int], ...]:
    """Rectangles that the file masks; none where they cannot be read, as no geometry hangs on them."""
    try:
        gaps = np.array(record or [], dtype=float).reshape(-1, 4)
    except (TypeError, ValueError):
        return ()
    return tuple((int(a), int(b), int(c), int(d)) for a, b, c, d in gaps[np.isfinite(gaps).all(axis=1)])


def _vector(values: Any, what: str, length: int = 3) -> NDArray[np.float64]:
    try:
        vector = np.array(values, dtype=float).reshape(length)
    except (TypeError, ValueError):
        raise InputError(f"The experiment file does not give the detector {what} as {length} numbers.") from None
    if not np.isfinite(vector).all():
        raise InputError(f"The experiment file gives the detector {what} with values that are not finite.")
    return vector
