"""The card of a model beside the dock."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from PIL import Image
from qtpy.QtWidgets import QApplication
from screen import IMAGES, Screen, save

from napari_crystalseg.segmentation.model_folders.model_folder import bundled_model
from napari_crystalseg.segmentation.model_folders.model_registry import ModelRegistry
from napari_crystalseg.widgets.layers.label_layer import image_layer
from napari_crystalseg.widgets.tabs import SEGMENT

SMALL = (1280, 800)


def take(samples: Path) -> None:
    """Open a volume, choose a model that was installed, and look at its card."""
    from napari_crystalseg.io import open_volume

    screen = Screen(samples, SMALL)
    registry = ModelRegistry.of_user()
    if all(model.name != "beamline-2027" for model in registry.models()):
        registry.install(bundled_model().path, "beamline-2027")
    layer = image_layer(open_volume(samples / "simulated_volume.tif"))
    screen.viewer.add_layer(layer)
    screen.dock.session.image = layer
    screen.viewer.dims.set_current_step(0, 60)
    screen.look_at(SEGMENT)
    stage = screen.dock.segment
    stage.model.refresh()
    stage.choose_model(registry.find("beamline-2027").path)
    screen.press(stage.model_buttons.card_button)
    card = stage.model_buttons.card
    card.move(140, 60)
    screen.rest()
    screen.press(card.verify_button)
    screen.finish()
    screen.rest(1.0)
    # The whole screen: the card is a window of its own.
    whole = QApplication.primaryScreen().grabWindow(0).copy(0, 0, *SMALL)
    with TemporaryDirectory() as folder:
        whole.save(f"{folder}/screen.png")
        with Image.open(f"{folder}/screen.png") as picture:
            save(np.asarray(picture.convert("RGB")), IMAGES / "dock-model-card.png", colours=128)
    screen.close()
