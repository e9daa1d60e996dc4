"""What is drawn is what it is called, and reaches the ends of its range."""

from __future__ import annotations

import numpy as np

from helpers.drawn_examples import examples, given, st
from napari_crystalseg.review.edits.edited_labels import EditedLabels
from napari_crystalseg.review.session.review_state import Tick
from napari_crystalseg.testing import strategies
from napari_crystalseg.testing.plain_review import edited_plainly


@given(st.data())
@examples(60)
def test_changes_fit_their_labels(data):
    labels = data.draw(strategies.labels())
    volume = data.draw(strategies.volumes(labels.shape, unknown_size=True))
    change = data.draw(strategies.changes(labels.shape))
    policy = data.draw(strategies.policies(labels.shape))
    edited = EditedLabels(labels.data.copy(), labels.voxel_size_um, values=volume.data)
    edited.apply_edit(change, policy=policy)
    np.testing.assert_array_equal(edited.data, edited_plainly(labels.data, change, policy, volume.data))
    place = data.draw(strategies.places(labels.shape))
    assert place.voxels and (place.to_label is None or place.to_label != place.from_label)
    tick = data.draw(strategies.ticks(labels.shape))
    assert Tick.from_dict(tick.to_dict()) == tick
    assert data.draw(strategies.changes(labels.shape, empty=False)).voxels


def test_shapes_of_one_voxel_and_one_slice_are_drawn():
    seen = set()

    @given(strategies.shapes())
    @examples(200)
    def draw(shape):
        seen.add(tuple(min(length, 2) for length in shape))

    draw()
    assert len(seen) == 8
