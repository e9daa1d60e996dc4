"""Names and texts of the outside world end no work, neither at its beginning nor at its end."""

from __future__ import annotations

import json
import os
import shutil
import sys

import h5py
import numpy as np
import pytest

from napari_crystalseg.cli import main
from napari_crystalseg.io import open_labels, save_labels
from napari_crystalseg.io.files.atomic import to_json
from napari_crystalseg.labels import Labels
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.texts.printable import printable

MU = ["--mu-crystal", "0.02", "--mu-liquor", "0.01", "--mu-loop", "0.008"]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="names of bytes")


def odd(folder, name):
    return folder / os.fsdecode(name)


@pytest.fixture
def labels(tmp_path):
    data = np.zeros((8, 9, 10), np.uint8)
    data[2:-2, 2:-2, 2:-2] = 3
    path = odd(tmp_path, b"prot\xe9ine\n.tif")
    save_labels(Labels(data, 2.0), path)
    return path


def call(*words):
    return main([str(word) for word in words])


def test_printable():
    assert printable("protéine µ 結晶.tif") == "protéine µ 結晶.tif"
    assert printable(os.fsdecode(b"\xe9.tif")) == "\\xe9.tif"
    assert printable("\ud800") == "\\ud800"
    assert printable("a\u202etif.exe\u200d") == "a\\u202etif.exe\u200d"
    assert printable("a\nb\x1b[31m\u2028") == "a\\nb\\x1b[31m\\u2028"
    assert json.loads(to_json({"a": "\udce9"})) == {"a": "\udce9"}


def test_every_command_takes_them(labels, tmp_path):
    refl = odd(tmp_path, b"\xe9.refl")
    expt = odd(tmp_path, b"\xe9.expt")
    stem = "lcyst_01_first10_integrated"
    shutil.copy(sample_data_folder() / f"{stem}.refl", refl)
    shutil.copy(sample_data_folder() / f"{stem}.expt", expt)
    of = ("--experiment", expt, "--reflections", refl, "--tolerance", "0.1")
    assert call("absorb", labels, tmp_path / "a.json", *MU, *of, "--csv", odd(tmp_path, b"\xe9.csv")) == 0
    record = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["provenance"]
    assert list(record["inputs"]) == ["prot\\xe9ine\\n.tif", "\\xe9.expt", "\\xe9.refl"]
    assert "\\xe9_absorption.refl" in odd(tmp_path, b"\xe9_absorption_README.txt").read_text(encoding="utf-8")
    assert call("export", labels, odd(tmp_path, b"\xe9out"), "--to", "anacor", *MU, *of[:4]) == 0
    assert json.loads((odd(tmp_path, b"\xe9out") / "provenance.json").read_text(encoding="utf-8"))
    assert call("export", labels, tmp_path / "masks", "--to", "masks") == 0
    assert "prot\\xe9ine\\n.tif" in open_labels(tmp_path / "masks" / "labels.tif").provenance.inputs
    assert call("compare", labels, labels, tmp_path / "compared", *MU, "--sphere", "5") == 0


def test_what_is_printed_commands_no_terminal(tmp_path, capsys):
    folder = tmp_path / "a\x1b[2Jb\nc"
    folder.mkdir()
    data = np.zeros((8, 9, 10), np.uint8)
    data[2:-2, 2:-2, 2:-2] = 3
    save_labels(Labels(data, 2.0), folder / "labels.tif")
    assert call("absorb", folder / "labels.tif", folder / "a.json", *MU, "--sphere", "9", "--tolerance", "0.1") == 0
    with h5py.File(folder / "v.h5", "w") as file:
        file["a\x1b[2Jb"] = np.zeros((4, 5, 6), "f4")
        file["a\x1b[2Jb"].attrs["spacing\x1b[2J\nAssumed: all is well."] = 3.0
    assert call("info", folder / "v.h5") == 0
    said = capsys.readouterr()
    assert "\x1b" not in said.out + said.err
    assert "\\x1b[2J" in said.out and "\nAssumed: all is well" not in said.out
