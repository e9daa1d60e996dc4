"""Voxels to colours as napari's layers show them, and one layer laid over another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .pixel_sampling import Window

if TYPE_CHECKING:
    from napari.layers import Image
    from napari.layers import Labels as LabelsLayer

_STEPS = 256


def lay_image(picture: NDArray[np.float32], layer: Image, window: Window) -> None:
    """Lay the pixels of an Image layer over a picture.

    Parameters
    ----------
    picture : ndarray of float32, shape (height, width, 3)
        Red, green and blue, 0 to 1; changed in place.
    layer : napari.layers.Image
        Gives colour map, contrast, gamma, opacity and blending.
    window : Window
        Its voxels there.
    """
    low, high = (float(limit) for limit in layer.contrast_limits)
    values = window.values.astype(np.float32)
    shown = window.inside
    if np.issubdtype(window.values.dtype, np.inexact):
        finite = np.isfinite(values)
        if not finite.all():
            values = np.where(finite, values, low)
            shown = finite if shown is None else shown & finite
    values -= low
    values *= (_STEPS - 1) / (high - low if high > low else 1.0)
    steps = np.clip(values, 0, _STEPS - 1).astype(np.uint8)
    table = np.asarray(layer.colormap.map(np.linspace(0, 1, _STEPS) ** float(layer.gamma)), dtype=np.float32)
    table[:, 3] *= float(layer.opacity)
    _blend(picture[window.rows, window.columns], table, steps, shown, str(layer.blending))


def lay_labels(picture: NDArray[np.float32], layer: LabelsLayer, window: Window) -> None:
    """Lay the classes of a Labels layer over a picture, filled, or as outlines where its ``contour`` is above zero."""
    codes, steps = distinct(window.values)
    table = np.asarray(layer.colormap.map(codes), dtype=np.float32).reshape(-1, 4).copy()
    table[:, 3] *= float(layer.opacity)
    shown = window.inside
    if layer.contour > 0:
        edge = outline(steps, int(layer.contour) + 1)  # a single pixel would hardly be seen
        shown = edge if shown is None else shown & edge
    _blend(picture[window.rows, window.columns], table, steps, shown, str(layer.blending))


def distinct(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.intp] | NDArray[np.uint8]]:
    """Distinct codes, and for each value the position of its own among them."""
    native = values.dtype.newbyteorder("=")
    if native.kind == "b":
        values, native = values.astype(np.uint8), np.dtype(np.uint8)
    if native == np.uint8:
        return np.arange(_STEPS, dtype=np.uint8), values
    codes, steps = np.unique(values.astype(native, copy=False), return_inverse=True)
    return codes, steps.reshape(values.shape)


def outline(steps: NDArray[Any], width: int) -> NDArray[np.bool_]:
    """Pixels within ``width`` pixels of another class."""
    edge = np.zeros(steps.shape, dtype=bool)
    for axis in (0, 1):
        a = [slice(None), slice(None)]
        b = [slice(None), slice(None)]
        a[axis], b[axis] = slice(1, None), slice(None, -1)
        differ = steps[tuple(a)] != steps[tuple(b)]
        edge[tuple(a)] |= differ
        edge[tuple(b)] |= differ
    for _ in range(min(width, 6) - 1):
        grown = edge.copy()
        grown[1:] |= edge[:-1]
        grown[:-1] |= edge[1:]
        grown[:, 1:] |= edge[:, :-1]
        grown[:, :-1] |= edge[:, 1:]
        edge = grown
    return edge


def _blend(
    below: NDArray[np.float32],
    table: NDArray[np.float32],
    steps: NDArray[Any],
    shown: NDArray[np.bool_] | None,
    blending: str,
) -> None:
    colour, opacity = table[:, :3], table[:, 3:]
    if blending == "minimum":
        result = np.minimum(below, (1 - opacity * (1 - colour))[steps])
    elif blending == "multiplicative":
        result = below * (1 - opacity * (1 - colour))[steps]
    elif blending == "additive":
        result = np.minimum(below + (colour * opacity)[steps], 1.0)
    elif blending == "opaque":
        result = colour[steps]
    elif (opacity >= 1).all():
        result = colour[steps]
    else:
        result = below * (1 - opacity)[steps] + (colour * opacity)[steps]
    if shown is None:
        below[...] = result
    else:
        np.copyto(below, result, where=shown[..., np.newaxis])
