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
