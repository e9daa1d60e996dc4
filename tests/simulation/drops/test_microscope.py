"""From views to pixel values: light that is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_crystalseg.simulation.drops.microscope import Microscope, record
from napari_crystalseg.simulation.drops.view import View

PLAIN = Microscope(
    oblique=(0.0, 0.0),
    stray=0.0,
    dark_field=False,
    blur=1e-6,
    vignetting=0.0,
    uneven=0.0,
    glare=0.0,
    tint=(1.0, 1.0, 1.0),
    exposure=0.5,
    gamma=1.0,
    noise_electrons=1e12,
    read_noise=0.0,
    sharpening=0.0,
    fringing=0.0,
    jpeg_quality=0,
    grey=True,
)


def recorded(view: View, microscope: Microscope) -> np.ndarray:
    """The first colour of the image, as float."""
    background = np.ones(view.shape, np.float32)
    return record(np.random.default_rng(2), view, microscope, background)[..., 0].astype(float)


def test_nothing_in_the_view_is_the_clear_field() -> None:
    assert set(np.unique(recorded(View((60, 50)), PLAIN))) <= {127.0, 128.0}


@pytest.mark.parametrize(("oblique", "tilt"), [(0.0, 0.6), (0.4, 0.6), (0.4, -0.2)])
def test_a_ray_that_is_tilted_meets_less_or_more_of_the_condenser(oblique: float, tilt: float) -> None:
    view = View((40, 40))
    view.row_tilt[...] = tilt
    # The condenser is a Gaussian about the direction that the light comes from; 1 is where nothing bends.
    expected = 255 * 0.5 * np.exp(oblique**2 - (tilt + oblique) ** 2)
    np.testing.assert_allclose(recorded(view, replace(PLAIN, oblique=(oblique, 0.0))), expected, atol=0.6)


def test_noise_has_the_variance_of_the_electrons() -> None:
    values = recorded(View((200, 200)), replace(PLAIN, noise_electrons=500.0, read_noise=0.02)) / 255
    assert values.mean() == pytest.approx(0.5, abs=0.002)
    # Poisson's variance at half of 500 electrons, the camera's, and that of rounding.
    assert values.var() == pytest.approx(0.5 / 500 + 0.02**2 + 1 / 255**2 / 12, rel=0.03)


def test_blur_takes_no_light_away() -> None:
    sums = []
    for blur in (1e-6, 0.03):
        view = View((100, 100))
        view.light[90:110, 90:110] = 0.0
        sums.append(recorded(view, replace(PLAIN, blur=blur, noise_electrons=1e4)).sum())
    assert sums[0] == pytest.approx(0.5 * 255 * (100 * 100 - 100), rel=1e-3)
    assert sums[1] == pytest.approx(sums[0], rel=1e-3)


def test_in_a_dark_field_what_is_clear_is_dark() -> None:
    view = View((40, 40))
    view.column_tilt[:, 40:] = 1.5
    seen = recorded(view, replace(PLAIN, dark_field=True))
    assert seen[:, 25:].mean() > 8 * seen[:, :15].mean()
