"""crystalseg teach: strokes in a file to labels in a file."""

from __future__ import annotations

import numpy as np

from napari_crystalseg.cli import main
from napari_crystalseg.io import open_labels


def test_strokes_in_a_file_label_the_volume_and_bad_ones_are_told(tmp_path, capsys):
    truth = np.zeros((24, 32, 32), dtype=np.uint8)
    truth[5:19, 8:24, 8:24] = 3
    noise = 0.1 * np.random.default_rng(0).standard_normal(truth.shape)
    np.save(tmp_path / "volume.npy", (truth / 3 + noise).astype(np.float32))
    strokes = np.full(truth.shape, 255, dtype=np.uint8)
    strokes[12, 15:18, 10:22], strokes[12, 2:5, 4:28] = 3, 0
    np.save(tmp_path / "strokes.npy", strokes)
    paths = [str(tmp_path / name) for name in ("volume.npy", "strokes.npy", "labels.tif")]
    assert main(["teach", *paths]) == 0
    found = open_labels(paths[2]).data
    np.testing.assert_array_equal(found[strokes != 255], strokes[strokes != 255])
    assert 2 * np.count_nonzero((found == 3) & (truth == 3)) / ((found == 3).sum() + (truth == 3).sum()) > 0.97
    capsys.readouterr()
    np.save(tmp_path / "strokes.npy", np.full(truth.shape, 255, dtype=np.uint8))
    (tmp_path / "labels.tif").unlink()
    assert main(["teach", *paths]) == 2
    assert "no strokes yet" in capsys.readouterr().err and not (tmp_path / "labels.tif").exists()
