import numpy as np
import pytest

from napari_crystalseg.review.tools.proposed_change import volume_changes_um3
from napari_crystalseg.review.tools.surfaces.joint_smoothing import smooth_jointly
from napari_crystalseg.review.tools.surfaces.smooth import smooth_class

VOXEL = (2.0, 0.8, 1.3)


def radii(shape=(35, 81, 51)):
    return np.sqrt(
        sum(
            ((np.arange(n) - n // 2) * v).reshape([-1 if a == b else 1 for b in range(3)]) ** 2
            for a, (n, v) in enumerate(zip(shape, VOXEL, strict=True))
        )
    )


def clean():
    labels = np.zeros(radii().shape, np.uint8)
    labels[radii() < 29] = 1
    labels[radii() < 20] = 3
    labels[:, :, 20:26][(radii() < 29)[:, :, 20:26] & (radii() >= 20)[:, :, 20:26]] = 2
    return labels


def rough():
    """The clean scene with labels of voxels near its surfaces exchanged with near ones."""
    labels, rng = clean(), np.random.default_rng(5)
    steps = [rng.integers(-s, s + 1, labels.shape) for s in (1, 2, 1)]
    index = np.indices(labels.shape)
    moved = [np.clip(i + s, 0, n - 1) for i, s, n in zip(index, steps, labels.shape, strict=True)]
    return labels[tuple(moved)]


def applied(labels, change):
    after = labels.copy()
    after[change.box] = np.where(change.mask, change.labels, after[change.box])
    return after


def test_joint_smoothing_brings_rough_surfaces_back_and_keeps_volumes():
    before = rough()
    change = smooth_jointly(before, 2.0, VOXEL)
    after = applied(before, change)
    wrong = [np.count_nonzero(one != clean()) for one in (before, after)]
    assert wrong[1] < 0.3 * wrong[0]
    changes = volume_changes_um3(before, change, VOXEL)
    assert abs(sum(changes.values())) < 1e-6
    for code, won in changes.items():
        volume = np.count_nonzero(before == code) * np.prod(VOXEL)
        assert abs(won) <= 0.01 * max(volume, 1)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_film_of_two_voxels_stays_and_its_loss_is_told(axis):
    labels = np.full((40, 41, 42), 3, np.uint8)
    rest, film = [slice(None)] * 3, [slice(None)] * 3
    film[axis], rest[axis] = slice(20, 22), slice(22, None)
    labels[tuple(film)] = 1
    labels[tuple(rest)] = 3
    voxel = np.array([1.0, 1.0, 1.0])
    voxel[axis] = 0.7
    lost = smooth_jointly(labels, 2.0, tuple(voxel), protect_films=False)
    told = volume_changes_um3(labels, lost, tuple(voxel))
    assert told[1] < -0.9 * np.count_nonzero(labels == 1) * voxel.prod()
    kept = smooth_jointly(labels, 2.0, tuple(voxel))
    assert kept is None or kept.voxels < 0.02 * np.count_nonzero(labels == 1)


def test_specks_go_though_films_stay():
    labels = np.ones((21, 22, 23), np.uint8)
    labels[10, 10, 10] = 3
    assert smooth_jointly(labels, 1.5, (1.0, 1.0, 1.0)).voxels == 1
    assert smooth_jointly(np.ones((5, 6, 7), np.uint8), 1.5, (1.0, 1.0, 1.0)) is None


def test_one_class_is_smoothed_against_what_may_move():
    before = rough()
    after = applied(before, smooth_class(before, 3, 2.0, VOXEL))
    assert np.array_equal(after == 2, before == 2)
    assert abs(np.count_nonzero(after == 3) / np.count_nonzero(before == 3) - 1) < 0.002
    apart = [slice(0, 17), slice(29, None)]
    wrong = [
        sum(np.count_nonzero((one == 3)[:, :, x] != (clean() == 3)[:, :, x]) for x in apart) for one in (before, after)
    ]
    assert wrong[1] < 0.5 * wrong[0]


def test_a_class_is_smoothed_where_it_is_and_not_in_other_classes_that_stay():
    """Specks of liquor in a rough loop, well away from the crystal, stay what they are."""
    labels = rough()
    away = radii() > 26
    change = smooth_class(labels, 3, 1.5, VOXEL)
    after = applied(labels, change)
    assert (after != labels).any()
    assert ((labels == 1) & away & (np.roll(labels, 1, 2) == 2) & (np.roll(labels, -1, 2) == 2)).any()
    np.testing.assert_array_equal(after[away], labels[away])
