import json

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.xray import Acquisition


def settings(**changes):
    return {"energy_kev": 3.5, "distance_mm": 5.0, "pixel_size_um": 0.3, "angles_deg": [0.0, 90.0], **changes}


def test_gain_keeps_the_beam_below_half_of_the_bits():
    assert Acquisition(**settings(photons=1e4)).gain == 1.0
    assert Acquisition(**settings(photons=1e5)).gain == pytest.approx(0.3)
    assert Acquisition(**settings(photons=1e5, counts_per_photon=0.1)).gain == 0.1


def test_fewer_bits_take_fewer_counts():
    assert Acquisition(**settings(photons=1e4, bits=12)).gain == pytest.approx(30000 / 16 / 1e4)


def test_source_is_seen_through_the_sample():
    # s·z2/z1: 100 µm at 40 m, seen 20 mm behind the sample, is 0.05 µm.
    blur = Acquisition(**settings(distance_mm=20.0, source_sigma_um=(20.0, 100.0), source_distance_m=40.0))
    assert blur.optics.source_blur_px == pytest.approx((0.01 / 0.3, 0.05 / 0.3))


def test_record_is_json():
    record = json.loads(json.dumps(Acquisition(**settings(photons=np.float64(300))).to_dict()))
    assert record["photons"] == 300
    assert (record["angles"], record["first_angle_deg"], record["last_angle_deg"]) == (2, 0.0, 90.0)


def test_whole_numbers_may_be_written_with_a_point():
    numbers = {"flats": 3.0, "darks": 2.0, "slices": 5.0, "bits": 12.0, "finest_supersampling": 2.0}
    acquisition = Acquisition(**settings(**numbers))
    for name, value in numbers.items():
        assert getattr(acquisition, name) == value and isinstance(getattr(acquisition, name), int)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"energy_kev": 0.0}, "energy_kev"),
        ({"distance_mm": -1.0}, "distance_mm"),
        ({"pixel_size_um": np.nan}, "pixel_size_um"),
        ({"angles_deg": []}, "angles"),
        ({"angles_deg": [0.0, np.inf]}, "angles"),
        ({"photons": -5.0}, "photons"),
        ({"flats": 0}, "flats"),
        ({"psf_tail": 1.5}, "psf_tail"),
        ({"gain_drift": -0.1}, "gain_drift"),
        ({"gain_drift": np.float32(-0.1)}, "gain_drift"),
        ({"read_noise": np.float32(np.nan)}, "read_noise"),
        ({"tilt_deg": np.float32(np.nan)}, "tilt_deg"),
        ({"finest_supersampling": 3}, "finest_supersampling"),
        ({"propagation": "magic"}, "propagation"),
        ({"propagation": "multislice"}, "number of slices"),
        ({"propagation": "absorption", "slices": 3}, "no slices"),
        ({"slices": 0}, "slices"),
        ({"bits": 20}, "bits"),
        ({"tilt_deg": 2.0}, "tilt_deg"),
        ({"roll_deg": -2.0}, "roll_deg"),
        ({"shrinkage": 1.0}, "shrinkage"),
        ({"source_sigma_um": (1.0,)}, "source_sigma_um"),
        ({"source_sigma_um": (1.0, -1.0)}, "source_sigma_um"),
        ({"source_distance_m": 0.0}, "source_distance_m"),
        ({"drift_px": (np.nan, 0.0)}, "drift_px"),
        ({"field_px": (0, 8)}, "field_px"),
    ],
)
def test_refusals(changes, message):
    with pytest.raises(InputError, match=message):
        Acquisition(**settings(**changes))
