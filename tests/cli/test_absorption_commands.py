"""The absorption map and the comparison, through the door of the shell."""

from __future__ import annotations

import json

import numpy as np
import pytest

from napari_crystalseg.cli import main
from napari_crystalseg.io import save_labels
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.samples import sample_data_folder

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


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("a.csv",), "not a JSON file"),
        (("a.json", "--beam-centre-um", 5, 5), "add --beam-um"),
        (("a.json", "--beam-shape", "gaussian"), "add --beam-um"),
        (("a.json", "--histogram", "h.jpg"), "ends in .png"),
        (("a.json", "--experiment", "x.expt"), "one without the other"),
        (("a.json", "--mu-crystal", 20), "give 0.02"),
    ],
)
def test_absorb_refuses_what_it_would_ignore_or_misname(cube, tmp_path, capsys, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    assert call("absorb", cube, *words[:1], *MU, *words[1:]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [cube]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("anacor", "--offset-deg", "nan"), "must be finite"),
        (("anacor", "--anacor-voxel-um", 100), "too coarse"),
        (("anacor", "--anacor-voxel-um", 0.001), "more than 8e"),
        (("masks", "--offset-deg", 5), "for --to anacor"),
    ],
)
def test_export_refuses_before_it_writes(cube, tmp_path, capsys, words, said):
    assert call("export", cube, tmp_path / "out", "--to", *words) == 2
    error = capsys.readouterr().err
    assert said in error and "unexpected" not in error
    assert not (tmp_path / "out").exists()


def test_reflections_of_another_experiment_are_refused(cube, tmp_path, capsys):
    """The detector stands elsewhere: the wavelength alone does not tell."""
    folder = sample_data_folder()
    experiment, table = (folder / f"lcyst_01_first10_integrated.{end}" for end in ("expt", "refl"))
    record = json.loads(experiment.read_text())
    for panel in record["detector"][0]["panels"]:
        panel["origin"][0] += 30.0
    other = tmp_path / "other.expt"
    other.write_text(json.dumps(record))
    files = ("--experiment", other, "--reflections", table)
    assert call("compare", cube, cube, tmp_path / "out", *MU, *files) == 2
    assert "do not belong together" in capsys.readouterr().err
    assert call("export", cube, tmp_path / "out", "--to", "anacor", *files) == 2
    assert "do not belong together" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
