"""Densities of liquors against published tables, and their absorption against known figures."""

import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.xray import LiquorRecipe, Protein, Substance, refractive_index
from napari_crystalseg.xray.substances.substance import (
    LYSOZYME_FORMULA,
    ice,
    kapton,
    nylon,
    oil,
    paratone,
    perfluoropolyether,
    salt,
    water,
)

LYSOZYME = Protein("lysozyme", LYSOZYME_FORMULA)


def per_mm(substance, energy_kev=3.5):
    return 1e3 * refractive_index(substance, energy_kev).attenuation_per_um(energy_kev)


def contrast(liquor):
    """Crystal over liquor in percent, at 3.5 keV and with half the crystal's volume solvent."""
    return 100 * (per_mm(LYSOZYME.crystal(liquor, 0.5)) / per_mm(liquor) - 1)


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("2 M ammonium sulphate", -15.7),
        ("1 M NaCl", -10.6),
        ("0.16 M NaCl", 0.0),
        ("water", 2.5),
        ("30 % w/w PEG 400", 5.5),
    ],
)
def test_contrast_of_crystal_in_liquor(text, percent):
    assert contrast(LiquorRecipe.parse(text).substance()) == pytest.approx(percent, abs=0.25)


def test_contrast_in_mpd():
    """14.1 % for ideal mixing; MPD and water shrink by about 2 %, which takes some of it."""
    mpd = Substance.from_formula("MPD", "C6H14O2", 0.922)
    assert contrast(Substance.mixed_by_volume("ideal", {mpd: 0.4, water(): 0.6})) == pytest.approx(14.1, abs=0.3)
    assert 12 < contrast(LiquorRecipe.parse("40 % v/v MPD").substance()) < 14.1


@pytest.mark.parametrize(
    ("text", "density", "tolerance"),
    [
        # CRC Handbook, "Concentrative properties of aqueous solutions" (20 °C; water there is 0.9982).
        ("10 % w/w NaCl", 1.0707, 0.004),
        ("20 % w/w NaCl", 1.1478, 0.005),
        ("20 % w/w ammonium sulphate", 1.1154, 0.005),
        ("40 % w/w ammonium sulphate", 1.2277, 0.01),
        ("30 % w/w glycerol", 1.0727, 0.005),
        ("50 % w/w glycerol", 1.1263, 0.005),
        ("40 % w/w ethylene glycol", 1.0514, 0.008),
        ("30 % w/w sucrose", 1.1270, 0.005),
        ("20 % w/w sodium citrate", 1.1357, 0.01),
        ("20 % w/w calcium chloride", 1.1775, 0.01),
        ("20 % w/w magnesium chloride", 1.1742, 0.01),
        ("20 % w/w KCl", 1.1328, 0.005),
    ],
)
def test_density(text, density, tolerance):
    assert LiquorRecipe.parse(text).density_g_cm3 == pytest.approx(density, rel=tolerance)


def test_amounts_are_what_the_units_say():
    liquor = LiquorRecipe.parse("1.5 M NaCl, 100 mM HEPES; 10 %(w/v) PEG 3350 + 20 % v/v glycerol")
    made = liquor.substance()
    # 1.5 mol/l of chlorine and 0.1 mol/l of sulphur, g/cm³
    assert made.mass_fractions["Cl"] * made.density_g_cm3 == pytest.approx(1.5e-3 * 35.453, rel=5e-4)
    assert made.mass_fractions["S"] * made.density_g_cm3 == pytest.approx(1e-4 * 32.06, rel=1e-3)
    carbon_g_cm3 = (
        1e-4 * 8 * 12.011  # HEPES, C8
        + 0.10 * 151.24 * 12.011 / 3350  # PEG, (3350 - 18.015) / 44.053 repeats of two carbons
        + 0.20 * 1.261 * 3 * 12.011 / 92.094  # glycerol
    )
    assert made.mass_fractions["C"] * made.density_g_cm3 == pytest.approx(carbon_g_cm3, rel=1e-3)


def test_a_recipe_is_its_text():
    liquor = LiquorRecipe.parse("1.6 m (NH4)2SO4, 5 % v/v peg400, 8% w/v PEG MME 5K")
    assert str(liquor) == "1.6 M ammonium sulphate, 5 % v/v PEG 400, 8 % w/v PEG MME 5000"
    assert LiquorRecipe.parse(str(liquor)) == liquor
    assert liquor.to_dict()["recipe"] == str(liquor)
    assert str(LiquorRecipe.parse("water")) == "water"
    assert str(LiquorRecipe.parse("2 M ammonium sulfate")) == "2 M ammonium sulphate"


def test_cryoprotectant_dilutes():
    liquor = LiquorRecipe.parse("2 M NaCl").cryoprotected(25, "ethylene glycol")
    assert str(liquor) == "1.5 M sodium chloride, 25 % v/v ethylene glycol"


@pytest.mark.parametrize(
    ("text", "element", "edge_kev"),
    [
        ("1 M potassium dihydrogen phosphate", "P", 2.1455),
        ("2 M ammonium sulphate", "S", 2.4720),
        ("1 M NaCl", "Cl", 2.8224),
        ("1 M KCl", "K", 3.6074),
        ("1 M calcium chloride", "Ca", 4.0381),
    ],
)
def test_absorption_jumps_at_each_edge(text, element, edge_kev):
    """Just below and above: what the element adds grows by xraylib's own jump factor, the rest stays."""
    import xraylib

    liquor = LiquorRecipe.parse(text).substance()
    number = xraylib.SymbolToAtomicNumber(element)
    alone = Substance(element, {element: 1.0}, liquor.mass_fractions[element] * liquor.density_g_cm3)
    below, above = (per_mm(liquor, edge_kev + step) for step in (-0.0015, 0.0015))
    alone_below, alone_above = (per_mm(alone, edge_kev + step) for step in (-0.0015, 0.0015))
    assert alone_above / alone_below == pytest.approx(xraylib.JumpFactor(number, xraylib.K_SHELL), rel=0.05)
    assert above - below == pytest.approx(alone_above - alone_below, rel=0.05)
    # Away from the edge absorption falls with energy.
    assert per_mm(liquor, edge_kev - 0.004) > below
    assert per_mm(liquor, edge_kev + 0.006) < above


def test_solids_and_oils():
    """Attenuation at 3.5 keV, /mm: the lighter the elements the less, fluorine and salt the most."""
    made = {s.name: per_mm(s) for s in (kapton(), nylon(), oil(), paratone(), ice(), perfluoropolyether(), salt())}
    assert made["Kapton"] == pytest.approx(10.52, rel=0.01)
    assert made["nylon-6"] == pytest.approx(7.56, rel=0.01)
    assert made["ice"] == pytest.approx(12.143 * 0.932 / 0.997, rel=0.01)
    assert made["oil"] < made["Paratone-N"] < made["nylon-6"]
    assert 50 < made["salt"] < 240
    assert made["perfluoropolyether"] > 1.8 * per_mm(water())


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("2 M unobtainium", "not an ingredient"),
        ("some salt", "no part of a recipe"),
        ("2 M NaCl,", "no part of a recipe"),
        ("20 % v/w glycerol", "no unit"),
        ("20 % v/v NaCl", "solid"),
        ("20 % v/v PEG 8000", "solid"),
        ("30 % w/v PEG 5", "molar mass"),
        ("60 % v/v glycerol, 60 % v/v ethanol", "no room for water"),
        ("100 % w/w sucrose, 20 % w/w glucose", "no room for water"),
    ],
)
def test_refusals(text, match):
    with pytest.raises(InputError, match=match):
        LiquorRecipe.parse(text)
    with pytest.raises(InputError, match="cryoprotectant"):
        LiquorRecipe().cryoprotected(100, "glycerol")
