"""What the brush says it changed is what it changed."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.labels import Material
from napari_crystalseg.widgets.layers.label_counts import change_of, count_by_slab, other_codes
from napari_crystalseg.widgets.layers.label_layer import labels_layer


def counts_of(data):
    return np.array([*(np.count_nonzero(data == code) for code in range(256)), np.count_nonzero(np.abs(data) > 255)])


def paint_balls(layer):
    layer.n_edit_dimensions = 3
    layer.brush_size = 5
    with layer.block_history():
        layer.paint((8, 10, 12), 1)
        layer.paint((8, 10, 14), 2)


def fill(layer):
    layer.n_edit_dimensions = 3
    layer.fill((8, 10, 12), 4)


def set_items(layer):
    where = np.nonzero(np.asarray(layer.data) == Material.CRYSTAL)
    layer.data_setitem(where, 1)


def erase(layer):
    layer.n_edit_dimensions = 2
    layer.paint((8, 10, 12), 0)


@pytest.mark.parametrize("edit", [paint_balls, fill, set_items, erase])
def test_change_is_what_a_recount_finds(truth, edit):
    layer = labels_layer(truth)
    heard = []
    layer.events.paint.connect(lambda event: heard.append(change_of(event.value)))
    before = counts_of(layer.data)
    edit(layer)
    assert heard
    np.testing.assert_array_equal(before + sum(heard), counts_of(layer.data))
    assert np.abs(sum(heard)).sum() > 0
    assert sum(heard).sum() == 0


def test_atoms_of_another_form_ask_for_a_recount():
    assert change_of([("something else",)]) is None


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.int64])
def test_counts_by_slab(dtype):
    data = np.random.default_rng(1).integers(0, 7, (300, 130, 70)).astype(dtype)
    seen = [counts.copy() for counts, _ in count_by_slab(data)]
    np.testing.assert_array_equal(seen[-1], counts_of(data))
    assert other_codes(seen[-1]) == {5: np.count_nonzero(data == 5), 6: np.count_nonzero(data == 6)}


def test_codes_that_are_no_class_are_counted():
    data = np.array([0, 3, 7, 7, 255, 256, 9000], dtype=np.int32).reshape(1, 1, 7)
    assert other_codes(counts_of(data)) == {7: 2, 255: 1, None: 2}
    *_, (counts, _) = count_by_slab(data)
    np.testing.assert_array_equal(counts, counts_of(data))


@pytest.mark.parametrize("kind", ["zarr", "dask"])
def test_lazy_arrays_have_the_counts_and_check_sum_of_their_values(kind):
    data = np.random.default_rng(1).integers(0, 5, (70, 40, 30)).astype(np.uint8)
    if kind == "zarr":
        zarr = pytest.importorskip("zarr")
        lazy = zarr.create_array({}, shape=data.shape, chunks=(32, 32, 32), dtype="uint8")
        lazy[:] = data
    else:
        import dask.array

        lazy = dask.array.from_array(data, chunks=(16, 40, 30))
    np.testing.assert_array_equal(list(count_by_slab(lazy))[-1][1], list(count_by_slab(data))[-1][1])
    np.testing.assert_array_equal(list(count_by_slab(lazy))[-1][0], counts_of(data))
