from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.absorption import Coefficients, Directions, absorb
from napari_crystalseg.absorption.tracing.illumination import Illumination, beam_axes
from napari_crystalseg.errors import InputError
from napari_crystalseg.experiment import Experiment, Reflections, Sweep
from napari_crystalseg.experiment.goniometer import Goniometer
from napari_crystalseg.labels import Labels, Material

X_AXIS = Goniometer.from_dict({"rotation_axis": [1, 0, 0]})
MU = Coefficients(0, 0, 0.02)


def still(s1, phi_deg=0.0):
    s1 = np.atleast_2d(np.asarray(s1, dtype=float))
    s1 = s1 / np.linalg.norm(s1, axis=1, keepdims=True)
    experiment = Experiment((Sweep(np.array([0.0, 0.0, 1.0]), 1.0, X_AXIS, (0.0, 1.0)),))
    return Directions.of(experiment, Reflections(s1, np.broadcast_to(np.deg2rad(phi_deg), len(s1))))


def wedge():
    """A step: half of the rows along axis 2 are 10 voxels thick along the beam (axis 1), the others 30."""
    data = np.zeros((8, 40, 20), np.uint8)
    data[:, 5:15, :10] = Material.CRYSTAL
    data[:, 5:35, 10:] = Material.CRYSTAL
    return Labels(data, 1.0)


def test_axes_of_the_beam():
    # Source at +Z (axis 1), rotation about +X (axis 0): the height is along +Y (axis 2).
    axes = beam_axes(np.array([[0.0, 1.0, 0.0]]), np.array([[1.0, 0.0, 0.0]]))
    assert np.allclose(axes, [[[1, 0, 0], [0, 0, 1]]])
    # Turned by 90 degrees about +X, DIALS +Y of the sample points to the source, and its -Z up.
    axes = beam_axes(np.array([[0.0, 0.0, 1.0]]), np.array([[1.0, 0.0, 0.0]]))
    assert np.allclose(axes, [[[1, 0, 0], [0, -1, 0]]])
    # A tilted beam: the width is the part of the axis across it.
    axes = beam_axes(np.array([[0.6, 0.8, 0.0]]), np.array([[1.0, 0.0, 0.0]]))
    assert np.allclose(axes[0, 0], [0.8, -0.6, 0])
    with pytest.raises(InputError, match="along the rotation axis"):
        beam_axes(np.array([[1.0, 0.0, 0.0]]), np.array([[1.0, 0.0, 0.0]]))


@pytest.mark.parametrize(("centre", "thickness", "fraction"), [(-5, 10, 0.25), (5, 30, 0.75)])
def test_a_step_half_lit_is_a_plate(centre, thickness, fraction):
    beam = Illumination(width_um=20, height_um=10, centre_um=(0, centre))
    factors = absorb(wedge(), MU, still([0, 0, -1]), tolerance=0, illumination=beam)
    # Forward: every path has the plate's thickness.
    assert factors.absorption == pytest.approx([np.exp(-0.02 * thickness)], rel=1e-12)
    assert factors.path_length_um[Material.CRYSTAL] == pytest.approx([thickness])
    assert factors.lit_fraction == pytest.approx([fraction])


def test_the_beam_stays_while_the_sample_turns():
    # At 180 degrees the thin half of the step is on the other side.
    beam = Illumination(width_um=20, height_um=10, centre_um=(0, -5))
    factors = absorb(wedge(), MU, still([[0, 0, -1]] * 2, [0.0, 180.0]), tolerance=0, illumination=beam)
    assert factors.absorption == pytest.approx(np.exp([-0.2, -0.6]), rel=1e-9)


def test_the_width_is_along_the_rotation_axis():
    beam = Illumination(width_um=2, height_um=100, centre_um=(1.0, 0))
    factors = absorb(wedge(), MU, still([0, 0, -1]), tolerance=0, illumination=beam)
    assert factors.lit_fraction == pytest.approx([0.25])


def test_a_very_wide_gaussian_lights_all_alike():
    for wide in (Illumination(1e5, 1e5, shape="gaussian"), Illumination(1e5, 1e5)):
        lit = absorb(wedge(), MU, Directions.over_sphere(12), tolerance=0, illumination=wide)
        flat = absorb(wedge(), MU, Directions.over_sphere(12), tolerance=0)
        assert lit.absorption == pytest.approx(flat.absorption, rel=1e-6)
        assert lit.lit_fraction == pytest.approx(np.ones(12), abs=1e-6)


def test_a_gaussian_weights_with_its_profile():
    beam = Illumination(1e6, 8.0, shape="gaussian")
    factors = absorb(wedge(), MU, still([0, 0, -1]), tolerance=0, illumination=beam)
    offset = np.arange(20) - 9.5
    weight = 2.0 ** -((offset / 4) ** 2)  # a half, at half of the full width at half maximum
    thickness = np.where(offset < 0, 10, 30)
    expected = (weight * thickness * np.exp(-0.02 * thickness)).sum() / (weight * thickness).sum()
    assert factors.absorption == pytest.approx([expected], rel=1e-9)


def test_the_standard_error_holds_for_a_beam_that_lights_a_part():
    labels, beam = wedge(), Illumination(5, 9, centre_um=(0.5, 1.0), shape="gaussian")
    truth = absorb(labels, MU, Directions.over_sphere(8), tolerance=0, illumination=beam).absorption
    runs = [
        absorb(labels, MU, Directions.over_sphere(8), tolerance=2e-2, seed=seed, illumination=beam)
        for seed in range(40)
    ]
    pulls = np.array([(r.absorption - truth) / r.standard_error for r in runs])
    assert all(r.provenance.steps[-1]["crystal_voxels_traced"]["most"] < 1600 for r in runs)
    assert np.sqrt(np.mean(pulls**2)) == pytest.approx(1, abs=0.3)


def test_light_that_misses():
    with pytest.raises(InputError, match="no part of the crystal"):
        absorb(wedge(), MU, Directions.over_sphere(3), tolerance=0, illumination=Illumination(2, 2, centre_um=(50, 0)))
    # A beam beside the axis meets a crystal that is beside it on one side only.
    data = np.zeros((4, 30, 30), np.uint8)
    data[:, 13:17, 22:26] = Material.CRYSTAL
    beam = Illumination(10, 5, centre_um=(0, 9.5))
    factors = absorb(Labels(data, 1.0), MU, still([[0, 0.1, -1]] * 2, [0.0, 180.0]), tolerance=0, illumination=beam)
    assert np.isnan(factors.absorption).tolist() == [False, True]
    assert np.isnan(factors.standard_error).tolist() == [False, True]
    assert factors.lit_fraction.tolist() == [1, 0]
    assert factors.provenance.steps[-1]["reflections_without_light"] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((0, 5), "width"), ((5, -1), "height"), ((5, 5, (0,)), "two numbers"), ((5, 5, (0, 0), "round"), "shape")],
)
def test_profiles_that_cannot_be(arguments, message):
    with pytest.raises(InputError, match=message):
        Illumination(*arguments)
