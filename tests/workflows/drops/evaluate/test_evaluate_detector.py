"""A detector against outlines, and as a classifier against classes."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.cli import main
from napari_crystalseg.drops.files import (
    OutlinedImage,
    PositionsRow,
    write_chimp_detections,
    write_chimp_masks,
    write_chimp_positions,
    write_coco,
    write_coco_results,
)
from napari_crystalseg.drops.objects import CRYSTAL, DROP, DropObject, DropObjects
from napari_crystalseg.drops.scores import detection_scores
from napari_crystalseg.errors import InputError
from napari_crystalseg.texts.json_text import parse_json
from napari_crystalseg.workflows.drops.evaluate.evaluate_detector import evaluate_detector

SHAPE = (120, 160)


def rectangle(kind, rows, columns, score=1.0):
    mask = np.zeros(SHAPE, bool)
    mask[slice(*rows), slice(*columns)] = True
    return DropObject(kind, mask, score=score)


DROP_MASK = (DROP, (10, 110), (10, 150))
TRUTH = (
    OutlinedImage("images/a.png", DropObjects(SHAPE, (rectangle(*DROP_MASK), rectangle(CRYSTAL, (40, 60), (40, 60))))),
    OutlinedImage("images/b.png", DropObjects(SHAPE, (rectangle(*DROP_MASK),))),
)
FOUND = (
    OutlinedImage(
        "images/a.png",
        DropObjects(SHAPE, (rectangle(*DROP_MASK, 0.9), rectangle(CRYSTAL, (41, 61), (40, 60), 0.7))),
    ),
    OutlinedImage(
        "images/b.png",
        DropObjects(SHAPE, (rectangle(*DROP_MASK, 0.8), rectangle(CRYSTAL, (80, 90), (80, 90), 0.4))),
    ),
)


@pytest.fixture
def truth(tmp_path):
    path = tmp_path / "coco.json"
    write_coco(TRUTH, path)
    return path


def test_a_list_of_results_a_data_set_and_masks_say_the_same(tmp_path, truth):
    results, dataset, folder = tmp_path / "results.json", tmp_path / "found.json", tmp_path / "masks"
    write_coco_results(FOUND, {"images/a.png": 1, "images/b.png": 2}, results)
    write_coco(FOUND, dataset)
    for one in FOUND:
        write_chimp_masks(one.objects, folder / one.name.replace(".png", ".npz").removeprefix("images/"))
    expected = detection_scores(TRUTH, FOUND)
    for given in (results, dataset, folder):
        found = evaluate_detector(truth, given)
        figures = found.figures["average_precision"]
        assert figures["Box"]["ap"] == pytest.approx(expected.boxes.ap)
        assert figures["Segm"]["ap"] == pytest.approx(expected.masks.ap)
        # The crystal of b is not sure enough to count.
        assert found.figures["crystals_or_none"]["all"]["accuracy"] == 1.0
        assert evaluate_detector(truth, given, lowest_score=0.3).figures["crystals_or_none"]["all"]["accuracy"] == 0.5
        scores = found.figures["dispensing_positions"]
        assert [one["in_drop"] for one in scores] == [True, True]
        assert scores[1]["distance_px"] == 0
        assert found.statements == ()


def test_masks_are_a_truth_too_and_what_chimp_saved_a_result(tmp_path):
    known, saved = tmp_path / "truth", tmp_path / "saved"
    for one, other in zip(TRUTH, FOUND, strict=True):
        stem = one.name.removeprefix("images/").removesuffix(".png")
        write_chimp_masks(one.objects, known / f"{stem}.npz")
        write_chimp_detections(other.objects, saved / f"{stem}.npz", one.name, 0.0)
    found = evaluate_detector(known, saved)
    assert found.figures["average_precision"]["Segm"]["ap"] == pytest.approx(detection_scores(TRUTH, FOUND).masks.ap)


def test_as_a_classifier_against_classes_and_with_chimps_positions(tmp_path, truth):
    table, positions = tmp_path / "truth.csv", tmp_path / "detector_positions.csv"
    table.write_text(
        "path,class,set\nimages/a.png,crystals,unambiguous\nimages/b.png,clear,unambiguous\n"
        "images/a.png,crystals,mostly\nimages/b.png,precipitate,mostly\nimages/c.png,other,mostly\n"
    )
    write_chimp_positions(
        [PositionsRow("/data/images/a.png", True, ((50, 50),)), PositionsRow("/data/images/b.png", True, ((1, 2),))],
        positions,
        echo=False,
    )
    found = evaluate_detector(table, positions)
    assert found.figures["average_precision"] == {}
    classes = found.figures["crystals_or_none"]["unambiguous"]["classes"]
    assert classes["crystals"] == pytest.approx({"precision": 0.5, "recall": 1.0, "f1": 2 / 3})
    assert "1 of 3 images of the truth are not in the results" in found.statements[0]
    against_outlines = evaluate_detector(truth, positions)
    assert against_outlines.figures["crystals_or_none"]["all"]["accuracy"] == 0.5
    assert "dispensing_positions" not in against_outlines.figures


def test_results_with_boxes_alone(tmp_path, truth):
    results = tmp_path / "results.json"
    results.write_text('[{"image_id": 1, "category_id": 1, "score": 0.9, "bbox": [10, 10, 140, 100]}]')
    found = evaluate_detector(truth, results)
    assert list(found.figures["average_precision"]) == ["Box"]
    assert found.figures["average_precision"]["Box"]["classes"]["drop"]["ap"] == pytest.approx(51 / 101)
    assert "nothing is said of outlines" in found.statements[0]
    results.write_text("[]")
    assert evaluate_detector(truth, results).figures["average_precision"]["Box"]["ap"] == 0.0


def test_the_command(tmp_path, truth, capsys):
    dataset, out = tmp_path / "found.json", tmp_path / "tables.csv"
    write_coco(FOUND, dataset)
    words = ["drops", "evaluate", "detector", str(truth), str(dataset)]
    assert main([*words, "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert printed.splitlines()[0] == "Mean average precision"
    assert "Segm, crystal" in printed
    assert "No crystals" in printed
    assert "Dispensing positions" in printed
    assert out.read_text().splitlines()[1] == ",true,found,0.5,0.75,0.5-0.95,< 32²,32²-96²,> 96²"
    assert main([*words, "--json"]) == 0
    assert parse_json(capsys.readouterr().out)["average_precision"]["Box"]["truths"] == 3


def test_what_is_refused(tmp_path, truth):
    with pytest.raises(InputError, match="and not both"):
        evaluate_detector(truth, truth, model=tmp_path)
    with pytest.raises(InputError, match="lowest score"):
        evaluate_detector(truth, truth, lowest_score=2.0)
    with pytest.raises(InputError, match="were not found beside the truth; name their folder with --images"):
        evaluate_detector(truth)
    with pytest.raises(InputError, match="is no folder of images"):
        evaluate_detector(truth, images=tmp_path / "nowhere")
    other = tmp_path / "other.json"
    write_coco([OutlinedImage("z.png", DropObjects(SHAPE))], other)
    with pytest.raises(InputError, match="None of the 2 images of the truth is among the 1 of the results"):
        evaluate_detector(truth, other)
