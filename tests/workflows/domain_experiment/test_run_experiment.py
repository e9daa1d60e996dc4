from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.io import save_labels, save_volume
from napari_crystalseg.judgement.evaluation import CLASSES, SURFACES, CaseScore, Evaluation
from napari_crystalseg.labels import Labels
from napari_crystalseg.volume import Volume
from napari_crystalseg.workflows.domain_experiment import run_experiment as module
from napari_crystalseg.workflows.domain_experiment.request import ExperimentRequest
from napari_crystalseg.workflows.domain_experiment.run_experiment import run_experiment
from napari_crystalseg.workflows.domain_experiment.table import MEASURES, published_rows

CODES = np.pad(np.full((2, 3, 4), 3, np.uint8), 1)


class Trained:
    """A model folder that was trained, for what the experiment asks of it."""

    def __init__(self, path):
        self.path, self.sha256, self.card = path, "0" * 64, {"steps": 7, "minutes": 0.5}


@pytest.fixture
def domains(tmp_path, monkeypatch):
    for domain, count in (("hand", 6), ("simulated", 4)):
        for number in range(count):
            folder = tmp_path / domain / f"case_{number}"
            folder.mkdir(parents=True)
            save_volume(Volume(CODES.astype(np.float32) + number, 1.0), folder / "volume.tif")
            save_labels(Labels(CODES, 1.0), folder / "labels.tif")
    trained = []

    def train_model(request, out_model, work, resume, report):
        names = {folder.name: sorted(each.name for each in folder.iterdir()) for folder in request.case_folders}
        trained.append((out_model.name, names, request.steps, request.seed, resume))
        report("step 7")
        out_model.mkdir(parents=True)
        return Trained(out_model)

    def evaluate_cases(found, out_dir, request, progress):
        progress(0.5, "Case 1 of 2 (test/a): scored")
        iou = {"real": 0.25, "synthetic": 0.5, "both": 0.75}[out_dir.name]
        row = {
            **dict.fromkeys(("recall", "precision", "f1", "f2", "dice"), 0.5),
            "iou": iou,
            "held_by": "both",
            "volume_error_percent": 0.0,
        }
        row |= {f"{name}_{unit}": 0.0 for name in SURFACES for unit in ("um", "voxels")}
        score = CaseScore("a", "test", dict.fromkeys(CLASSES, row), row, {})
        return Evaluation((score,))

    monkeypatch.setattr(module, "train_model", train_model)
    monkeypatch.setattr(module, "evaluate_cases", evaluate_cases)
    monkeypatch.setattr(module, "ModelFolder", Trained)
    return trained


def request(tmp_path, **others):
    return ExperimentRequest([tmp_path / "hand"], [tmp_path / "simulated"], **{"steps": 7, "seed": 1, **others})


def test_three_networks_learn_alike_and_none_sees_what_it_is_judged_by(domains, tmp_path):
    rows = run_experiment(request(tmp_path), tmp_path / "out")
    assert [name for name, *_ in domains] == ["real", "synthetic", "both"]
    assert {tuple(rest) for _, _, *rest in domains} == {(7, 1, True)}  # steps, seed, and going on
    learnt = {name: cases for name, cases, *_ in domains}
    tested = {path.name for path in (tmp_path / "out" / "cases" / "test").iterdir()}
    assert len(tested) == 2 and not tested & set(learnt["both"]["real"]) and len(learnt["both"]["real"]) == 4
    assert learnt["both"] == {**learnt["real"], **learnt["synthetic"]}
    assert [row["iou"] for row in rows if row["class"] == "crystal"] == [0.25, 0.5, 0.75]
    written = list(csv.DictReader((tmp_path / "out" / "table.csv").open()))
    assert len(written) == 24 and {row["source"] for row in written} == {"this experiment", "CrystalSeg, table 2"}
    text = (tmp_path / "out" / "table.md").read_text()
    assert text.index("# This experiment") < text.index("0.250") < text.index("# As published") < text.index("0.639")
    assert json.loads((tmp_path / "out" / "experiment.json").read_text())["models"]["both"]["steps"] == 7


def test_it_goes_on_where_it_was_stopped(domains, tmp_path):
    def stop(line):
        if line == "synthetic: step 7":
            raise Cancelled

    with pytest.raises(Cancelled):
        run_experiment(request(tmp_path), tmp_path / "out", stop)
    run_experiment(request(tmp_path), tmp_path / "out")
    assert [name for name, *_ in domains] == ["real", "synthetic", "synthetic", "both"]
    run_experiment(request(tmp_path), tmp_path / "out")
    assert len(domains) == 4


def test_another_experiment_in_the_folder_is_refused(domains, tmp_path):
    run_experiment(request(tmp_path), tmp_path / "out")
    with pytest.raises(InputError, match="another experiment"):
        run_experiment(request(tmp_path, seed=2), tmp_path / "out")
    save_labels(Labels(CODES, 1.5), tmp_path / "hand" / "case_0" / "labels.tif")
    with pytest.raises(InputError, match="another experiment"):
        run_experiment(request(tmp_path), tmp_path / "out")


def test_requests_that_cannot_be(tmp_path):
    with pytest.raises(InputError, match="minutes or steps"):
        ExperimentRequest(["a"], ["b"])
    with pytest.raises(InputError, match="real and of synthetic"):
        ExperimentRequest([], ["b"], steps=1)
    with pytest.raises(InputError, match="At least one"):
        ExperimentRequest(["a"], ["b"], steps=1, test_cases=0)


def test_the_published_means_are_those_that_the_paper_states():
    both = next(row for row in published_rows() if row["learnt_from"] == "both" and row["class"] == "mean")
    assert round(both["iou"], 3) == 0.828 and round(both["f1"], 3) == 0.896
    assert set(both) == {"learnt_from", "class", *MEASURES}
