"""Units that files name: their factors are those of another library, however they are spelt."""

from __future__ import annotations

import pint
import pytest

from helpers.drawn_examples import examples, given, st, texts
from napari_crystalseg.errors import InputError
from napari_crystalseg.io.grids.units import angstrom_per, deg_per, kev_per, um_per

REGISTRY = pint.UnitRegistry()
KNOWN = {
    um_per: ("micrometer", "m cm mm um µm nm pm metre centimetre micron micrometer nanometer angstrom inch"),
    angstrom_per: ("angstrom", "nm m angstrom pm"),
    kev_per: ("kiloelectronvolt", "eV keV MeV GeV J"),
    deg_per: ("degree", "deg rad mrad turn revolution milliradian"),
}
ALL = [(read, to, unit) for read, (to, units) in KNOWN.items() for unit in units.split()]


def letters_of(unit):
    return st.tuples(*[st.sampled_from(sorted({letter.lower(), letter.upper()})) for letter in unit]).map("".join)


@pytest.mark.parametrize(("read", "to", "unit"), ALL)
def test_factors_are_pints(read, to, unit):
    assert read(unit) == pytest.approx(REGISTRY.Quantity(1, unit).to(to).magnitude, rel=1e-12)


@given(st.sampled_from(ALL), st.data())
@examples(60)
def test_spelling_changes_nothing(known, data):
    read, _, unit = known
    spelt = data.draw(letters_of(unit)) if "µ" not in unit else data.draw(st.sampled_from(["μm", "µm", "\\u00B5m"]))
    around = data.draw(st.sampled_from(["{}", " {} ", "{}\n", "{}\0"]))
    assert read(around.format(spelt)) == read(unit)
    assert read(f"{unit}s") == read(unit)


@given(st.sampled_from(list(KNOWN)), texts)
@examples(60)
def test_any_other_text_is_refused_in_a_sentence_that_can_be_written(read, text):
    try:
        assert read(text) > 0
    except InputError as error:
        assert "is not known; known are" in str(error) and "\n" not in str(error)
        assert str(error).encode("utf-8") and len(str(error)) < 500
