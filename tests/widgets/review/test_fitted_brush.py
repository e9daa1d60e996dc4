"""The brush fits the place that is gone to, and is left alone once somebody has set it."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Labels

from napari_crystalseg.labels import Material
from napari_crystalseg.review.places.place import Place
from napari_crystalseg.widgets.layers.connections import Connections
from napari_crystalseg.widgets.review.fitted_brush import FittedBrush, brush_voxels


def place(mask, size=(1.0, 1.0, 1.0)) -> Place:
    middle = np.argwhere(mask).mean(axis=0)
    voxels = np.argwhere(mask)
    centre = tuple(int(n) for n in voxels[((voxels - middle) ** 2).sum(axis=1).argmin()])
    box = tuple(slice(0, n) for n in mask.shape)
    return Place(box, mask, int(Material.LIQUOR), int(Material.CRYSTAL), centre, size, 0.5, 1.0, "edge doubtful")


def ball(radius):
    z, y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1, -radius : radius + 1]
    return z**2 + y**2 + x**2 <= radius**2


@pytest.mark.parametrize(
    ("mask", "size", "voxels"),
    [
        (np.ones((1, 1, 1), bool), (1.0, 1.0, 1.0), 3),
        (np.ones((1, 30, 40), bool), (1.0, 1.0, 1.0), 5),  # a film of one voxel
        (np.ones((30, 5, 40), bool), (1.0, 1.0, 1.0), 9),
        (np.ones((30, 3, 40), bool), (1.0, 2.0, 1.0), 10),  # three voxels of two edges
        (np.ones((3, 30, 40), bool), (3.0, 0.5, 1.0), 22),
        (ball(6), (1.0, 1.0, 1.0), 13),  # no more than its own width
        (np.ones((80, 80, 80), bool), (1.0, 1.0, 1.0), 40),  # the end of napari's slider
        (np.ones((3, 400, 400), bool), (1.0, 1.0, 1.0), 7),
    ],
)
def test_it_is_as_wide_as_the_place_is_thick_and_two_voxels_on_either_side(mask, size, voxels):
    assert brush_voxels(place(mask, size)) == pytest.approx(voxels, abs=1)


def test_a_size_that_somebody_set_stays():
    connections = Connections()
    brush = FittedBrush(connections)
    thin, thick = place(np.ones((1, 30, 40), bool)), place(np.ones((30, 7, 40), bool))
    layer, other = (Labels(np.zeros((40, 40, 40), np.uint8)) for _ in range(2))
    brush.fit(layer, thin)
    assert layer.brush_size == 5
    brush.fit(layer, thick)
    assert layer.brush_size == 11
    layer.brush_size = 11  # by hand, though it is the same
    brush.fit(layer, thin)
    assert layer.brush_size == 11
    # Other labels have a brush of their own.
    brush.fit(other, thin)
    assert other.brush_size == 5
    connections.close()


def test_a_size_that_was_set_before_any_place_was_gone_to_stays():
    layer = Labels(np.zeros((40, 40, 40), np.uint8))
    layer.brush_size = 14
    brush = FittedBrush(Connections())
    brush.fit(layer, place(np.ones((1, 30, 40), bool)))
    assert layer.brush_size == 14


def test_the_dock_fits_it_as_one_goes_from_place_to_place(labelled):
    from napari_crystalseg.review.places.place_list import PlaceList
    from napari_crystalseg.review.places.stop_line import StopLine
    from napari_crystalseg.widgets.tabs import REVIEW
    from napari_crystalseg.widgets.tasks.places import FoundPlaces

    session, stage = labelled.session, labelled.review
    labelled.tabs.setCurrentIndex(REVIEW)
    found = (place(np.ones((1, 8, 10), bool)), place(np.ones((6, 5, 10), bool)))
    stage._found(session.labels, session.image, FoundPlaces(PlaceList(found, StopLine(0.5, 0.1, 0.0, 0.0, None)), None))
    assert session.labels.brush_size == 5
    stage.next()
    assert session.labels.brush_size == 9
    session.labels.brush_size = 4
    stage.back()
    assert session.labels.brush_size == 4
