"""Segment and Review: classes, places with their table and lamps, and a tool with its preview."""

from __future__ import annotations

from pathlib import Path

from processed import processed
from screen import Screen

from napari_crystalseg.labels import Material
from napari_crystalseg.review.tools.surfaces.joint_smoothing import SmoothJointly
from napari_crystalseg.widgets.tabs import REVIEW, SEGMENT


def take(samples: Path) -> None:
    """Look at the labels of a sample, at its places, and at a tool."""
    screen = Screen(samples)
    viewer, dock, review = screen.viewer, screen.dock, screen.dock.review
    processed(screen, "thaumatin_18.h5")
    screen.look_at(REVIEW)
    screen.wait(lambda: dock.session.findings is not None)
    screen.shoot("dock-review")
    screen.look_at(SEGMENT)
    dock.segment.class_table.buttons[Material.CRYSTAL].click()
    review.mark.show(None, None)
    viewer.reset_view()
    screen.shoot("dock-segment")
    viewer.dims.ndisplay = 3
    screen.wait(lambda: dock.followers.in_3d.layer is not None and dock.followers.in_3d.layer.visible)
    viewer.scene.camera.angles = (0.0, 25.0, 65.0)
    screen.shoot("dock-3d")
    viewer.dims.ndisplay = 2
    screen.look_at(REVIEW)
    screen.press(review.tools.grid.buttons[SmoothJointly])
    screen.rest(1)
    screen.wait(lambda: not review.tools.working)
    screen.wait(lambda: "If applied" in review.tools.panel.said.text())
    screen.bring_into_view(review.tools.panel.cancel_button)
    screen.shoot("dock-tools")
    review.tools.cancel()
    screen.rest()
    screen.scroll_to(review.tools)
    screen.shoot("dock-tool-buttons")
    screen.close()
