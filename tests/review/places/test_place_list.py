from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.review.places.calibrated import FACTOR, STAKE_WEIGHT
from napari_crystalseg.review.places.place import Place
from napari_crystalseg.review.places.place_list import PlaceList
from napari_crystalseg.review.places.stop_line import StopLine


def place(first, effect, doubt=0.5):
    box = (slice(first, first + 2), slice(0, 2), slice(0, 2))
    return Place(box, np.ones((2, 2, 2), bool), 1, 3, (first, 0, 0), (1.0, 2.0, 3.0), doubt, effect, "edge doubtful")


def three(refusal=None):
    return PlaceList((place(0, 4.0), place(4, 2.0), place(8, 1.0)), StopLine(0.0, 0.0, 0.0, 0.1, refusal))


def test_a_place_knows_what_it_is_worth():
    one = place(4, 2.0, 0.25)
    assert one.at_stake_percent == 0.5
    assert one.volume_um3 == 8 * 6
    assert one.centre_um == (4.0, 0.0, 0.0)
    assert replace(one, gain_percent=1.5).at_stake_percent == 1.5
    change = one.change()
    assert change.voxels == 8 and (change.labels == 3).all()


def test_what_remains_falls_with_each_tick_to_what_is_not_listed():
    found = three()
    bounds = [found.remains_percent(range(ticked)) for ticked in range(4)]
    assert bounds == pytest.approx([FACTOR * STAKE_WEIGHT * scale for scale in (3.6, 1.6, 0.6, 0.1)])
    assert found.ticked(0, 1).remains_percent() == pytest.approx(bounds[2])
    assert found.ticked(0).unticked(0).remains_percent() == pytest.approx(bounds[0])


def test_the_sentence_never_promises_less_than_the_bound():
    found = three()
    bound = found.remains_percent()
    said = float(found.sentence().split()[-2])
    assert bound <= said <= 1.1 * bound
    assert three("why not").sentence() == "Cannot say what remains: why not."


def test_next_and_previous_go_round_the_open_places():
    found = three().ticked(1)
    assert found.open == (0, 2)
    assert [found.next(), found.next(0), found.next(2)] == [0, 2, 0]
    assert [found.previous(2), found.previous(0)] == [0, 2]
    assert found.ticked(0, 2).next(0) is None


def test_an_edit_mends_the_places_that_it_relabels_and_no_others():
    found = three()
    box = (slice(4, 6), slice(0, 2), slice(0, 2))
    labels = np.ones((2, 2, 2), np.uint8)
    assert found.after_edit(box, labels) is found
    labels[0, 0, 0] = 3
    assert found.after_edit(box, labels).open == (0, 1, 2)
    labels[0] = 3
    assert found.after_edit(box, labels).open == (0, 2)


def test_bad_places_are_refused():
    with pytest.raises(InputError, match="no place number 3"):
        three().ticked(3)
    with pytest.raises(InputError, match="its own voxels"):
        Place((slice(0, 2),) * 3, np.ones((2, 2, 2), bool), 1, 3, (5, 0, 0), (1.0, 1.0, 1.0), 0.5, 1.0, "x")
