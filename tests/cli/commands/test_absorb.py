"""The real run: a simulated sample and the files of a real diffraction experiment."""

from __future__ import annotations

import hashlib
import json
import os

import msgpack
import numpy as np
import pytest

from napari_crystalseg.cli import main
from napari_crystalseg.samples import sample_data_folder

FOLDER = sample_data_folder()
LABELS = FOLDER / "simulated_labels.tif"
EXPT, REFL = FOLDER / "lcyst_01_first10_integrated.expt", FOLDER / "lcyst_01_first10_integrated.refl"
MU = ("--mu-crystal", 0.002, "--mu-liquor", 0.0015, "--mu-loop", 0.001)
TABLE = "lcyst_01_first10_integrated_absorption.refl"


def absorb(out, *words, experiment=EXPT, reflections=REFL):
    files = ("--experiment", experiment, "--reflections", reflections)
    return main([str(word) for word in ("absorb", LABELS, out, *MU, *files, "--tolerance", 0.01, *words)])


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    words = ("--csv", folder / "f.csv", "--hdf5", folder / "f.h5", "--histogram", folder / "h.png")
    assert absorb(folder / "f.json", *words) == 0
    return folder


def test_a_table_is_written_whose_other_columns_are_untouched(made):
    before, after = (msgpack.unpackb(path.read_bytes(), strict_map_key=False) for path in (REFL, made / TABLE))
    kind, (rows, values) = after[2]["data"].pop("analytical_correction")
    assert (kind, rows) == ("double", 92)
    assert after == before
    factors = json.loads((made / "f.json").read_text())
    assert np.frombuffer(values, "<f8").tolist() == factors["A"]
    assert 0.8 < min(factors["A"]) < max(factors["A"]) < 1
    record = json.loads((made / f"{TABLE}.json").read_text())
    assert record["inputs"][REFL.name] == hashlib.sha256(REFL.read_bytes()).hexdigest()
    assert set(path.name for path in made.iterdir()) == {
        ".written.json",
        "f.json",
        "f.csv",
        "f.csv.json",
        "f.h5",
        "h.png",
        "h.csv",
        "h.csv.json",
        TABLE,
        f"{TABLE}.json",
        "lcyst_01_first10_integrated_absorption_README.txt",
    }


def test_the_lines_to_run_are_printed(tmp_path, capsys):
    assert absorb(tmp_path / "f.json", "--refl-out", tmp_path / "my.refl") == 0
    told = capsys.readouterr().out
    lines = [line.strip() for line in told.splitlines() if line.startswith("  dials.scale ")]
    assert len(lines) == 2
    assert lines[0].endswith("physical.absorption_correction=False physical.analytical_correction=True")
    assert lines[1].endswith("physical.absorption_level=high physical.analytical_correction=True")
    assert all(str(tmp_path / "my.refl") in line and str(EXPT) in line for line in lines)
    assert "23 of 92 reflections are fit for dials.scale" in told
    readme = (tmp_path / "my_README.txt").read_text()
    assert readme.count("dials.scale my.refl lcyst_01_first10_integrated.expt") == 2


def test_the_table_can_be_declined(tmp_path):
    assert absorb(tmp_path / "f.json", "--no-refl") == 0
    assert [path.name for path in tmp_path.iterdir()] == ["f.json"]


def test_no_input_is_written_over_and_nothing_is_half_written(tmp_path, capsys):
    copy = tmp_path / "copy.refl"
    copy.write_bytes(REFL.read_bytes())
    broken = tmp_path / "broken.refl"
    broken.write_bytes(REFL.read_bytes()[:-1])
    out = tmp_path / "out"
    for words, tables, said in (
        (("--refl-out", copy), {"reflections": copy}, "named twice"),
        (("--refl-out", out / "f.json"), {}, "named twice"),
        (("--csv", out / "h.csv", "--histogram", out / "h.png"), {}, "named twice"),
        (("--refl-out", out / "x.refl", "--no-refl"), {}, "no --no-refl"),
        (("--histogram", out / "h.jpg"), {}, "ends in .png"),
        ((), {"reflections": broken}, "truncated"),
        ((), {"experiment": REFL}, "not a DIALS .expt"),
        ((), {"reflections": EXPT}, "not a DIALS"),
    ):
        assert absorb(out / "f.json", *words, **tables) == 2
        error = capsys.readouterr().err
        assert said in error
        assert error.count("Error") == 1
    assert copy.read_bytes() == REFL.read_bytes()
    assert not out.exists()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write anywhere")
def test_a_folder_that_may_not_be_written(tmp_path, capsys):
    tmp_path.chmod(0o500)
    try:
        assert absorb(tmp_path / "f.json") == 2
    finally:
        tmp_path.chmod(0o700)
    assert "cannot be written" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
