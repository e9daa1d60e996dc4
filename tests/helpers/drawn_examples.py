"""What tests of properties share: few drawn examples, the same ones each time, and no watch on how long one takes.

CRYSTALSEG_DEEP=500 draws so many, others each time.
"""

from __future__ import annotations

import pytest

pytest.importorskip("hypothesis")

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from helpers.machine_settings import DEEP

__all__ = ["arrays", "examples", "given", "st", "texts"]


def examples(count: int) -> settings:
    """Return the settings for a test of so many examples; one that fails is told as drawn, not made smaller first."""
    return settings(
        max_examples=DEEP or count,
        deadline=None,
        derandomize=not DEEP,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


# Halves of surrogate pairs stand for the bytes of file names that are not UTF-8.
texts = st.text(
    st.characters(codec="utf-8") | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF, categories=["Cs"]),
    max_size=12,
)
