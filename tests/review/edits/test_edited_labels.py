import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.review.edits.change import Change
from napari_crystalseg.review.edits.edited_labels import EditedLabels
from napari_crystalseg.review.edits.policy import EditPolicy
from napari_crystalseg.review.edits.tally import Tally

SHAPE = (17, 30, 23)
VOXEL_UM = (2.0, 0.5, 1.25)


def random_labels(seed: int = 0) -> np.ndarray:
    coarse = np.random.default_rng(seed).integers(0, 5, (5, 6, 5), dtype=np.uint8)
    return np.ascontiguousarray(coarse.repeat(4, 0).repeat(5, 1).repeat(5, 2)[: SHAPE[0], : SHAPE[1], : SHAPE[2]])


def random_box(rng: np.random.Generator) -> tuple[slice, slice, slice]:
    low = [int(rng.integers(0, n)) for n in SHAPE]
    return tuple(slice(a, int(rng.integers(a + 1, n + 1))) for a, n in zip(low, SHAPE, strict=True))


def random_edit(edited: EditedLabels, rng: np.random.Generator) -> None:
    box = random_box(rng)
    shape = tuple(side.stop - side.start for side in box)
    kind = rng.integers(4)
    if kind == 0:  # painted by the viewer, before the timeline hears of it
        before = edited.data[box].copy()
        edited.data[box] = np.where(rng.random(shape) < 0.5, rng.integers(0, 8), before)
        edited.record("stroke", box, before)
    elif kind == 1:
        edited.apply_edit(box, int(rng.integers(5)), name="box")
    elif kind == 2:
        edited.apply_edit(Change(box, rng.random(shape) < 0.3, rng.integers(0, 5, shape)), name="tool")
    else:
        policy = EditPolicy(locked={Material(int(rng.integers(5)))}, over={Material(int(rng.integers(5)))})
        edited.apply_edit(box, int(rng.integers(5)), policy, "limited")


def test_a_thousand_random_edits_are_undone_and_redone_exactly():
    rng = np.random.default_rng(1)
    edited = EditedLabels(random_labels(), VOXEL_UM)
    states = [edited.data.copy()]
    for _ in range(1000):
        edits = edited.timeline.position
        random_edit(edited, rng)
        if edited.timeline.position > edits:
            states.append(edited.data.copy())
    assert len(states) > 700
    for state in reversed(states[:-1]):
        assert edited.undo() is not None
        np.testing.assert_array_equal(edited.data, state)
    assert edited.undo() is None
    for state in states[1:]:
        assert edited.redo() is not None
        np.testing.assert_array_equal(edited.data, state)
    assert edited.redo() is None


def test_counts_and_faces_follow_every_edit_as_if_all_were_counted_again():
    rng = np.random.default_rng(2)
    edited = EditedLabels(random_labels(), VOXEL_UM)
    edited.counted()
    for step in range(200):
        random_edit(edited, rng)
        if step % 3 == 0:
            edited.undo()
        again = Tally.of(edited.data)
        np.testing.assert_array_equal(edited.tally.counts, again.counts)
        np.testing.assert_array_equal(edited.tally.faces, again.faces)


def test_an_edit_after_undo_ends_what_could_be_redone():
    edited = EditedLabels(np.zeros(SHAPE, np.uint8))
    edited.apply_edit((slice(0, 1),) * 3, 1, name="one")
    edited.apply_edit((slice(1, 2),) * 3, 2, name="two")
    edited.undo()
    edited.apply_edit((slice(2, 3),) * 3, 3, name="three")
    assert [edit.name for edit in edited.timeline.edits] == ["one", "three"]
    assert edited.redo() is None


def test_what_changes_nothing_is_no_edit():
    edited = EditedLabels(np.full(SHAPE, 2, np.uint8))
    assert edited.apply_edit((slice(0, 3),) * 3, 2) is None
    assert edited.apply_edit(np.zeros(SHAPE, bool), 3) is None
    assert edited.record("stroke", (slice(0, 3),) * 3, edited.data[:3, :3, :3].copy()) is None
    assert edited.timeline.position == 0


def test_the_oldest_edits_go_when_memory_is_full_and_the_last_stays():
    rng = np.random.default_rng(3)
    edited = EditedLabels(np.zeros(SHAPE, np.uint8), budget_bytes=20_000)
    for _ in range(12):
        edited.apply_edit(Change((slice(0, 10),) * 3, rng.random((10, 10, 10)) < 0.5, rng.integers(0, 5, (10, 10, 10))))
    timeline = edited.timeline
    assert timeline.forgotten > 0
    assert timeline.bytes <= 20_000 or len(timeline.edits) == 1
    assert timeline.position == len(timeline.edits)
    while edited.undo() is not None:
        pass


def test_labels_that_something_else_changed_are_not_overwritten_by_undo():
    edited = EditedLabels(np.zeros(SHAPE, np.uint8))
    edited.apply_edit((slice(0, 4),) * 3, 3, name="Fill")
    edited.data[2, 2, 2] = 1
    before = edited.data.copy()
    with pytest.raises(InputError, match="1 of 64 voxels of “Fill” were changed since"):
        edited.undo()
    np.testing.assert_array_equal(edited.data, before)
    assert edited.timeline.position == 1


def test_a_locked_class_neither_loses_nor_gains():
    data = random_labels()
    edited = EditedLabels(data.copy())
    everywhere = np.ones(SHAPE, bool)
    edited.apply_edit(everywhere, Material.LIQUOR, EditPolicy(locked={Material.CRYSTAL}))
    np.testing.assert_array_equal(edited.data == 3, data == 3)
    assert set(np.unique(edited.data)) == {1, 3}
    assert edited.apply_edit(everywhere, Material.CRYSTAL, EditPolicy(locked={Material.CRYSTAL})) is None


def test_only_the_named_classes_are_overwritten():
    data = random_labels()
    data[0, 0, 0] = 7
    edited = EditedLabels(data.copy())
    edited.apply_edit(np.ones(SHAPE, bool), Material.CRYSTAL, EditPolicy(over={Material.AIR, Material.LIQUOR}))
    np.testing.assert_array_equal(edited.data, np.where(data <= 1, 3, data))


def test_the_window_region_and_kept_places_limit_together():
    values = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    values[0, 0, 0] = np.nan
    kept = np.zeros(SHAPE, bool)
    kept[:, :4] = True
    region = (slice(0, 9), slice(0, 30), slice(3, 23))
    edited = EditedLabels(np.zeros(SHAPE, np.uint8), values=values)
    edited.apply_edit(np.ones(SHAPE, bool), 3, EditPolicy(window=(-0.5, 1.0), region=region, kept=kept))
    expected = (values >= -0.5) & (values <= 1.0) & ~kept
    expected[9:] = False
    expected[:, :, :3] = False
    np.testing.assert_array_equal(edited.data == 3, expected)
    mask = np.random.default_rng(1).random(SHAPE) < 0.5
    edited.apply_edit(np.ones(SHAPE, bool), 1, EditPolicy(region=mask))
    np.testing.assert_array_equal(edited.data == 1, mask)


def test_a_window_without_a_volume_is_refused():
    edited = EditedLabels(np.zeros(SHAPE, np.uint8))
    with pytest.raises(InputError, match="needs the volume"):
        edited.apply_edit((slice(0, 1),) * 3, 1, EditPolicy(window=(0, 1)))


def test_only_the_box_of_a_lazy_volume_is_read():
    read = []

    class Lazy:
        shape, dtype = SHAPE, np.dtype(np.float32)

        def __getitem__(self, box):
            read.append(box)
            return np.ones(tuple(side.stop - side.start for side in box), np.float32)

    edited = EditedLabels(np.zeros(SHAPE, np.uint8), values=Lazy())
    edited.apply_edit((slice(2, 4), slice(3, 5), slice(6, 7)), 1, EditPolicy(window=(0, 2)))
    assert edited.counted().counts[1] == 4
    assert read == [(slice(2, 4), slice(3, 5), slice(6, 7))]


@pytest.mark.parametrize(
    "data",
    [
        np.zeros(SHAPE, np.int64),
        np.zeros(SHAPE, np.uint8).transpose(2, 1, 0),
        np.broadcast_to(np.uint8(0), SHAPE),
    ],
)
def test_labels_that_cannot_be_edited_in_place_are_refused(data):
    with pytest.raises(InputError, match="writable array of uint8 in C order"):
        EditedLabels(data)


def test_changes_of_other_labels_are_refused():
    edited = EditedLabels(np.zeros(SHAPE, np.uint8))
    with pytest.raises(InputError, match="reaches beyond"):
        edited.apply_edit(Change((slice(16, 18), slice(0, 1), slice(0, 1)), np.ones((2, 1, 1), bool), np.asarray(1)))
    with pytest.raises(InputError, match="same grid"):
        edited.apply_edit(np.ones((2, 2, 2), bool), 1)
    with pytest.raises(InputError, match="needs the class"):
        edited.apply_edit(np.ones(SHAPE, bool))


def test_areas_of_contact_are_those_of_a_cuboid():
    data = np.zeros((9, 9, 9), np.uint8)
    data[2:4, 3:6, 2:7] = 3
    tally = Tally.of(data)
    z, y, x = 2 * VOXEL_UM[0], 3 * VOXEL_UM[1], 5 * VOXEL_UM[2]
    assert tally.contact_um2(Material.CRYSTAL, Material.AIR, VOXEL_UM) == pytest.approx(2 * (z * y + y * x + z * x))
    assert tally.volume_um3(Material.CRYSTAL, VOXEL_UM) == pytest.approx(x * y * z)
    assert tally.contact_um2(Material.CRYSTAL, Material.LIQUOR, VOXEL_UM) == 0


def test_who_listens_hears_the_box_and_the_counts():
    edited = EditedLabels(np.zeros(SHAPE, np.uint8))
    heard = []
    edited.counted()
    end = edited.listen(lambda edit, tally: heard.append((edit.box, int(tally.counts[3]))))
    box = (slice(1, 3), slice(2, 4), slice(5, 6))
    edited.apply_edit(box, 3)
    edited.undo()
    edited.redo()
    end()
    edited.undo()
    assert heard == [(box, 4), (box, 0), (box, 4)]


def test_a_region_may_leave_its_ends_open():
    edited = EditedLabels(np.zeros((4, 5, 6), np.uint8))
    edited.apply_edit(np.s_[:, :, :], 3, EditPolicy(region=np.s_[1:, :-2, :]))
    expected = np.zeros((4, 5, 6), np.uint8)
    expected[1:, :3] = 3
    np.testing.assert_array_equal(edited.data, expected)
