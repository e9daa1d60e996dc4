from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.pictures.rendering import occupancies, render_views, widest_face_deg

COLOURS = {Material.LIQUOR: (0.0, 0.0, 1.0), Material.LOOP: (0.0, 1.0, 0.0), Material.CRYSTAL: (1.0, 0.0, 0.0)}


def test_a_crystal_is_drawn_in_its_colour_in_the_middle_of_nothing():
    data = np.zeros((40, 40, 40), dtype=np.uint8)
    data[10:30, 10:30, 10:30] = Material.CRYSTAL
    for picture in render_views(Labels(data, 1.0), COLOURS, size=60):
        red, green, blue, alpha = (int(v) for v in picture[30, 30])
        assert alpha == 255
        assert red > 90
        assert red > 1.5 * max(green, blue)
        assert picture[0, 0, 3] == 0


def test_liquor_is_seen_through():
    data = np.zeros((40, 40, 40), dtype=np.uint8)
    data[4:36, 4:36, 4:36] = Material.LIQUOR
    behind = data.copy()
    behind[14:26, 14:26, 14:26] = Material.CRYSTAL
    clear = render_views(Labels(data, 1.0), COLOURS, size=60)[0][30, 30].astype(int)
    filled = render_views(Labels(behind, 1.0), COLOURS, size=60)[0][30, 30].astype(int)
    assert 0 < clear[3] < 255
    assert filled[3] == 255
    assert filled[0] > clear[0] + 40


@pytest.mark.parametrize("turned_deg", [0, 30, 75, 120])
def test_the_widest_face_of_a_plate_is_found(turned_deg):
    y, x = np.mgrid[:64, :64] - 31.5
    angle = np.deg2rad(turned_deg)
    along, across = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)
    data = np.zeros((20, 64, 64), dtype=np.uint8)
    data[4:16, (abs(along) < 24) & (abs(across) < 4)] = Material.LOOP
    face = np.deg2rad(widest_face_deg(*occupancies(Labels(data, 1.0))))
    # The eye at azimuth a stands at (y, x) = (sin a, cos a): it must look along the plate's normal.
    normal = np.array([np.cos(angle), -np.sin(angle)])
    assert abs(np.array([np.sin(face), np.cos(face)]) @ normal) == pytest.approx(1, abs=2e-3)


def test_large_volumes_are_drawn_on_a_coarse_grid_that_keeps_their_volume():
    data = np.zeros((300, 40, 40), dtype=np.uint8)
    data[20:280, 10:30, 10:30] = Material.CRYSTAL
    fields, scale = occupancies(Labels(data, (0.5, 1.0, 1.0)))
    assert max(fields.shape[:3]) < 150
    assert fields[..., 2].sum() * scale.prod() == pytest.approx(260 * 400 * 0.5, rel=1e-3)


def test_only_air_can_be_drawn():
    pictures = render_views(Labels(np.zeros((8, 8, 8), dtype=np.uint8), 1.0), COLOURS, size=20)
    assert not any(picture[..., 3].any() for picture in pictures)


@pytest.mark.parametrize("slices", [1, 2, 3])
def test_a_slice_is_not_smoothed_away(slices):
    data = np.zeros((slices, 40, 40), dtype=np.uint8)
    data[:, 4:36, 4:36] = Material.LIQUOR
    data[:, 14:26, 14:26] = Material.CRYSTAL
    from_above = render_views(Labels(data, 1.0), COLOURS, size=60)[2]
    red, green, blue, alpha = (int(v) for v in from_above[30, 30])
    assert alpha == 255 and red > 1.5 * max(green, blue)
    # The liquor about it is seen, too: more than a tenth of the picture, as a plate turned towards the eye.
    assert (from_above[..., 3] > 0).mean() > 0.1
