"""Each command on a single slice: an answer, or a sentence that says why there is none."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tifffile

from napari_crystalseg.cli import main
from napari_crystalseg.io import open_labels, open_uncertainty

ASSUMED = "Assumed: a single slice, read as a volume one voxel thick along the rotation axis (z)"
MU = ("--mu-crystal", 0.02, "--mu-liquor", 0.01, "--mu-loop", 0.01)


def call(*words):
    return main([str(word) for word in words])


@pytest.fixture
def codes(tmp_path):
    """Labels of one image: 20 × 30 pixels, of which 8 × 10 are crystal in liquor."""
    data = np.zeros((20, 30), dtype=np.uint8)
    data[4:16, 5:25] = 1
    data[6:14, 10:20] = 3
    path = tmp_path / "labels.npy"
    np.save(path, data)
    return path


def test_info(codes, capsys):
    assert call("info", codes) == 0
    told = capsys.readouterr().out
    assert told.startswith("Labels (NumPy array): 1 × 20 × 30 voxels (z × y × x), uint8")
    assert f"{ASSUMED}." in told


def test_segment(tmp_path, capsys):
    voxel_values = np.random.default_rng(0).normal(0, 0.05, (48, 40)).astype(np.float32)
    voxel_values[12:36, 10:30] += 1
    tifffile.imwrite(tmp_path / "slice.tif", voxel_values)
    words = ("--voxel-size-um", 0.5, "--no-mirror", "--uncertainty", tmp_path / "u.tif")
    assert call("segment", tmp_path / "slice.tif", tmp_path / "l.tif", *words) == 0
    assert ASSUMED in capsys.readouterr().err
    labels = open_labels(tmp_path / "l.tif")
    assert labels.shape == (1, 48, 40) and labels.voxel_size_um == (0.5, 0.5, 0.5)
    assert open_uncertainty(tmp_path / "u.tif").shape == (1, 48, 40)
    assert (labels.data[0, :6] == 0).all() and (labels.data[0, 16:32, 14:26] > 0).mean() > 0.9


def test_evaluate(codes, tmp_path, capsys):
    half = np.load(codes)
    half[10:] = 0
    tifffile.imwrite(tmp_path / "half.tif", half)
    out = tmp_path / "scores.json"
    assert call("evaluate", tmp_path / "half.tif", codes, "--json", out, "--voxel-size-um", 1) == 0
    crystal = json.loads(out.read_text())["classes"]["crystal"]
    assert (crystal["precision"], crystal["recall"]) == (1.0, 0.5)


def test_export_masks(codes, tmp_path, capsys):
    assert call("export", codes, tmp_path / "masks", "--to", "masks", "--voxel-size-um", 0.5) == 0
    assert ASSUMED in capsys.readouterr().err
    mask = tifffile.imread(tmp_path / "masks" / "crystal.tif").reshape(20, 30)
    np.testing.assert_array_equal(mask, np.where(np.load(codes) == 3, 255, 0))


@pytest.mark.parametrize(
    "words",
    [
        ("absorb", "LABELS", "OUT.json", *MU),
        ("absorption-map", "LABELS", "OUT", *MU),
        ("compare", "LABELS", "LABELS", "OUT", *MU),
        ("sensitivity", "LABELS", "OUT.tif", *MU),
        ("export", "LABELS", "OUT", "--to", "anacor"),
    ],
    ids=lambda words: words[0],
)
def test_what_needs_the_whole_volume_says_so(codes, tmp_path, capsys, words):
    places = {"LABELS": codes, "OUT": tmp_path / "out", "OUT.json": tmp_path / "o.json", "OUT.tif": tmp_path / "o.tif"}
    given = [places.get(word, word) for word in words]
    assert call(*given, "--voxel-size-um", 1) == 2
    (error,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("Error"))
    assert error.startswith("Error: The labels are a single slice (1 × 20 × 30 voxels)")
    assert "no absorption factors; take the labels of the whole volume." in error
    assert [path.name for path in tmp_path.iterdir()] == ["labels.npy"]
