"""Commands of napari's command palette: the stages of the dock by name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from .tabs import CHECK, EXPORT, OPEN, REVIEW, SEGMENT, SIMULATE

if TYPE_CHECKING:
    import napari
    from qtpy.QtWidgets import QPushButton

    from .dock.dock import CrystalSegDock

_NO_LABELS = "There are no labels: segment a volume, or open some."


def open_a_file(viewer: napari.viewer.Viewer) -> None:
    """Choose a scan, a volume or labels to open."""
    _press(viewer, OPEN, lambda dock: dock.open.open_button)


def process(viewer: napari.viewer.Viewer) -> None:
    """Process the sample: all of it, from scan or volume to absorption factors."""
    dock_of(viewer).process()


def next_sample(viewer: napari.viewer.Viewer) -> None:
    """Open the next sample of the queue that is finished."""
    missing = "No other sample is finished: add some to the list in the stage Open."
    _press(viewer, OPEN, lambda dock: dock.open.queue_box.shown(dock.open.queue_box.next_button), missing)


def add_samples(viewer: napari.viewer.Viewer) -> None:
    """Choose several samples, which are processed one after the other in the background."""
    _press(viewer, OPEN, lambda dock: dock.open.queue_box.shown(dock.open.queue_box.add_button))


def reconstruct(viewer: napari.viewer.Viewer) -> None:
    """Reconstruct the raw scan."""
    _press(viewer, OPEN, lambda dock: dock.open.reconstruct_button, "There is no raw scan to reconstruct: open one.")


def segment(viewer: napari.viewer.Viewer) -> None:
    """Segment the volume."""
    _press(viewer, SEGMENT, lambda dock: dock.segment.segment_button, "There is no volume to segment: open one.")


def find_places(viewer: napari.viewer.Viewer) -> None:
    """Rank the places where labels may be wrong."""
    _press(viewer, REVIEW, lambda dock: dock.review.find_button, _NO_LABELS)


def compute_absorption(viewer: napari.viewer.Viewer) -> None:
    """Compute the absorption factors of the labels."""
    _press(viewer, CHECK, lambda dock: dock.check.compute_button, _NO_LABELS)


def check_geometry(viewer: napari.viewer.Viewer) -> None:
    """Hold the labels against the projections."""
    missing = "Checking the geometry takes a raw scan and its labels; one of them is missing."
    _press(viewer, CHECK, lambda dock: dock.check.geometry_box.check_button, missing)


def find_where_edits_matter(viewer: napari.viewer.Viewer) -> None:
    """Map how much mean A changes with the label of a voxel."""
    _press(viewer, CHECK, lambda dock: dock.check.effect.map_button, _NO_LABELS)


def three_planes(viewer: napari.viewer.Viewer) -> None:
    """Show the other planes and 3-D below the canvas, or take them away."""
    from .planes.views_dock import toggle_views

    dock = dock_of(viewer)
    dock.check.attempt(partial(toggle_views, viewer))


def next_look(viewer: napari.viewer.Viewer) -> None:
    """Go on from labels filled to outlined, hidden, and filled again."""
    from .planes.bar import label_look

    label_look.next_look(getattr(viewer, "__wrapped__", viewer))


def export(viewer: napari.viewer.Viewer) -> None:
    """Show the stage Export, where files and folder are chosen."""
    dock_of(viewer).tabs.setCurrentIndex(EXPORT)


def simulate(viewer: napari.viewer.Viewer) -> None:
    """Show the tab Simulate."""
    dock_of(viewer).tabs.setCurrentIndex(SIMULATE)


def dock_of(viewer: napari.viewer.Viewer) -> CrystalSegDock:
    """Return the dock of a viewer, opened where it is not."""

    _, found = viewer.window.add_plugin_dock_widget("napari-crystalseg", "CrystalSeg")
    dock: CrystalSegDock = getattr(found, "__wrapped__", found)
    return dock


def _press(viewer: napari.viewer.Viewer, tab: int, button_of: object, missing: str = "") -> None:
    dock = dock_of(viewer)
    dock.tabs.setCurrentIndex(tab)
    button: QPushButton = button_of(dock)  # type: ignore[operator]
    if button.isEnabled() and button.isVisibleTo(dock.tabs):
        button.click()
    else:
        dock.bar.warn("Another job still runs: wait for it, or cancel it." if dock.session.busy else missing)
