"""The absorption map and the comparison, through the door of the shell."""

from __future__ import annotations

import json

import numpy as np
import pytest

from napari_crystalseg.cli import main
from napari_crystalseg.io import save_labels
from napari_crystalseg.labels import Labels, Material

MU = ("--mu-crystal", 0.02, "--mu-liquor", 0.01, "--mu-loop", 0.01)


def call(*words):
    return main([str(word) for word in words])


@pytest.fixture
def cube(tmp_path):
    data = np.zeros((14, 14, 14), dtype=np.uint8)
    data[2:12, 2:12, 2:12] = Material.LIQUOR
    data[4:10, 4:10, 4:10] = Material.CRYSTAL
    path = tmp_path / "cube.tif"
    save_labels(Labels(data, 2.0), path)
    return path


def test_absorption_map_of_a_cube_has_even_orders_only(cube, tmp_path, capsys):
    out = tmp_path / "map"
    assert call("absorption-map", cube, out, *MU, "--rings", 8, "--tolerance", 0) == 0
    record = json.loads((out / "absorption_map.json").read_text())
    assert record["directions"] == 128
    assert record["kind"] == "one-path"
    assert max(record["power"][1], record["power"][3], record["power"][5]) < 1e-20
    assert record["power"][4] > 1e-6
    assert "variation" in capsys.readouterr().out
    assert (out / "absorption_map.png").is_file() and (out / "absorption_map.csv").is_file()


def test_absorption_map_refusals(cube, tmp_path, capsys):
    assert call("absorption-map", cube, tmp_path / "map", *MU, "--rings", 4) == 2
    assert "rings" in capsys.readouterr().err
    assert call("absorption-map", cube, tmp_path / "map", "--mu-crystal", 0.02) == 2
    assert not (tmp_path / "map").exists()
