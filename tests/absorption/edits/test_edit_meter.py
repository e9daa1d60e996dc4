from __future__ import annotations

import numpy as np
import pytest

from helpers.flip_scene import MU, SIZE_UM, SPHERE, exact, scene
from napari_crystalseg.absorption import Coefficients, Directions
from napari_crystalseg.absorption.edits.changed_box import changed_box
from napari_crystalseg.absorption.edits.edit_meter import EditMeter, compare_edits
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.samples import sample_data_folder


def fine_scene():
    """The sample in voxels of a third, so that its crystal is sampled and not taken whole."""
    data = scene()
    for axis in range(3):
        data = np.repeat(data, 3, axis=axis)
    return data


@pytest.fixture(scope="module")
def automatic():
    """A_h of the scene before any edit."""
    return exact(fine_scene())


def edits():
    """Name, labels after: each kind of edit."""
    data = fine_scene()
    drop = data.copy()
    drop[2:14, 12:25, 10:30] = Material.LIQUOR
    yield "liquor added in the air", drop
    hole = data.copy()
    hole[30:36, 40:50, 20:28] = Material.LIQUOR
    yield "crystal made liquor", hole
    grown = data.copy()
    part = grown[26:46, 30:70, 30:46]
    part[part == Material.LIQUOR] = Material.CRYSTAL
    yield "liquor made crystal", grown
    air = data.copy()
    air[30:40, 35:55, 0:4] = Material.CRYSTAL
    yield "crystal in the air, beyond the sample", air
    both = hole.copy()
    both[26:46, 52:70, 20:30][both[26:46, 52:70, 20:30] == Material.LIQUOR] = Material.CRYSTAL
    yield "crystal both lost and gained", both
    loop = data.copy()
    loop[loop == Material.LOOP] = Material.AIR
    yield "loop removed", loop


def test_no_edit_is_exactly_nothing():
    labels = Labels(fine_scene(), SIZE_UM)
    same = compare_edits(labels, labels, MU, SPHERE)
    assert np.array_equal(same.before, same.after)
    assert same.mean_change == same.spread_change == same.worst_change == same.mean_error == 0.0
    # So does a box in which nothing was changed.
    meter = EditMeter(labels, MU, SPHERE)
    again = meter.effect((5, 6, 7), labels.data[5:30, 6:50, 7:60])
    assert np.array_equal(again.before, again.after)


@pytest.mark.parametrize(("name", "after"), list(edits()), ids=lambda value: value if isinstance(value, str) else "")
def test_an_edit_has_the_effect_that_tracing_everything_again_gives(automatic, name, after):
    effect = compare_edits(Labels(fine_scene(), SIZE_UM), Labels(after, SIZE_UM), MU, SPHERE)
    old, new = automatic, exact(after)
    assert abs(effect.mean_change - (new - old).mean()) < 3 * effect.mean_error
    # Over all reflections: of those that few points' rays bring through the edit the error is not known one by one.
    off = effect.after - effect.before - (new - old)
    assert np.sqrt(np.mean(off**2)) < 2 * np.sqrt(np.mean(effect.standard_error**2))
    assert effect.spread_change == pytest.approx(new.std() - old.std(), abs=0.3 * np.abs(new - old).std() + 1e-6)
    # The worst reflection is the true one, or as bad to within the error.
    relative = np.abs(new / old - 1)
    slack = 4 * (effect.standard_error / effect.before).max()
    assert relative[effect.worst] > relative.max() - slack
    assert effect.worst_change == pytest.approx((new / old - 1)[effect.worst], abs=slack)


def test_the_noise_cancels():
    """The change is known far better than A itself."""
    after = fine_scene()
    after[2:5, 12:16, 10:14] = Material.LIQUOR
    effects = [
        compare_edits(Labels(fine_scene(), SIZE_UM), Labels(after, SIZE_UM), MU, SPHERE, seed=seed) for seed in range(8)
    ]
    change = np.std([effect.mean_change for effect in effects])
    assert change < 0.02 * np.std([effect.before.mean() for effect in effects])
    assert np.mean([effect.mean_error for effect in effects]) > 0.5 * change


def test_a_whole_small_crystal_is_exact():
    before = scene()
    after = before.copy()
    after[3:6, 5:10, 8:14] = Material.LIQUOR
    after[10:12, 12:15, 4:6] = Material.AIR
    after[12, 14, 12:14] = Material.CRYSTAL
    effect = compare_edits(Labels(before, SIZE_UM), Labels(after, SIZE_UM), MU, SPHERE)
    np.testing.assert_allclose(effect.before, exact(before), rtol=1e-9)
    np.testing.assert_allclose(effect.after, exact(after), rtol=1e-9)
    assert effect.mean_error == 0 and not effect.standard_error.any()


def test_a_crystal_that_was_drawn_anew_elsewhere(automatic):
    before = fine_scene()
    after = before.copy()
    after[before == Material.CRYSTAL] = Material.LIQUOR
    after[30:42, 30:42, 54:66] = Material.CRYSTAL
    effect = compare_edits(Labels(before, SIZE_UM), Labels(after, SIZE_UM), MU, SPHERE)
    assert effect.after.mean() - effect.before.mean() == pytest.approx(
        exact(after).mean() - automatic.mean(), abs=4 * effect.mean_error
    )
    nearly = before.copy()
    nearly[:, :, 14:][nearly[:, :, 14:] == Material.CRYSTAL] = Material.LIQUOR
    effect = compare_edits(Labels(before, SIZE_UM), Labels(nearly, SIZE_UM), MU, SPHERE)
    assert effect.mean_change == pytest.approx(exact(nearly).mean() - automatic.mean(), abs=4 * effect.mean_error)


def test_a_real_table_names_its_worst_reflection():
    folder = sample_data_folder()
    directions = Directions.of_files(
        folder / "lcyst_01_first10_integrated.expt", folder / "lcyst_01_first10_integrated.refl"
    )
    before = scene()
    after = before.copy()
    after[4:8, 4:10, 8:14] = Material.LOOP
    effect = compare_edits(Labels(before, SIZE_UM), Labels(after, SIZE_UM), MU, directions)
    old, new = exact(before, directions), exact(after, directions)
    np.testing.assert_allclose(effect.after, new[effect.rows], rtol=1e-9)
    np.testing.assert_array_equal(effect.miller_index, directions.miller_index[effect.rows])
    assert effect.worst == np.abs(new / old - 1)[effect.rows].argmax()


def test_the_box_around_what_differs():
    before = np.zeros((5, 6, 7), np.uint8)
    assert changed_box(before, before) is None
    after = before.copy()
    after[1, 2, 3] = after[3, 1, 5] = 2
    assert changed_box(before, after) == (slice(1, 4), slice(1, 3), slice(3, 6))


def test_what_cannot_be_compared_is_refused():
    labels = Labels(scene(), SIZE_UM)
    with pytest.raises(InputError, match="same grid"):
        compare_edits(labels, Labels(scene(), 1.0), MU, Directions.over_sphere(4))
    with pytest.raises(InputError, match="No crystal is left"):
        compare_edits(
            labels, Labels(np.where(labels.data == 3, 1, labels.data), SIZE_UM), MU, Directions.over_sphere(4)
        )
    meter = EditMeter(labels, MU, Directions.over_sphere(4))
    with pytest.raises(InputError, match="does not lie inside"):
        meter.effect((20, 0, 0), np.zeros((9, 3, 3), np.uint8))
    with pytest.raises(InputError, match="no materials"):
        meter.effect((0, 0, 0), np.full((2, 2, 2), 9, np.uint8))


def test_a_stroke_in_two_far_corners_takes_no_arrays_of_floats():
    import tracemalloc

    data = np.zeros((90, 90, 90), np.uint8)
    data[5:85, 5:85, 5:85] = Material.LIQUOR
    data[42:48, 42:48, 42:48] = Material.CRYSTAL
    meter = EditMeter(Labels(data, 1.0), MU, Directions.over_sphere(4))
    edited = data.copy()
    edited[0, 0, 0] = edited[-1, -1, -1] = Material.LIQUOR
    meter.effect((0, 0, 0), edited)
    tracemalloc.start()
    try:
        meter.effect((0, 0, 0), edited)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * data.size


def test_where_all_is_absorbed_no_edit_changes_anything():
    before = np.zeros((10, 10, 10), np.uint8)
    before[1:9, 1:9, 1:9] = Material.CRYSTAL
    after = before.copy()
    after[2, 2, 2] = Material.LIQUOR
    opaque = Coefficients(0.9, 0.9, 0.9)
    effect = compare_edits(Labels(before, 5000.0), Labels(after, 5000.0), opaque, Directions.over_sphere(4))
    assert not effect.before.any() and effect.worst_change == 0 and effect.mean_change == 0
