"""Strokes in any plane: the voxels that napari itself paints in that plane, in one step to undo."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_crystalseg.errors import InputError
from napari_crystalseg.widgets.planes.brush import Stroke, voxel_in
from napari_crystalseg.widgets.planes.picture.placement import placement_of

SHAPE, SCALE, MOVED = (16, 20, 24), (1.2, 0.4, 0.5), (10.0, -20.0, 30.0)


def _layer(viewer, data=None, mode="paint", dimensions=2):
    data = np.zeros(SHAPE, dtype=np.uint8) if data is None else data
    layer = viewer.add_labels(data, scale=SCALE, translate=MOVED)
    layer.mode, layer.brush_size, layer.selected_label = mode, 7, 3
    layer.n_edit_dimensions = dimensions
    return layer


def _draw(layer, axis, *voxels):
    stroke = Stroke(layer, axis)
    for voxel in voxels:
        stroke.to(np.asarray(voxel, dtype=float))
    stroke.end()


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("mode", ["paint", "fill", "erase"])
def test_as_napari_in_that_plane(axis, dimensions, mode):
    rng = np.random.default_rng(axis)
    start = (rng.random(SHAPE) < 0.7).astype(np.uint8) * 3 if mode != "paint" else np.zeros(SHAPE, dtype=np.uint8)
    peer_viewer, viewer = ViewerModel(), ViewerModel()
    peer = _layer(peer_viewer, start.copy(), mode, dimensions)
    layer = _layer(viewer, start.copy(), mode, dimensions)
    if mode == "fill":
        peer.selected_label = layer.selected_label = 2
    peer_viewer.dims.order = (axis, *(one for one in range(3) if one != axis))
    place = (1.0, 10.0, 20.0)  # the brush goes over an edge
    peer_viewer.dims.set_point([0, 1, 2], peer.data_to_world(place))
    (peer.fill if mode == "fill" else peer.paint)(place, 0 if mode == "erase" else peer.selected_label)
    _draw(layer, axis, place)
    assert not np.array_equal(layer.data, start)
    np.testing.assert_array_equal(layer.data, peer.data)


def test_a_stroke_is_one_step_and_announced_as_one():
    viewer = ViewerModel()
    layer = _layer(viewer)
    told = []
    layer.events.paint.connect(lambda event: told.append(event.value))
    _draw(layer, 1, (3, 10, 4), (12, 10, 18))
    painted = layer.data.copy()
    assert len(told) == 1 and set(np.argwhere(painted)[:, 1]) == {10}
    # No gap between two places that the pointer was seen at.
    for t in np.linspace(0, 1, 30):
        assert painted[round(3 + 9 * t), 10, round(4 + 14 * t)] == 3
    layer.undo()
    assert not layer.data.any()
    layer.redo()
    np.testing.assert_array_equal(layer.data, painted)


def test_world_points_find_their_voxels():
    viewer = ViewerModel()
    layer = _layer(viewer)
    placement = placement_of(layer, viewer.dims)
    np.testing.assert_allclose(voxel_in(layer, placement, tuple(layer.data_to_world((4, 5, 6)))), (4, 5, 6))


def test_preserved_labels_stay():
    viewer = ViewerModel()
    data = np.zeros(SHAPE, dtype=np.uint8)
    data[:, :, 12:] = 1
    layer = _layer(viewer, data)
    layer.preserve_labels = True
    _draw(layer, 1, (8, 10, 12))
    assert (layer.data[:, 10, :12] == 3).any() and (layer.data[:, :, 12:] == 1).all()


def test_picking_takes_the_label():
    viewer = ViewerModel()
    data = np.zeros(SHAPE, dtype=np.uint8)
    data[4, 5, 6] = 2
    layer = _layer(viewer, data, mode="pick")
    _draw(layer, 2, (4, 5, 6))
    assert layer.selected_label == 2
    _draw(layer, 2, (400, 5, 6))


@pytest.mark.parametrize("dtype", [np.int64, np.uint16, bool])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_arrays_of_any_kind(dtype, dimensions):
    data = np.asfortranarray(np.zeros((2 * SHAPE[0], *SHAPE[1:]), dtype=dtype))[::2]
    viewer = ViewerModel()
    layer = _layer(viewer, data, dimensions=dimensions)
    layer.selected_label = 1
    _draw(layer, 1, (8, 10, 12), (8, 10, 14))
    assert layer.data[8, 10, 13] == 1
    layer.undo()
    assert not np.asarray(layer.data).any()


@pytest.mark.parametrize("dimensions", [2, 3])
def test_a_zarr_array(dimensions):
    zarr = pytest.importorskip("zarr")
    data = zarr.zeros(SHAPE, chunks=(8, 8, 8), dtype="u1")
    viewer = ViewerModel()
    layer = _layer(viewer, data, dimensions=dimensions)
    _draw(layer, 1, (8, 10, 12))
    assert data[8, 10, 12] == 3
    layer.undo()
    assert not np.asarray(data[:]).any()


def test_dask_paints_or_says_why_not():
    import dask.array

    viewer = ViewerModel()
    layer = _layer(viewer, dask.array.zeros(SHAPE, dtype=np.uint8, chunks=8))
    stroke = Stroke(layer, 1)
    try:
        stroke.to(np.array([8.0, 10.0, 12.0]))
        assert int(np.asarray(layer.data[8, 10, 12])) == 3
    except InputError as error:
        assert "could not be painted on" in str(error)
    stroke.end()


def test_what_cannot_be_painted_is_refused_in_a_sentence():
    viewer = ViewerModel()
    data = np.zeros(SHAPE, dtype=np.uint8)
    data.flags.writeable = False
    with pytest.raises(InputError, match=r"read-only|cannot be painted"):
        Stroke(_layer(viewer, data), 1)
    layer = _layer(viewer)
    with pytest.raises(InputError, match="is turned"):
        Stroke(layer, None)
    layer.visible = False
    with pytest.raises(InputError, match="is hidden"):
        Stroke(layer, 1)
