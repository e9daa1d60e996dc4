from __future__ import annotations

import io
import json

import numpy as np
import pytest
from PIL import Image

from napari_crystalseg.absorption import AbsorptionMap, MapKind
from napari_crystalseg.pictures.absorption_map import _interpolated, absorption_map_png
from napari_crystalseg.spherical_harmonics import from_angles, gauss_legendre_directions
from napari_crystalseg.workflows.absorption_map import FILES, save_absorption_map


def tilted(strength=0.2, rings=16):
    """A map that grows along axis 1 (to the source of angle zero) and axis 0 (the rotation axis)."""
    directions, weights = gauss_legendre_directions(rings)
    a = 0.5 * (1 + strength * (directions[:, 1] + 0.5 * directions[:, 0]))
    return AbsorptionMap(MapKind.ONE_PATH, directions, weights, a, np.full(len(a), 1e-4))


def test_the_drawn_sphere_has_the_known_value_at_each_place():
    found = tilted()
    latitude, longitude = np.deg2rad([-90.0, -41.0, 0.0, 63.0, 90.0]), np.deg2rad([-180.0, -97.0, 0.0, 13.0, 180.0])
    at = from_angles(latitude[:, None], longitude[None, :])
    known = 0.5 * (1 + 0.2 * (at[..., 1] + 0.5 * at[..., 0]))
    assert _interpolated(found, found.absorption, latitude, longitude) == pytest.approx(known, abs=2e-3)


def test_the_picture_is_the_same_each_time_and_shows_where_a_is_large():
    png = absorption_map_png(tilted())
    assert png == absorption_map_png(tilted())
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
    # Viridis: yellow is large, violet small. The first sphere: bright in the middle (source), dark at both ends.
    first = pixels[: pixels.shape[0] // 2, : int(0.42 * pixels.shape[1])]
    yellow = (first[..., 0] > 180) & (first[..., 1] > 180) & (first[..., 2] < 100)
    violet = (first[..., 0] < 90) & (first[..., 1] < 60) & (first[..., 2] > 70) & (first[..., 2] < 150)
    rows, columns = np.nonzero(yellow)
    dark_rows, dark_columns = np.nonzero(violet)
    assert len(rows) > 200 and len(dark_rows) > 200
    # Up, towards +X, it is brighter than down.
    assert rows.mean() < dark_rows.mean()
    assert np.abs(columns - columns.mean()).mean() < np.abs(dark_columns - dark_columns.mean()).mean()


def test_an_even_map_can_be_drawn():
    assert absorption_map_png(tilted(0.0)).startswith(b"\x89PNG")


def test_the_files(tmp_path):
    written = save_absorption_map(tilted(), tmp_path / "new")
    assert [path.name for path in written] == list(FILES)
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == sorted([".written.json", *FILES])
    record = json.loads(written[0].read_text())
    # 0.2 Y along axis 1 and 0.1 along axis 0: variance a²/3 of each.
    assert record["power"][1] == pytest.approx((0.04 + 0.01) / 3)
    assert len(written[1].read_text().splitlines()) == 1 + 2 * 16**2
