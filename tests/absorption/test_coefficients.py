from __future__ import annotations

import pytest

from napari_crystalseg.absorption import Coefficients
from napari_crystalseg.errors import InputError


def test_array_is_indexed_by_material_code():
    assert Coefficients(0.01, 0.02, 0.03, other=0.04).array().tolist() == [0, 0.01, 0.02, 0.03, 0.04]


@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf"), "thick", None])
def test_refuses_values_that_are_no_coefficients(value):
    with pytest.raises(InputError, match="loop"):
        Coefficients(0.01, value, 0.01)


def test_names_the_unit_when_given_per_mm():
    with pytest.raises(InputError, match=r"1/mm, give 0\.01926"):
        Coefficients(0.0, 0.0, 19.26)
