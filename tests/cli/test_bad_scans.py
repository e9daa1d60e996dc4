import h5py
import numpy as np
import pytest

from napari_crystalseg.cli import main
from napari_crystalseg.io import open_volume

ANGLES = np.linspace(0, 180, 91)


def nxtomo(path, spoil=lambda frames: frames, fill=None):
    """An off-centre rod in NXtomo with four darks and flats; ``fill`` leaves the last third of the frames unwritten."""
    rng = np.random.default_rng(0)
    column = np.arange(48.0) - 23.5
    away = column - (6 * np.cos(np.deg2rad(ANGLES)) - 4 * np.sin(np.deg2rad(ANGLES)))[:, None]
    line = 0.06 * 2 * np.sqrt(np.clip(9**2 - away**2, 0, None))
    share = np.exp(-np.repeat(line[:, None], 8, axis=1))
    frames = np.concatenate([np.zeros((4, 8, 48)), np.ones((4, 8, 48)), share])
    frames = spoil((rng.poisson(2e4 * frames) + rng.normal(100, 2, frames.shape)).round().astype("u2"))
    with h5py.File(path, "w") as file:
        file["entry/definition"] = "NXtomo"
        detector = file.create_group("entry/instrument/detector")
        detector["image_key"] = np.repeat([2, 1, 0], [4, 4, 91])
        if fill is None:
            detector["data"] = frames
        else:
            data = detector.create_dataset("data", frames.shape, "u2", chunks=(1, *frames.shape[1:]), fillvalue=fill)
            data[:70] = frames[:70]
        for axis in "xy":
            detector[f"{axis}_pixel_size"] = 1.0
            detector[f"{axis}_pixel_size"].attrs["units"] = "um"
        file["entry/sample/rotation_angle"] = np.r_[np.zeros(8), ANGLES]
        file["entry/sample/rotation_angle"].attrs["units"] = "deg"


def call(*words):
    return main([str(word) for word in words])


def test_reconstruct_leaves_out_dropped_frames_and_says_so(tmp_path, capsys):
    def drop(frames):
        frames[[38, 39]] = 0
        return frames

    nxtomo(tmp_path / "a.nxs", drop)
    assert call("reconstruct", tmp_path / "a.nxs", tmp_path / "a.tif") == 0
    assert "! 2 of 91 projections have no light (30, 31): left out.\n" in capsys.readouterr().err
    volume = open_volume(tmp_path / "a.tif")
    assert volume.provenance.findings == ("2 of 91 projections have no light (30, 31): left out",)
    assert volume.data[2:6].max(axis=0)[20:24, 28:32].mean() == pytest.approx(0.06, rel=0.1)


@pytest.mark.parametrize("fill", [0, 7, 65535])
def test_frames_that_were_never_written(tmp_path, capsys, fill):
    nxtomo(tmp_path / "a.nxs", fill=fill)
    words = ("reconstruct", tmp_path / "a.nxs", tmp_path / "a.tif")
    assert call(*words) == 2 and list(tmp_path.iterdir()) == [tmp_path / "a.nxs"]
    told = capsys.readouterr().err
    assert "29 of 91 projections" in told and "broken off after frame 61 (122.0°)" in told
    assert call(*words, "--force") == 0
    assert "! 29 of 91 projections" in capsys.readouterr().err
