import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.xray import Protein, refractive_index
from napari_crystalseg.xray.substances.substance import LYSOZYME_FORMULA, water

HEN_EGG_WHITE_LYSOZYME = """>sp|P00698|LYSC_CHICK, mature chain
KVFGRCELAAAMKRHGLDNYRGYSLGNWVCAAKFESNFNTQATNRNTDGSTDYGILQINSRWWCNDGRTPGSRNLCNIPC
SALLSSDITASVNCAKKIVSDGNGMNAWVAWRNRCKGTDVQAWIRGCRL*
"""


def test_sequence_of_lysozyme_gives_its_published_formula_and_mass():
    # UniProt P00698: 14 313 Da with cysteines reduced; xraylib's atomic weights differ in the last figure.
    lysozyme = Protein.from_sequence("lysozyme", HEN_EGG_WHITE_LYSOZYME)
    assert lysozyme.formula == LYSOZYME_FORMULA
    assert lysozyme.molar_mass_g == pytest.approx(14313, rel=3e-4)
    bonded = Protein.from_sequence("lysozyme", HEN_EGG_WHITE_LYSOZYME, disulphides=4)
    assert bonded.formula == "C613H951N193O185S10"


def test_glycine_is_glycine():
    assert Protein.from_sequence("glycine", "G").formula == "C2H5N1O2"
    # Two chains have two waters.
    assert Protein.from_sequence("two glycines", "GG", chains=2).formula == "C4H10N2O4"


def test_volume():
    """1.35 g/cm³ by default; by residues lysozyme has 0.717 cm³/g (published: 0.702 to 0.720)."""
    assert Protein("lysozyme", LYSOZYME_FORMULA).dry().density_g_cm3 == pytest.approx(1.35)
    counted = Protein.from_sequence("lysozyme", HEN_EGG_WHITE_LYSOZYME, volume_of_residues=True)
    assert counted.partial_specific_volume_cm3_g == pytest.approx(0.717, abs=0.002)
    assert counted.dry().density_g_cm3 == pytest.approx(1 / counted.partial_specific_volume_cm3_g)


def test_solvent_of_tetragonal_lysozyme():
    """Eight molecules in 79.1 x 79.1 x 37.9 Å: V_M 2.07 Å³/Da, 0.41 solvent."""
    lysozyme = Protein("lysozyme", LYSOZYME_FORMULA)
    assert lysozyme.solvent_fraction(79.1**2 * 37.9, 8) == pytest.approx(1 - 1.23 / 2.07, abs=0.01)
    with pytest.raises(InputError, match="has not"):
        lysozyme.solvent_fraction(79.1**2 * 37.9, 16)


def test_sulphur_moves_the_attenuation_of_protein_from_10_3_to_15_1_per_mm():
    per_mm = [
        1e3 * refractive_index(Protein("variant", formula).dry(), 3.5).attenuation_per_um(3.5)
        for formula in ("C613H959N193O185", LYSOZYME_FORMULA, "C613H959N193O185S20")
    ]
    assert per_mm == pytest.approx([10.3, 12.75, 15.1], rel=0.005)


def test_crystal_is_protein_and_liquor():
    crystal = Protein("lysozyme", LYSOZYME_FORMULA).crystal(water(), 0.4)
    assert crystal.density_g_cm3 == pytest.approx(0.6 * 1.35 + 0.4 * 0.997)


def test_refusals():
    with pytest.raises(InputError, match="B, Z"):
        Protein.from_sequence("odd", "GZB")
    with pytest.raises(InputError, match="empty"):
        Protein.from_sequence("none", ">header only\n")
    with pytest.raises(InputError, match="cysteines"):
        Protein.from_sequence("one", "GC", disulphides=1)
    with pytest.raises(InputError, match="chains"):
        Protein.from_sequence("one", "G", chains=2)
    with pytest.raises(InputError, match="formula"):
        Protein("nonsense", "Xy3")
    with pytest.raises(InputError, match="volume"):
        Protein("light", "CH4", 0.0)
