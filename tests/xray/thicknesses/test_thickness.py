import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels
from napari_crystalseg.xray import iterate_thickness_maps, thickness_maps

ANGLES = [0.0, 17.0, 45.0, 90.0, 133.3, 180.0, -30.0, 359.99]


@pytest.fixture
def random_labels():
    rng = np.random.default_rng(3)
    return Labels(rng.integers(0, 5, (3, 7, 9)), (1.0, 0.7, 1.3))


def areas_um2(labels):
    _, y, x = labels.voxel_size_um
    return np.stack([(labels.data == code).sum(axis=(1, 2)) for code in range(1, 5)]) * y * x


@pytest.mark.parametrize("angle", [0.0, 1e-4, 12.0, 45.0, 71.5, 90.0, 163.0, 270.0])
def test_box_is_a_trapezoid(angle):
    data = np.zeros((2, 31, 24), np.uint8)
    data[1, 5:26, 6:18] = 3
    size_y, size_x, pixel, columns = 0.8, 1.1, 0.5, 90
    found = thickness_maps(Labels(data, (1.0, size_y, size_x)), [angle], pixel, columns)[0, 2, 1]
    height, width = 21 * size_y, 12 * size_x
    cosine, sine = abs(np.cos(np.radians(angle))), abs(np.sin(np.radians(angle)))
    # The trapezoid is the convolution of the shadows of both sides; average it over each pixel with fine midpoints.
    outer, inner = (width * cosine + height * sine) / 2, abs(width * cosine - height * sine) / 2
    top = min(height / max(cosine, 1e-9), width / max(sine, 1e-9))
    fine = 2000
    u = ((np.arange(columns * fine) + 0.5) / fine - columns / 2) * pixel
    profile = top * np.clip((outer - np.abs(u)) / max(outer - inner, 1e-9), 0, 1)
    np.testing.assert_allclose(found, profile.reshape(columns, fine).mean(axis=1), atol=2e-3 * top / 2)


@pytest.mark.parametrize("angle", ANGLES)
def test_mass_is_conserved(random_labels, angle):
    pixel = 0.5
    maps = thickness_maps(random_labels, [angle], pixel, 40)[0]
    np.testing.assert_allclose(maps.sum(axis=-1, dtype=float) * pixel, areas_um2(random_labels), rtol=1e-6)


@pytest.mark.parametrize("angle", ANGLES)
def test_random_labels_against_dense_points(random_labels, angle):
    _, size_y, size_x = random_labels.voxel_size_um
    fine, pixel, columns = 60, 0.5, 40
    y = ((np.arange(7 * fine) + 0.5) / fine - 3.5) * size_y
    x = ((np.arange(9 * fine) + 0.5) / fine - 4.5) * size_x
    # The smallest turn keeps points on the edge of a pixel from falling to one side all together.
    turn = np.radians(angle + 0.7 * (min(angle % 90, 90 - angle % 90) < 0.1))
    maps = thickness_maps(random_labels, [np.degrees(turn)], pixel, columns)[0]
    u = x * np.cos(turn) - y[:, np.newaxis] * np.sin(turn)
    column = np.floor(u / pixel + columns / 2).astype(int).ravel()
    for code in range(1, 5):
        for row in range(3):
            inside = np.kron(random_labels.data[row] == code, np.ones((fine, fine))).ravel()
            expected = np.bincount(column, inside, columns) * size_y * size_x / fine**2 / pixel
            np.testing.assert_allclose(maps[code - 1, row], expected, atol=0.06)


def test_right_angles_are_sums_of_voxels():
    rng = np.random.default_rng(4)
    data = rng.integers(0, 5, (4, 16, 16)).astype(np.uint8)
    at_0, at_90, at_180 = thickness_maps(Labels(data, 0.5), [0, 90, 180])
    for code in range(1, 5):
        # Seen along axis 1; a quarter turn later u = -y; after half a turn mirrored.
        np.testing.assert_allclose(at_0[code - 1], (data == code).sum(axis=1) * 0.5, atol=1e-3)
        np.testing.assert_allclose(at_90[code - 1], (data == code).sum(axis=2)[:, ::-1] * 0.5, atol=1e-3)
    np.testing.assert_allclose(at_180, at_0[..., ::-1], atol=1e-3)


def test_half_a_turn_mirrors(random_labels):
    there, back = thickness_maps(random_labels, [33.0, 213.0], 0.5, 40)
    np.testing.assert_allclose(back, there[..., ::-1], atol=1e-6)


@pytest.mark.parametrize("angle", [0.0, 20.0, 45.0])
def test_sphere_is_seen_as_its_chords(angle):
    size, radius = 96, 40.0
    axis = np.arange(size) - (size - 1) / 2
    distance = np.sqrt(axis[:, None, None] ** 2 + axis[None, :, None] ** 2 + axis**2)
    found = thickness_maps(Labels((distance < radius).astype(np.uint8), 1.0), [angle])[0, 0]
    across = np.hypot(axis[:, None], axis)
    chord = 2 * np.sqrt(np.clip(radius**2 - across**2, 0, None))
    inside = across < radius - 2
    # Both ends of a chord are rounded to whole voxels, mirror images of each other: at most 2/√12 voxel rms, no bias.
    error = (found - chord)[inside]
    assert np.sqrt(np.mean(error**2)) < 2 / np.sqrt(12)
    assert abs(error.mean()) < 0.05
    assert found.sum() == pytest.approx(4 / 3 * np.pi * radius**3, rel=2e-3)


def test_finer_pixels_average_to_coarse_ones(random_labels):
    coarse = thickness_maps(random_labels, [25.0], 1.2, 12)
    fine = thickness_maps(random_labels, [25.0], 0.4, 36)
    np.testing.assert_allclose(fine.reshape(1, 4, 3, 12, 3).mean(axis=-1), coarse, atol=1e-5)


def test_narrow_detector_sees_the_middle(random_labels):
    whole = thickness_maps(random_labels, ANGLES, 0.5, 40)
    middle = thickness_maps(random_labels, ANGLES, 0.5, 10)
    np.testing.assert_allclose(middle, whole[..., 15:25], atol=1e-5)


def test_one_map_at_a_time(random_labels):
    maps = iterate_thickness_maps(random_labels, [0.0, 50.0])
    np.testing.assert_array_equal(np.stack(list(maps)), thickness_maps(random_labels, [0.0, 50.0]))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(([np.nan],), "angles"), (([0.0], -1.0), "pixel size"), (([0.0], 1.0, 0), "column")],
)
def test_refusals(random_labels, arguments, message):
    with pytest.raises(InputError, match=message):
        thickness_maps(random_labels, *arguments)
