from __future__ import annotations

import json

import numpy as np
import pytest

from napari_crystalseg.texts.json_text import parse_json, to_json


def test_arrays_and_numbers_of_numpy_are_lists_and_numbers():
    record = {"a": np.arange(3), "b": np.float32(0.5), "c": [np.int8(1)], "d": np.bool_(True)}
    assert json.loads(to_json(record)) == {"a": [0, 1, 2], "b": 0.5, "c": [1], "d": True}


def test_the_same_values_give_the_same_text_in_the_order_given():
    assert to_json({"b": 1, "a": "µm"}) == '{"b": 1, "a": "µm"}'
    assert to_json({"a": [1]}, indent=1) == '{\n "a": [\n  1\n ]\n}'


def test_half_of_a_pair_can_be_written_and_comes_back():
    text = to_json({"name": "x\udce9y"})
    assert text.encode("utf-8") and parse_json(text) == {"name": "x\udce9y"}


@pytest.mark.parametrize("value", [float("nan"), np.array([np.inf])])
def test_json_has_no_nan(value):
    with pytest.raises(ValueError, match="JSON compliant"):
        to_json({"a": value})


def test_what_is_no_value_of_json_is_refused():
    with pytest.raises(TypeError, match="set cannot be written as JSON"):
        to_json({"a": {1}})


def test_text_that_python_cannot_follow():
    with pytest.raises(ValueError, match="its brackets are nested too deeply"):
        parse_json("[" * 200_000)
    with pytest.raises(ValueError, match="a number of 5000 digits is too large"):
        parse_json("1" * 5000)
    with pytest.raises(ValueError, match="Expecting value"):
        parse_json("nothing")
    assert parse_json(b"[1, 2.5, null]") == [1, 2.5, None]
