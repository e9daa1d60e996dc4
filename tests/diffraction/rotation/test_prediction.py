from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.diffraction.beam import DiffractionBeam
from napari_crystalseg.diffraction.crystal import DiffractingCrystal
from napari_crystalseg.diffraction.detectors import preset_detector
from napari_crystalseg.diffraction.lattice import Lattice
from napari_crystalseg.diffraction.rotation import (
    kinematic_intensities,
    partialities,
    predict_rotation,
    reflecting_range_rad,
    rotation_sweep,
)
from napari_crystalseg.diffraction.structure_factors import wilson_structure_factors
from napari_crystalseg.errors import InputError
from napari_crystalseg.experiment import read_experiment, read_reflections
from napari_crystalseg.samples import sample_data_folder


def test_places_and_angles_are_those_that_dials_predicted():
    """A multi-axis goniometer, a detector on an arm, parallax: to a thousandth of a pixel and of an image."""
    stem = sample_data_folder() / "lcyst_01_first10_integrated"
    sweep = read_experiment(stem.with_suffix(".expt")).sweeps[0]
    table = read_reflections(stem.with_suffix(".refl"))
    predicted = predict_rotation(sweep, Lattice.of_sweep(sweep), 0.5, margin_deg=5.0, least_zeta=0, on_detector=False)
    indexed = np.flatnonzero(table.miller_index.any(axis=1))
    assert len(indexed) > 80
    for row in indexed:
        same = np.flatnonzero((predicted.miller_index == table.miller_index[row]).all(axis=1))
        distance = np.abs(predicted.image[same] - table.calculated_px[row, 2])
        found = same[np.argmin(distance)]
        assert predicted.panel[found] == table.panel[row]
        assert predicted.position_px[found] == pytest.approx(table.calculated_px[row, :2], abs=1e-3)
        assert predicted.position_mm[found] == pytest.approx(table.calculated_mm[row, :2], abs=1e-4)
        assert predicted.image[found] == pytest.approx(table.calculated_px[row, 2], abs=1e-3)
        assert predicted.s1[found] == pytest.approx(table.s1[row], abs=1e-6)


@pytest.fixture(scope="module")
def scan():
    """A turn of lysozyme before a Pilatus 2M: sweep, beam, lattice and predicted reflections."""
    beam = DiffractionBeam()
    lattice = Lattice.preset("lysozyme").turned(2)
    sweep = rotation_sweep(beam, preset_detector("pilatus-2m", 150.0), width_deg=0.5, images=720, lattice=lattice)
    return sweep, beam, lattice, predict_rotation(sweep, lattice, 3.0, beam)


def test_waves_lie_on_the_sphere_and_on_the_lattice(scan):
    sweep, beam, lattice, predicted = scan
    assert np.linalg.norm(predicted.s1, axis=1) == pytest.approx(1 / beam.wavelength_angstrom)
    turned = np.einsum(
        "nij,nj->ni",
        sweep.goniometer.rotation(predicted.phi_rad),
        predicted.miller_index @ lattice.reciprocal_axes.T,
    )
    assert predicted.s1 - beam.s0 == pytest.approx(turned)
    assert (np.diff(predicted.image) >= 0).all()


def test_a_full_turn_brings_each_reflection_twice_and_two_turns_four_times(scan):
    _, beam, lattice, _ = scan
    detector = preset_detector("eiger-16m", 100.0)
    counts = []
    for images in (360, 720):
        sweep = rotation_sweep(beam, detector, width_deg=1.0, images=images)
        whole = predict_rotation(sweep, lattice, 4.0, beam, on_detector=False)
        _, times = np.unique(whole.miller_index, axis=0, return_counts=True)
        counts.append(set(times.tolist()))
    assert counts == [{2}, {4}]


def test_symmetry_equivalents_are_equal_once_geometry_is_taken_out(scan):
    _, beam, lattice, predicted = scan
    factors = wilson_structure_factors(lattice, 3.0, anomalous_ratio=0.03)
    photons = kinematic_intensities(predicted, factors, beam)
    corrected = photons / (predicted.lorentz * predicted.polarisation * predicted.efficiency)
    unique, plus = lattice.asymmetric_unit(predicted.miller_index)
    sets, number = np.unique(np.column_stack([unique, plus]), axis=0, return_inverse=True)
    number = number.ravel()
    mean = np.bincount(number, corrected) / np.bincount(number)
    assert len(sets) < len(predicted) / 5
    assert corrected == pytest.approx(mean[number])


def test_images_of_a_reflection_add_up_to_the_whole(scan):
    sweep, beam, lattice, predicted = scan
    width = reflecting_range_rad(predicted, DiffractingCrystal(lattice, mosaicity_deg=0.3), beam)
    inside = np.flatnonzero((predicted.image > 60) & (predicted.image < 140) & (np.rad2deg(width) < 3))
    parts = partialities(predicted.select(inside), width[inside], sweep, np.arange(200))
    assert parts.sum(axis=1) == pytest.approx(1.0)
    assert (parts > 0.01).sum(axis=1).max() > 3


def test_mosaicity_alone_makes_the_range_eta_over_zeta(scan):
    _, _, lattice, predicted = scan
    parallel = DiffractionBeam(bandwidth=0.0, divergence_mrad=0.0)
    width = reflecting_range_rad(predicted, DiffractingCrystal(lattice, mosaicity_deg=0.2, block_um=1e5), parallel)
    assert np.rad2deg(width) * np.abs(predicted.zeta) == pytest.approx(0.2, rel=1e-4)


def test_the_same_scan_backwards_meets_the_same_reflections(scan):
    _, beam, lattice, _ = scan
    detector = preset_detector("pilatus-2m", 150.0)
    forward = predict_rotation(rotation_sweep(beam, detector, width_deg=0.5, images=60), lattice, 3.0, beam)
    sweep = rotation_sweep(beam, detector, start_deg=30.0, width_deg=-0.5, images=60)
    backward = predict_rotation(sweep, lattice, 3.0, beam)
    assert sorted(forward.miller_index.tolist()) == sorted(backward.miller_index.tolist())
    assert (backward.image >= 0).all() and (backward.image <= 60).all()


def test_experiments_without_what_is_needed(scan):
    sweep, beam, lattice, _ = scan
    from dataclasses import replace

    with pytest.raises(InputError, match="has no scan"):
        predict_rotation(replace(sweep, oscillation_deg=None), lattice, 3.0, beam)
    with pytest.raises(InputError, match="no wavelength or no detector"):
        predict_rotation(replace(sweep, detector=None), lattice, 3.0, beam)
