"""Planes through layers of any place in the world show the voxels that are there."""

from __future__ import annotations

import time

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_crystalseg.widgets.planes.picture.lazy_planes import LazyPlanes
from napari_crystalseg.widgets.planes.picture.pixel_sampling import sampled
from napari_crystalseg.widgets.planes.picture.placement import placement_of
from napari_crystalseg.widgets.planes.picture.plane import Plane
from napari_crystalseg.widgets.planes.picture.slice_picture import slice_picture, window_of

SHAPE = (7, 9, 11)
DATA = np.arange(np.prod(SHAPE), dtype=np.int32).reshape(SHAPE)


@pytest.fixture
def lazy(qapp):
    made = LazyPlanes()
    yield made
    made.stop()


def _values_at(layer, viewer, point, axis, lazy):
    """Value in the middle of a picture that is centred on a world point."""
    plane = Plane(axis, tuple(point), tuple(point), 1.3, (31, 41))
    window = window_of(layer.data, placement_of(layer, viewer.dims), plane, lazy)
    row, column = 15 - (window.rows.start or 0), 20 - (window.columns.start or 0)
    return window.values[row, column]


@pytest.mark.parametrize(
    "place",
    [
        {},
        {"scale": (0.3, 4.0, 0.5), "translate": (10.0, -20.0, 30.0)},
        {"scale": (-1.0, 2.0, -3.0)},
        {"rotate": 90.0},
        {"rotate": (20.0, 30.0, 40.0), "scale": (1.0, 2.0, 3.0), "translate": (1.0, 2.0, 3.0)},
        {"shear": (0.3, 0.0, 0.2)},
        {"scale": (300.0, 400.0, 500.0), "units": ("nm",) * 3},
    ],
)
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_the_voxel_at_a_point_is_shown_in_the_middle(place, axis, lazy):
    viewer = ViewerModel()
    layer = viewer.add_image(DATA, **place)
    rng = np.random.default_rng(3)
    for _ in range(5):
        voxel = np.array([rng.integers(n) for n in SHAPE])
        placement = placement_of(layer, viewer.dims)
        point = placement.world(voxel)
        np.testing.assert_allclose(placement.voxel(point), voxel, atol=1e-9)
        assert _values_at(layer, viewer, point, axis, lazy) == DATA[tuple(voxel)]


def test_units_of_another_layer_are_those_of_the_world(lazy):
    viewer = ViewerModel()
    um = viewer.add_image(DATA, scale=(0.3, 0.4, 0.5), units=("um",) * 3)
    nm = viewer.add_image(DATA, scale=(300.0, 400.0, 500.0), units=("nm",) * 3)
    if getattr(viewer.dims, "units", None) is None:
        pytest.skip("this napari does not place layers by their units")
    a, b = (placement_of(layer, viewer.dims).world((1, 2, 3)) for layer in (um, nm))
    np.testing.assert_allclose(a, b)


def test_a_layer_of_four_axes_is_cut_where_its_first_slider_stands(lazy):
    viewer = ViewerModel()
    layer = viewer.add_image(np.stack([DATA, DATA + 1000]))
    viewer.dims.set_point(0, 1.0)
    assert _values_at(layer, viewer, (2.0, 3.0, 4.0), 1, lazy) == DATA[2, 3, 4] + 1000
    assert placement_of(viewer.add_image(np.zeros((4, 5))), viewer.dims) is None


def test_beside_the_array_there_is_nothing():
    viewer = ViewerModel()
    placement = placement_of(viewer.add_image(DATA), viewer.dims)

    def read(axis, index):
        return DATA.take(index, axis=axis)

    for point in ((-1.0, 3.0, 3.0), (7.0, 3.0, 3.0)):
        assert sampled(SHAPE, placement, Plane(0, point, point, 1.0, (9, 9)), read, DATA) is None
    window = sampled(SHAPE, placement, Plane(0, (3.0, 0, 0), (3.0, 0.0, 0.0), 1.0, (9, 9)), read, DATA)
    assert window.values.shape == (5, 5) and (window.rows, window.columns) == (slice(4, 9), slice(4, 9))
    np.testing.assert_array_equal(window.values, DATA[3, :5, :5])


def test_lazy_arrays_are_read_in_a_thread_and_kept(lazy, qtbot):
    import dask.array

    read = []

    def plane(block):
        read.append(1)
        return block

    data = dask.array.from_array(DATA, chunks=(2, 9, 11)).map_blocks(plane, meta=np.empty((0, 0, 0), DATA.dtype))
    before = len(read)
    with qtbot.waitSignal(lazy.came):
        assert lazy.plane(data, (), 1, 4) is None
    np.testing.assert_array_equal(lazy.plane(data, (), 1, 4), DATA[:, 4])
    once = len(read)
    assert once > before
    lazy.plane(data, (), 1, 4)
    assert len(read) == once and not lazy.busy
    lazy.forget(data)
    # Until it is read again, the plane stays as it was.
    with qtbot.waitSignal(lazy.came):
        np.testing.assert_array_equal(lazy.plane(data, (), 1, 4), DATA[:, 4])
    assert len(read) > once


def test_an_array_that_cannot_be_read_is_asked_once(lazy, qtbot, caplog):
    class Gone:
        shape, dtype, ndim = SHAPE, DATA.dtype, 3
        asked = 0

        def __getitem__(self, where):
            Gone.asked += 1
            raise OSError("its file is gone")

    gone = Gone()
    with qtbot.waitSignal(lazy.came):
        assert lazy.plane(gone, (), 0, 2) is None
    assert lazy.plane(gone, (), 0, 3) is None and not lazy.busy and Gone.asked == 1
    assert "gone" in caplog.text


def test_colours_are_those_of_the_layers(lazy):
    viewer = ViewerModel()
    image = viewer.add_image(np.full(SHAPE, 0.25, dtype=">f4"), contrast_limits=(0, 1), colormap="gray")
    labels = viewer.add_labels(np.zeros(SHAPE, dtype=np.int64), opacity=0.5)
    labels.data[3, 4, 5] = 7
    plane = Plane(1, (3.0, 4.0, 5.0), (3.0, 4.0, 5.0), 1.0, (5, 5))

    def middle():
        return slice_picture(viewer, plane, lazy)[2, 2, 2::-1] / 255

    grey, colour = 0.25, np.asarray(labels.get_color(7))[:3]
    np.testing.assert_allclose(middle(), 0.5 * grey + 0.5 * colour, atol=0.01)
    labels.visible = False
    np.testing.assert_allclose(middle(), grey, atol=0.01)
    added = viewer.add_image(np.full(SHAPE, 1.0), contrast_limits=(0, 2), colormap="red", blending="additive")
    np.testing.assert_allclose(middle(), (grey + 0.5, grey, grey), atol=0.01)
    added.visible = False
    image.data = np.full(SHAPE, np.nan)
    np.testing.assert_allclose(middle(), 0)


def test_outlines_lie_at_the_edge_of_a_class(lazy):
    viewer = ViewerModel()
    data = np.zeros((20, 20, 20), dtype=np.uint8)
    data[5:15, 5:15, 5:15] = 1
    viewer.add_labels(data, opacity=1.0).contour = 1
    shown = slice_picture(viewer, Plane(2, (10.0,) * 3, (9.5,) * 3, 1.0, (20, 20)), lazy)[..., :3].any(axis=-1)
    assert shown[5, 5:15].all() and shown[5:15, 14].all() and not shown[8:12, 8:12].any() and not shown[:4].any()


def test_a_plane_of_a_large_volume_takes_milliseconds(lazy):
    viewer = ViewerModel()
    viewer.add_image(np.zeros((256, 256, 256), dtype=np.uint8), contrast_limits=(0, 255))
    viewer.add_labels(np.ones((256, 256, 256), dtype=np.uint8))
    plane = Plane(2, (128.0,) * 3, (128.0,) * 3, 1.0, (250, 250))
    times = []
    for _ in range(5):
        start = time.thread_time()
        slice_picture(viewer, plane, lazy)
        times.append(time.thread_time() - start)
    assert min(times) < 0.05
