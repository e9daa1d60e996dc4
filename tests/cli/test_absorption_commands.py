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


def test_compare_a_cube_with_itself_and_with_a_smaller_crystal(cube, tmp_path, capsys):
    assert call("compare", cube, cube, tmp_path / "same", *MU, "--sphere", 12) == 0
    record = json.loads((tmp_path / "same" / "comparison.json").read_text())
    assert record["absorption"]["max_relative_difference"] == 0
    assert record["classes"]["crystal"]["dice"] == 1
    data = np.zeros((14, 14, 14), dtype=np.uint8)
    data[2:12, 2:12, 2:12] = Material.LIQUOR
    data[4:10, 4:10, 4:7] = Material.CRYSTAL
    save_labels(Labels(data, 2.0), tmp_path / "half.tif")
    out = tmp_path / "half"
    assert call("compare", cube, tmp_path / "half.tif", out, *MU, "--sphere", 12, "--name-b", "automatic") == 0
    record = json.loads((out / "comparison.json").read_text())
    assert record["classes"]["crystal"]["dice"] == pytest.approx(2 / 3)
    assert record["classes"]["crystal"]["relative_difference"] == pytest.approx(-0.5)
    assert (record["a"]["name"], record["b"]["name"]) == ("cube.tif", "automatic")
    assert "12 of 12 reflections" in capsys.readouterr().out


def test_compare_refuses_before_the_work(cube, tmp_path, capsys):
    assert call("compare", cube, cube, tmp_path, *MU, "--experiment", "x.expt") == 2
    assert "together" in capsys.readouterr().err
    assert call("compare", cube, cube, tmp_path, *MU, "--experiment", "x", "--reflections", "y", "--sphere", 3) == 2
    assert "not both" in capsys.readouterr().err
