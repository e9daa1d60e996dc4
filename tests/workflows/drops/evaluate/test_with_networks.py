"""Networks that look at the images now: those of a folder of simulated drops, broken ones among them."""

from __future__ import annotations

import pytest

from napari_crystalseg.drops.classes import DROP_CLASSES
from napari_crystalseg.errors import InputError
from napari_crystalseg.simulation.drops import DropConditions
from napari_crystalseg.workflows.drops.evaluate.evaluate_classifier import evaluate_classifier
from napari_crystalseg.workflows.drops.evaluate.evaluate_detector import evaluate_detector
from napari_crystalseg.workflows.drops.simulate import simulate_drops


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("simulated") / "drops"
    simulate_drops(made, 5, 3, conditions=DropConditions(shape=(96, 96)))
    (made / "images" / "drop_000004.png").write_bytes(b"")
    return made


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """Without training: they say something, in the right form."""
    import torch

    from napari_crystalseg.drops.classifier.architectures import DEMO, drop_network
    from napari_crystalseg.drops.classifier.drop_classifier import save_classifier
    from napari_crystalseg.drops.detector.architectures import small_network
    from napari_crystalseg.drops.detector.drop_detector import save_detector

    torch.manual_seed(1)
    card = {"type": DEMO, "class_names": list(DROP_CLASSES), "size_px": 96}
    classifier = save_classifier(tmp_path_factory.mktemp("classifier"), drop_network(DEMO, 4).eval(), card)
    detector = save_detector(tmp_path_factory.mktemp("detector"), small_network(3, 64).eval(), {"longest_side_px": 64})
    return classifier.path, detector.path


def test_a_classifier(folder, networks):
    found = evaluate_classifier(folder, model=networks[0])
    assert found.figures["classifier"]["all"]["images"] == 4
    assert found.statements[0] == "1 of 5 images of the truth have no result, and are left out"
    assert "drop_000004.png is empty" in found.statements[1]
    assert found.provenance.model_sha256


def test_a_detector_with_outlines_classes_and_masks_as_truth(folder, networks):
    by_folder = evaluate_detector(folder, model=networks[1])
    assert by_folder.figures["average_precision"]["Box"]["truths"] > 0
    assert by_folder.figures["crystals_or_none"]["all"]["images"] == 4
    assert any("drop_000004.png" in one for one in by_folder.statements)
    by_file = evaluate_detector(folder / "coco.json", model=networks[1])
    by_masks = evaluate_detector(folder / "masks", model=networks[1], images=folder / "images")
    for one in (by_file, by_masks):
        assert one.figures["average_precision"] == by_folder.figures["average_precision"]
    classes = evaluate_detector(folder / "truth.csv", model=networks[1])
    assert classes.figures["crystals_or_none"]["all"]["images"] == 4


def test_images_that_are_none(folder, networks, tmp_path):
    import shutil

    shutil.copy(folder / "coco.json", tmp_path / "coco.json")
    for number in range(5):
        (tmp_path / f"drop_{number:06d}.png").write_bytes(b"")
    with pytest.raises(InputError, match="None of the images of the truth could be used"):
        evaluate_detector(tmp_path / "coco.json", model=networks[1])
