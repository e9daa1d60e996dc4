"""Strokes give the whole volume back and are kept, and what was known before counts as far as it is right."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.review.teaching.strokes import Strokes
from napari_crystalseg.review.teaching.teach import teach
from napari_crystalseg.volume import Volume

SHAPE = (40, 44, 48)


def ball(radius, middle=(20, 22, 24)):
    z, y, x = np.indices(SHAPE)
    return (z - middle[0]) ** 2 + (y - middle[1]) ** 2 + (x - middle[2]) ** 2 <= radius**2


def dice(one, other):
    return 2 * np.count_nonzero(one & other) / (np.count_nonzero(one) + np.count_nonzero(other))


def phantom(levels, noise=0.05):
    truth = np.zeros(SHAPE, dtype=np.uint8)
    truth[ball(18)] = 1
    truth[12:29, 13:30, 15:34] = 3
    values = gaussian_filter(np.array([*levels[:2], 0, levels[2]], np.float32)[truth], 0.5)
    values += np.float32(noise) * np.random.default_rng(0).standard_normal(SHAPE).astype(np.float32)
    return truth, Volume(values, 1.5)


def strokes_of(truth):
    painted = np.full(SHAPE, 255, dtype=np.uint8)
    painted[20, 1:3, 4:40], painted[20, 40:43, 4:20] = 0, 0
    painted[20, 20:23, 18:30], painted[20, 14:28, 24:26] = 3, 3
    painted[20, 9:12, 18:30], painted[20, 32:35, 18:32], painted[20, 14:28, 36:39] = 1, 1, 1
    drawn = painted != 255
    assert (painted == truth)[drawn].all()
    return Strokes.painted(painted)


def test_two_phases_with_noise_come_back():
    truth = ball(14).astype(np.uint8) * 3
    values = truth / 3 + 0.15 * np.random.default_rng(0).standard_normal(SHAPE)
    painted = np.full(SHAPE, 255, dtype=np.uint8)
    painted[20, 20:23, 15:32], painted[20, 3:5, 4:40] = 3, 0
    found = teach(Volume(values, 1.0), Strokes.painted(painted))
    assert dice(found.labels == 3, truth == 3) >= 0.99


@pytest.mark.parametrize("levels", [(0.0, 0.5, 0.8), (1.0, 0.4, 0.1), (0.5, 0.9, 0.2)])
def test_three_classes_of_any_contrast_come_back_and_strokes_are_kept(levels):
    truth, volume = phantom(levels)
    strokes = strokes_of(truth)
    # A stroke against all evidence, too.
    odd = Strokes(np.vstack([strokes.indices, [[2, 2, 2]]]), np.append(strokes.labels, 4))
    found = teach(volume, odd)
    assert dice(found.labels == 3, truth == 3) >= 0.95
    np.testing.assert_array_equal(found.labels[tuple(odd.indices.T)], odd.labels)
    assert found.uncertainty.dtype == np.uint8 and found.uncertainty.max() <= 204
    assert found.change is not None


def test_the_same_call_gives_the_same_bytes_and_travels():
    truth, volume = phantom((0.0, 0.5, 0.8), noise=0.2)
    one, other = (teach(volume, strokes_of(truth), seed=3) for _ in range(2))
    assert one.labels.tobytes() == other.labels.tobytes()
    assert one.uncertainty.tobytes() == other.uncertainty.tobytes()
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(one)).labels, one.labels)


def test_right_labels_are_believed_and_wrong_ones_are_not():
    """Crystal and liquor look alike: only what was known before tells them apart, unless strokes contradict it."""
    truth, volume = phantom((0.0, 0.5, 0.5), noise=0.1)
    right = teach(volume, strokes_of(truth), truth)
    assert dice(right.labels == 3, truth == 3) > 0.9 and right.trust[3] > 0.5
    truth, volume = phantom((0.0, 0.5, 0.8))
    swapped = np.array([0, 3, 2, 1, 4], dtype=np.uint8)[truth]
    wrong = teach(volume, strokes_of(truth), swapped)
    assert dice(wrong.labels == 3, truth == 3) > 0.97 and wrong.trust[3] == 0.0


def test_a_volume_finer_than_the_working_grid_and_of_anisotropic_voxels():
    truth, volume = phantom((0.0, 0.5, 0.8))
    fine = np.repeat(np.repeat(volume.data, 4, axis=2), 1, axis=1)
    wide = np.repeat(truth, 4, axis=2)
    painted = np.full(wide.shape, 255, dtype=np.uint8)
    strokes = strokes_of(truth)
    for offset in range(4):
        painted[strokes.indices[:, 0], strokes.indices[:, 1], 4 * strokes.indices[:, 2] + offset] = strokes.labels
    found = teach(Volume(fine, (1.0, 1.0, 0.25)), Strokes.painted(painted))
    assert dice(found.labels == 3, wide == 3) > 0.96


def test_probabilities_may_lie_on_another_grid():
    truth, volume = phantom((0.0, 0.5, 0.5), noise=0.1)
    probabilities = np.stack([gaussian_filter((truth == code).astype(np.float32), 0.5) for code in range(5)])
    found = teach(volume, strokes_of(truth), probabilities=probabilities[:, ::2, ::2, ::2])
    assert dice(found.labels == 3, truth == 3) > 0.8


def test_what_cannot_teach_is_refused():
    truth, volume = phantom((0.0, 0.5, 0.8))
    strokes = strokes_of(truth)
    with pytest.raises(InputError, match="All strokes are crystal"):
        teach(volume, Strokes(np.array([[1, 1, 1]]), np.array([3])))
    with pytest.raises(InputError, match=r"Every voxel of the volume is 2, so strokes can teach nothing"):
        teach(Volume(np.full(SHAPE, 2.0), 1.0), strokes)
    with pytest.raises(InputError, match="outside the volume"):
        teach(Volume(volume.data[:, :20], 1.0), strokes)
    with pytest.raises(InputError, match="must be the same"):
        teach(volume, strokes, truth[:-1])
    with pytest.raises(InputError, match="one for each class"):
        teach(volume, strokes, probabilities=np.zeros((3, 4, 4, 4)))


def test_it_can_be_cancelled():
    truth, volume = phantom((0.0, 0.5, 0.8))

    def stop(fraction, message):
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        teach(volume, strokes_of(truth), progress=stop)
