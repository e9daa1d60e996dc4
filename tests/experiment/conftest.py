"""What tests of experiments share: reflection tables, packed as DIALS packs them."""

from __future__ import annotations

import pytest

from helpers.packed_table import packed


@pytest.fixture
def pack_table():
    """Return the function that packs a table from its columns."""
    return packed
