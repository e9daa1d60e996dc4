import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.xray import Substance
from napari_crystalseg.xray.substances.substance import (
    peg_400,
    protein,
    protein_crystal,
    sodium_chloride,
    water,
    with_glycerol,
)


def test_formula_gives_mass_fractions():
    # H 1.008, O 15.999 g/mol
    assert water().mass_fractions["H"] == pytest.approx(2.016 / 18.015, rel=2e-3)
    salt = Substance.from_formula("ammonium sulphate", "(NH4)2SO4", 1.77)
    assert salt.mass_fractions["S"] == pytest.approx(32.06 / 132.14, rel=1e-3)


def test_molar_solution_holds_its_salt():
    liquor = sodium_chloride(1.0)
    assert liquor.density_g_cm3 == pytest.approx(1.037)
    # 1 mol/l of chlorine, 35.45 g in 1037 g
    assert liquor.mass_fractions["Cl"] == pytest.approx(35.45 / 1037, rel=1e-3)


def test_mixing_by_volume_conserves_mass_of_each_element():
    crystal = protein_crystal(protein(), water(), 0.4)
    assert crystal.density_g_cm3 == pytest.approx(1.35 * 0.6 + 0.997 * 0.4)
    oxygen = 0.6 * 1.35 * protein().mass_fractions["O"] + 0.4 * 0.997 * water().mass_fractions["O"]
    assert crystal.density_g_cm3 * crystal.mass_fractions["O"] == pytest.approx(oxygen)
    assert with_glycerol(water(), 0.25).density_g_cm3 == pytest.approx(0.75 * 0.997 + 0.25 * 1.261)


def test_refusals():
    with pytest.raises(InputError, match="density"):
        Substance.from_formula("nothing", "H2O", 0.0)
    with pytest.raises(InputError, match="formula"):
        Substance.from_formula("nonsense", "Xy3", 1.0)
    with pytest.raises(InputError, match="mass fractions"):
        Substance("empty", {}, 1.0)
    # The elements alone would not show it: glycerol brings back the hydrogen and oxygen of the water that is taken.
    with pytest.raises(InputError, match="negative"):
        with_glycerol(water(), 1.5)
    with pytest.raises(InputError, match="negative"):
        peg_400(1.2)
    with pytest.raises(InputError, match="zero"):
        Substance.mixed_by_volume("nothing", {water(): 0.0})
    with pytest.raises(InputError, match="solvent fraction"):
        protein_crystal(protein(), water(), 1.2)
