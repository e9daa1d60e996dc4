"""Three planes and 3-D."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from processed import processed
from screen import Screen

from napari_crystalseg.labels import Material
from napari_crystalseg.widgets.planes.bar.label_look import set_look
from napari_crystalseg.widgets.planes.views_dock import jump, show_views
from napari_crystalseg.widgets.tabs import REVIEW


def take(samples: Path) -> None:
    """Look at the crystal in three planes and 3-D, with what is doubtful."""
    screen = Screen(samples)
    viewer, dock = screen.viewer, screen.dock
    processed(screen, "thaumatin_18.h5")
    screen.look_at(REVIEW)
    layer = dock.session.labels
    dock.review.mark.show(None, None)
    viewer.reset_view()
    views = show_views(viewer)
    screen.wait(lambda: views.solid.solid is not None and not views.solid.busy)
    jump(viewer, np.argwhere(layer.data == Material.CRYSTAL).mean(axis=0), layer=layer)
    views.bar.doubt.setChecked(views.bar.doubt.isEnabled())
    set_look(layer, "outlined")
    screen.shoot("dock-planes")
    screen.close()
