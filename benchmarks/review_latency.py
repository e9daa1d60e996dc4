"""How long napari's window stands still while labels are reviewed, beside a stroke and an undo of napari's own.

    bash scripts/with-screen.sh python benchmarks/review_latency.py [--edge 512] [--where 50]

The same heartbeat as in ``window.py``. A stroke of 20 moves, its undo and redo, a whole-volume tool and its undo, a
suggestion that is accepted, and a jump: in the dock with all that follows labels there (counts, autosave, places), and
for the peer in a viewer of its own with the same arrays and no plugin. The bar is 50 ms; on a machine with other work
on it ``CPU ms`` counts.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import napari
import numpy as np
from qtpy.QtCore import QSettings
from window import SIZE, Heartbeat, Table, Taken, larger

from napari_crystalseg.io import open_file
from napari_crystalseg.labels import Material
from napari_crystalseg.review.edits.change import Change
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.widgets.label_edits.layer_edits import edits_of
from napari_crystalseg.widgets.layers.label_layer import add_labels, image_layer, labels_layer
from napari_crystalseg.widgets.layers.layer_place import spatial_of
from napari_crystalseg.widgets.planes.views_dock import jump
from napari_crystalseg.widgets.tabs import REVIEW

MOVES, BRUSH = 20, 16


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--edge", type=int, default=512)
    parser.add_argument("--where", type=float, default=np.inf)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, folder)
        measure(options.edge, Heartbeat(options.where))


def measure(edge: int, beat: Heartbeat) -> None:
    """Take the steps in napari alone and in the dock."""
    folder = Path(sample_data_folder())
    volume = larger(open_file(folder / "simulated_volume.tif"), edge)
    labels = larger(open_file(folder / "simulated_labels.tif"), edge)
    print(f"{volume.data.shape} voxels")
    plain = napari.Viewer(show=True)
    plain.window._qt_window.resize(*SIZE)
    plain.add_image(volume.data)
    layer = plain.add_labels(labels.data.copy())
    point = middle(layer.data)
    plain.dims.set_current_step(0, point[0])
    stroke(layer, point, 0)  # what happens once
    layer.undo()
    own = {
        "stroke, each move": worst([beat.step(lambda n=n: move(layer, point, n)) for n in range(1, 6)]),
        "end of a stroke": beat.step(lambda: stroke(layer, point, 6)),
        "undo of a stroke": beat.step(layer.undo),
        "jump": beat.step(lambda: plain.dims.set_current_step(0, point[0] + 5)),
    }
    plain.close()

    viewer = napari.Viewer(show=True)
    viewer.window._qt_window.resize(*SIZE)
    _, found = viewer.window.add_plugin_dock_widget("napari-crystalseg", "CrystalSeg")
    dock: Any = getattr(found, "__wrapped__", found)
    beat.step(lambda: None, lambda: all(page.is_made for page in dock.tabs.pages))
    image = image_layer(volume)
    viewer.add_layer(image)
    dock.session.image = image
    layer = labels_layer(labels, spatial_of(image))
    add_labels(viewer, layer)
    dock.session.labels = layer
    dock.tabs.setCurrentIndex(REVIEW)
    edits = edits_of(layer)
    assert edits is not None
    beat.step(lambda: None, lambda: dock.session.fingerprint is not None and edits.edited.tally is not None)
    stroke(layer, point, 0)
    layer.undo()
    table = Table()
    table.add(
        "stroke, each move",
        worst([beat.step(lambda n=n: move(layer, point, n)) for n in range(1, 6)]),
        own["stroke, each move"],
    )
    table.add("end of a stroke", beat.step(lambda: stroke(layer, point, 6)), own["end of a stroke"])
    table.add("undo of a stroke", beat.step(layer.undo), own["undo of a stroke"])
    table.add("redo of a stroke", beat.step(layer.redo), own["undo of a stroke"])
    grown = grown_crystal(layer.data)
    table.add(f"apply a change of {grown.voxels:,}", beat.step(lambda: edits.apply(grown, name="Grow")))
    table.add("undo it", beat.step(layer.undo))
    table.add("jump to a place", beat.step(lambda: jump(viewer, point, layer, (20, 20, 20))), own["jump"])
    dock.close_down()
    viewer.close()


def middle(data: np.ndarray) -> tuple[int, int, int]:
    """A voxel near the middle of the crystal."""
    z, y, x = np.argwhere(data[::4, ::4, ::4] == Material.CRYSTAL).mean(axis=0) * 4
    return int(z), int(y), int(x)


def move(layer: Any, point: tuple[int, int, int], n: int) -> None:
    """One move of a ball within a stroke that has no end yet."""
    layer.n_edit_dimensions, layer.brush_size, layer.mode = 3, BRUSH, "paint"
    with layer.block_history():
        layer.paint((point[0], point[1] + 2 * n, point[2]), int(Material.LIQUOR))


def stroke(layer: Any, point: tuple[int, int, int], n: int) -> None:
    """A whole stroke, whose moves come in one turn of the event loop."""
    layer.n_edit_dimensions, layer.brush_size, layer.mode = 3, BRUSH, "paint"
    with layer.block_history():
        for step in range(MOVES):
            layer.paint((point[0], point[1] + 3 * n, point[2] + step - MOVES // 2), int(Material.LIQUOR))


def grown_crystal(data: np.ndarray) -> Change:
    """A change of all of the crystal's surface."""
    crystal = data == Material.CRYSTAL
    around = crystal.copy()
    for axis in range(3):
        for shift in (1, -1):
            around |= np.roll(crystal, shift, axis)
    change = Change.of_mask(around & ~crystal, int(Material.CRYSTAL))
    assert change is not None
    return change


def worst(several: list[Taken]) -> Taken:
    """The one with the longest block."""
    return max(several, key=lambda one: one.block_ms)


if __name__ == "__main__":
    main()
