import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.tomography import paganin


def test_undoes_the_transport_of_intensity():
    # I(z) = (1 - z δ/μ ∇²) I(0) for one material (transport of intensity); δ/μ = (δ/β) λ / 4π. A Gaussian has its
    # Laplacian in closed form.
    energy, distance, pixel, ratio, width_um = 5.0, 20.0, 0.6, 100.0, 8.0
    wavelength = 1.239842e-3 / energy
    strength = distance * 1e3 * ratio * wavelength / (4 * np.pi)
    y, x = (np.arange(150)[:, np.newaxis] - 70) * pixel, (np.arange(170) - 80) * pixel
    r2 = y**2 + x**2
    dip = -0.4 * np.exp(-r2 / (2 * width_um**2))
    laplacian = dip * (r2 / width_um**2 - 2) / width_um**2
    at_detector = (1 + dip - strength * laplacian)[np.newaxis].astype(np.float32)
    assert np.abs(at_detector - 1 - dip).max() > 0.05
    np.testing.assert_allclose(paganin(at_detector, ratio, energy, distance, pixel)[0], 1 + dip, atol=2e-4)


def test_level_is_kept_and_zero_changes_nothing():
    frames = np.random.default_rng(1).uniform(0.5, 1, (3, 20, 31)).astype(np.float32)
    np.testing.assert_allclose(paganin(np.full_like(frames, 0.7), 300, 5, 50, 1), 0.7, rtol=1e-5)
    np.testing.assert_allclose(paganin(frames, 0, 5, 50, 1), frames, atol=1e-6)


def test_unusable():
    with pytest.raises(InputError, match="delta/beta"):
        paganin(np.ones((1, 8, 8), np.float32), -1, 5, 5, 1)
    with pytest.raises(InputError, match="positive energy"):
        paganin(np.ones((1, 8, 8), np.float32), 1, 0, 5, 1)
