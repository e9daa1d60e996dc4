from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from napari_crystalseg.absorption import AbsorptionMap, Coefficients, Directions, MapKind, absorb, map_absorption
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.spherical_harmonics import gauss_legendre_directions, real_spherical_harmonics

CRYSTAL_ONLY = Coefficients(liquor=0, loop=0, crystal=0.05)


def ellipsoid(z, y, x, size=23):
    grid = (np.indices((size,) * 3) - (size - 1) / 2) / np.array([z, y, x])[:, None, None, None]
    return np.where((grid**2).sum(axis=0) <= 1, Material.CRYSTAL, 0).astype(np.uint8)


def lopsided():
    """A crystal at one corner of a drop, with a mount: no symmetry at all."""
    data = np.zeros((20, 20, 20), np.uint8)
    data[ellipsoid(9, 8, 9, 20) > 0] = Material.LIQUOR
    data[5:10, 8:15, 4:11] = Material.CRYSTAL
    data[:, 4:6, 9:11] = Material.LOOP
    return data


def known_map(coefficients, rings=12):
    """A map of which A is 0.5 (1 + sum of c_lm Y_lm)."""
    directions, weights = gauss_legendre_directions(rings)
    order = round(np.sqrt(len(coefficients) + 1)) - 1
    a = 0.5 * (1 + real_spherical_harmonics(directions, order)[:, 1:] @ coefficients)
    return AbsorptionMap(MapKind.ONE_PATH, directions, weights, a, np.zeros(len(a)))


def test_known_coefficients_are_recovered_and_their_powers_add_up():
    c = np.random.default_rng(2).normal(size=48) * 0.02
    found = known_map(c)
    assert found.mean == pytest.approx(0.5)
    assert found.harmonic_coefficients == pytest.approx(np.concatenate([[np.sqrt(4 * np.pi)], c]))
    assert found.power[0] == pytest.approx(1)
    assert found.power[1] == pytest.approx((c[:3] ** 2).sum() / (4 * np.pi))
    # Parseval, and nothing left over.
    assert found.rms_variation**2 == pytest.approx(found.power[1:].sum())
    assert found.rms_residual < 1e-12
    assert found.fitted == pytest.approx(found.absorption)


def test_what_lies_above_the_order_is_left_over():
    c = np.zeros(80)  # up to degree 8
    c[4], c[70] = 0.3, 0.1  # degrees 2 and 8
    found = known_map(c)
    assert found.power[2] == pytest.approx(0.09 / (4 * np.pi))
    assert found.power[[1, 3, 4, 5, 6]] == pytest.approx(np.zeros(5), abs=1e-15)
    assert found.rms_residual == pytest.approx(0.1 / np.sqrt(4 * np.pi))
    assert found.unexplained == pytest.approx(0.01 / 0.10)


def test_one_path_of_a_sphere_is_even_and_as_integrated():
    labels = Labels(ellipsoid(10.3, 10.3, 10.3), 1.0)
    found = map_absorption(labels, CRYSTAL_ONLY, rings=10, tolerance=0)
    # Mean of exp(-mu L) over a ball of radius R, L the distance to the surface along a fixed direction:
    # over a disc at distance r from the axis the chord is c = 2 sqrt(R² - r²), and the integral (1 - exp(-mu c)) / mu.
    radius = (3 * labels.volumes_um3()[Material.CRYSTAL] / (4 * np.pi)) ** (1 / 3)
    r = (np.arange(20000) + 0.5) / 20000 * radius
    chord = 2 * np.sqrt(radius**2 - r**2)
    inside = (2 * np.pi * r * (1 - np.exp(-0.05 * chord)) / 0.05).sum() * radius / 20000
    assert found.mean == pytest.approx(inside / (4 / 3 * np.pi * radius**3), rel=2e-3)
    # Only degree 0, to the voxels' own shape: of a cube's symmetry, which has no degree 1, 2, 3 and 5.
    assert np.sqrt(found.power[1:]).max() < 2e-3
    assert np.sqrt(found.power[2]) < 1e-4
    assert np.sqrt(found.power[[1, 3, 5]]).max() < 1e-12


def test_a_shape_that_is_its_own_mirror_image_has_even_degrees_only():
    found = map_absorption(Labels(ellipsoid(9, 4, 6), 1.0), CRYSTAL_ONLY, rings=10, tolerance=0)
    assert np.sqrt(found.power[[1, 3, 5]]).max() < 1e-12
    assert np.sqrt(found.power[2]) > 0.03
    assert found.unexplained < 0.01


def test_turning_the_sample_leaves_the_power():
    data, mu = lopsided(), Coefficients(liquor=0.02, loop=0.05, crystal=0.03)
    first = map_absorption(Labels(data, 1.0), mu, tolerance=0, rings=16)
    assert (np.sqrt(first.power[1:4]) > 2e-3).all()
    # A quarter turn about the rotation axis takes the directions onto themselves: equal to rounding.
    about_axis = map_absorption(Labels(np.rot90(data, axes=(1, 2)), 1.0), mu, tolerance=0, rings=16)
    assert about_axis.power == pytest.approx(first.power, rel=1e-9)
    # About another axis they go to others: equal as far as 32 x 16 directions tell.
    about_beam = map_absorption(Labels(np.rot90(data, axes=(0, 2)), 1.0), mu, tolerance=0, rings=16)
    assert np.sqrt(about_beam.power) == pytest.approx(np.sqrt(first.power), abs=2e-4)


def test_fixed_beam_is_the_absorption_factor_of_the_same_directions():
    labels, mu = Labels(lopsided(), 0.9), Coefficients(liquor=0.02, loop=0.05, crystal=0.03)
    fixed = map_absorption(labels, mu, kind="fixed-beam", rings=12, tolerance=0)
    spread = absorb(labels, mu, Directions.over_sphere(3000), tolerance=0).absorption
    assert fixed.mean == pytest.approx(spread.mean(), rel=1e-3)
    assert fixed.rms_variation == pytest.approx(spread.std() / spread.mean(), rel=5e-3)
    # Both paths absorb more than one.
    assert fixed.mean < map_absorption(labels, mu, rings=12, tolerance=0).mean


def test_weak_absorption_is_a_sum_over_incident_and_exit_path():
    """To first order A = 1 - mu (L_in + L_out): with the beam fixed, A varies as the exit path alone does."""
    labels, weak = Labels(lopsided(), 1.0), Coefficients(liquor=2e-5, loop=5e-5, crystal=3e-5)
    one, both = (map_absorption(labels, weak, kind=kind, rings=12, tolerance=0) for kind in MapKind)
    size = np.linalg.norm(one.harmonic_coefficients[1:])
    assert size > 1e-5
    assert np.linalg.norm(both.harmonic_coefficients[1:] - one.harmonic_coefficients[1:]) < 2e-3 * size


def test_nothing_absorbed_is_one_everywhere_and_json_has_no_nan():
    found = map_absorption(Labels(lopsided(), 1.0), Coefficients(0, 0, 0), rings=7)
    assert (found.absorption == 1).all()
    assert found.unexplained is None
    record = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert record["rms_variation"] == pytest.approx(0, abs=1e-12)
    assert len(record["coefficients"]) == 49


def test_csv_holds_every_direction():
    found = known_map(np.full(48, 0.01))
    rows = list(csv.DictReader(io.StringIO(found.to_csv())))
    assert len(rows) == len(found.directions)
    assert float(rows[5]["A"]) == pytest.approx(found.absorption[5])
    assert sum(float(row["weight"]) for row in rows) == pytest.approx(1)
    assert float(rows[5]["A_order_6"]) == pytest.approx(found.absorption[5])


@pytest.mark.parametrize(
    ("options", "says"),
    [({"kind": "two-path"}, "one-path"), ({"rings": 6}, "rings"), ({"order": -1}, "order")],
)
def test_refusals(options, says):
    with pytest.raises(InputError, match=says):
        map_absorption(Labels(lopsided(), 1.0), CRYSTAL_ONLY, **options)


def test_an_opaque_sample_is_told():
    with pytest.raises(InputError, match="1/µm"):
        directions, weights = gauss_legendre_directions(8)
        AbsorptionMap(MapKind.ONE_PATH, directions, weights, np.zeros(128), np.zeros(128))
