"""How a layer was flipped or turned in napari, and its array as it is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...provenance import Provenance

if TYPE_CHECKING:
    from napari.layers import Layer

_AXES = "zyx"
# Sine of the angle that counts as none, as for a shear.
_TOLERANCE = 1e-3


@dataclass(frozen=True)
class LayerOrientation:
    """Flips, and turns by right angles, that lie between an array and what is seen of it.

    Parameters
    ----------
    axes : (int, int, int)
        Axis of the array that lies along z, y and x of the world.
    flipped : (bool, bool, bool)
        Whether the world's z, y and x run against it.
    """

    axes: tuple[int, int, int] = (0, 1, 2)
    flipped: tuple[bool, bool, bool] = (False, False, False)

    @property
    def is_plain(self) -> bool:
        """Whether the array is seen as it lies in memory."""
        return self == LayerOrientation()

    def seen(self, data: NDArray[Any]) -> NDArray[Any]:
        """Return a view of an array (z, y, x) in the order in which it is seen."""
        return data.transpose(self.axes)[tuple(slice(None, None, -1 if flipped else 1) for flipped in self.flipped)]

    def lengths(self, stored: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        """Put what there is one of for each axis of the array in the order in which the axes are seen."""
        z, y, x = (stored[axis] for axis in self.axes)
        return z, y, x

    def stored_lengths(self, seen: tuple[Any, Any, Any]) -> tuple[Any, Any, Any]:
        """Undo :meth:`lengths`."""
        z, y, x = (seen[self.axes.index(axis)] for axis in range(3))
        return z, y, x

    def low_corner(self, box: tuple[slice, slice, slice], shape: tuple[int, ...]) -> tuple[int, int, int]:
        """First voxel, as it is seen, of a box of the array."""
        starts = [
            shape[axis] - box[axis].stop if flipped else box[axis].start
            for axis, flipped in zip(self.axes, self.flipped, strict=True)
        ]
        return starts[0], starts[1], starts[2]

    def stored_voxel(self, seen: tuple[int, int, int], shape: tuple[int, ...]) -> tuple[int, int, int]:
        """Return the voxel of the array, of a shape, that is seen as voxel ``seen`` (z, y, x)."""
        stored = [0, 0, 0]
        for axis, flipped, at in zip(self.axes, self.flipped, seen, strict=True):
            stored[axis] = shape[axis] - 1 - at if flipped else at
        return stored[0], stored[1], stored[2]

    def stored(self, data: NDArray[Any]) -> NDArray[Any]:
        """Undo :meth:`seen`."""
        back = data[tuple(slice(None, None, -1 if flipped else 1) for flipped in self.flipped)]
        return back.transpose([self.axes.index(axis) for axis in range(3)])

    def stored_start(self, seen: tuple[slice, slice, slice], shape: tuple[int, ...]) -> tuple[int, int, int]:
        """First voxel of the array, of a shape, in a box that is given as it is seen."""
        stored = [0, 0, 0]
        for axis, flipped, side in zip(self.axes, self.flipped, seen, strict=True):
            stored[axis] = shape[axis] - side.stop if flipped else side.start
        return stored[0], stored[1], stored[2]

    def noted(self, provenance: Provenance) -> Provenance:
        """Add to a record how the array was turned; nothing where it was not."""
        if self.is_plain:
            return provenance
        flipped = [_AXES[axis] for axis in range(3) if self.flipped[axis]]
        return provenance.then("turn as seen in napari", axes=[_AXES[axis] for axis in self.axes], flipped=flipped)


def orientation_of(layer: Layer) -> LayerOrientation:
    """Tell how the last three axes of a layer are flipped and turned by scale, rotation and affine.

    Raises
    ------
    InputError
        Turned by anything but right angles: its voxels would have to be drawn anew; or its axes bear the names x, y and
        z in another order than they lie in.
    """
    labels = tuple(str(label).strip().lower() for label in layer.axis_labels[-3:])
    if sorted(labels) == ["x", "y", "z"] and labels != tuple(_AXES):
        raise InputError(
            f"The axes of '{layer.name}' are called {', '.join(labels)}, but z (the rotation axis), y and x are taken "
            "in this order. Put the array in order, or call its axes by it (layer.axis_labels = ('z', 'y', 'x'))."
        )
    orientation = _right_angled(_directions(layer))
    if orientation is None:
        raise InputError(
            f"'{layer.name}' is turned in napari by an angle that is no multiple of 90°, which only changes how it is "
            "drawn. Take the turn away (set layer.rotate to 0 and layer.affine to the identity in napari's console), "
            "or turn the data themselves: rotate the array and open the result."
        )
    return orientation


def upright_place(layer: Layer) -> dict[str, Any]:
    """Place of the array of a layer of three axes as it is seen: no flips or turns left, in the layer's units."""
    orientation = orientation_of(layer)
    edges = voxel_edges(layer)
    shape = layer.data[0].shape if getattr(layer, "multiscale", False) else layer.data.shape
    first = [0.0, 0.0, 0.0]
    for axis, flipped in zip(orientation.axes, orientation.flipped, strict=True):
        first[axis] = float(shape[axis] - 1) if flipped else 0.0
    return {
        "scale": orientation.lengths(tuple(float(np.linalg.norm(edge)) for edge in edges)),  # type: ignore[arg-type]
        "translate": layer.data_to_world(tuple(first)),
        "units": layer.units,
        "axis_labels": tuple(_AXES),
    }


def voxel_edges(layer: Layer) -> NDArray[np.float64]:
    """Edges of a voxel in the world, a row for each axis of the array, in the layer's units."""
    # All axes at once, as this is asked at every turn: napari takes as many places as there are axes.
    ends = np.array(layer.data_to_world(np.eye(layer.ndim)))
    return np.asarray(ends - np.asarray(layer.data_to_world((0.0,) * layer.ndim)))


def is_redrawn(layer: Layer) -> bool:
    """Whether a layer is flipped or turned in any way, be it by right angles or not."""
    orientation = _right_angled(_directions(layer))
    return orientation is None or not orientation.is_plain


def _directions(layer: Layer) -> NDArray[np.float64]:
    """Unit vectors along the last three axes of a layer, in columns of (z, y, x)."""
    edges = voxel_edges(layer)[-3:, -3:].T
    lengths = np.linalg.norm(edges, axis=0)
    return np.asarray(edges / np.where(lengths > 0, lengths, 1.0))


def _right_angled(directions: NDArray[np.float64]) -> LayerOrientation | None:
    nearest = np.abs(directions).argmax(axis=1)
    if directions.shape != (3, 3):
        return LayerOrientation()
    if sorted(nearest) != [0, 1, 2]:
        return None
    along = directions[np.arange(3), nearest]
    if (np.abs(along) < np.sqrt(1 - _TOLERANCE**2)).any():
        return None
    z, y, x = (int(axis) for axis in nearest)
    flips = tuple(bool(part < 0) for part in along)
    return LayerOrientation((z, y, x), (flips[0], flips[1], flips[2]))
