"""What is drawn over a projection: outlines of the labels, the rotation axis and the beam, as a picture in colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...class_colours import CLASS_COLOURS

if TYPE_CHECKING:
    from ...calibration.geometry_overlay import GeometryOverlay

_RED = (255, 79, 79)
# Of the longer side: lines stay smooth when the view is enlarged a few times.
_PICTURE_PX = 1600
_TEXT = 0.028

Line = tuple[NDArray[np.float64], tuple[int, int, int]]


def outlines(overlay: GeometryOverlay) -> list[Line]:
    """Outlines of each class as ``(points, colour)``: shape (point, 2), rows and columns in µm; RGB, 0 to 255."""
    return [
        (line * overlay.pixel_size_um, _bytes(CLASS_COLOURS[material]))
        for material, lines in overlay.outlines.items()
        for line in lines
    ]


def axis_and_beam(overlay: GeometryOverlay) -> list[Line]:
    """Rotation axis; beam that goes into the projection, a ring with a cross; beam and axis seen along the axis."""
    pixel = overlay.pixel_size_um
    rows, columns = overlay.projection.shape
    axis = np.asarray(overlay.axis_line) * pixel
    size = 0.03 * min(rows, columns) * pixel
    seen = np.array([(0.06 * rows, 0.06 * columns)]) * pixel
    turns = np.linspace(0, 2 * np.pi, 33)
    ring = seen + size * np.column_stack([np.sin(turns), np.cos(turns)])
    cross = size * np.sqrt(0.5) * np.array([[-1.0, -1.0], [1.0, 1.0]])
    middle, radius = _middle(overlay), _radius(overlay)
    beam = np.asarray(overlay.beam_direction)
    side = np.array([-beam[1], beam[0]])
    tip, tail = middle - 0.12 * radius * beam, middle - radius * beam
    head = 0.2 * radius
    arrow = np.array([tail, tip, tip - head * (beam + 0.5 * side), tip, tip - head * (beam - 0.5 * side)])
    plus = 0.06 * radius * np.array([[-1.0, 0.0], [1.0, 0.0]])
    paths = [axis, ring, seen + cross, seen + cross * (1, -1), arrow, middle + plus, middle + plus[:, ::-1]]
    return [(path, _RED) for path in paths]


def marks_picture(overlay: GeometryOverlay) -> tuple[NDArray[np.uint8], float]:
    """Draw outlines, axis and beam with their names.

    Parameters
    ----------
    overlay : GeometryOverlay
        What to draw.

    Returns
    -------
    picture : ndarray of uint8, shape (row, column, 4)
        Red, green, blue and opacity; clear where nothing is drawn. It covers :func:`bounds`.
    step_um : float
        Side of one of its pixels, µm.
    """
    from qtpy.QtCore import QPointF, Qt
    from qtpy.QtGui import QColor, QFont, QImage, QPainter, QPen, QPolygonF

    low, high = bounds(overlay)
    height, width = np.subtract(high, low)
    step = float(max(height, width)) / _PICTURE_PX
    shape = int(np.ceil(height / step)), int(np.ceil(width / step))
    image = QImage(shape[1], shape[0], QImage.Format.Format_RGBA8888)
    image.fill(Qt.GlobalColor.transparent)

    def place(point: NDArray[np.float64]) -> QPointF:
        row, column = (point - low) / step
        return QPointF(float(column), float(row))

    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    # As wide on any detector.
    line_width = 0.008 * max(overlay.projection.shape) * overlay.pixel_size_um / step
    for path, colour in [*outlines(overlay), *axis_and_beam(overlay)]:
        painter.setPen(QPen(QColor(*colour), line_width, cap=Qt.PenCapStyle.RoundCap, join=Qt.PenJoinStyle.RoundJoin))
        painter.drawPolyline(QPolygonF([place(point) for point in path]))
    font = QFont()
    font.setPixelSize(max(8, round(_TEXT * _PICTURE_PX)))
    painter.setFont(font)
    painter.setPen(QColor(*_RED))
    for name, where in _names(overlay):
        at = place(where)
        half = painter.fontMetrics().horizontalAdvance(name) / 2
        column = min(max(at.x(), half), shape[1] - half) - half
        row = min(max(at.y(), font.pixelSize()), shape[0] - font.pixelSize() / 2)
        painter.drawText(QPointF(column, row), name)
    painter.end()
    bits: Any = image.constBits()
    if hasattr(bits, "setsize"):  # PyQt
        bits.setsize(image.sizeInBytes())
    lines = np.frombuffer(bits, dtype=np.uint8).reshape(shape[0], image.bytesPerLine())
    return lines[:, : 4 * shape[1]].reshape(*shape, 4).copy(), step


def corner(overlay: GeometryOverlay) -> NDArray[np.float64]:
    """Where the labels seen along the axis begin, µm: right of the projection, as high in the middle."""
    rows, columns = overlay.projection.shape
    gap = 0.06 * columns * overlay.pixel_size_um
    high = overlay.along_axis.shape[0] * overlay.voxel_size_um[0]
    return np.array([(rows * overlay.pixel_size_um - high) / 2, columns * overlay.pixel_size_um + gap])


def bounds(overlay: GeometryOverlay) -> tuple[tuple[float, float], tuple[float, float]]:
    """First and last place (row, column) of all that is shown, µm."""
    # Above the projection is the name of the axis.
    high = overlay.projection.shape[0] * overlay.pixel_size_um
    first = corner(overlay)
    last = first + np.asarray(overlay.along_axis.shape) * overlay.voxel_size_um
    left = -overlay.pixel_size_um / 2  # places are middles of pixels
    return (min(-0.08 * high, float(first[0])), left), (max(high, float(last[0])), float(last[1]))


def _names(overlay: GeometryOverlay) -> list[tuple[str, NDArray[np.float64]]]:
    rows = overlay.projection.shape[0]
    axis = np.asarray(overlay.axis_line) * overlay.pixel_size_um
    beam = _middle(overlay) - 1.15 * _radius(overlay) * np.asarray(overlay.beam_direction)
    return [("rotation axis", axis[0] - (0.03 * rows * overlay.pixel_size_um, 0.0)), ("beam", beam)]


def _radius(overlay: GeometryOverlay) -> float:
    """Half of the longest side seen along the axis, µm."""
    return float(np.max(np.asarray(overlay.along_axis.shape) * overlay.voxel_size_um)) / 2


def _middle(overlay: GeometryOverlay) -> NDArray[np.float64]:
    return np.asarray(corner(overlay) + np.asarray(overlay.along_axis.shape) * overlay.voxel_size_um / 2)


def _bytes(colour: tuple[float, ...]) -> tuple[int, int, int]:
    red, green, blue = (round(255 * part) for part in colour[:3])
    return red, green, blue
