"""Factors of crystals that other programs are tested with, against the exact analytical method."""

from __future__ import annotations

import gemmi
import numpy as np
import pytest

from helpers.exact_polyhedron import Polyhedron
from napari_crystalseg.absorption import Coefficients, Directions, absorb
from napari_crystalseg.labels import Labels, Material

WAVELENGTH = 1.5418
CELL = gemmi.UnitCell(10.0006, 11.0002, 12.0012, 95.81, 101.31, 106.8)
FACES = (((1, 0, 0), 1.0), ((0, 1, 1), 1.5), ((0, -2, 1), 0.5), ((-3, 0, 1), 0.3), ((1, 1, -4), 1.3))
"""Indices and distances of the triclinic crystal of Alcock (1974), Acta Cryst. A30, 332, as PLATON's `abstest`."""

# h k l, then direction cosines to a*, b*, c*: of the beam to the source, and of the diffracted beam, in turns.
REFLECTIONS = """\
0 1 1 -0.76194 0.84042 -0.24264 0.41352 0.44558 -0.28769
0 1 1 -0.87952 0.95800 -0.01798 0.18886 0.19452 -0.03663
0 0 1 -0.83199 0.86344 -0.69424 0.71659 0.06645 0.06645
0 0 -1 0.83199 -0.86344 0.69424 -0.71659 -0.06645 -0.06645
1 2 3 -0.53890 0.89307 0.01820 0.39840 0.68323 -0.19531
1 2 -3 0.28445 -0.11900 0.92766 -0.64519 0.51498 -0.82452
1 -2 3 -0.53152 0.69757 -0.97176 0.79426 -0.20838 0.59637
1 -2 3 -0.74569 0.91174 -0.82812 0.65061 -0.01234 0.40032
"""


@pytest.fixture(scope="module")
def alcock():
    """The crystal, and unit vectors to the source and along the diffracted beam, shape (reflection, 3)."""
    reciprocal = np.array(CELL.frac.mat.tolist())  # rows are a*, b*, c*
    rows = np.array([line.split() for line in REFLECTIONS.splitlines()], dtype=float)
    axes = reciprocal / np.linalg.norm(reciprocal, axis=1, keepdims=True)
    incident, leaving = (np.linalg.solve(axes, rows[:, start::2].T).T for start in (3, 4))
    # The table is read right: beams of length one, whose sum is the wavelength times the reciprocal vector.
    assert np.linalg.norm(np.stack([incident, leaving]), axis=2) == pytest.approx(1, abs=2e-4)
    assert incident + leaving == pytest.approx(WAVELENGTH * rows[:, :3] @ reciprocal, abs=1e-4)
    normals = np.array([indices for indices, _ in FACES]) @ reciprocal
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    incident, leaving = (way / np.linalg.norm(way, axis=1, keepdims=True) for way in (incident, leaving))
    return Polyhedron(normals, np.array([distance for _, distance in FACES])), incident, leaving


def drawn(crystal, size):
    """Labels of the polyhedron, in voxels of this size, with its x, y, z along axes 0, 1, 2."""
    low, high = crystal.corners.min(axis=0) - 2 * size, crystal.corners.max(axis=0) + 2 * size
    grid = np.moveaxis(np.indices(np.ceil((high - low) / size).astype(int)), 0, -1) * size + low
    inside = (grid @ crystal.normals.T <= crystal.distances).all(axis=-1)
    return np.where(inside, Material.CRYSTAL, 0).astype(np.uint8)


def test_the_exact_method_knows_a_cube():
    cube = Polyhedron(np.concatenate([np.eye(3), -np.eye(3)]), np.full(6, 0.5))
    x, y, _ = np.eye(3)
    # In along one edge and out along another: the two ways are independent of each other.
    assert cube.transmission(x, y, 1.3) == pytest.approx(((1 - np.exp(-1.3)) / 1.3) ** 2, rel=1e-12)
    # Straight through: every way is one edge. Back the way it came: twice the way in.
    assert cube.transmission(x, -x, 1.3) == pytest.approx(np.exp(-1.3), rel=1e-12)
    assert cube.transmission(x, x, 1.3) == pytest.approx((1 - np.exp(-2.6)) / 2.6, rel=1e-12)


def traced(crystal, size, incident, leaving, mu):
    labels = Labels(drawn(crystal, size), size)
    return absorb(labels, Coefficients(0, 0, mu), Directions(incident, leaving), tolerance=0).absorption


def test_the_triclinic_crystal_of_alcock(alcock):
    crystal, incident, leaving = alcock
    exact = [crystal.transmission(*ways, 1.0) for ways in zip(incident, leaving, strict=True)]
    # There and back again is the same way.
    assert exact[2] == pytest.approx(exact[3], rel=1e-10)
    # A voxel is 1/80 of the crystal; what its steps add to a path, on the mean, is less than a tenth of one.
    assert traced(crystal, 0.05, incident, leaving, 1.0) == pytest.approx(exact, rel=0.1 * 0.05 * 1.0)


def test_finer_voxels_come_nearer(alcock):
    crystal, incident, leaving = (alcock[0], alcock[1][:2], alcock[2][:2])
    exact = np.array([crystal.transmission(*ways, 0.5) for ways in zip(incident, leaving, strict=True)])
    coarse, fine = (np.abs(traced(crystal, size, incident, leaving, 0.5) / exact - 1).max() for size in (0.2, 0.05))
    assert fine < coarse / 2 and fine < 0.1 * 0.05 * 0.5
