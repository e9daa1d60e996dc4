import numpy as np
import pytest

from napari_crystalseg.xray.beam import Beam


def test_mean_one_with_the_structure_asked_for():
    intensity = Beam(np.random.default_rng(0), (120, 160), 0.2, 0.0).at()
    assert intensity.mean() == pytest.approx(1.0, abs=1e-5)
    assert np.log(intensity).std() == pytest.approx(0.2, rel=0.15)
    np.testing.assert_array_equal(Beam(np.random.default_rng(0), (8, 9), 0.0, 3.0).at(1.5, -2.2), 1.0)


def test_shift_moves_the_beam():
    beam = Beam(np.random.default_rng(0), (60, 80), 0.2, 5.0)
    np.testing.assert_array_equal(beam.at(2, -3)[2:, :-3], beam.at()[:-2, 3:])
    half = beam.at(0, 0.5)[:, 1:]
    np.testing.assert_allclose(half, (beam.at()[:, 1:] + beam.at()[:, :-1]) / 2, rtol=1e-6)


def test_measured_flat():
    flat = np.random.default_rng(0).uniform(500, 1500, (20, 30))
    beam = Beam.of_flat(flat, 3.0)
    np.testing.assert_allclose(beam.at(), flat / flat.mean(), rtol=1e-6)
    np.testing.assert_allclose(beam.at(2, -3)[2:, :-3], beam.at()[:-2, 3:], rtol=1e-6)
