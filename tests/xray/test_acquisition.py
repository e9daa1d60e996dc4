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


def test_record_is_json():
    record = json.loads(json.dumps(Acquisition(**settings(photons=np.float64(300))).to_dict()))
    assert record["photons"] == 300
    assert (record["angles"], record["first_angle_deg"], record["last_angle_deg"]) == (2, 0.0, 90.0)


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
        ({"finest_supersampling": 3}, "finest_supersampling"),
    ],
)
def test_refusals(changes, message):
    with pytest.raises(InputError, match=message):
        Acquisition(**settings(**changes))
