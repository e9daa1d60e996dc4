import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.io.grids.units import deg_per, is_length, kev_per, um_per


def test_known_units():
    assert um_per("m") == 1e6
    assert um_per("Micrometers") == um_per("µm") == um_per("\u03bcm") == 1.0
    assert um_per("Å") == 1e-4
    assert kev_per("eV") == 1e-3
    assert deg_per("radians") == pytest.approx(180 / 3.141592653589793)


def test_unknown_units():
    assert not is_length("pixel")
    with pytest.raises(InputError, match="parsec"):
        um_per("parsec")


def test_factors_are_those_of_pint():
    """As pint spells them, which tells M from m."""
    import pint

    from napari_crystalseg.io.grids import units

    registry = pint.UnitRegistry()
    spelled = {"kev": "keV", "ev": "eV", "mev": "MeV", "gev": "GeV", "j": "J", "å": "angstrom", "rev": "revolution"}
    tables = {"um": units._UM_PER_LENGTH, "keV": units._KEV_PER_ENERGY, "deg": units._DEG_PER_ANGLE}
    for ours, table in tables.items():
        for unit, factor in table.items():
            assert registry.Quantity(1.0, spelled.get(unit, unit)).to(ours).magnitude == pytest.approx(
                factor, rel=1e-12
            )
