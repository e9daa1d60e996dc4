"""Scans with dropped frames, other numbers of angles or an axis along the rows, by each command."""

import h5py
import numpy as np
import pytest

from napari_crystalseg.cli import main
from napari_crystalseg.io import open_volume, save_labels
from napari_crystalseg.labels import Labels

ANGLES = np.linspace(0, 180, 91)


def nxtomo(path, spoil=lambda frames: frames, fill=None, turn=False):
    """An off-centre rod in NXtomo with four darks and flats; ``fill`` leaves the last third of the frames unwritten."""
    rng = np.random.default_rng(0)
    column = np.arange(48.0) - 23.5
    away = column - (6 * np.cos(np.deg2rad(ANGLES)) - 4 * np.sin(np.deg2rad(ANGLES)))[:, None]
    line = 0.06 * 2 * np.sqrt(np.clip(9**2 - away**2, 0, None))
    share = np.exp(-np.repeat(line[:, None], 8, axis=1))
    frames = np.concatenate([np.zeros((4, 8, 48)), np.ones((4, 8, 48)), share])
    frames = spoil((rng.poisson(2e4 * frames) + rng.normal(100, 2, frames.shape)).round().astype("u2"))
    if turn:
        frames = frames.transpose(0, 2, 1)
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


# One door for whatever reads a scan.


@pytest.fixture
def rod_labels(tmp_path):
    """Labels of the rod: crystal in a skin of liquor."""
    y, x = np.mgrid[:48, :48] - 23.5
    away = np.hypot(y + 4, x - 6)
    labels = np.repeat(np.select([away < 5, away < 9], [3, 1])[None], 8, axis=0).astype(np.uint8)
    save_labels(Labels(labels, 1.0), tmp_path / "labels.tif")
    return tmp_path / "labels.tif"


READERS = ["reconstruct", "process", "geometry", "coefficients"]


def words_of(command, scan, labels, folder):
    return {
        "reconstruct": ("reconstruct", scan, folder / "v.tif"),
        "process": ("process", scan, folder / "p", "--sphere", "20"),
        "geometry": ("geometry", scan, labels, "--json", folder / "g.json", "--picture", folder / "g.png"),
        "coefficients": ("coefficients", scan, labels, "--out", folder / "c"),
    }[command]


@pytest.mark.parametrize("command", READERS)
def test_a_scan_that_does_not_fit_its_angles_is_refused_by_every_command(tmp_path, rod_labels, capsys, command):
    shuffled = np.r_[0:8, 8 + np.random.default_rng(1).permutation(91)]
    nxtomo(tmp_path / "a.nxs", lambda frames: frames[shuffled])
    assert call(*words_of(command, tmp_path / "a.nxs", rod_labels, tmp_path)) == 2
    assert "give --force to go on" in capsys.readouterr().err
    assert {file.name for file in tmp_path.iterdir()} <= {"a.nxs", "labels.tif"}


@pytest.mark.parametrize("command", ["geometry", "coefficients"])
def test_force_goes_on_and_says_so(tmp_path, rod_labels, capsys, command):
    shuffled = np.r_[0:8, 8 + np.random.default_rng(1).permutation(91)]
    nxtomo(tmp_path / "a.nxs", lambda frames: frames[shuffled])
    assert call(*words_of(command, tmp_path / "a.nxs", rod_labels, tmp_path), "--force") == 0
    out = capsys.readouterr()
    assert "Gone on by force" in out.out + out.err


@pytest.mark.parametrize("command", ["geometry", "coefficients"])
def test_an_axis_along_the_rows(tmp_path, rod_labels, capsys, command):
    nxtomo(tmp_path / "a.nxs")
    nxtomo(tmp_path / "lying.nxs", turn=True)
    assert call(*words_of(command, tmp_path / "a.nxs", rod_labels, tmp_path)) == 0
    upright = capsys.readouterr().out
    assert call(*words_of(command, tmp_path / "lying.nxs", rod_labels, tmp_path), "--axis", "rows") == 0
    lying = capsys.readouterr()
    assert "Rows and columns of the frames are exchanged" in lying.out + lying.err
    told = [line for line in lying.out.splitlines() if "exchanged" not in line]
    assert told == upright.splitlines()
    assert call(*words_of(command, tmp_path / "a.nxs", rod_labels, tmp_path), "--axis", "slanted") == 2
    assert "columns or rows, not 'slanted'" in capsys.readouterr().err


def test_info_says_what_the_next_command_refuses_or_leaves_out(tmp_path, capsys):
    def dropped(frames):
        frames[[38, 39]] = 0
        return frames

    shuffled = np.r_[0:8, 8 + np.random.default_rng(1).permutation(91)]
    nxtomo(tmp_path / "dropped.nxs", dropped)
    nxtomo(tmp_path / "shuffled.nxs", lambda frames: frames[shuffled])
    for name, said in (
        ("dropped.nxs", "! 2 of 91 projections have no light (30, 31): left out."),
        ("shuffled.nxs", "! Refused by 'reconstruct' and 'process': The frames do not fit their angles"),
    ):
        assert call("info", tmp_path / name) == 0
        assert said in capsys.readouterr().out


def test_info_says_what_absorb_refuses_of_labels(tmp_path, capsys):
    labels = np.zeros((6, 7, 8), np.uint8)
    labels[2:4, 2:5, 2:6], labels[5, 5, 5:7] = 1, 4
    save_labels(Labels(labels, 1.0), tmp_path / "l.tif")
    assert call("info", tmp_path / "l.tif") == 0
    told = capsys.readouterr().out
    assert "Refused by 'absorb': there is no crystal" in told
    assert "2 voxels are class 4 (other), for which 'absorb' needs a coefficient" in told


def test_what_phase_retrieval_lacks_is_told_before_the_frames_are_judged(tmp_path, capsys):
    shuffled = np.r_[0:8, 8 + np.random.default_rng(1).permutation(91)]
    nxtomo(tmp_path / "a.nxs", lambda frames: frames[shuffled])
    assert call("reconstruct", tmp_path / "a.nxs", tmp_path / "a.tif", "--phase-retrieval", 300) == 2
    told = capsys.readouterr().err
    assert "photon energy (--energy-kev), distance (--distance-mm)" in told and "Looking" not in told
