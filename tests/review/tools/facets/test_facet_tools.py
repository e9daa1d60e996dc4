"""Facets moved by number and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.review.tools.facets.facet_tools import DragFacet, MoveFacet
from napari_crystalseg.review.tools.scene import Scene


def block(high):
    labels = np.ones((30, 40, 36), np.uint8)
    labels[6:22, 8:high, 7:27] = 3
    return labels


def after(labels, change):
    found = labels.copy()
    found[change.box][change.mask] = change.labels[change.mask]
    return found


@pytest.mark.parametrize("voxel", [(1.0, 1.0, 1.0), (2.0, 0.5, 1.0)])
@pytest.mark.parametrize("by", [6, -5])
def test_a_facet_goes_where_it_is_let_go_however_far_beside_itself_it_was_dragged(voxel, by):
    labels = block(28)
    path = np.array([[14.0, 27.0, 16.0], [13.0, 29.0, 18.0], [10.0, 27.5 + by, 24.0]])
    change = DragFacet().propose(Scene(labels, voxel, path=path))
    # Fitted facets may leave out voxels along the edges of the block.
    inner = (slice(8, 20), slice(None), slice(9, 25))
    np.testing.assert_array_equal(after(labels, change)[inner], block(28 + by)[inner])
    moved = MoveFacet(by_um=by * voxel[1]).propose(Scene(labels, voxel, point=(14.0, 27.0, 16.0)))
    np.testing.assert_array_equal(after(labels, moved)[inner], block(28 + by)[inner])


def test_without_a_stroke_it_says_what_to_do():
    with pytest.raises(InputError, match="drag it"):
        DragFacet().propose(Scene(block(28), (1.0, 1.0, 1.0)))
