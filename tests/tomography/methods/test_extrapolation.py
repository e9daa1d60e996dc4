"""Samples wider than the field."""

import numpy as np
import pytest

from helpers.analytic import discs
from napari_crystalseg.tomography.methods.methods import method_named
from napari_crystalseg.tomography.methods.ray_geometry import Geometry

ANGLES = np.linspace(0, 180, 240, endpoint=False)
AWAY = np.arange(96) - 47.5
RADIUS = np.hypot(AWAY[:, np.newaxis], AWAY)


def slice_of(projections, extrapolation="circle", name="fourier", centre=47.5):
    return method_named(name).prepare(Geometry(ANGLES, 96, centre, extrapolation=extrapolation))(projections)[0]


@pytest.mark.parametrize("name", ["fourier", "fbp"])
@pytest.mark.parametrize("radius", [52.0, 65.0, 90.0])
def test_a_truncated_cylinder_is_flat_up_to_its_rim(name, radius):
    projections = discs(ANGLES, 96, 47.5, [(0, 0, radius, 0.01)])
    image = slice_of(projections, name=name)
    assert image[RADIUS < 45].mean() == pytest.approx(0.01, rel=0.01)
    assert image[(RADIUS > 42) & (RADIUS < 46.5)].mean() == pytest.approx(0.01, rel=0.03)
    # Held edge values make it darker, more so towards the rim.
    held = slice_of(projections, "hold", name)
    assert held[RADIUS < 8].mean() < 0.9 * 0.01 and held[(RADIUS > 42) & (RADIUS < 46.5)].mean() < 0.7 * 0.01


def test_a_truncated_cylinder_off_the_axis():
    image = slice_of(discs(ANGLES, 96, 47.5, [(6, -3, 60, 0.01)]))
    assert image[RADIUS < 40].mean() == pytest.approx(0.01, rel=0.02)
    assert np.ptp(image[RADIUS < 40]) < 0.0015


def test_noise_in_air_at_the_sides_changes_little():
    rng = np.random.default_rng(4)
    clean = discs(ANGLES, 96, 47.5, [(3, 2, 30, 0.01)])
    noisy = (-np.log(rng.poisson(5000 * np.exp(-clean)) / 5000)).astype(np.float32)
    circle, held = slice_of(noisy), slice_of(noisy, "hold")
    assert (circle - held)[RADIUS < 44].std() < 0.2 * (held - slice_of(clean, "hold"))[RADIUS < 44].std()


def test_a_narrow_field_with_its_axis_at_the_edge():
    """Half of the sample seen at each angle, of a full turn: finite, and no spike."""
    angles = np.linspace(0, 360, 300, endpoint=False)
    projections = discs(angles, 40, 2.0, [(0, 0, 30, 0.01)])
    image = method_named("fourier").prepare(Geometry(angles, 40, 2.0))(projections)[0]
    assert np.isfinite(image).all() and np.abs(image).max() < 0.05
