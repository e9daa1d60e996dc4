"""Take the pictures of the dock in docs/images: open, segment, check, export, simulate.

Run with a screen, or: bash scripts/with-screen.sh python scripts/screenshots.py
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import napari
from qtpy.QtWidgets import QApplication

from napari_crystalseg.labels import Material
from napari_crystalseg.samples import sample_data_folder

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


def main(volume: Path) -> None:
    """Go through the stages with one volume."""
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

    dock.open.open_path(volume)
    finish()
    viewer.dims.set_current_step(0, dock.session.image.data.shape[0] // 2)
    shoot(0, "dock-open")
    dock.tabs.setCurrentIndex(1)
    started = time.perf_counter()
    dock.segment.segment_button.click()
    finish()
    print(f"segmented in {time.perf_counter() - started:.1f} s: {dock.bar.message.text()}")
    wait(lambda: dock.session.volumes_um3 is not None)
    dock.segment.class_table.buttons[Material.CRYSTAL].click()
    shoot(1, "dock-segment")
    dock.check.compute_button.click()
    finish()
    shoot(2, "dock-check")
    dock.export.choices["factors"].setChecked(True)
    dock.export.choices["anacor"].setChecked(True)
    with tempfile.TemporaryDirectory() as folder:
        dock.export.folder.setText(folder)
        dock.export.export_button.click()
        finish()
        # The picture shows where a user would write to, not where this run did.
        dock.export.folder.setText("~/crystals/sample 1")
        dock.bar.say("Exported to ~/crystals/sample 1.")
        shoot(3, "dock-export")
    dock.tabs.setCurrentIndex(4)
    dock.simulate.habit.setCurrentText("thaumatin")
    dock.simulate.seed.setValue(5)
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
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else sample_data_folder() / "simulated_volume.tif")
