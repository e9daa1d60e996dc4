from __future__ import annotations

import json
import os

import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.workflows.process.results_place import experiments_beside, results_place


def test_the_folder_of_results_lies_beside_the_data(tmp_path):
    (tmp_path / "a.b.ome.zarr").mkdir()
    (tmp_path / "frames.1").mkdir()
    for name, folder in (
        ("scan.h5", "scan_crystalseg"),
        ("a.v1.tif", "a.v1_crystalseg"),
        ("a.b.ome.zarr", "a.b_crystalseg"),
        ("frames.1", "frames.1_crystalseg"),
    ):
        assert results_place(tmp_path / name).folder == tmp_path / folder
    assert results_place(tmp_path / "s.h5", "results/{stem}").folder == tmp_path / "results" / "s"
    assert results_place(tmp_path / "s.h5", "/data/{stem}", tmp_path).folder.name == "s"
    with pytest.raises(InputError, match="same for all samples"):
        results_place(tmp_path / "s.h5", "results")


def test_where_nothing_may_be_written_it_lies_elsewhere_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != str(tmp_path / "beamline"))
    (tmp_path / "beamline").mkdir()
    place = results_place(tmp_path / "beamline" / "s.h5", elsewhere=tmp_path / "home")
    assert place.folder == tmp_path / "home" / "s_crystalseg"
    assert place.remark == f"{tmp_path / 'beamline'} cannot be written to: the results go to {tmp_path / 'home'}."
    assert results_place(sample_data_folder() / "simulated_scan.h5", elsewhere=tmp_path).folder.parent == tmp_path


def test_results_of_another_sample_are_left_alone(tmp_path):
    def results_of(name, folder):
        folder.mkdir()
        record = {"stages": {"reconstruct": {"facts": {"input": name}}}}
        (folder / "manifest.json").write_text(json.dumps(record))

    results_of("s.tif", tmp_path / "s_crystalseg")
    assert results_place(tmp_path / "s.tif").folder == tmp_path / "s_crystalseg"
    assert results_place(tmp_path / "s.h5").folder == tmp_path / "s_crystalseg_2"
    taken = [tmp_path / "s_crystalseg_2"]
    assert results_place(tmp_path / "s.h5", taken=taken).folder == tmp_path / "s_crystalseg_3"


def test_experiments_beside_a_sample_are_pairs(tmp_path):
    for name in ("a.expt", "a.refl", "b.refl", "c.expt", "d.expt", "d.refl", "d_absorption.refl", "d_absorption.expt"):
        (tmp_path / name).touch()
    found = experiments_beside(tmp_path / "scan.h5")
    assert [refl.name for _, refl in found] == ["a.refl", "d.refl"]
    assert experiments_beside(tmp_path / "nowhere" / "scan.h5") == []
