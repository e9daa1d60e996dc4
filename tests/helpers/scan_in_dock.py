"""A raw scan in the dock: what tests wait for and look at."""

from napari_crystalseg.widgets.layers.layer_data import layer_of

LONG_MS = 60000


def finished(dock, qtbot):
    qtbot.waitUntil(lambda: not dock.session.busy, timeout=LONG_MS)


def settled(dock, qtbot):
    live = dock.open.scan_box.live
    qtbot.waitUntil(lambda: not live.busy, timeout=LONG_MS)


def take(dock, scan, name="rod"):
    """Bring a scan as napari's reader does."""
    return dock.open.desk.viewer._add_layer_from_data(*layer_of(scan, name))[0]


def slice_is_there(viewer):
    """Whether the live slice is in use; its layer is kept for the next one."""
    return "slice preview" in viewer.layers and viewer.layers["slice preview"].data.size > 1
