"""Commands lose nothing of what a user has in their folders."""

from __future__ import annotations

import json

import numpy as np
import pytest

from napari_crystalseg.cli import main
from napari_crystalseg.io import save_labels
from napari_crystalseg.labels import Labels, Material

MU = ["--mu-crystal", "0.02", "--mu-liquor", "0.01", "--mu-loop", "0.008"]


@pytest.fixture
def labels(tmp_path):
    data = np.zeros((8, 9, 10), np.uint8)
    data[1:-1, 1:-1, 1:-1] = Material.LIQUOR
    data[2:-2, 2:-2, 2:-2] = Material.CRYSTAL
    save_labels(Labels(data, 2.0), tmp_path / "labels.tif")
    return tmp_path / "labels.tif"


def call(*words):
    return main([str(word) for word in words])


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("export", "--to", "masks"), ("crystal.tif", "labels.tif")),
        (("export", "--to", "anacor"), ("README.txt", "default_mpprocess_input.yaml")),
        (
            ("absorption-map", *MU, "--rings", "4", "--order", "2", "--tolerance", "0.1"),
            ("absorption_map.csv", "absorption_map.png"),
        ),
        (("compare", *MU, "--sphere", "5", "--tolerance", "0.1"), ("comparison.json",)),
    ],
)
def test_files_of_the_user_in_a_folder_of_results(labels, tmp_path, capsys, words, names):
    out = tmp_path / "out"
    inputs = [labels, labels] if words[0] == "compare" else [labels]
    out.mkdir()
    for name in names:
        (out / name).write_text("of the user")
    command = (words[0], *inputs, out, *words[1:])
    assert call(*command) == 0
    said = capsys.readouterr().out
    for name in names:
        stem, _, suffix = name.rpartition(".")
        assert (out / f"{stem}.kept.{suffix}").read_text() == "of the user"
        assert (out / name).read_bytes() != b"of the user"
        assert f"! {name} was not written by this program" in said and f"kept as {stem}.kept.{suffix}" in said
    before = {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()}
    assert call(*command) == 0
    assert "kept" not in capsys.readouterr().out.replace(".kept", "")
    assert {path.name: path.read_bytes() for path in out.iterdir() if path.is_file()} == before


def test_a_table_of_the_user_beside_a_histogram(labels, tmp_path, capsys):
    (tmp_path / "h.csv").write_text("a table of mine")
    (tmp_path / "a.csv").write_text("named, so replaced")
    command = ("absorb", labels, tmp_path / "a.json", *MU, "--sphere", "5", "--histogram", tmp_path / "h.png")
    command += ("--csv", tmp_path / "a.csv")
    for _ in range(2):
        assert call(*command) == 0
    assert (tmp_path / "h.kept.csv").read_text() == "a table of mine"
    assert not list(tmp_path.glob("*.kept-2*")) and not list(tmp_path.glob("a.kept*"))
    assert capsys.readouterr().out.count("h.csv was not written by this program") == 1


def test_labels_are_not_exported_over_themselves(labels, tmp_path, capsys):
    whole = labels.read_bytes()
    (tmp_path / "crystal.tif").write_bytes(whole)
    for given in (labels, tmp_path / "crystal.tif"):
        assert call("export", given, tmp_path, "--to", "masks") == 2
        assert "place of its own" in capsys.readouterr().err
    assert labels.read_bytes() == (tmp_path / "crystal.tif").read_bytes() == whole
    assert len(list(tmp_path.iterdir())) == 2


def test_the_record_of_the_labels_is_not_written_over(labels, tmp_path, capsys):
    import shutil

    save_labels(Labels(np.full((4, 4, 4), 3, np.uint8), 1.0), tmp_path / "l.npy")
    whole = (tmp_path / "l.npy.json").read_bytes()
    assert call("absorb", tmp_path / "l.npy", tmp_path / "l.npy.json", *MU, "--sphere", "5") == 2
    assert "place of its own" in capsys.readouterr().err
    assert (tmp_path / "l.npy.json").read_bytes() == whole
    shutil.copy(tmp_path / "l.npy.json", tmp_path / "same.json")
    assert json.loads((tmp_path / "same.json").read_text())["kind"] == "labels"
