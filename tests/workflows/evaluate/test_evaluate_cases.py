from __future__ import annotations

import csv
import json
import os
import shutil
import sys

import numpy as np
import pytest

from napari_crystalseg.absorption import Coefficients
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.io import save_labels, save_volume
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.volume import Volume
from napari_crystalseg.workflows.evaluate import evaluate_cases as module
from napari_crystalseg.workflows.evaluate.case_table import CaseRow
from napari_crystalseg.workflows.evaluate.cases import labelled_cases, paired_cases
from napari_crystalseg.workflows.evaluate.evaluate_cases import evaluate_cases
from napari_crystalseg.workflows.evaluate.evaluation_files import FILES
from napari_crystalseg.workflows.evaluate.request import EvaluationRequest

MU = Coefficients(liquor=0.02, loop=0.01, crystal=0.03)
REQUEST = EvaluationRequest(coefficients=MU, directions=4, tolerance=0.05)


def drop(film=3, shift=0):
    """A crystal in a drop whose film of liquor is so many voxels thick, the crystal's upper face moved."""
    data = np.zeros((20, 20, 20), np.uint8)
    data[(slice(7 - film, 13 + film),) * 3] = Material.LIQUOR
    data[7 : 13 + shift, 7:13, 7:13] = Material.CRYSTAL
    return data


def save(path, data, size=1.0):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_labels(Labels(data, size), path)


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch, request):
    """Drawing takes longer than all else: one test looks at what is drawn."""
    if request.node.name == "test_the_files_hold_the_same":
        return
    from napari_crystalseg.pictures.evaluation import evaluation_report, worst_slices

    monkeypatch.setattr(worst_slices, "worst_slices_png", lambda *nouns: b"PNG")
    for name in ("distributions_png", "surface_errors_png"):
        monkeypatch.setattr(evaluation_report, name, lambda found: b"PNG")


@pytest.fixture
def pairs(tmp_path):
    save(tmp_path / "pred" / "good.tif", drop())
    save(tmp_path / "pred" / "worse.tif", drop(shift=1))
    save(tmp_path / "pred" / "none.tif", np.where(drop() == Material.CRYSTAL, Material.LIQUOR, drop()))
    for name in ("good", "worse", "none"):
        save(tmp_path / "true" / f"{name}.tif", drop())
    return paired_cases(tmp_path / "pred", tmp_path / "true")


def test_scores_surfaces_and_absorption_of_each_case(pairs, tmp_path):
    found = evaluate_cases(pairs, tmp_path / "out", REQUEST)
    by_name = {case.name: case for case in found.cases}
    good, worse = by_name["good"], by_name["worse"]
    assert good.mean["iou"] == 1 and good.absorption["max_relative_difference"] == 0
    crystal = worse.classes["crystal"]
    assert crystal["iou"] == pytest.approx(6 / 7)
    assert crystal["volume_error_percent"] == pytest.approx(100 / 6)
    assert crystal["largest_um"] == pytest.approx(1)
    assert crystal["bias_um"] > 0
    assert worse.absorption["mean_absolute_relative_difference"] > 0
    scaled = worse.absorption["mean_absolute_relative_difference_after_scale"]
    assert scaled < worse.absorption["max_relative_difference"]
    none = by_name["none"]
    assert none.absorption is None and "predicted labels hold no crystal" in none.without_absorption
    assert none.classes["crystal"]["held_by"] == "truth" and none.classes["crystal"]["iou"] == 0
    assert none.classes["loop"]["iou"] is None
    summary = found.summary()
    assert summary["classes"]["crystal"]["missed"] == 1
    assert summary["classes"]["crystal"]["iou"] == pytest.approx((1 + 6 / 7 + 0) / 3)
    assert summary["absorption"]["cases"] == 2
    assert [case.name for case in found.worst_first()] == ["none", "worse", "good"]


def test_the_files_hold_the_same(pairs, tmp_path):
    found = evaluate_cases(pairs, tmp_path / "out", REQUEST)
    record, cases, summary, page = (tmp_path / "out" / name for name in FILES)
    written = json.loads(record.read_text())
    assert written["all"] == found.summary()
    assert written["coefficients"]["coefficients_per_um"]["crystal"] == 0.03
    assert len(written["cases"][0]["facts"]["sha256"]["truth"]) == 64
    rows = {row["case"]: row for row in csv.DictReader(cases.open())}
    assert float(rows["worse"]["crystal_iou"]) == pytest.approx(6 / 7, rel=1e-5)
    assert rows["worse"]["loop_iou"] == ""
    first = next(iter(csv.DictReader(summary.open())))
    assert (first["group"], first["class"], first["missed"]) == ("true", "crystal", "1")
    text = page.read_text()
    assert text.index("true/none") < text.index("true/worse") < text.index("true/good")
    assert "http" not in text.replace("http://www.w3.org", "")  # self-contained


def test_a_damaged_case_is_told_and_stops_no_other(pairs, tmp_path):
    (tmp_path / "pred" / "good.tif").write_bytes(b"no TIFF")
    save(tmp_path / "pred" / "worse.tif", drop()[:-1])
    found = evaluate_cases(pairs, tmp_path / "out", REQUEST)
    assert [case.name for case in found.cases] == ["none"]
    reasons = {each.name: each.reason for each in found.failed}
    assert "good.tif" in reasons["good"] and "same volume" in reasons["worse"]
    assert "worse.tif is (19, 20, 20)" in (tmp_path / "out" / "report.html").read_text()
    with pytest.raises(InputError, match="None of 1 case"):
        (tmp_path / "pred" / "none.tif").unlink()
        (tmp_path / "pred" / "worse.tif").unlink()
        alone = paired_cases(tmp_path / "pred", tmp_path / "true", only_pairs=True)
        evaluate_cases(alone, tmp_path / "other", REQUEST)


def test_a_run_that_was_stopped_goes_on(pairs, tmp_path, monkeypatch):
    scored = []
    score = module.score_case
    monkeypatch.setattr(module, "score_case", lambda case, *rest: scored.append(case.name) or score(case, *rest))

    def stop(fraction, message):
        if "Case 3" in message:
            raise Cancelled

    with pytest.raises(Cancelled):
        evaluate_cases(pairs, tmp_path / "out", REQUEST, stop)
    assert scored == ["good", "none"]
    evaluate_cases(pairs, tmp_path / "out", REQUEST)
    assert scored == ["good", "none", "worse"]
    whole = [(tmp_path / "out" / name).read_bytes() for name in FILES]
    evaluate_cases(pairs, tmp_path / "out", REQUEST)
    assert len(scored) == 3 and [(tmp_path / "out" / name).read_bytes() for name in FILES] == whole
    # Other labels, a damaged record, and other parameters are scored anew, each alone where it is alone.
    save(tmp_path / "pred" / "good.tif", drop(film=2))
    (tmp_path / "out" / "cases" / "true" / "none" / "score.json").write_text('{"key": 1')
    evaluate_cases(pairs, tmp_path / "out", REQUEST)
    assert scored[3:] == ["good", "none"]
    evaluate_cases(pairs, tmp_path / "out", EvaluationRequest(directions=0))
    assert len(scored) == 8


def test_coefficients_are_the_cases_own_then_those_given_then_typical_ones(tmp_path):
    per_um = {"crystal": 0.01, "liquor": 0.02, "loop": 0.03, "other": 0.0}
    own = {"description": {"conditions": {"attenuation_per_um": per_um, "energy_kev": 4.0}}}
    for side in ("pred", "true"):
        save(tmp_path / side / "own" / "labels.tif", drop())
        save(tmp_path / side / "plain.tif", drop())
    (tmp_path / "true" / "own" / "manifest.json").write_text(json.dumps(own))
    found = paired_cases(tmp_path / "pred", tmp_path / "true")
    scored = evaluate_cases(found, tmp_path / "out", REQUEST)
    by_name = {case.name: case.facts for case in scored.cases}
    assert by_name["own"]["coefficients_per_um"]["crystal"] == 0.01
    assert by_name["own"]["coefficients_from"] == "the case's own record"
    assert by_name["plain"]["coefficients_per_um"]["crystal"] == 0.03
    typical = EvaluationRequest(typical_kev=3.0, directions=4, tolerance=0.05)
    scored = evaluate_cases(found, tmp_path / "out", typical)
    facts = {case.name: case.facts for case in scored.cases}["plain"]
    assert facts["coefficients_origin"] == "tabulated" and "not of this sample" in facts["coefficients_from"]
    assert any("not of this sample" in text for text in scored.statements)
    scored = evaluate_cases(found, tmp_path / "out", EvaluationRequest(directions=12))
    assert "no attenuation coefficients" in {case.name: case for case in scored.cases}["plain"].without_absorption
    (tmp_path / "true" / "own" / "manifest.json").write_text("{")
    damaged = {case.name: case for case in evaluate_cases(found, tmp_path / "out", REQUEST).cases}["own"]
    assert damaged.mean["iou"] == 1 and "own/manifest.json is no JSON" in damaged.without_absorption


def test_volumes_are_segmented_first(tmp_path, monkeypatch):
    """The network is stood in for: what is around it is tried here."""
    from napari_crystalseg import segmentation

    save(tmp_path / "set" / "a_labels.tif", drop(), None)
    save_volume(Volume(drop().astype(np.float32), None), tmp_path / "set" / "a.tif")

    class Made:
        def __init__(self, labels):
            self.labels = labels

    def as_rounded(volume, model=None, progress=None):
        return Made(Labels(np.rint(volume.data).astype(np.uint8), volume.voxel_size_um, volume.provenance))

    class Network:
        name, sha256, path = "stand-in", "0" * 64, tmp_path / "set"

        def check(self):
            pass

    monkeypatch.setattr(segmentation, "segment", as_rounded)
    monkeypatch.setattr(module, "bundled_model", Network)
    found = evaluate_cases(labelled_cases([tmp_path / "set"]), tmp_path / "out", REQUEST)
    (case,) = found.cases
    assert case.mean["iou"] == 1
    assert case.classes["crystal"]["median_voxels"] == 0 and case.classes["crystal"]["median_um"] is None
    assert case.without_absorption == "the voxel size is not known"
    assert any("voxel size of 1 case" in text for text in found.statements)
    assert (tmp_path / "out" / "segmented" / "set" / "a.tif").is_file()
    assert found.parameters["model"] == "stand-in" and found.parameters["model_sha256"] == "0" * 64
    known = EvaluationRequest(coefficients=MU, directions=4, tolerance=0.05, voxel_size_um=2.0)
    (case,) = evaluate_cases(labelled_cases([tmp_path / "set"]), tmp_path / "out", known).cases
    assert case.classes["crystal"]["volume_um3"] == 216 * 8 and case.absorption is not None


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_of_files_that_are_not_utf8(pairs, tmp_path):
    for side in ("pred", "true"):
        shutil.copy(tmp_path / side / "good.tif", os.fsencode(tmp_path / side) + b"/b\xff.tif")
    found = evaluate_cases(paired_cases(tmp_path / "pred", tmp_path / "true"), tmp_path / "out", REQUEST)
    assert {case.name: case.mean["iou"] for case in found.cases}["b\\xff"] == 1
    assert next(row["case"] for row in csv.DictReader((tmp_path / "out" / "cases.csv").open())) == "b\\xff"


def test_voxel_sizes_that_differ_and_names_in_the_table_of_no_case_are_told(tmp_path):
    save(tmp_path / "pred" / "a.tif", drop(), 2.0)
    save(tmp_path / "true" / "a.tif", drop(), 1.0)
    request = EvaluationRequest(directions=0, table={"a": CaseRow(), "b": CaseRow(), "true/a": CaseRow()})
    found = evaluate_cases(paired_cases(tmp_path / "pred", tmp_path / "true"), tmp_path / "out", request)
    assert found.cases[0].facts["other_voxel_size_um"] == [2, 2, 2]
    assert found.cases[0].classes["crystal"]["true_volume_um3"] == 216
    assert "Files of 1 case say different voxel sizes: those of the true labels were taken." in found.statements
    assert "The table names what is no case: b." in found.statements
    # Held against the same size nothing is told.
    save(tmp_path / "pred" / "a.tif", drop(), 1.0)
    found = evaluate_cases(paired_cases(tmp_path / "pred", tmp_path / "true"), tmp_path / "out", request)
    assert not any("different" in text for text in found.statements)


def test_a_request_that_cannot_be():
    with pytest.raises(InputError, match="directions"):
        EvaluationRequest(directions=-1)
    with pytest.raises(InputError, match="tolerance"):
        EvaluationRequest(tolerance=1.5)
    with pytest.raises(InputError):
        EvaluationRequest(typical_kev=-3)
