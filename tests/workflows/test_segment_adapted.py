from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from napari_crystalseg import segmentation
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.segmentation import Segmentation
from napari_crystalseg.segmentation.adaptation import adapt as module
from napari_crystalseg.segmentation.adaptation.adapt import Adaptation
from napari_crystalseg.volume import Volume
from napari_crystalseg.workflows.segment_adapted import adaptation_told, segment_adapted

VOLUME = Volume(np.random.default_rng(0).random((20, 20, 20)).astype(np.float32), 1.0)
PLAIN = SimpleNamespace(sees_slices=False, is_guided=False)
ADAPTED = SimpleNamespace(adaptation={"seed": 5, "steps": 20})


def sample(pieces: int) -> np.ndarray:
    """A crystal of so many pieces in a drop on a loop."""
    data = np.zeros((20, 20, 20), np.uint8)
    data[3:17, 3:17, 3:17] = Material.LIQUOR
    data[3:17, 3:5, 3:5] = Material.LOOP
    for piece in range(pieces):
        data[6:14, 6:14, 6 + 5 * piece : 9 + 5 * piece] = Material.CRYSTAL
    return data


@pytest.fixture
def made(monkeypatch):
    """Let the networks make these labels, and the views agree so."""

    def of(plain, adapted, before=0.8, after=0.9):
        def segment(volume, model=None, *, progress=None, **options):
            labels = Labels(adapted if model is ADAPTED else plain, 1.0)
            return Segmentation(labels, np.full(labels.shape, 10, np.uint8))

        monkeypatch.setattr(segmentation, "segment", segment)
        monkeypatch.setattr(module, "adapt", lambda *given, **options: Adaptation(ADAPTED, before, after))

    return of


def test_taken_where_views_agree_better_and_no_lamp_is_worse(made):
    made(sample(2), sample(1))
    found = segment_adapted(VOLUME, PLAIN)
    assert np.array_equal(found.labels.data, sample(1))
    step = found.labels.provenance.steps[-1]
    assert (step["step"], step["accepted"], step["seed"]) == ("adapt", True, 5)
    assert adaptation_told(found.labels.provenance.steps).startswith("The network was adapted")


def test_refused_where_a_lamp_is_worse(made):
    made(sample(1), sample(2))
    found = segment_adapted(VOLUME, PLAIN)
    assert np.array_equal(found.labels.data, sample(1))
    assert found.labels.provenance.steps[-1]["accepted"] is False
    assert "one piece" in adaptation_told(found.labels.provenance.steps)


def test_refused_where_views_agree_no_better(made):
    made(sample(2), sample(1), before=0.9, after=0.9)
    found = segment_adapted(VOLUME, PLAIN)
    assert np.array_equal(found.labels.data, sample(2))
    assert "agree no better (0.900, 0.900 before)" in adaptation_told(found.labels.provenance.steps)


def test_refused_before_any_work_for_models_of_slices():
    with pytest.raises(InputError, match="whole volumes"):
        segment_adapted(VOLUME, SimpleNamespace(sees_slices=True, is_guided=False))


def test_labels_without_an_adaptation_say_nothing():
    assert adaptation_told(Labels(sample(1), 1.0).provenance.steps) is None
