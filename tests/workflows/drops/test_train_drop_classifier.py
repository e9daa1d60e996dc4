"""Training from simulated drops and from a table of labelled images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_crystalseg.drops.classes import DROP_CLASSES
from napari_crystalseg.drops.classifier.training import ClassifierTraining
from napari_crystalseg.errors import InputError
from napari_crystalseg.workflows.drops.labelled_images import read_labelled_images
from napari_crystalseg.workflows.drops.train_classifier import SimulatedExamples, train_drop_classifier


def _labelled(folder: Path, count: int = 12) -> Path:
    lines = ["filename,label"]
    for number in range(count):
        name = DROP_CLASSES[number % 4]
        values = np.full((40, 50, 3), 40 + 50 * (number % 4), np.uint8)
        Image.fromarray(values).save(folder / f"{number}.png")
        lines.append(f"{number}.png,{name}")
    table = folder / "labels.csv"
    table.write_text("\n".join(lines) + "\n")
    return table


def test_table_of_a_person(tmp_path: Path) -> None:
    labelled = read_labelled_images(_labelled(tmp_path))
    assert len(labelled) == 12 and labelled.classes[:4] == DROP_CLASSES
    values, name = labelled[2]
    assert values.shape == (40, 50, 3) and values[0, 0, 0] == 140 and name == "other"
    learnt, held_out = labelled.divided(0.2, seed=1)
    assert sorted(held_out.classes) == sorted(DROP_CLASSES)
    assert sorted((*learnt.paths, *held_out.paths)) == sorted(labelled.paths)
    assert labelled.divided(0.2, seed=1)[1].paths == held_out.paths


def test_tables_of_other_forms(tmp_path: Path) -> None:
    _labelled(tmp_path)
    table = tmp_path / "experts.csv"
    table.write_text(f"{tmp_path}/0.png,Clear,7\n1.png,2D crystals,8\n2.png,Light_Precipitate,9\n")
    assert read_labelled_images(table).classes == ("clear", "crystals", "precipitate")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("path,class\n0.png,clear\n1.png,soup\n", "names the class 'soup' in line 3; known are clear, crystals"),
        ("path,class\n0.png,clear\n1.png,clear\n", "images of class clear alone"),
        ("path,class\n", "names no images"),
        ("", "names no images"),
        ("path\n0.png\n", "has one column in line 1"),
        ("path,class\nx.png,clear\ny.png,other\n", "None of the images that labels.csv names is there"),
    ],
)
def test_tables_that_are_refused(tmp_path: Path, text: str, words: str) -> None:
    _labelled(tmp_path)
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(InputError, match=words):
        read_labelled_images(tmp_path / "labels.csv")


def test_single_image_of_a_class(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Class precipitate has a single image"):
        read_labelled_images(_labelled(tmp_path, 7)).divided(0.2, 0)


def test_simulated_examples_by_number() -> None:
    examples = SimulatedExamples(3, 40)
    assert [examples[number][1] for number in range(4)] == list(DROP_CLASSES)
    assert examples[0][0].shape == (256, 256, 3) and examples[8][0].shape == (205, 256, 3)
    assert np.array_equal(examples[9][0], SimulatedExamples(3, 40)[9][0])
    assert not np.array_equal(examples[0][0], SimulatedExamples(4, 40)[0][0])


def test_trained_on_simulated_drops_and_on_labelled_ones(tmp_path: Path) -> None:
    first, figures = train_drop_classifier(
        tmp_path / "simulated", ClassifierTraining(steps=2, batch=8), images=16, judged=8
    )
    assert figures.confusion.sum() == 8
    assert "simulated drops of the series 0; no measured data" in first.card["data"]
    tables = tmp_path / "labelled"
    tables.mkdir()
    second, figures = train_drop_classifier(
        tmp_path / "tuned", ClassifierTraining(steps=2, batch=8), data=_labelled(tables), begin_from=first
    )
    assert figures.confusion.sum() == 4
    assert second.card["began_from"] == first.sha256 and "labels.csv" in second.card["data"]
