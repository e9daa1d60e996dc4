"""What a tool sees of the viewer: the slice, the place under the pointer, and what the session knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....box import Box
from ....errors import InputError
from ....labels import Material
from ....review.tools.scene import Scene
from ...label_edits.layer_edits import LayerEdits
from ...layers.layer_place import voxel_size_um
from ...planes.picture.placement import placement_of
from ...session.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from napari.components import ViewerModel
    from napari.layers import Labels as LabelsLayer


@dataclass(frozen=True)
class SeenSlice:
    """A slice of labels.

    Parameters
    ----------
    axis : int
        Axis of the labels across it.
    index : int
        Its number along that axis.
    """

    axis: int
    index: int


def seen_slice(viewer: ViewerModel, layer: LabelsLayer) -> SeenSlice:
    """Return the slice of labels that the canvas shows, or the nearest; in 3-D the one at the slider of axis z.

    Raises
    ------
    InputError
        The labels cannot be placed in the viewer.
    """
    dims = viewer.dims
    placement = placement_of(layer, dims)
    axes = None if placement is None else placement.axes
    if placement is None or axes is None:
        raise InputError(f"'{layer.name}' is turned, or has a scale of zero; tools need labels along the axes.")
    across = dims.not_displayed[-1] - (dims.ndim - 3) if dims.ndisplay == 2 else 0
    axis = axes[max(across, 0)]
    index = int(np.floor(placement.voxel(dims.point)[axis] + 0.5))
    return SeenSlice(axis, min(max(index, 0), layer.data.shape[axis] - 1))


def voxel_at(viewer: ViewerModel, layer: LabelsLayer, position: Sequence[float]) -> NDArray[np.float64] | None:
    """Return the voxel (z, y, x) of labels at a place of the canvas, not rounded; None in 3-D, where it has no depth.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer of the canvas.
    layer : napari.layers.Labels
        The labels.
    position : sequence of float
        The place in the world of the viewer, as napari's cursor and mouse have it.
    """
    placement = placement_of(layer, viewer.dims)
    if placement is None or viewer.dims.ndisplay != 2 or len(position) < 3:
        return None
    return placement.voxel(tuple(position))


def scene_of(
    session: Session,
    edits: LayerEdits,
    seen: SeenSlice,
    *,
    point: NDArray[np.float64] | None = None,
    path: NDArray[np.float64] | None = None,
    box: Box | None = None,
    other_index: int | None = None,
) -> Scene:
    """Return what a tool may use.

    Raises
    ------
    InputError
        The voxel size is not known, or the number that is chosen is no class.
    """
    layer = edits.layer
    size = voxel_size_um(layer)
    if size is None:
        raise InputError("The voxel size of the labels is not known, and tools count in µm: give it in the stage Open.")
    code = int(layer.selected_label)
    if code not in set(Material):
        raise InputError(f"Label {code} is no class: choose air, liquor, loop, crystal or other.")
    data = edits.edited.data
    automatic = session.automatic.get(layer)
    values: Any = edits.edited.values
    return Scene(
        data,
        size,
        Material(code),
        values=values,
        point=None if point is None else (float(point[0]), float(point[1]), float(point[2])),
        axis=seen.axis,
        index=seen.index,
        other_index=other_index,
        path=path,
        automatic=automatic if automatic is not None and automatic.shape == data.shape else None,
        box=box,
    )
