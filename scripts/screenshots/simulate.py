"""Simulate: a random sample in 3-D."""

from __future__ import annotations

import sys
from pathlib import Path

from screen import Screen

from napari_crystalseg.widgets.tabs import SIMULATE


def take(samples: Path) -> None:
    """Preview a sample."""
    screen = Screen(samples)
    stage = screen.dock.simulate
    screen.look_at(SIMULATE)
    stage.habit.setCurrentText("thaumatin")
    stage.seed.setValue(5)
    # As with a graphics card.
    sys.modules[type(stage).__module__].draws_in_software = lambda viewer: False  # type: ignore[attr-defined]
    screen.press(stage.sample_button)
    screen.finish()
    stage.folder.setText("~/crystals/variants")
    screen.shoot("simulate")
    screen.close()
