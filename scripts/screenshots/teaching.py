"""Teach by strokes: a few of each class, and the labels that they teach."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from processed import processed
from screen import Screen

from napari_crystalseg.io import open_labels
from napari_crystalseg.labels import Material
from napari_crystalseg.widgets.tabs import REVIEW


def take(samples: Path) -> None:
    """Draw strokes where the true classes are, and teach."""
    screen = Screen(samples)
    viewer, dock = screen.viewer, screen.dock
    box = dock.review.teaching
    processed(screen, "thaumatin_18.h5")
    true = open_labels(samples / "simulated_labels.tif").data
    screen.look_at(REVIEW)
    dock.review.mark.show(None, None)
    viewer.reset_view()
    box.title.setChecked(True)
    z = int(np.argwhere(true == Material.CRYSTAL)[:, 0].mean())
    viewer.dims.set_current_step(0, z)
    for material in (Material.AIR, Material.LIQUOR, Material.LOOP, Material.CRYSTAL):
        screen.press(box.classes.buttons[material])
        screen.rest(0.3)
        for voxels in strokes(true[z] == material, z):
            screen.draw(box.layer, voxels)
    screen.scroll_to(box)
    screen.shoot("dock-teach-strokes")
    screen.press(box.teach_button)
    screen.wait(lambda: not dock.session.busy)
    screen.finish()
    screen.scroll_to(box)
    screen.shoot("dock-taught")
    screen.close()


def strokes(mask: np.ndarray, z: int) -> list[list[tuple[int, int, int]]]:
    """Return a stroke of voxels (z, y, x) along the longest row that lies wholly in a class, and one in a column."""
    from scipy.ndimage import distance_transform_edt

    found = []
    depth = distance_transform_edt(np.pad(mask, 1))[1:-1, 1:-1]
    for axis in (1, 0):
        deep = depth >= min(3.0, 0.7 * depth.max())
        counts = deep.sum(axis=axis)
        line = int(counts.argmax())
        along = np.flatnonzero(deep[line] if axis == 1 else deep[:, line])
        runs = np.split(along, np.flatnonzero(np.diff(along) > 1) + 1)
        run = max(runs, key=len)[:25]
        ends = [run[0], run[len(run) // 2], run[-1]]
        found.append([(z, line, int(one)) if axis == 1 else (z, int(one), line) for one in ends])
    return found
