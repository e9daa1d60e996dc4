"""What the stage Check tells of the merged data, computed as the worker does."""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import pytest

from napari_crystalseg.absorption import Coefficients
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.widgets.tasks import quality

MU = Coefficients(liquor=0.008, loop=0.006, crystal=0.012)


@pytest.fixture(scope="module")
def labels():
    data = np.zeros((16, 18, 20), np.uint8)
    data[2:14, 2:16, 3:17] = Material.LIQUOR
    data[5:11, 5:12, 6:13] = Material.CRYSTAL
    return Labels(data, 8.0)


def test_edits_that_are_right_get_back_what_the_automatic_labels_cost(labels, monkeypatch):
    monkeypatch.setattr(quality, "D_MIN", 9.0)  # fewer reflections
    automatic = labels.data.copy()
    automatic[2:14, 2:16, 3:9] = Material.AIR  # half of the sample is overlooked
    judged = quality.judge_quality(labels, asdict(MU), crystal="lysozyme", automatic=automatic)
    told = judged.sentences[1]
    assert told.startswith("If the labels as edited are right, the edits so far get back ")
    assert float(told.split("get back ")[1].split(" %")[0]) > 0.1
    header = next(line for line in judged.text.splitlines() if "automatic" in line and "none" in line)
    assert header.split() == ["automatic", "labels", "low", "high", "none"]
    assert "reflections of lysozyme to 9 Å at 4.5 keV" in judged.text
    assert judged.picture[:4] == b"\x89PNG"
    shape = np.array(labels.shape)
    assert judged.places_voxel and all((np.array(place) < shape).all() for place in judged.places_voxel)
