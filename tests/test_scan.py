from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.provenance import Provenance
from napari_crystalseg.scan import Scan

COUNTS = np.random.default_rng(0).integers(1, 60000, (6, 3, 4)).astype(np.uint16)


def scan(**other):
    given = {"projections": COUNTS, "flats": COUNTS[:3], "darks": COUNTS[:2], "angles_deg": np.arange(6.0)}
    return Scan(**{**given, **other})


def test_a_single_flat_and_dark_may_be_given_as_a_frame():
    one = scan(flats=COUNTS[0], darks=COUNTS[1])
    assert one.flats.shape == one.darks.shape == (1, 3, 4)
    assert one.shape == (6, 3, 4)


def test_it_cannot_be_written_to():
    one = scan(flat_positions=[0, 0, 6])
    for array in (one.projections, one.flats, one.darks, one.angles_deg, one.flat_positions):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_pixels_without_a_measurement_stay():
    holes = COUNTS.astype(float)
    holes[0, 0, :2] = np.nan, np.inf
    np.testing.assert_array_equal(scan(projections=holes).projections, holes)


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"projections": COUNTS[0]}, r"The projections must have 3 axes \(frame, row, column\), not 2"),
        ({"flats": COUNTS[:0]}, "The flats is empty"),
        ({"darks": COUNTS.astype(complex)}, "The darks must hold real numbers, not complex128"),
        ({"flats": COUNTS[:, :2]}, r"The flats are \(2, 4\) \(row, column\) but the projections are \(3, 4\)"),
        ({"angles_deg": np.arange(5.0)}, "There are 6 projections but 5 angles; each projection needs one"),
        (
            {"angles_deg": np.arange(6) + 1j},
            "The list of angles holds no real numbers, but values of the type complex128",
        ),
        ({"angles_deg": ["a"] * 6}, "The list of angles holds no real numbers"),
        ({"angles_deg": [0, 1, 2, -1e308, 4, 5]}, "holds -1e\\+308°, which no stage turns to"),
        ({"angles_deg": 1.7e9 + np.arange(6)}, "are they times or counts of an encoder"),
        ({"angles_deg": [0, 1, 2, np.nan, 4, 5]}, "The list of angles has 1 values that are NaN"),
        ({"pixel_size_um": 0}, "pixel_size_um must be positive and finite, not 0"),
        ({"energy_kev": np.inf}, "energy_kev must be positive and finite, not inf"),
        ({"distance_mm": -1}, "distance_mm must be positive and finite, not -1"),
        ({"flat_positions": [0, 6]}, "There are 3 flats but 2 positions of flats"),
        ({"flat_positions": [0, 6, np.nan]}, "The list of flat positions has 1 values that are NaN"),
    ],
)
def test_what_does_not_fit_is_refused(other, says):
    with pytest.raises(InputError, match=says):
        scan(**other)


def test_a_distance_of_zero_is_one():
    assert scan(distance_mm=0).distance_mm == 0.0


def test_an_unknown_pixel_size_is_asked_for_by_what_needs_it():
    assert scan(pixel_size_um=0.65).required_pixel_size_um == 0.65
    with pytest.raises(InputError, match="The scan does not say how large its pixels are; give --voxel-size-um"):
        _ = scan().required_pixel_size_um
    with pytest.raises(InputError, match=r"^s\.nxs does not say"):
        _ = scan(provenance=Provenance({"s.nxs": "0"})).required_pixel_size_um


def test_frames_left_out_take_their_angles_and_the_places_of_flats_along():
    whole = scan(flat_positions=[0, 3, 6])
    none = np.zeros(6, bool)
    assert whole.without(none, none[:3], none[:2]) is whole
    projections = np.array([False, True, True, False, False, True])
    fewer = whole.without(projections, np.array([False, False, True]), np.array([True, False]))
    np.testing.assert_array_equal(fewer.projections, COUNTS[[0, 3, 4]])
    np.testing.assert_array_equal(fewer.angles_deg, [0, 3, 4])
    np.testing.assert_array_equal(fewer.flats, COUNTS[:2])
    np.testing.assert_array_equal(fewer.darks, COUNTS[1:2])
    # One of the three projections before the second flat was kept.
    np.testing.assert_array_equal(fewer.flat_positions, [0, 1])


def test_rows_and_columns_exchanged_twice_are_as_they_were():
    one = replace(scan(), rotation_centre_px=1.5, half_acquisition=True)
    turned = one.transposed()
    assert turned.shape == (6, 4, 3)
    assert turned.rotation_centre_px is None and turned.half_acquisition is None
    np.testing.assert_array_equal(turned.projections, COUNTS.transpose(0, 2, 1))
    np.testing.assert_array_equal(turned.transposed().darks, one.darks)
