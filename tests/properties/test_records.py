"""Records and texts of the outside world can be written and come back, whatever they hold."""

from __future__ import annotations

import unicodedata

from helpers.drawn_examples import examples, given, st, texts
from napari_crystalseg.errors import one_line
from napari_crystalseg.io.assumed.statements import Statements
from napari_crystalseg.provenance import Provenance
from napari_crystalseg.texts.json_text import parse_json, to_json
from napari_crystalseg.texts.printable import encodable, printable

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
STEPS = st.lists(st.dictionaries(texts.filter(lambda name: name != "assumed"), VALUES, max_size=3), max_size=3)


@given(st.dictionaries(texts, VALUES, max_size=4), st.sampled_from([None, 2]))
@examples(40)
def test_json_comes_back_as_it_was(record, indent):
    text = to_json(record, indent)
    assert parse_json(text) == parse_json(text.encode("utf-8")) == record


@given(
    st.dictionaries(texts.map(printable), texts, max_size=3),
    STEPS,
    st.none() | texts,
    st.none() | st.integers(0, 2**64),
)
@examples(40)
def test_provenance_comes_back_as_it_was(inputs, steps, model_sha256, seed):
    record = Provenance(inputs, tuple(steps), model_sha256, seed)
    assert Provenance.from_dict(parse_json(to_json(record.to_dict()))) == record


@given(st.text(st.characters(), max_size=20))
@examples(50)
def test_any_text_can_be_written(text):
    for made in (encodable(text), printable(text), one_line(text)):
        assert made.encode("utf-8").decode("utf-8") == made
    assert encodable(encodable(text)) == encodable(text) and printable(printable(text)) == printable(text)
    assert not {unicodedata.category(letter) for letter in printable(text)} & {"Cc", "Zl", "Zp", "Cs"}
    assert one_line(text).isprintable() and len(one_line(text * 30)) < 400
    if text.isprintable():
        assert printable(text) == text


@given(st.lists(texts.map(one_line).filter(bool), max_size=6))
@examples(60)
def test_each_statement_of_a_file_is_told_once_and_in_order(said):
    statements = Statements()
    for text in said:
        statements.assumed(text)
    once = list(dict.fromkeys(said))
    assert statements.said() == once
    record = statements.recorded_in(Provenance())
    assert record.assumptions == ((one_line("; ".join(once)),) if once else ())


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=4))
@examples(60)
def test_the_first_of_several_statements_counts_and_others_are_told(values):
    statements = Statements()
    found = {f"place {number}": value for number, value in enumerate(values)}
    assert statements.one_of(found, "keV", "an energy") == values[0]
    told = "".join(statements.said())
    for place, value in list(found.items())[1:]:
        assert (f"({place})" in told) == (abs(value - values[0]) > 0.01 * values[0])
    assert statements.one_of({}, "keV", "an energy") is None
