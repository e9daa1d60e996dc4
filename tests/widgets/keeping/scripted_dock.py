"""A dock that paints, saves and paints on until it is killed: what a test starts in a process of its own.

It writes a line with the number of edits that are on disk after each save.
"""

import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from napari.components import ViewerModel
from qtpy.QtWidgets import QApplication

from napari_crystalseg.labels import Labels
from napari_crystalseg.volume import Volume
from napari_crystalseg.widgets.dock.dock import CrystalSegDock, JobBar
from napari_crystalseg.widgets.layers.label_layer import add_labels, image_layer, labels_layer
from napari_crystalseg.widgets.layers.layer_place import spatial_of
from napari_crystalseg.widgets.layers.layer_record import PATH, RECORD


def main(sample: Path, source: Path, log: Path) -> None:
    application = QApplication([])
    JobBar.warm = lambda *modules: None
    stored = np.load(sample)
    voxel_um = tuple(float(length) for length in stored["voxel_um"])
    viewer = ViewerModel()
    dock = CrystalSegDock(viewer)
    image = image_layer(Volume(stored["values"], voxel_um))
    image.metadata = {**image.metadata, RECORD: {**image.metadata[RECORD], PATH: str(source)}}
    viewer.add_layer(image)
    dock.session.image = image
    layer = labels_layer(Labels(stored["labels"], voxel_um), spatial_of(image))
    add_labels(viewer, layer)
    dock.session.labels = layer
    rng = np.random.default_rng(0)
    keeper = dock.keeper
    timeline = keeper.kept.edits.edited.timeline
    with open(log, "w") as stream:
        while True:
            layer.n_edit_dimensions, layer.brush_size, layer.mode = 3, 3, "paint"
            with layer.block_history():
                layer.paint(tuple(int(n) for n in rng.integers(0, layer.data.shape)), int(rng.integers(5)))
            keeper.save()
            while not keeper.kept.is_saved and rng.random() < 0.98:  # or paints on before it is saved
                application.processEvents()
                time.sleep(0.005)
            if keeper.kept.is_saved and timeline.position >= 3:
                print(json.dumps({"saved": timeline.position}), file=stream, flush=True)


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
