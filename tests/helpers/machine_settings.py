"""How long machines run: shortly and the same each time, or deeply by hand, with CRYSTALSEG_DEEP=500."""

from __future__ import annotations

import os

import pytest

pytest.importorskip("hypothesis")

from hypothesis import HealthCheck, Phase, settings

DEEP = int(os.environ.get("CRYSTALSEG_DEEP", "0"))
"""Examples of a deep run, which are others each time; 0 is the short one."""


def machine_settings(examples: int, steps: int) -> settings:
    """Return the settings of so many examples of so many steps each, unless a deep run is asked for."""
    return settings(
        max_examples=DEEP or examples,
        stateful_step_count=40 if DEEP else steps,
        deadline=None,
        derandomize=not DEEP,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
