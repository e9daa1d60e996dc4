from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.diffraction.lattice import Lattice
from napari_crystalseg.diffraction.structure_factors import StructureFactors, wilson_structure_factors
from napari_crystalseg.diffraction.structure_factors.wilson import expected_intensity
from napari_crystalseg.errors import InputError


@pytest.fixture(scope="module")
def thaumatin():
    return wilson_structure_factors(Lattice.preset("thaumatin"), 2.0, b_factor=25.0, anomalous_ratio=0.04, seed=5)


def test_a_wilson_plot_gives_back_temperature_factor_and_scale(thaumatin):
    s_squared = 1 / (2 * thaumatin.d_spacing) ** 2
    ratio = thaumatin.intensity_plus / thaumatin.epsilon / expected_intensity(thaumatin.lattice, s_squared, 0.0)
    edges = np.quantile(s_squared, np.linspace(0, 1, 21))
    shell = np.clip(np.searchsorted(edges, s_squared) - 1, 0, 19)
    middle = np.bincount(shell, s_squared) / np.bincount(shell)
    slope, offset = np.polyfit(middle, np.log(np.bincount(shell, ratio) / np.bincount(shell)), 1)
    assert -slope / 2 == pytest.approx(25.0, abs=1.0)
    assert offset == pytest.approx(0.0, abs=0.1)


def test_second_moments_tell_centric_from_acentric(thaumatin):
    """<I²>/<I>² of normalised intensities is 2 for acentric and 3 for centric reflections."""
    s_squared = 1 / (2 * thaumatin.d_spacing) ** 2
    z = thaumatin.intensity_plus / thaumatin.epsilon / expected_intensity(thaumatin.lattice, s_squared, 25.0)
    for rows, moment in ((~thaumatin.centric, 2.0), (thaumatin.centric, 3.0)):
        assert z[rows].mean() == pytest.approx(1.0, abs=0.06)
        assert (z[rows] ** 2).mean() == pytest.approx(moment, rel=0.12)


def test_anomalous_differences_are_as_large_as_asked_for(thaumatin):
    assert thaumatin.anomalous_ratio() == pytest.approx(0.04, rel=0.03)
    assert thaumatin.intensity_plus[thaumatin.centric] == pytest.approx(thaumatin.intensity_minus[thaumatin.centric])


def test_symmetry_makes_intensities_equal_and_friedels_law_is_broken(thaumatin):
    lattice, index = thaumatin.lattice, thaumatin.miller_index[::50]
    for rotation in lattice.point_operations:
        assert (thaumatin.intensity_of(index @ rotation) == thaumatin.intensity_plus[::50]).all()
        minus = thaumatin.intensity_of(-(index @ rotation))
        assert minus == pytest.approx(thaumatin.intensity_minus[::50])


def test_what_is_not_there_has_no_intensity(thaumatin):
    assert np.isnan(thaumatin.intensity_of([[0, 0, 1], [300, 0, 0]])).all()  # a screw axis, and the resolution


def test_same_seed_same_numbers():
    lattice = Lattice.preset("lysozyme")
    one, two, other = (wilson_structure_factors(lattice, 3.0, seed=seed).intensity_plus for seed in (1, 1, 2))
    assert (one == two).all()
    assert not (one == other).any()


def test_a_reflection_given_twice_is_refused():
    lattice = Lattice((50, 50, 50, 90, 90, 90), "P 4 2 2")
    with pytest.raises(InputError, match="given twice"):
        StructureFactors(lattice, np.array([[1, 2, 3], [2, 1, -3]]), np.ones(2), np.ones(2))
