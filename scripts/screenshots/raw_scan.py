"""A real raw scan with its live slice."""

from __future__ import annotations

from pathlib import Path

from screen import Screen

from napari_crystalseg.widgets.tabs import OPEN


def take(samples: Path) -> None:
    """Look at a raw scan."""
    screen = Screen(samples)
    box = screen.dock.open.scan_box
    screen.look_at(OPEN)
    screen.drop(samples / "i13_24737_raw_flat_dark_angles.npz")
    screen.wait(lambda: screen.dock.session.scan is not None and not screen.dock.session.busy)
    screen.wait(lambda: box.slice_layer.layer is not None and not box.live.busy)
    screen.shoot("dock-open")
    screen.close()
