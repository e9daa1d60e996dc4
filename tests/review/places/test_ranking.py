from __future__ import annotations

import pickle

import numpy as np
import pytest

from helpers.flip_scene import MU, SIZE_UM, SPHERE, scene
from napari_crystalseg.absorption import Directions, map_sensitivity
from napari_crystalseg.absorption.edits.edit_meter import compare_edits
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.review.places.ranking import rank_places
from napari_crystalseg.segmentation import ClassProbabilities
from napari_crystalseg.segmentation.grids.working_grid import WorkingGrid

# A corner of the crystal, and liquor that the crystal's beams cross.
BLOB = (slice(7, 11), slice(11, 15), slice(4, 8))


def believed(truth, sure=0.95):
    """Probabilities of a network that believes in these labels everywhere."""
    others = (1 - sure) / 4
    values = np.full((5, *truth.shape), others, np.float32)
    np.put_along_axis(values, truth[None].astype(int), sure, axis=0)
    grid = WorkingGrid(truth.shape, truth.shape)
    return ClassProbabilities((grid,), (values,), (np.zeros(truth.shape, np.float32),), (0, 1, 2, 3, 4))


def one_wrong_blob():
    truth = scene()
    wrong = truth.copy()
    wrong[BLOB][truth[BLOB] == Material.CRYSTAL] = Material.LIQUOR
    assert (wrong != truth).any()
    return truth, wrong


def ranked(data, probabilities=None, size=SIZE_UM, directions=SPHERE, **options):
    return rank_places(Labels(data, size), MU, directions, probabilities=probabilities, **options)


def test_a_wrong_blob_comes_first_and_is_worth_what_mending_it_changes():
    truth, wrong = one_wrong_blob()
    found = ranked(wrong, believed(truth))
    first = found.places[0]
    mask = np.zeros(truth.shape, bool)
    mask[first.box] = first.mask
    assert np.array_equal(mask, wrong != truth)
    assert (first.from_label, first.to_label) == (Material.LIQUOR, Material.CRYSTAL)
    assert first.reason == "crystal missed"
    assert 0.25 < first.doubt < 1
    assert first.at_stake_percent > 2 * found.places[1].at_stake_percent
    mended = compare_edits(Labels(wrong, SIZE_UM), Labels(truth, SIZE_UM), MU, SPHERE)
    assert first.effect_percent == pytest.approx(100 * mended.mean_relative_change, rel=1e-12)
    assert wrong[first.centre] != truth[first.centre]
    assert first.centre_um == pytest.approx(tuple(np.multiply(first.centre, SIZE_UM)))
    assert first.volume_um3 == pytest.approx(np.count_nonzero(mask) * np.prod(SIZE_UM))


def test_accepting_the_suggestion_makes_the_labels_right_and_the_place_drops_out():
    truth, wrong = one_wrong_blob()
    found = ranked(wrong, believed(truth))
    change = found.places[0].change()
    mended = wrong.copy()
    mended[change.box][change.mask] = change.labels[change.mask]
    assert np.array_equal(mended, truth)
    after = found.after_edit(change.box, mended[change.box])
    assert 0 in after.done
    again = ranked(mended, believed(truth))
    assert all(place.reason != "crystal missed" for place in again.places)


def test_a_reviewed_place_is_not_reported_again():
    truth, wrong = one_wrong_blob()
    found = ranked(wrong, believed(truth))
    again = ranked(wrong, believed(truth), reviewed=found.places[:1])
    assert all(place.overlap(found.places[0]) < 0.5 for place in again.places)


def test_what_no_beam_crosses_is_behind_a_small_place_on_the_crystal():
    truth = scene()
    doubtful = truth.copy()
    doubtful[1:5, 1:5, 1:6] = Material.LIQUOR  # a network that sees a drop in a corner, above the crystal
    doubtful[9:11, 12:14, 7:9] = Material.LIQUOR
    flat = np.array([[0, np.cos(a), np.sin(a)] for a in np.linspace(0, 6, 24)])
    found = ranked(truth, believed(doubtful), directions=Directions(flat, flat[::-1].copy()))
    assert Material.CRYSTAL in [place.from_label for place in found.places[:3]]
    assert not any(place.box[0].stop <= 5 for place in found.places)


def test_the_same_sample_elsewhere_in_the_field_has_the_same_places():
    truth, wrong = one_wrong_blob()
    here = ranked(wrong, believed(truth))
    margins = ((3, 2), (1, 4), (2, 5))
    there = ranked(np.pad(wrong, margins), believed(np.pad(truth, margins)))
    assert there.places[0].centre == tuple(np.add(here.places[0].centre, (3, 1, 2)))
    assert there.places[0].effect_percent == pytest.approx(here.places[0].effect_percent, rel=0.02)


def test_the_same_call_gives_the_same_list_and_it_can_be_pickled():
    truth, wrong = one_wrong_blob()
    one, other = (ranked(wrong, believed(truth)) for _ in range(2))
    assert one.to_dict() == other.to_dict()
    assert pickle.loads(pickle.dumps(one)).to_dict() == one.to_dict()


def test_a_sensitivity_spares_measures_and_keeps_the_first_place():
    truth, wrong = one_wrong_blob()
    plain = ranked(wrong, believed(truth))
    spared = ranked(wrong, believed(truth), sensitivity=map_sensitivity(Labels(wrong, SIZE_UM), MU, SPHERE, rays=10**5))
    one, other = spared.places[0].to_dict(), plain.places[0].to_dict()
    assert one.pop("at_stake_percent") == pytest.approx(other.pop("at_stake_percent"), rel=1e-6)
    assert one == other


def test_an_uncertainty_alone_ranks_the_doubtful_edge():
    truth = scene()
    uncertainty = np.zeros(truth.shape, np.uint8)
    uncertainty[BLOB] = 100
    found = ranked(truth, uncertainty=uncertainty)
    assert all(
        place.share_changed(BLOB, np.full((4, 4, 4), 9, np.uint8)) == 1
        for place in found.places
        if place.reason == "edge doubtful"
    )
    assert found.places


def test_without_a_network_shapes_are_doubted_and_nothing_is_promised():
    data = scene()
    data[11:13, 14:16, 8:10] = Material.AIR  # a hole
    data[12:14, 5:8, 14:16] = Material.CRYSTAL  # a piece
    found = ranked(data, most=200)
    reasons = {place.reason for place in found.places}
    assert {"hole in crystal", "crystal piece"} <= reasons
    assert found.remains_percent() is None
    assert found.sentence().startswith("Cannot say")


def test_crystal_that_the_field_cuts_off_is_a_place_without_suggestion():
    data = scene()[:, :, 5:]
    assert (data[:, :, 0] == Material.CRYSTAL).any()
    found = ranked(data, believed(data))
    (cut,) = [place for place in found.places if place.reason == "cut at edge"]
    assert cut.change() is None and cut.to_label is None
    assert found.remains_percent() is None


def test_class_4_without_a_coefficient_is_never_proposed():
    truth, wrong = one_wrong_blob()
    from dataclasses import replace

    wrong[wrong == Material.OTHER] = Material.LIQUOR
    truth = np.where(wrong != truth, np.uint8(Material.OTHER), wrong)
    found = rank_places(Labels(wrong, SIZE_UM), replace(MU, other=None), SPHERE, probabilities=believed(truth))
    assert all(place.to_label != Material.OTHER for place in found.places)


def test_bad_input_is_refused_in_a_sentence():
    data = scene()
    with pytest.raises(InputError, match="must be uint8"):
        ranked(data, uncertainty=np.full(data.shape, 0.3, np.float32))
    with pytest.raises(InputError, match="one grid"):
        ranked(data, uncertainty=np.zeros((3, 3, 3), np.uint8))
    with pytest.raises(InputError, match="no crystal"):
        ranked(np.where(data == 3, 1, data).astype(np.uint8))
    with pytest.raises(InputError, match="single slice"):
        ranked(data[12:13])
    with pytest.raises(InputError, match="at least one place"):
        ranked(data, most=0)
