"""A machine that paints, fills, erases, uses tools and changes policies on a Labels layer, and takes all of it back.

Importing it takes hypothesis, which the extra ``testing`` installs, and napari.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from numpy.typing import NDArray

from ..errors import InputError
from ..labels import Material
from ..review.edits.change import Change
from ..review.edits.policy import EVERYTHING, EditPolicy
from ..review.edits.tally import Tally
from ..widgets.label_edits.layer_edits import LayerEdits
from . import strategies
from .plain_review import PlainReview, edited_plainly, tally_plainly

_NAMES = {"paint": "Brush", "erase": "Eraser", "fill": "Fill", "polygon": "Polygon"}


class LayerMachine(RuleBasedStateMachine):
    """Strokes of napari's brush in three directions, fills, tools, undo and redo on one layer in any order.

    What napari itself would paint, without a policy, is seen on a second layer; the policy is then held against the
    plain one. It needs no window.
    """

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        """A viewer without a window has a volume and labels of any grid."""
        from napari.components import ViewerModel

        self.shape = data.draw(strategies.shapes())
        scale = data.draw(strategies.voxel_sizes_um())
        translate = data.draw(st.tuples(*[st.floats(-100, 100)] * 3))
        first = data.draw(strategies.codes(self.shape, strange=True))
        values = data.draw(strategies.values(self.shape))
        place = {"scale": scale, "translate": translate}
        self.viewer = ViewerModel()
        volume: Any = self.viewer.add_image(values.clip(-1, 1), **place)
        self.volume = volume
        self.values: NDArray[np.float32] | None = volume.data
        self.layer = self.viewer.add_labels(first.copy(), **place)
        self.edits = LayerEdits(self.layer, volume)
        self.edits.edited.counted()
        self.model = PlainReview([first.copy()])
        self.told: list[str] = []
        self.edits.listen(lambda edits, edit: self.told.append("" if edit is None else edit.name))

    @rule(
        data=st.data(),
        mode=st.sampled_from([*_NAMES]),
        axis=st.integers(0, 2),
        dimensions=st.integers(2, 3),
        size=st.integers(1, 5),
    )
    def stroke(self, data: st.DataObject, mode: str, axis: int, dimensions: int, size: int) -> None:
        """The mouse draws along some voxels of a plane across any axis, or fills from one; it may leave the labels."""
        self.viewer.dims.order = (axis, *(other for other in range(3) if other != axis))
        label = 0 if mode == "erase" else int(data.draw(strategies.materials))
        where = [data.draw(st.tuples(*[st.integers(-1, n) for n in self.shape]))]
        if mode == "fill":
            where = [tuple(min(max(at, 0), n - 1) for at, n in zip(where[0], self.shape, strict=True))]
        else:
            more = 3 if mode == "polygon" else 0
            inside = st.tuples(*[st.integers(0, n - 1) for n in self.shape])
            where = data.draw(st.lists(inside, min_size=more, max_size=5)) + (where if not more else [])
            # The mouse may leave the plane that is shown along its own axes alone.
            where = [
                tuple(min(max(at, 0), self.shape[n] - 1) if n == axis else at for n, at in enumerate(point))
                for point in where
            ]
        if mode == "polygon":
            dimensions = 2
            where = [tuple(where[0][n] if n == axis else at for n, at in enumerate(point)) for point in where]
        contiguous = data.draw(st.booleans())
        painted = self._by_napari(where, label, mode, dimensions, size, contiguous)
        self._by(self.layer, where, label, mode, dimensions, size, contiguous)
        before = self.model.labels
        box = tuple(slice(0, n) for n in self.shape)
        change = Change((box[0], box[1], box[2]), before != painted, np.asarray(label))
        self.model.edit(_NAMES[mode], self._allowed(change))

    @rule(data=st.data(), name=strategies.names)
    def tool(self, data: st.DataObject, name: str) -> None:
        """A tool's change is made under the policy."""
        change = data.draw(strategies.changes(self.shape))
        after = self._allowed(change)
        try:
            self.edits.apply(change, name=name)
        except InputError:
            assert self.values is None and self.edits.policy.window is not None
        self.model.edit(name, after)

    @rule(data=st.data(), free=st.booleans())
    def policy(self, data: st.DataObject, free: bool) -> None:
        """What may be touched changes."""
        self.edits.policy = EVERYTHING if free else _spread(data.draw(strategies.policies(self.shape)))

    @rule(there=st.booleans())
    def close_volume(self, there: bool) -> None:
        """The volume that windows of voxel values are of is closed, or opened again."""
        self.edits.use_volume(self.volume if there else None)
        self.values = self.volume.data if there else None

    @rule(times=st.integers(1, 4))
    def undo(self, times: int) -> None:
        """The layer's own undo, by key or call."""
        for _ in range(times):
            self.layer.undo()
            self.model.position = max(0, self.model.position - 1)
            self.agrees()

    @rule(times=st.integers(1, 4))
    def redo(self, times: int) -> None:
        """The layer's own redo."""
        for _ in range(times):
            self.layer.redo()
            self.model.position = min(len(self.model.names), self.model.position + 1)
            self.agrees()

    @rule(data=st.data())
    def replace(self, data: st.DataObject) -> None:
        """Another array is put into the layer, as other plugins do."""
        other = data.draw(strategies.codes(self.shape, strange=True))
        self.layer.data = other
        self.model.edit("Replaced", other)

    @rule(data=st.data())
    def set_items(self, data: st.DataObject) -> None:
        """Single voxels are set by a program; the policy holds for them too."""
        label = int(data.draw(strategies.materials))
        mask = data.draw(strategies.masks(self.shape))
        if not mask.any():
            return
        self.layer.mode = "pan_zoom"
        self.layer.data_setitem(np.nonzero(mask), label)
        box = tuple(slice(0, n) for n in self.shape)
        change = Change((box[0], box[1], box[2]), mask, np.asarray(label))
        self.model.edit("Edit", self._allowed(change))

    @invariant()
    def agrees(self) -> None:
        """Labels, timeline and counts are those of the plain review."""
        if not hasattr(self, "model"):
            return
        edited = self.edits.edited
        np.testing.assert_array_equal(self.layer.data, self.model.labels)
        assert edited.data is self.layer.data
        assert [edit.name for edit in edited.timeline.edits] == self.model.names
        assert edited.timeline.position == self.model.position
        if edited.tally is not None:
            counts, faces = tally_plainly(self.model.labels)
            assert isinstance(edited.tally, Tally)
            np.testing.assert_array_equal(edited.tally.counts, counts)
            np.testing.assert_array_equal(edited.tally.faces, faces)

    def teardown(self) -> None:
        """All of it is taken back and made again; then napari's own undo is there again."""
        if not hasattr(self, "model"):
            return
        self.undo(len(self.model.names))
        self.redo(len(self.model.names))
        self.edits.release()
        assert "undo" not in self.layer.__dict__

    def _allowed(self, change: Change) -> NDArray[np.uint8]:
        """Labels after a change under the policy, shape (z, y, x); a window without a volume allows nothing."""
        try:
            return edited_plainly(self.model.labels, change, self.edits.policy, self.values)
        except InputError:
            return self.model.labels

    def _by_napari(self, where: list[Any], label: int, *how: Any) -> NDArray[np.uint8]:
        """What napari paints where nobody minds; shape (z, y, x)."""
        from napari.components import ViewerModel

        viewer = ViewerModel()
        place: dict[str, Any] = {"scale": self.layer.scale, "translate": self.layer.translate}
        bare = viewer.add_labels(self.model.labels.copy(), **place)
        viewer.dims.order = self.viewer.dims.order
        self._by(bare, where, label, *how)
        painted: NDArray[np.uint8] = bare.data
        return painted

    @staticmethod
    def _by(layer: Any, where: list[Any], label: int, mode: str, dimensions: int, size: int, contiguous: bool) -> None:
        layer.n_edit_dimensions, layer.brush_size, layer.contiguous, layer.mode = dimensions, size, contiguous, mode
        if mode == "polygon":
            layer.paint_polygon(where, label)
            return
        with layer.block_history():
            for point in where:
                (layer.fill if mode == "fill" else layer.paint)(point, label)


def _spread(policy: EditPolicy) -> EditPolicy:
    """Policies that lock every class forbid all strokes; leave at least one free."""
    return EditPolicy(policy.locked - {Material.LIQUOR}, policy.over, policy.window, policy.region, policy.kept)
