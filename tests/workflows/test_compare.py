from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from napari_crystalseg.absorption import Coefficients, Directions
from napari_crystalseg.errors import InputError
from napari_crystalseg.io import save_labels
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.workflows.compare import FILES, compare, file_names

MU = Coefficients(liquor=0.02, loop=0.0, crystal=0.03)


def drop(film=3):
    """A crystal in a cubic drop whose film of liquor is so many voxels thick."""
    data = np.zeros((22, 22, 22), np.uint8)
    inner = slice(7, 15)
    data[(slice(7 - film, 15 + film),) * 3] = Material.LIQUOR
    data[inner, inner, inner] = Material.CRYSTAL
    return data


def saved(path, data, size=1.0):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_labels(Labels(data, size), path)
    return path


def test_equal_labels_do_not_differ(tmp_path):
    a, b = (saved(tmp_path / name / "labels.tif", drop()) for name in ("manual", "automatic"))
    found = compare(a, b, tmp_path / "out", MU, Directions.over_sphere(30))
    figures = found.summary["absorption"]
    assert figures["max_relative_difference"] == 0 and found.summary["doubts"] == []
    assert figures["correlation"] == pytest.approx(1)
    assert found.names == ("manual/labels.tif", "automatic/labels.tif")
    assert found.summary["classes"]["crystal"]["dice"] == 1
    assert found.summary["classes"]["liquor"]["relative_difference"] == 0
    assert found.summary["classes"]["loop"] == {
        "volume_a_um3": 0.0, "volume_b_um3": 0.0, "relative_difference": None, "dice": None,
    }  # fmt: skip
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted([".written.json", *FILES])


def test_a_plate_beneath_more_liquor_absorbs_by_the_known_ratio(tmp_path):
    """A plate over the whole field with liquor above and below: along the beam, each µm more takes exp(-mu)."""
    plates = []
    for film in (5, 8):
        data = np.zeros((3, 30, 3), np.uint8)
        data[:, 10 - film : 20 + film] = Material.LIQUOR
        data[:, 10:20] = Material.CRYSTAL
        plates.append(saved(tmp_path / f"{film}.tif", data, (90.0, 1.0, 90.0)))
    found = compare(*plates, tmp_path / "out", Coefficients(0.02, 0, 0.03), Directions.over_sphere(2), tolerance=0)
    # The incident beam crosses 3 µm more; the two scattered ones, 60° from it and from its back, 3 µm / cos 60° more.
    ratio = np.exp(-0.02 * (3 + 3 / 0.5))
    relative = found.factors.relative_difference
    assert relative == pytest.approx([ratio - 1] * 2, rel=1e-6)
    with open(tmp_path / "out" / "comparison.csv", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0])[:5] == ["z", "y", "x", "A_a", "A_b"]
    assert float(rows[0]["A_b"]) / float(rows[0]["A_a"]) == pytest.approx(ratio, rel=1e-5)
    assert float(rows[1]["relative_difference"]) == pytest.approx(ratio - 1, rel=1e-5)


def test_grids_of_other_voxels_are_compared_without_dice(tmp_path):
    fine = saved(tmp_path / "fine.tif", np.repeat(np.repeat(np.repeat(drop(), 2, 0), 2, 1), 2, 2), 0.5)
    coarse = saved(tmp_path / "coarse.tif", drop())
    found = compare(coarse, fine, tmp_path / "out", MU, Directions.over_sphere(20), tolerance=0)
    # The same shape: they differ only by where in the crystal the rays begin.
    assert found.summary["absorption"]["max_relative_difference"] < 2e-3
    assert found.summary["classes"]["crystal"]["relative_difference"] == pytest.approx(0)
    assert found.summary["classes"]["crystal"]["dice"] is None
    assert "grids differ" in found.summary["dice_left_out_because"]


def test_without_absorption_the_correlation_is_said_to_be_undefined(tmp_path):
    a, b = saved(tmp_path / "a.tif", drop(2)), saved(tmp_path / "b.tif", drop(3))
    compare(a, b, tmp_path / "out", Coefficients(0, 0, 0), Directions.over_sphere(10))
    text = (tmp_path / "out" / "comparison.json").read_text()
    assert "NaN" not in text
    record = json.loads(text)
    assert record["absorption"]["correlation"] is None
    assert record["absorption"]["mean_a"] == record["absorption"]["mean_b"] == 1


def test_reflections_of_a_table_come_with_their_indices(tmp_path):
    a, b = saved(tmp_path / "a.tif", drop(2)), saved(tmp_path / "b.tif", drop(3))
    files = {kind: sample_data_folder() / f"lcyst_01_first10_integrated.{kind}" for kind in ("expt", "refl")}
    found = compare(
        a, b, tmp_path / "out", MU, Directions.of_files(files["expt"], files["refl"]), names=("manual", "automatic")
    )
    # One µm more of liquor all around absorbs more, everywhere.
    assert (found.factors.difference[found.factors.compared] < 0).all()
    with open(tmp_path / "out" / "comparison.csv", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == found.summary["absorption"]["reflections"]
    index = found.factors.first.miller_index
    assert [int(rows[3][i]) for i in "hkl"] == index[3].tolist()
    assert found.summary["a"]["name"] == "manual"


def test_what_cannot_be_compared_is_refused(tmp_path):
    a = saved(tmp_path / "a.tif", drop())
    other_field = saved(tmp_path / "b.tif", drop(), 1.5)
    with pytest.raises(InputError, match=r"same field along axis 0: a\.tif 22 µm .* b\.tif 33 µm"):
        compare(a, other_field, tmp_path / "out", MU, Directions.over_sphere(5))
    empty = saved(tmp_path / "c.tif", np.where(drop() == Material.CRYSTAL, 1, drop()))
    with pytest.raises(InputError, match=r"c\.tif holds no crystal"):
        compare(a, empty, tmp_path / "out", MU, Directions.over_sphere(5))
    assert not (tmp_path / "out").exists()


def test_the_same_comparison_writes_the_same_bytes(tmp_path):
    a, b = saved(tmp_path / "a.tif", drop(2)), saved(tmp_path / "b.tif", drop(3))
    for name in ("one", "two"):
        compare(a, b, tmp_path / name, MU, Directions.over_sphere(12))
    for name in FILES:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_names_tell_files_apart(tmp_path):
    assert file_names(tmp_path / "a" / "x.tif", tmp_path / "b" / "x.tif") == ("a/x.tif", "b/x.tif")
    assert file_names(tmp_path / "x.tif", tmp_path / "y.tif") == ("x.tif", "y.tif")
    assert file_names(tmp_path / "x.tif", tmp_path / "x.tif") == ("x.tif (first)", "x.tif (second)")
