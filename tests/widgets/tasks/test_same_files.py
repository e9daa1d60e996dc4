"""The dock and the commands write the same files, to the byte, of the same labels, coefficients and reflections."""

from __future__ import annotations

import pytest

from helpers.experiment_files import MU, lopsided, rows, save_experiment, save_table, sweep
from napari_crystalseg.cli import main
from napari_crystalseg.io import open_labels, save_labels
from napari_crystalseg.widgets.tasks.export import FILES, SCALING, ExportPlan, export
from napari_crystalseg.widgets.tasks.factors import absorb

VALUES = {"liquor": MU.liquor, "loop": MU.loop, "crystal": MU.crystal, "other": 0.0, "energy_kev": 6.2}


def run(*words):
    assert main([str(word) for word in words]) == 0


@pytest.fixture
def pair(tmp_path):
    return str(save_experiment(tmp_path / "x.expt", sweep())), str(save_table(tmp_path / "x.refl", rows(), {0: "a"}))


@pytest.fixture
def exported(tmp_path, pair):
    """What the dock writes, by place, and the file of the labels; the folder is empty again."""
    path, folder = tmp_path / "labels.tif", tmp_path / "out"
    save_labels(lopsided(), path)
    labels = open_labels(path)
    factors = absorb(labels, VALUES, reflection_files=pair, offset_deg=7.0)
    plan = ExportPlan(folder, "x", (*(name for name in FILES if name != "labels"), SCALING), pair)
    export(labels, plan, VALUES, offset_deg=7.0, factors=factors)
    written = bytes_in(folder)
    folder.rename(tmp_path / "of_the_dock")
    folder.mkdir()
    return path, folder, written


def bytes_in(folder):
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_commands_write_what_the_dock_writes(exported, pair):
    labels, folder, expected = exported
    mu = ["--mu-liquor", MU.liquor, "--mu-loop", MU.loop, "--mu-crystal", MU.crystal, "--mu-other", 0]
    mu += ["--mu-energy-kev", 6.2]
    files = ["--experiment", pair[0], "--reflections", pair[1], "--offset-deg", 7]
    run("export", labels, folder / "x_masks", "--to", "masks")
    run("export", labels, folder / "x_anacor", "--to", "anacor", *mu, *files)
    tables = ["--csv", folder / "x_factors.csv", "--hdf5", folder / "x_factors.h5"]
    tables += ["--histogram", folder / "x_histogram.png", "--cif", folder / "x_absorption.cif"]
    run("absorb", labels, folder / "x_factors.json", *mu, *files, *tables)
    found = bytes_in(folder)
    assert found.keys() == expected.keys() and len(expected) > 15
    assert [name for name in expected if found[name] != expected[name]] == []
