"""A micrograph with what was outlined in it, points on its crystals and where to dispense."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ..class_colours import CLASS_COLOURS
from ..drops.objects import CRYSTAL, DROP, DropObjects
from ..drops.preprocessing.size import fitting_shape, resized
from ..io.drop_images import DropImage
from ..labels import Material

LONGEST_PX = 1024

_COLOURS = {
    kind: tuple(int(255 * part) for part in CLASS_COLOURS[material][:3])
    for kind, material in ((DROP, Material.LIQUOR), (CRYSTAL, Material.CRYSTAL))
}
_POINT, _TARGET, _RIM = (240, 228, 66), (213, 94, 0), (255, 255, 255)


def drop_preview(
    image: DropImage,
    objects: DropObjects,
    points: Iterable[tuple[float, float]] = (),
    target: tuple[float, float] | None = None,
) -> NDArray[np.uint8]:
    """Draw the outlines, boxes and scores of objects over a micrograph, of at most 1024 pixels along its longer side.

    Parameters
    ----------
    image : DropImage
        The micrograph.
    objects : DropObjects
        What is outlined: drops in blue, crystals in green.
    points : iterable of (float, float)
        Row and column of points, pixels of the image: yellow crosses.
    target : (float, float), optional
        Row and column where to dispense: a red disc.

    Returns
    -------
    ndarray of uint8, shape (row, column, 3)
        Red, green and blue.
    """
    import cv2

    shape = fitting_shape(image.shape, min(LONGEST_PX, max(image.shape)))
    drawn = np.ascontiguousarray(resized(image.values, shape)).copy()
    scale = np.array(shape) / image.shape

    def place(row: float, column: float) -> tuple[int, int]:
        """Column and row in the picture, as OpenCV counts."""
        found = np.rint((np.array([row, column]) + 0.5) * scale - 0.5).astype(int)
        return int(found[1]), int(found[0])

    for kind in (DROP, CRYSTAL):
        for one in objects.of_kind(kind):
            # Around the pixels, which the outlines that OpenCV finds run through.
            outlines, _ = cv2.findContours(np.pad(one.mask, 1).view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
            row, column = one.origin_px
            for outline in outlines:
                corners = np.array([place(y - 1 + row, x - 1 + column) for x, y in outline[:, 0]], np.int32)
                cv2.polylines(drawn, [corners], True, _COLOURS[kind], 2, cv2.LINE_AA)
            if one.score < 1:
                x, y = place(row, column)
                where = (max(x, 2), max(y - 4, 12))
                for colour, width in (((0, 0, 0), 3), (_COLOURS[kind], 1)):
                    text, font = f"{one.score:.2f}", cv2.FONT_HERSHEY_SIMPLEX
                    cv2.putText(drawn, text, where, font, 0.4, colour, width, cv2.LINE_AA)
    for point in points:
        for colour, width in (((0, 0, 0), 3), (_POINT, 1)):
            cv2.drawMarker(drawn, place(*point), colour, cv2.MARKER_CROSS, 11, width, cv2.LINE_AA)
    if target is not None:
        cv2.circle(drawn, place(*target), 7, _RIM, -1, cv2.LINE_AA)
        cv2.circle(drawn, place(*target), 5, _TARGET, -1, cv2.LINE_AA)
    return drawn


def drop_preview_png(
    image: DropImage,
    objects: DropObjects,
    points: Iterable[tuple[float, float]] = (),
    target: tuple[float, float] | None = None,
) -> bytes:
    """Return :func:`drop_preview` as PNG; parameters as there."""
    import cv2

    drawn = drop_preview(image, objects, points, target)
    return bytes(cv2.imencode(".png", cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR))[1].tobytes())
