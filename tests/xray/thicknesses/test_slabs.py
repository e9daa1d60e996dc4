import numpy as np
import pytest

from napari_crystalseg.computing.backend import to_numpy
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels
from napari_crystalseg.xray.thicknesses.slabs import Slabs
from napari_crystalseg.xray.thicknesses.thickness import Corners

PIXEL, COLUMNS, COUNT = 0.5, 40, 5


@pytest.fixture
def random_labels():
    return Labels(np.random.default_rng(3).integers(0, 5, (3, 7, 9)), (1.0, 0.7, 1.3))


def cut(labels):
    corners = Corners.of_labels(labels)
    return corners, Slabs.of_labels(labels, corners), 2.001 * corners.radius_um


@pytest.mark.parametrize("angle", [0.0, 17.0, 45.0, 90.0, 133.3, 180.0, -30.0])
@pytest.mark.parametrize("count", [2, 5, 19])
def test_slabs_add_up_to_the_whole(random_labels, angle, count):
    corners, slabs, depth = cut(random_labels)
    parts = np.stack(list(slabs.project(angle, PIXEL, COLUMNS, count, depth)))
    assert len(parts) == count and parts.min() > -1e-5
    np.testing.assert_allclose(parts.sum(axis=0), corners.project(angle, PIXEL, COLUMNS), atol=1e-7)


@pytest.mark.parametrize("angle", [0.7, 17.0, 91.0, 133.3, 200.0, -30.0])
def test_slabs_against_dense_points(random_labels, angle):
    _, slabs, depth = cut(random_labels)
    parts = np.stack(list(slabs.project(angle, PIXEL, COLUMNS, COUNT, depth)))
    _, size_y, size_x = random_labels.voxel_size_um
    fine, turn = 60, np.radians(angle)
    y = (((np.arange(7 * fine) + 0.5) / fine - 3.5) * size_y)[:, np.newaxis]
    x = ((np.arange(9 * fine) + 0.5) / fine - 4.5) * size_x
    column = np.floor((x * np.cos(turn) - y * np.sin(turn)) / PIXEL + COLUMNS / 2).astype(int)
    # The beam comes from high y at angle 0: the first slab is the nearest to the source.
    slab = np.floor((0.5 - (y * np.cos(turn) + x * np.sin(turn)) / depth) * COUNT).astype(int)
    place = (slab * COLUMNS + column).ravel()
    for code in range(1, 5):
        for row in range(3):
            inside = np.kron(random_labels.data[row] == code, np.ones((fine, fine))).ravel()
            area = np.bincount(place, inside, COUNT * COLUMNS) * size_y * size_x / fine**2 / PIXEL
            np.testing.assert_allclose(parts[:, code - 1, row], area.reshape(COUNT, COLUMNS), atol=0.03)


def test_whole_arrays_give_the_same(random_labels, fake_gpu):
    cupy = fake_gpu()
    corners, slabs, depth = cut(random_labels)
    for angle in (0.0, 33.0, 90.0):
        options = {"axis_column": 17.3, "size": 0.9, "roll_sine": 0.4}
        whole = corners.project(angle, PIXEL, COLUMNS, **options)
        np.testing.assert_allclose(
            to_numpy(corners.project(angle, PIXEL, COLUMNS, xp=cupy, **options)), whole, atol=1e-6
        )
        parts = zip(
            slabs.project(angle, PIXEL, COLUMNS, COUNT, depth, **options),
            slabs.project(angle, PIXEL, COLUMNS, COUNT, depth, xp=cupy, **options),
            strict=True,
        )
        for compiled, arrays in parts:
            np.testing.assert_allclose(to_numpy(arrays), compiled, atol=1e-6)


@pytest.mark.parametrize(
    "pose",
    [{"angle_deg": np.nan}, {"axis_column": np.nan}, {"axis_column": np.inf}, {"size": np.nan}, {"roll_sine": -np.inf}],
)
def test_a_pose_that_is_not_finite_is_refused(random_labels, pose):
    # It was written to memory that is not ours.
    corners = Corners.of_labels(random_labels)
    given = {"angle_deg": 10.0, "pixel_size_um": 1.0, "columns": 5} | pose
    with pytest.raises(InputError, match="must be finite"):
        corners.project(**given)
    with pytest.raises(InputError, match="must be finite"):
        list(Slabs.of_labels(random_labels, corners).project(**given, count=3, depth_um=100.0))


def test_a_sample_far_outside_of_the_field_leaves_no_shadow(random_labels):
    corners = Corners.of_labels(random_labels)
    for axis in (-1e5, 1e5, 1e12):
        found = corners.project(17.0, 1.0, 5, axis)
        np.testing.assert_allclose(found, 0.0, atol=1e-3 if axis < 1e6 else 1.0)
