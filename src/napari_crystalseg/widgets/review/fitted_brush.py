"""A brush that fits the place that is gone to, as long as the user has set none."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from ...review.places.place import Place
from ..layers.connections import Connections

_UNTOUCHED_VOXELS = 10
"""What napari gives a new layer."""
_BESIDE_VOXELS = 4
"""Wider than the place is thick by so many: what lies within two voxels of a place is mended with it, as ranked.

An even number of voxels counts as one less: no voxel lies in their middle."""
_SMALL_PLACE_VOXELS, _MOST_VOXELS = 3, 40
"""Width for places that are smaller, and the end of napari's slider."""
_WINDOW_VOXELS = 24
"""As far from the middle of the place it is looked how thick that is: more would be beyond the slider."""


class FittedBrush:
    """Sets the size of the brush for one place after the other.

    A size that anybody else sets, by napari's slider, a key or a script, stays: from then on the brush of those labels
    is the user's own.

    Parameters
    ----------
    connections : Connections
        It listens to no layer any more when they are closed.
    """

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._setting = False
        # Whether it may set the size of a layer's brush.
        self._free: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()

    def fit(self, layer: Any, place: Place) -> None:
        """Make the brush of a layer of labels fit one of its places, unless the user has set it."""
        if layer not in self._free:
            self._free[layer] = layer.brush_size == _UNTOUCHED_VOXELS
            self._connections.add(layer.events.brush_size, self._changed)
        if not self._free[layer]:
            return
        self._setting = True
        try:
            layer.brush_size = brush_voxels(place)
        finally:
            self._setting = False

    def _changed(self, event: Any) -> None:
        if not self._setting:
            self._free[event.source] = False


def brush_voxels(place: Place) -> int:
    """Diameter of a brush that covers a place by a stroke along it.

    Returns
    -------
    int
        In the shortest edges of a voxel, as napari counts it: how thick the place is about its middle and two voxels
        on either side, and no more than its longest side, which takes a third of the view when it is gone to.
    """
    edges = np.asarray(place.voxel_size_um)
    shortest = float(edges.min())
    longest = float(max(n * edge for n, edge in zip(place.mask.shape, edges, strict=True))) / shortest
    wanted = _thickness_um(place, edges) / shortest + _BESIDE_VOXELS
    return round(min(wanted, max(longest, _SMALL_PLACE_VOXELS), _MOST_VOXELS))


def _thickness_um(place: Place, edges: np.ndarray[Any, Any]) -> float:
    """Diameter of the largest ball within a place, about its middle; infinite where no end of it is near."""
    from scipy.ndimage import distance_transform_edt

    mask = np.pad(place.mask, 1)
    about = tuple(
        slice(max(0, at - side.start + 1 - _WINDOW_VOXELS), at - side.start + 2 + _WINDOW_VOXELS)
        for at, side in zip(place.centre, place.box, strict=True)
    )
    mask = mask[about]
    if mask.all():
        return np.inf
    far, nearest = distance_transform_edt(mask, sampling=edges, return_indices=True)
    length = float(far.max())
    deepest = np.argwhere(far >= length * (1 - 1e-6))
    steps = np.abs(nearest[(slice(None), *deepest.T)].T - deepest) * edges
    # From the middle of a voxel to its own end, in that direction; the place ends there, and not at the next middle.
    with np.errstate(divide="ignore"):
        half = float((edges * length / steps).min(axis=1).max()) / 2
    return 2 * (length - half)
