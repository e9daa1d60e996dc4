"""Darwin's formula against a numerical integral of the scattering of a small crystal, cell by cell."""

from __future__ import annotations

import numpy as np
import pytest

from helpers.small_crystal import CELL, WIDTH, interference
from napari_crystalseg.diffraction.beam import DiffractionBeam
from napari_crystalseg.diffraction.detectors import preset_detector
from napari_crystalseg.diffraction.electron_radius import ELECTRON_RADIUS_ANGSTROM
from napari_crystalseg.diffraction.lattice import Lattice
from napari_crystalseg.diffraction.rotation import kinematic_intensities, predict_rotation, rotation_sweep
from napari_crystalseg.diffraction.structure_factors import StructureFactors
from napari_crystalseg.experiment.goniometer import rotation_matrices


@pytest.mark.parametrize("energy_kev", [8.0, 16.0])
def test_rotation_goes_with_the_third_power_of_the_wavelength(energy_kev):
    beam = DiffractionBeam(energy_kev=energy_kev, flux_per_s=1e12, size_um=(10.0, 10.0))
    lattice = Lattice((CELL,) * 3 + (90.0,) * 3, "P 1").turned(4)
    sweep = rotation_sweep(beam, preset_detector("eiger-16m", 120.0, energy_kev=energy_kev), width_deg=1.0, images=90)
    whole = predict_rotation(sweep, lattice, 4.0, beam)
    row = np.flatnonzero((np.abs(whole.zeta) > 0.4) & (whole.d_spacing < 6))[3]
    one = whole.select([row])
    strength = 1000.0
    index = lattice.unique_indices(4.0)
    flat = np.full(len(index), strength)
    _, squares = interference(np.zeros((1, 3)))
    volume_um3 = squares * CELL**3 * 1e-12
    formula = kinematic_intensities(
        one, StructureFactors(lattice, index, flat, flat), beam, crystal_volume_um3=volume_um3, degrees_per_s=2.0
    )

    # Photons through a grid of directions at a grid of angles, with the current density of the beam.
    spread = 5 / (4 * np.pi * WIDTH * CELL)  # 1/Å: five standard deviations of the interference function
    steps = np.linspace(-1, 1, 33)
    wave = beam.wavelength_angstrom
    forward = one.s1[0] * wave
    across = np.cross(forward, [1.0, 0.0, 0.0])
    across /= np.linalg.norm(across)
    other = np.cross(forward, across)
    angle = steps * spread * wave
    beams = forward + angle[:, None, None] * across + angle[None, :, None] * other
    beams /= np.linalg.norm(beams, axis=-1, keepdims=True)
    turns = one.phi_rad[0] + steps * spread * wave * one.lorentz[0]
    total = 0.0
    for turn in turns:
        sample = (beams / wave - beam.s0) @ rotation_matrices([1.0, 0.0, 0.0], turn)
        pattern, _ = interference(sample @ np.linalg.inv(lattice.reciprocal_axes).T)
        total += pattern.sum()
    step = angle[1] - angle[0]
    density = beam.flux_per_um2_s * 1e-8 / np.deg2rad(2.0)  # photons through 1 Å² in a turn of a radian
    total *= density * ELECTRON_RADIUS_ANGSTROM**2 * strength * step**2 * (turns[1] - turns[0])
    assert formula[0] == pytest.approx(total * one.polarisation[0] * one.efficiency[0], rel=0.01)
