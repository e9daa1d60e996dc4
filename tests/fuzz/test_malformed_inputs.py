"""Damaged files of every kind are read or refused in a sentence; which damage is done is drawn by a seed."""

from __future__ import annotations

import pytest

from helpers.malformed_inputs import KINDS, trials

# More of them, with bounded memory: python tests/helpers/malformed_inputs.py
INPUTS = 4


@pytest.mark.parametrize("kind", KINDS)
def test_malformed_inputs_are_read_or_refused_in_a_sentence(kind):
    _, _, faults = trials(kind, INPUTS)
    assert not faults
