from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.absorption import Coefficients
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material


def test_array_is_indexed_by_material_code():
    assert Coefficients(0.01, 0.02, 0.03, other=0.04).array().tolist() == [0, 0.01, 0.02, 0.03, 0.04]


@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf"), "thick", None])
def test_refuses_values_that_are_no_coefficients(value):
    with pytest.raises(InputError, match="loop"):
        Coefficients(0.01, value, 0.01)


def test_names_the_unit_when_given_per_mm():
    with pytest.raises(InputError, match=r"1/mm, give 0\.01926"):
        Coefficients(0.0, 0.0, 19.26)


def test_an_energy_in_ev_is_told():
    with pytest.raises(InputError, match=r"not eV \(4\.5\?\)"):
        Coefficients(0.01, 0.01, 0.01, energy_kev=4500)


def test_class_4_without_a_coefficient_is_refused_only_where_it_is():
    data = np.full((3, 4, 5), Material.CRYSTAL, dtype=np.uint8)
    plain = Coefficients(0.01, 0.01, 0.01)
    plain.check(Labels(data, 1.0))
    data[1, 2, :2] = Material.OTHER
    with pytest.raises(InputError, match="2 voxels are class 4"):
        plain.check(Labels(data, 1.0))
    Coefficients(0.01, 0.01, 0.01, other=0.0).check(Labels(data, 1.0))


def test_coefficients_of_another_energy_are_refused():
    labels = Labels(np.full((3, 4, 5), Material.CRYSTAL, dtype=np.uint8), 1.0)
    measured = Coefficients(0.01, 0.01, 0.01, energy_kev=5.812)
    measured.check(labels, [5.82])
    with pytest.raises(InputError, match=r"hold at 5\.812 keV, but .* at 18 keV, where such are about 0\.034 times"):
        measured.check(labels, [18.0])
    # What does not say its energy cannot be held against another.
    Coefficients(0.01, 0.01, 0.01).check(labels, [18.0])


def test_the_record_says_energy_and_origin():
    assert Coefficients(0.01, 0.02, 0.03, energy_kev=4, origin="measured").record() == {
        "coefficients_per_um": {"liquor": 0.01, "loop": 0.02, "crystal": 0.03},
        "coefficients_energy_kev": 4.0,
        "coefficients_origin": "measured",
    }
