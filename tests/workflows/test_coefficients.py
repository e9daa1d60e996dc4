from __future__ import annotations

import numpy as np
import pytest

from helpers.known_sample import VOXEL_VALUES, sample_labels, volume_of
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.volume import Quantity, Volume
from napari_crystalseg.workflows.coefficients import ASSUMED_PER_UM, choose_coefficients, tabulated_per_um


def test_tabulated_values_agree_with_the_published_ones():
    # xraylib at 3.5 keV: 1 M NaCl 16.19 /mm, Kapton 10.52 /mm; a lysozyme crystal with water 12.45 /mm, with salt more.
    liquor, loop, crystal = tabulated_per_um(3.5)
    assert liquor == pytest.approx(0.01619, rel=0.08)
    assert loop == pytest.approx(0.01052, rel=0.08)
    assert 0.01245 < crystal < 0.0162


def test_measured_values_are_the_voxel_values_of_the_classes():
    labels = sample_labels()
    volume = volume_of(labels)
    # A bright rim, as refraction makes it, must not count.
    data = volume.data.copy()
    data[10:26, 10:26, 10] = 5.0
    chosen = choose_coefficients(Volume(data, 0.5, Quantity.LINEAR_ATTENUATION), labels)
    assert chosen.coefficients.origin == "measured"
    assert chosen.coefficients.crystal == pytest.approx(VOXEL_VALUES[Material.CRYSTAL])
    assert chosen.coefficients.liquor == pytest.approx(VOXEL_VALUES[Material.LIQUOR])
    assert chosen.coefficients.loop == pytest.approx(VOXEL_VALUES[Material.LOOP])


def test_arbitrary_voxel_values_are_never_measured():
    labels = sample_labels()
    chosen = choose_coefficients(volume_of(labels, Quantity.ARBITRARY), labels)
    assert chosen.coefficients.origin == "example"
    assert "ASSUMED" in chosen.explanation
    assert chosen.coefficients.crystal == ASSUMED_PER_UM[Material.CRYSTAL]


def test_a_crystal_too_small_to_measure_is_assumed():
    data = np.zeros((20, 20, 20), dtype=np.uint8)
    data[8:11, 8:11, 8:11] = Material.CRYSTAL
    labels = Labels(data, 0.5)
    assert choose_coefficients(volume_of(labels), labels).coefficients.origin == "example"


def test_measured_coefficients_hold_at_the_energy_of_the_tomogram():
    labels = sample_labels()
    chosen = choose_coefficients(volume_of(labels), labels, scan_energy_kev=5.8)
    assert chosen.coefficients.energy_kev == 5.8
    assert choose_coefficients(volume_of(labels), labels, energy_kev=12.0).coefficients.energy_kev == 12.0


def test_class_4_has_no_coefficient_that_nobody_gave():
    labels = sample_labels()
    assert choose_coefficients(volume_of(labels), labels, energy_kev=12.0).coefficients.other is None
