"""Coefficients of simulated scans, whose truth is 4πβ/λ, and scans that are wrong on purpose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from helpers.small_scan import INDICES, PIXEL_UM, TRUTH, sample, scan_of, thinned_to_pixels
from napari_crystalseg.calibration.coefficient_findings import _alignment_findings
from napari_crystalseg.calibration.geometry import scan_geometry
from napari_crystalseg.calibration.measured_coefficients import MeasuredCoefficients, measure_coefficients
from napari_crystalseg.calibration.projection_alignment import turn_basis
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.scan import Scan

BODY = (Material.LIQUOR, Material.CRYSTAL)


# As many as the method needs of a longer scan.
ANGLES = 20


@pytest.fixture(scope="module")
def scan() -> Scan:
    # What is wrong on purpose is as plain in fewer.
    return scan_of(sample(), angles=12, rotation_centre_offset_px=1.5)


def deviations(found: MeasuredCoefficients) -> np.ndarray:
    """How many standard errors each value is off the truth."""
    return np.array([(found.per_um[m] - TRUTH[m]) / found.standard_error_per_um[m] for m in TRUTH])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_noisy_scans_without_fringes_are_right_within_their_errors(seed):
    found = measure_coefficients(sample(), scan_of(sample(), seed, ANGLES))
    assert np.abs(deviations(found)).max() < 3
    for material in TRUTH:
        assert found.per_um[material] == pytest.approx(TRUTH[material], rel=0.02)
        assert found.standard_error_per_um[material] < 0.03 * TRUTH[material]
    assert found.findings == ()


@pytest.mark.parametrize("seed", [1, 2])
def test_fringes_blur_and_labels_of_whole_voxels_are_within_the_errors(seed):
    fine = sample(2)
    scan = scan_of(
        fine,
        seed,
        ANGLES,
        fine=2,
        propagation="auto",
        distance_mm=2.0,
        psf_sigma_px=0.6,
        flat_structure=0.1,
        gain_spread=0.02,
        wobble_px=0.3,
        intensity_drift=0.02,
        dead_fraction=2e-4,
        zinger_rate=1e-4,
    )
    found = measure_coefficients(thinned_to_pixels(fine, 2), scan)
    assert np.abs(deviations(found)).max() < 3
    assert found.per_um[Material.LIQUOR] == pytest.approx(TRUTH[Material.LIQUOR], rel=0.04)
    assert found.per_um[Material.CRYSTAL] == pytest.approx(TRUTH[Material.CRYSTAL], rel=0.15)


def test_the_shipped_sample_is_right_within_its_errors():
    from napari_crystalseg.io import open_labels, open_scan

    scan = open_scan(sample_data_folder() / "simulated_scan.h5")
    scan = replace(scan, projections=scan.projections[::10], angles_deg=scan.angles_deg[::10])
    found = measure_coefficients(open_labels(sample_data_folder() / "simulated_labels.tif"), scan)
    truth = {Material.LIQUOR: 0.0036032, Material.LOOP: 0.0026898, Material.CRYSTAL: 0.0030189}
    for material, value in truth.items():
        assert abs(found.per_um[material] - value) < 3 * found.standard_error_per_um[material]
    for material in BODY:
        assert found.per_um[material] == pytest.approx(truth[material], rel=0.05)
    assert np.isnan(found.per_um[Material.OTHER])
    coefficients = found.coefficients()
    assert coefficients.crystal == found.per_um[Material.CRYSTAL]
    assert coefficients.other is None
    record = found.to_dict()
    assert record["coefficients_per_um"]["other"]["value"] is None
    assert record["provenance"]["steps"][-1]["step"] == "measure_coefficients"


@pytest.mark.parametrize(
    ("move", "sentence"), [((0, 0, 3), "axes 1 and 2"), ((0, 3, 0), "axes 1 and 2"), ((2, 0, 0), "rows")]
)
def test_shifted_labels_are_noticed_and_put_right(scan, move, sentence):
    moved = Labels(np.roll(sample().data, move, (0, 1, 2)), PIXEL_UM)
    found = measure_coefficients(moved, scan)
    assert any("seem shifted" in finding and sentence in finding for finding in found.findings)
    along, across = found.diagnostics.label_shift_px
    assert (found.diagnostics.row_shift_px, along, across) == pytest.approx(tuple(-m for m in move), abs=0.3)
    for material in BODY:
        assert found.per_um[material] == pytest.approx(TRUTH[material], rel=0.04)


def test_a_wrong_rotation_centre_is_noticed(scan):
    found = measure_coefficients(sample(), scan, centre_px=scan.rotation_centre_px + 2)
    assert found.diagnostics.axis_shift_px == pytest.approx(-2, abs=0.3)
    assert any("rotation centre is wrong" in finding for finding in found.findings)


def test_a_reversed_rotation_is_noticed(scan):
    found = measure_coefficients(sample(), replace(scan, angles_deg=-scan.angles_deg))
    assert any("rotation is reversed" in finding for finding in found.findings)
    assert any("is explained" in finding for finding in found.findings)


def test_flats_of_another_exposure_are_noticed(scan):
    found = measure_coefficients(sample(), replace(scan, flats=(scan.flats * 1.1).astype(np.uint16)))
    assert any("different exposures" in finding for finding in found.findings)
    assert found.diagnostics.air_level == pytest.approx(1 / 1.1, abs=0.01)
    assert np.abs(deviations(found)).max() < 4


def test_a_flat_field_of_another_beam_is_noticed(scan):
    rng = np.random.default_rng(0)
    other = 1 + 0.04 * rng.standard_normal(scan.flats.shape[1:])
    found = measure_coefficients(sample(), replace(scan, flats=(scan.flats * other).astype(np.uint16)))
    assert any("flat field is not that of this scan" in finding for finding in found.findings)
    assert found.diagnostics.flat_pattern == pytest.approx(0.04, rel=0.3)


def test_harmonics_of_the_beam_are_noticed():
    bright = scan_of(sample(), angles=ANGLES, photons=1e6, counts_per_photon=0.03)
    light = bright.flats.mean(axis=0) - 100
    through = np.clip((bright.projections - 100.0) / light, 0.0, None)
    # Six times the absorption, and 6 % of the light passes as if there were no sample, as harmonics nearly do.
    counts = light * (0.94 * through**6 + 0.06) + 100
    found = measure_coefficients(sample(), replace(bright, projections=counts.astype(np.float32)))
    assert any("harmonics of the beam" in finding for finding in found.findings)
    assert found.diagnostics.bend < -4 * found.diagnostics.bend_error
    assert found.per_um[Material.LIQUOR] < 0.97 * 6 * TRUTH[Material.LIQUOR]


def test_materials_that_are_absent_or_hidden_are_not_measurable(scan):
    data = sample().data.copy()
    data[data == Material.LOOP] = Material.AIR
    found = measure_coefficients(Labels(data, PIXEL_UM), scan)
    assert np.isnan(found.per_um[Material.LOOP])
    assert found.standard_error_per_um[Material.LOOP] == np.inf
    assert any("is explained" in f or "Beside the sample" in f for f in found.findings)
    assert found.coefficients().loop == found.per_um[Material.LIQUOR]


def test_a_lone_material_is_measured():
    data = sample().data.copy()
    data[data > 0] = Material.LIQUOR
    found = measure_coefficients(Labels(data, PIXEL_UM), scan_of(Labels(data, PIXEL_UM), angles=ANGLES))
    assert found.per_um[Material.LIQUOR] == pytest.approx(TRUTH[Material.LIQUOR], rel=0.005)
    with pytest.raises(InputError, match="crystal's attenuation could not"):
        found.coefficients()


def test_a_few_voxels_of_class_4_say_nothing(scan):
    data = sample().data.copy()
    data[20, 20, 30:32] = Material.OTHER
    found = measure_coefficients(Labels(data, PIXEL_UM), scan)
    assert 2 * found.standard_error_per_um[Material.OTHER] > TRUTH[Material.LIQUOR]
    assert any("other is open" in finding for finding in found.findings)
    assert found.coefficients().other is None


def test_class_4_that_clearly_absorbs_is_used(scan):
    data = sample().data.copy()
    data[data == Material.LOOP] = Material.OTHER
    found = measure_coefficients(Labels(data, PIXEL_UM), scan)
    assert found.coefficients().other == found.per_um[Material.OTHER]
    assert found.per_um[Material.OTHER] == pytest.approx(TRUTH[Material.LOOP], rel=0.1)


def test_what_cannot_be_measured_is_refused(scan):
    with pytest.raises(InputError, match="outside the detector"):
        measure_coefficients(sample(), scan, centre_px=999)
    with pytest.raises(InputError, match="all air"):
        measure_coefficients(Labels(np.zeros((4, 4, 4), np.uint8), 1.0), scan)
    with pytest.raises(InputError, match="how large its pixels are"):
        measure_coefficients(sample(), replace(scan, pixel_size_um=None))
    few = replace(scan, projections=scan.projections[:2], angles_deg=scan.angles_deg[:2])
    with pytest.raises(InputError, match="three projections"):
        measure_coefficients(sample(), few)
    row = replace(scan, projections=scan.projections[:, 20:21], flats=scan.flats[:, 20:21], darks=scan.darks[:, 20:21])
    with pytest.raises(InputError, match="a single row"):
        measure_coefficients(Labels(sample().data[20:21], PIXEL_UM), row)


def test_the_truth_is_that_of_the_indices():
    wavelength_um = 12.39842e-4 / 5.0
    for material, index in INDICES.items():
        assert TRUTH[material] == pytest.approx(4 * np.pi * index.beta / wavelength_um, rel=1e-5)


def test_shifts_that_cancel_over_half_a_turn_are_no_finding(scan):
    geometry = scan_geometry(sample(), scan)
    angles = np.arange(0.0, 180.0, 5.0)

    def said(axis, along):
        seen = np.sqrt(np.mean((turn_basis(angles) @ [axis, 0.0, along]) ** 2))
        figures = {"axis_shift_px": axis, "label_shift_px": (along, 0.0), "row_shift_px": 0.0, "wobble_px": (0.0, 0.0)}
        return _alignment_findings(figures, float(seen), geometry)

    assert said(0.76, 1.05) == []
    assert len(said(0.0, 0.8)) == len(said(0.8, 0.0)) == 1
