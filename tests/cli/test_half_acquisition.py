"""A half acquisition by the command: what is said of it, and how wide the volume becomes."""

import h5py
import numpy as np
import pytest
import tifffile

from napari_crystalseg import cli, io
from napari_crystalseg.scan import Scan

ANGLES = np.arange(0, 360, 3.0)
ROWS = 3


@pytest.fixture
def path(tmp_path):
    """A cylinder of 16 columns' radius and 0.01 a pixel, its axis at column 5 of 32; frames are stored mirrored."""
    away = np.arange(32) - 5 - 3 * np.cos(np.deg2rad(ANGLES))[:, np.newaxis]
    seen = np.exp(-0.02 * np.sqrt(np.clip(16**2 - away**2, 0, None)))[:, np.newaxis]
    counts = np.random.default_rng(0).poisson(5e4 * np.repeat(seen, ROWS, axis=1)).astype(np.uint16)
    flat, dark = np.full((1, ROWS, 32), 50000, np.uint16), np.zeros((1, ROWS, 32), np.uint16)
    io.save_scan(Scan(counts[:, :, ::-1], flat, dark, ANGLES, 2.0, half_acquisition=True), tmp_path / "half.nxs")
    with h5py.File(tmp_path / "half.nxs", "a") as file:
        file["entry/instrument/detector/x_flipped"] = True
    return tmp_path / "half.nxs"


def test_reconstruct(path, capsys):
    out = path.with_name("volume.tif")
    cli.main(["reconstruct", str(path), str(out)])
    said = capsys.readouterr().err
    assert "Half acquisition: axis at column 5 of 32, stitched to 54 columns." in said
    assert "Assumed: the file states that frames are flipped: their columns are turned round again." in said
    volume = tifffile.imread(out)
    assert volume.shape == (ROWS, 54, 54)
    y, x = np.mgrid[:54, :54] - 26.5
    # Where the cylinder is, which is seen off the axis along x.
    assert volume[:, np.hypot(y, x - 3) < 14].mean() == pytest.approx(0.005, rel=0.01)
    assert abs(volume[:, np.hypot(y, x - 3) > 19].mean()) < 1e-4


def test_info(path, capsys):
    cli.main(["info", str(path)])
    assert "A half acquisition" in capsys.readouterr().out
