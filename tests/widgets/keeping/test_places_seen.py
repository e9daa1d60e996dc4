"""What was found at places is put back into a list that is made anew, and the list opens at the same row."""

from __future__ import annotations

import numpy as np

from napari_crystalseg.labels import Material
from napari_crystalseg.review.places.place import Place
from napari_crystalseg.review.places.place_list import PlaceList
from napari_crystalseg.review.places.stop_line import StopLine
from napari_crystalseg.review.session.review_state import Verdict
from napari_crystalseg.widgets.keeping.places_seen import PlacesSeen, not_listed, with_earlier
from napari_crystalseg.widgets.session.place_review import PlaceReview
from napari_crystalseg.widgets.tasks.places import FoundPlaces

from .conftest import crash


def place(low, size, reason):
    box = tuple(slice(a, a + n) for a, n in zip(low, size, strict=True))
    mask = np.ones(size, dtype=bool)
    return Place(box, mask, int(Material.LIQUOR), int(Material.CRYSTAL), low, (0.3, 0.4, 0.5), 0.5, 2.0, reason)


FILM = place((2, 3, 5), (2, 6, 8), "thin film")
EDGE = place((8, 3, 5), (4, 4, 4), "edge doubtful")
AIR = place((6, 7, 8), (3, 3, 3), "enclosed air")


def review(*places, layer=None):
    return PlaceReview(layer, PlaceList(places, StopLine(0.5, 0.1, 0.0, 0.0, None)))


def test_places_are_known_again_by_where_they_are():
    first = review(FILM, EDGE, AIR).ticked(0, Verdict.RIGHT).ticked(2, Verdict.SKIPPED).going_to(1)
    seen = PlacesSeen.of(first)
    assert (seen.row, seen.row_box) == ("2 edge doubtful", ((8, 12), (3, 7), (5, 9)))
    # In another order, one a little larger, and one gone.
    larger = place((2, 3, 5), (2, 7, 8), "thin film")
    again = with_earlier(review(EDGE, larger), seen.ticks, seen.row_box)
    assert again.places.done == {1} and again.verdicts == {1: Verdict.RIGHT}
    assert again.places.next(again.at) == 0
    assert [tick.place for tick in not_listed(seen.ticks, PlacesSeen.of(again).listed)] == ["3 enclosed air"]
    fresh = review(place((0, 0, 0), (1, 1, 1), "thin film"))
    assert with_earlier(fresh, seen.ticks, seen.row_box) is fresh


def test_the_stage_opens_at_the_same_row_with_the_same_ticks_after_a_crash(make, volume, truth, source, asked):
    desk = make()
    desk.open_volume(volume, source)
    layer = desk.segment(truth)
    stage = desk.dock.review
    stage._found(layer, desk.dock.session.image, FoundPlaces(review(FILM, EDGE, AIR).places, None))
    stage.right()
    stage.next()
    assert desk.dock.session.review.at == 2
    desk.wait_saved()
    assert desk.dock.keeper.kept.state().row == "3 enclosed air"
    crash(desk)
    again = make()
    again.open_volume(volume, source)
    layer = again.go_on()
    assert asked == [again.dock.review]
    again.dock.review._found(layer, again.dock.session.image, FoundPlaces(review(EDGE, FILM, AIR).places, None))
    found = again.dock.session.review
    assert found.places.done == {1} and found.at == 2
    again.wait_saved()
    assert [tick.place for tick in again.dock.keeper.kept.state().ticks] == ["2 thin film"]
