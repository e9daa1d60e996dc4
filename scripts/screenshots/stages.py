"""Take the pictures of the dock in docs/images: open, segment, 3-D, planes, check, edits, geometry, export, simulate.

Run with a screen, or: bash scripts/with-screen.sh python scripts/screenshots.py
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import napari
import numpy as np
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QApplication, QScrollArea

from napari_crystalseg.labels import Material
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.widgets.check.edit_effect_view import SENSITIVITY
from napari_crystalseg.widgets.planes.bar.label_look import set_look
from napari_crystalseg.widgets.planes.views_dock import hide_views, jump, show_views
from napari_crystalseg.widgets.tabs import CHECK, EXPORT, OPEN, SEGMENT, SIMULATE

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
SIZE = (1366, 768)


def wait(condition: Callable[[], bool], seconds: float = 600.0) -> None:
    """Let the window live until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit("The dock did not answer in time.")
        QApplication.processEvents()
        time.sleep(0.01)


def rest(seconds: float = 0.5) -> None:
    """Let the window draw itself."""
    end = time.monotonic() + seconds
    wait(lambda: time.monotonic() > end)
    # Only the event loop itself takes away what was deleted, and there is none: old sliders would show below new ones.
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def edit_crystal(viewer: napari.Viewer, dock: Any) -> None:
    """Paint crystal beyond its edge, as if the network had missed some, and ask where edits matter."""
    layer, session = dock.session.labels, dock.session
    crystal = np.argwhere(layer.data == Material.CRYSTAL)
    z, _, x = crystal.mean(axis=0).astype(int)
    edge = int(np.flatnonzero(layer.data[z, :, x] == Material.CRYSTAL)[0])
    viewer.dims.set_current_step(0, z)
    wait(lambda: session.edits.effect is not None)
    before = session.edits.effect
    layer.brush_size = 14
    for place in ((z, edge - 3, x), (z, edge, x + 8), (z + 4, edge, x - 8)):
        layer.paint(place, int(Material.CRYSTAL))
    wait(lambda: session.edits.effect is not before and not dock.check.effect.follower.working)
    dock.check.effect.map_button.click()
    wait(lambda: not session.busy)
    bar = dock.tabs.currentWidget().findChild(QScrollArea).verticalScrollBar()
    bar.setValue(bar.maximum())


def undo_edits(viewer: napari.Viewer, dock: Any) -> None:
    """Leave labels and layers as they were."""
    for _ in range(3):
        dock.session.labels.undo()
    viewer.layers.remove(SENSITIVITY)
    rest(1.0)


def turn_in_3d(viewer: napari.Viewer, dock: Any, shoot: Callable[[int, str], None]) -> None:
    """Look at the labels as surfaces, and go back to the slices."""
    viewer.dims.ndisplay = 3
    wait(lambda: dock.followers.in_3d.layer is not None and dock.followers.in_3d.layer.visible)
    viewer.scene.camera.angles = (0.0, 25.0, 65.0)
    shoot(SEGMENT, "dock-3d")
    viewer.dims.ndisplay = 2
    rest(1.0)


def show_planes(viewer: napari.Viewer, dock: Any, shoot: Callable[[int, str], None]) -> None:
    """Look at the crystal in three planes and 3-D, with what is doubtful, and take the planes away again."""
    layer = dock.session.labels
    views = show_views(viewer)
    wait(lambda: views.solid.solid is not None and not views.solid.busy)
    jump(viewer, np.argwhere(layer.data == Material.CRYSTAL).mean(axis=0), layer=layer)
    views.bar.doubt.setChecked(views.bar.doubt.isEnabled())
    set_look(layer, "outlined")
    shoot(CHECK, "dock-planes")
    set_look(layer, "filled")
    views.bar.doubt.setChecked(False)
    hide_views(viewer)
    viewer.reset_view()


def check_geometry(dock: Any) -> None:
    """Lay the labels over a projection of the scan that the volume is of."""
    dock.open.opener.open_path(sample_data_folder() / "simulated_scan.h5")
    wait(lambda: dock.session.scan is not None and not dock.session.busy)
    dock.tabs.setCurrentIndex(CHECK)
    box = dock.check.geometry_box
    started = time.perf_counter()
    box.check_button.click()
    wait(lambda: not dock.session.busy)
    print(f"geometry checked in {time.perf_counter() - started:.1f} s: {box.verdict.text()}")
    wait(lambda: not box.follower.busy)
    box.angle_slider.setValue(100)
    wait(lambda: not box.follower.busy)
    rest()
    dock.tabs.currentWidget().findChild(QScrollArea).ensureWidgetVisible(box)


def use_experiment(dock: Any) -> None:
    """Compute the factors of the reflections that are shipped."""
    check, folder = dock.check, sample_data_folder()
    check.use_files.setChecked(True)
    check.experiment.setText(str(folder / "lcyst_01_first10_integrated.expt"))
    check.reflections.setText(str(folder / "lcyst_01_first10_integrated.refl"))
    # Those of the voxel values are of the tomogram's energy.
    check.coefficients.table_button.click()
    wait(lambda: not dock.session.busy)
    check.compute_button.click()
    wait(lambda: not dock.session.busy)


def main(scan: Path, volume: Path) -> None:
    """Look at a raw scan, then go through the stages with a volume."""
    viewer = napari.Viewer(show=True)
    window = viewer.window._qt_window
    window.setGeometry(0, 0, *SIZE)
    rest()
    started = time.perf_counter()
    _, dock = viewer.window.add_plugin_dock_widget("napari-crystalseg", "CrystalSeg")
    print(f"dock opened in {time.perf_counter() - started:.2f} s")
    rest()

    def shoot(stage: int, name: str) -> None:
        dock.tabs.setCurrentIndex(stage)
        rest(1.0)
        viewer.window.screenshot(str(FOLDER / f"{name}.png"), flash=False)

    def finish() -> None:
        wait(lambda: not dock.session.busy)
        rest()

    dock.open.opener.open_path(scan)
    finish()
    started = time.perf_counter()
    wait(lambda: dock.open.scan_box.slice_layer.layer is not None)
    print(f"slice shown {time.perf_counter() - started:.1f} s after the scan")
    wait(lambda: not dock.open.scan_box.live.busy)
    shoot(OPEN, "dock-open")
    viewer.layers.clear()
    dock.open.opener.open_path(volume)
    finish()
    viewer.dims.set_current_step(0, dock.session.image.data.shape[0] // 2)
    dock.tabs.setCurrentIndex(SEGMENT)
    started = time.perf_counter()
    dock.segment.segment_button.click()
    finish()
    print(f"segmented in {time.perf_counter() - started:.1f} s: {dock.bar.message.text()}")
    wait(lambda: dock.session.volumes_um3 is not None)
    dock.segment.class_table.buttons[Material.CRYSTAL].click()
    shoot(SEGMENT, "dock-segment")
    turn_in_3d(viewer, dock, shoot)
    show_planes(viewer, dock, shoot)
    dock.check.coefficients.measure_button.click()
    finish()
    dock.check.compute_button.click()
    finish()
    dock.tabs.setCurrentIndex(CHECK)  # which traces the labels only while it is in view
    wait(lambda: dock.session.findings is not None and dock.session.edits.effect is not None)
    shoot(CHECK, "dock-check")
    edit_crystal(viewer, dock)
    shoot(CHECK, "dock-check-edits")
    undo_edits(viewer, dock)
    check_geometry(dock)
    shoot(CHECK, "dock-geometry")
    dock.check.geometry_box.remove_button.click()
    viewer.layers["simulated_scan projections"].visible = False
    use_experiment(dock)
    for name in ("factors", "histogram", "scaling", "anacor"):
        dock.export.choices[name].setChecked(True)
    with tempfile.TemporaryDirectory() as folder:
        dock.export.folder.setText(folder)
        dock.export.export_button.click()
        finish()
        # The picture shows where a user would write to, not where this run did.
        dock.export.folder.setText("~/crystals/sample 1")
        dock.bar.say("Exported to ~/crystals/sample 1.")
        for field in dock.export.commands.fields:
            field.setText(re.sub(r"/\S+/", "", field.text()))
            field.setCursorPosition(0)
        shoot(EXPORT, "dock-export")
    dock.tabs.setCurrentIndex(SIMULATE)
    dock.simulate.habit.setCurrentText("thaumatin")
    dock.simulate.seed.setValue(5)
    # As with a graphics card.
    sys.modules[type(dock.simulate).__module__].draws_in_software = lambda viewer: False
    dock.simulate.projection_button.click()
    finish()
    started = time.perf_counter()
    dock.simulate.sample_button.click()
    finish()
    print(f"sample previewed in {time.perf_counter() - started - 0.5:.1f} s")
    dock.simulate.folder.setText("~/crystals/variants")
    shoot(4, "simulate")
    viewer.close()


if __name__ == "__main__":
    samples = sample_data_folder()
    main(
        samples / "i13_24737_raw_flat_dark_angles.npz",
        Path(sys.argv[1]) if len(sys.argv) > 1 else samples / "simulated_volume.tif",
    )
