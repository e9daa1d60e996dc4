from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.segmentation.doubt.training_range import PERCENTILES, TrainingRange
from napari_crystalseg.segmentation.doubt.volume_statistics import VolumeStatistics

USUAL = VolumeStatistics(
    sample_voxels=100,
    sample_share=0.1,
    cut_off=0.02,
    separation=0.85,
    noise=0.05,
    rings=0.005,
    inner_contrast=0.5,
    edge_voxels=2.0,
    change_along_z=0.7,
    fine_noise=0.05,
    fine_edge_voxels=2.0,
)


def usual_range() -> TrainingRange:
    """Of 200 volumes about the usual one, up to a fifth off."""
    rng = np.random.default_rng(0)
    scaled = [{name: value * f for name, value in USUAL.to_dict().items()} for f in rng.uniform(0.8, 1.2, 200)]
    return TrainingRange.of([VolumeStatistics.from_dict(one) for one in scaled])


def test_percentiles_are_those_of_the_volumes():
    found = usual_range()
    assert found.volumes == 200
    assert found.percentiles["noise"][2] == pytest.approx(0.05, rel=0.03)
    assert found.percentiles["noise"][-1] == pytest.approx(0.06, rel=0.01)


def test_what_is_like_the_training_is_not_doubted():
    assert usual_range().doubts(USUAL) == ()


@pytest.mark.parametrize(
    ("name", "factor", "words"),
    [
        ("noise", 50, ("Noise is 250 %",)),
        ("noise", 5, ("Noise is 25 %", "at most 6", "phase retrieval")),
        ("rings", 8, ("Rings", "4 %", "ring removal")),
        ("edge_voxels", 3, ("6 voxels", "blurred")),
        ("sample_voxels", 0.2, ("20 voxels long", "binning")),
        ("sample_share", 0.1, ("1 % of the field", "crop")),
        ("sample_share", 9, ("90 %", "inverted")),
        ("cut_off", 10, ("20 %", "cut off")),
        ("separation", 0.5, ("42 %", "tomogram")),
        ("inner_contrast", 0.1, ("5 %", "told apart")),
        ("inner_contrast", 5, ("2.5 times", "salt")),
        ("change_along_z", 0.01, ("0.7 %", "stacked")),
    ],
)
def test_each_doubt_says_what_by_how_much_and_what_to_do(name, factor, words):
    odd = replace(USUAL, **{name: getattr(USUAL, name) * factor})
    (text,) = usual_range().doubts(odd)
    assert all(word in text for word in words), text
    assert text.endswith(".")


def test_what_the_network_sees_too_is_told_once():
    odd = replace(USUAL, noise=0.4, fine_noise=0.4)
    assert len(usual_range().doubts(odd)) == 1
    assert "own voxels" in usual_range().doubts(replace(USUAL, fine_noise=0.4))[0]


def test_what_cannot_be_measured_is_not_doubted():
    assert usual_range().doubts(VolumeStatistics.from_dict({})) == ()


def test_a_card_keeps_it():
    found = usual_range()
    again = TrainingRange.of_card({"training_range": found.record()})
    assert again is not None and again.volumes == 200
    assert again.percentiles["noise"] == pytest.approx(found.percentiles["noise"], rel=1e-3)
    assert set(found.record()["noise"]) == {"percentiles"}


@pytest.mark.parametrize("stated", [None, 5, {"noise": 3}, {"noise": {"percentiles": [1, 2]}}])
def test_cards_that_say_nothing_of_use(stated):
    assert TrainingRange.of_card({"training_range": stated}) is None


def test_no_volumes_are_refused():
    with pytest.raises(InputError, match="at least one volume"):
        TrainingRange.of([])
    with pytest.raises(InputError, match="rising"):
        TrainingRange({"noise": tuple(reversed(range(len(PERCENTILES))))}, 3)
