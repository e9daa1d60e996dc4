from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gemmi import cif

from napari_crystalseg.absorption import Coefficients, Directions, absorb, absorption_cif
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.provenance import package_version
from napari_crystalseg.samples import sample_data_folder

MU = Coefficients(liquor=0.002, loop=0.0018, crystal=0.0034, other=0.0)


@pytest.fixture(scope="module")
def factors():
    data = np.zeros((12, 14, 16), np.uint8)
    data[3:9, 4:10, 5:11] = Material.CRYSTAL
    data[2:3, 4:10, 5:11] = Material.LIQUOR
    return absorb(Labels(data, 4.0), MU, Directions.over_sphere(30))


def test_both_dictionaries_are_told_the_same(factors):
    document = cif.read_string(absorption_cif(factors, name="lyso 1/2"))
    core, macromolecular = document
    assert (core.name, macromolecular.name) == ("lyso_1_2_core", "lyso_1_2_mmcif")
    stated = {
        "absorpt_coefficient_mu": 3.4,  # 1/mm
        "absorpt_correction_T_max": factors.absorption.max(),
        "absorpt_correction_T_min": factors.absorption.min(),
    }
    for item, value in stated.items():
        assert cif.as_number(core.find_value(f"_exptl_{item}")) == pytest.approx(value, abs=5e-5)
        assert core.find_value(f"_exptl_{item}") == macromolecular.find_value(f"_exptl.{item}")
    assert core.find_value("_exptl_absorpt_correction_type") == "numerical"
    details = cif.as_string(core.find_value("_exptl_absorpt_process_details"))
    assert package_version() in details and "liquor 2," in details and "30 reflections" in details
    assert details == cif.as_string(macromolecular.find_value("_exptl.absorpt_process_details"))


def test_t_is_of_the_rows_that_scaling_uses(factors):
    folder = sample_data_folder()
    models = folder / "lcyst_01_first10_integrated.expt"
    directions = Directions.of_files(models, models.with_suffix(".refl"))
    used = np.array(directions.scaling.used)
    absorption = np.linspace(0.2, 0.9, len(directions))
    used[[0, -1]] = False
    directions = replace(directions, scaling=replace(directions.scaling, used=used))
    zeros = np.zeros(len(directions))
    given = replace(
        factors,
        absorption=absorption,
        standard_error=zeros,
        path_length_um={material: zeros for material in factors.path_length_um},
        weighted_path_um=None,
        path_covariance_um2=None,
        lit_fraction=None,
        coefficients_per_um=None,
    )
    core = cif.read_string(absorption_cif(given, directions))[0]
    assert cif.as_number(core.find_value("_exptl_absorpt_correction_T_min")) == pytest.approx(
        absorption[used].min(), abs=5e-5
    )
    assert cif.as_number(core.find_value("_exptl_absorpt_correction_T_max")) == pytest.approx(
        absorption[used].max(), abs=5e-5
    )
    # Of several wavelengths, no one coefficient can be stated.
    assert core.find_value("_exptl_absorpt_coefficient_mu") == "?"
    assert "several wavelengths" in core.find_value("_exptl_absorpt_process_details")


def test_without_a_factor_t_is_not_stated(factors):
    core = cif.read_string(absorption_cif(replace(factors, absorption=np.full(30, np.nan))))[0]
    assert core.find_value("_exptl_absorpt_correction_T_min") == "."


def test_lines_and_names_are_as_short_as_cif_has_them(factors):
    """However long the sample's name, and of however many wavelengths a table is."""
    directions = replace(Directions.over_sphere(30), wavelengths_angstrom=tuple(1 + n / 1000 for n in range(500)))
    text = absorption_cif(factors, directions, "Lysozym-Größe_" + 30 * "long")
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 80
    assert all(len(block.name) <= 75 for block in cif.read_string(text))
