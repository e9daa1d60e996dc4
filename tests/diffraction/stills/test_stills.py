from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from helpers.small_crystal import CELL, WIDTH, interference
from napari_crystalseg.diffraction.beam import DiffractionBeam
from napari_crystalseg.diffraction.crystal import DiffractingCrystal
from napari_crystalseg.diffraction.detectors import preset_detector
from napari_crystalseg.diffraction.electron_radius import ELECTRON_RADIUS_ANGSTROM
from napari_crystalseg.diffraction.lattice import Lattice
from napari_crystalseg.diffraction.stills import predict_still, still_intensities
from napari_crystalseg.diffraction.structure_factors import StructureFactors


@pytest.mark.parametrize("energy_kev", [8.0, 16.0])
def test_a_still_goes_with_the_square_of_the_wavelength(energy_kev):
    """Against a numerical integral of the scattering of a small crystal, cell by cell, at several excitation errors."""
    beam = DiffractionBeam(energy_kev, 1e12, (10.0, 10.0), bandwidth=0.0, divergence_mrad=0.0)
    lattice = Lattice((CELL,) * 3 + (90.0,) * 3, "P 1").turned(4)
    _, squares = interference(np.zeros((1, 3)))
    # The block whose points are as thick as those of the crystal that is summed.
    block_um = 4 * np.pi * WIDTH * CELL / np.sqrt(2 * np.pi) * 1e-4
    crystal = DiffractingCrystal(lattice, squares * CELL**3 * 1e-12, mosaicity_deg=0.0, block_um=block_um)
    detector = preset_detector("eiger-16m", 120.0, energy_kev=energy_kev)
    still = predict_still(crystal, beam, detector, 3.0)
    index = lattice.unique_indices(3.0)
    flat = np.full(len(index), 1000.0)
    photons = still_intensities(
        still, StructureFactors(lattice, index, flat, flat), beam, crystal_volume_um3=crystal.volume_um3, exposure_s=2.0
    )
    wave = beam.wavelength_angstrom
    rows = np.flatnonzero(np.abs(still.excitation) < 2.5 * still.width)
    assert len(rows) >= 2
    for row in rows[:6]:
        forward = still.predicted.s1[row] * wave
        across = np.cross(forward, [1.0, 0.0, 0.0])
        across /= np.linalg.norm(across)
        angle = np.linspace(-5, 5, 65) / (4 * np.pi * WIDTH * CELL) * wave
        beams = forward + angle[:, None, None] * across + angle[None, :, None] * np.cross(forward, across)
        beams /= np.linalg.norm(beams, axis=-1, keepdims=True)
        pattern, _ = interference((beams / wave - beam.s0) @ np.linalg.inv(lattice.reciprocal_axes).T)
        density = beam.flux_per_um2_s * 1e-8 * 2.0
        total = density * ELECTRON_RADIUS_ANGSTROM**2 * 1000.0 * pattern.sum() * (angle[1] - angle[0]) ** 2
        expected = total * still.predicted.polarisation[row] * still.predicted.efficiency[row]
        assert photons[row] == pytest.approx(expected, rel=0.02)


def test_a_turn_through_the_sphere_gives_darwins_total():
    """Stills at many small turns add up to the rotation's intensity."""
    from napari_crystalseg.diffraction.rotation import kinematic_intensities, predict_rotation, rotation_sweep

    beam = DiffractionBeam()
    lattice = Lattice.preset("lysozyme").turned(8)
    crystal = DiffractingCrystal(lattice, mosaicity_deg=0.1)
    detector = preset_detector("pilatus-6m", 200.0)
    sweep = rotation_sweep(beam, detector, width_deg=0.02, images=60)
    whole = predict_rotation(sweep, lattice, 3.0, beam)
    index = lattice.unique_indices(2.9)
    flat = np.full(len(index), 1e4)
    factors = StructureFactors(lattice, index, flat, flat)
    darwin = kinematic_intensities(whole, factors, beam, degrees_per_s=2.0)
    total = {}
    for image in range(60):
        turn = sweep.goniometer.rotation(sweep.scan_angle_rad(image + 0.5))
        still = predict_still(crystal, beam, detector, 2.95, rotation=turn)
        for one, photons in zip(
            still.predicted.miller_index.tolist(), still_intensities(still, factors, beam, exposure_s=0.01), strict=True
        ):
            total[tuple(one)] = total.get(tuple(one), 0) + photons
    rows = np.flatnonzero((np.abs(whole.image - 30) < 2) & (np.abs(whole.zeta) > 0.6))
    assert len(rows) >= 10
    for row in rows:
        assert total[tuple(whole.miller_index[row].tolist())] == pytest.approx(darwin[row], rel=0.01)


@pytest.mark.parametrize(
    ("mosaicity_deg", "bandwidth"), [(0.3, 0.0), (0.0, 0.03), (0.2, 0.02)], ids=["mosaic", "pink", "both"]
)
def test_photons_leave_as_from_many_blocks_and_energies(mosaicity_deg, bandwidth):
    """Means and spreads of directions, against blocks and photons drawn one by one."""
    beam = DiffractionBeam(bandwidth=bandwidth, divergence_mrad=0.0)
    lattice = Lattice.preset("lysozyme").turned(1)
    crystal = DiffractingCrystal(lattice, mosaicity_deg=mosaicity_deg, block_um=2.0)
    still = predict_still(crystal, beam, preset_detector("eiger-16m", 100.0), 2.0)
    size = np.abs(still.excitation / still.width)
    row = np.flatnonzero((size > 0.8) & (size < 1.6))[7]
    rng = np.random.default_rng(1)
    n = 400_000
    turn = Rotation.from_rotvec(rng.normal(0, np.deg2rad(mosaicity_deg), (n, 3)))
    q = turn.apply(lattice.reciprocal_axes @ still.predicted.miller_index[row])
    wave = 1 / beam.wavelength_angstrom * (1 + rng.normal(0, bandwidth / np.sqrt(8 * np.log(2)), n))
    out = q + np.array([0, 0, -1.0]) * wave[:, None]
    error = np.linalg.norm(out, axis=1) - wave
    block = crystal.width_parts(beam)[0]
    weight = np.exp(-((error / block) ** 2) / 2)
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    mean = weight @ out / weight.sum()
    expected = still.predicted.s1[row] * beam.wavelength_angstrom
    nominal = beam.s0 + lattice.reciprocal_axes @ still.predicted.miller_index[row]
    nominal /= np.linalg.norm(nominal)
    error = still.spread_rad[row].max() / np.sqrt(weight.sum())
    assert np.linalg.norm(mean - expected) < 0.02 * np.linalg.norm(mean - nominal) + 4 * error
    across = np.cross(beam.s0, expected)
    across /= np.linalg.norm(across)
    outward = np.cross(across, expected)
    for direction, spread in zip((outward, across), still.spread_rad[row], strict=True):
        variance = weight @ ((out - mean) @ direction) ** 2 / weight.sum()
        # The thickness of the block adds to the spread of each; it is drawn here as none.
        assert np.sqrt(variance) == pytest.approx(spread, rel=0.1, abs=2 * block * beam.wavelength_angstrom)


def test_density_integrates_to_one():
    crystal = DiffractingCrystal(Lattice.preset("lysozyme"), mosaicity_deg=0.2)
    still = predict_still(crystal, DiffractionBeam(), preset_detector("eiger-4m"), 3.0)
    error = np.linspace(-6, 6, 401)[:, None] * still.width
    density = np.exp(-((error / still.width) ** 2) / 2) / (np.sqrt(2 * np.pi) * still.width)
    assert np.trapezoid(density, error, axis=0) == pytest.approx(1.0)
    assert (np.abs(still.excitation) < 4 * still.width).all()
