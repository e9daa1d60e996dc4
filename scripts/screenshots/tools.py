"""Every tool on labels with the damage that it is for: as they are, and with the preview of the tool."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from lysozyme_in_loop import SHAPE, VOXEL_UM
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter
from screen import IMAGES, Screen, save
from tool_scenes import CRYSTAL, INSIDE_BITE, LOOP, MIDDLE, RIGHT, SCENES, Scene, Z

from napari_crystalseg.labels import Labels
from napari_crystalseg.review.tools.need import Need
from napari_crystalseg.review.tools.tools import TOOLS
from napari_crystalseg.volume import Quantity, Volume
from napari_crystalseg.widgets.class_labels.automatic_labels import remember_automatic
from napari_crystalseg.widgets.layers.label_layer import add_labels, image_layer, labels_layer
from napari_crystalseg.widgets.layers.layer_place import spatial_of
from napari_crystalseg.widgets.tabs import REVIEW

WIDTH, HEIGHT, GAP = 236, 200, 8
PER_UM = np.array([0.0, 0.006, 0.003, 0.010, 0.0])


def values() -> np.ndarray:
    """Voxel values (z, y, x) of the right labels, with some noise and blur."""
    noise = gaussian_filter(np.random.default_rng(3).normal(size=SHAPE), 0.6)
    clean = gaussian_filter(PER_UM[RIGHT], 0.7)
    return np.asarray(clean + 0.0006 / noise.std() * noise, np.float32)


def take(samples: Path, *names: str) -> None:
    """Take the picture of each tool, or of some."""
    screen = Screen(samples, (1366, 768))
    viewer, dock = screen.viewer, screen.dock
    image = image_layer(Volume(values(), VOXEL_UM, Quantity.LINEAR_ATTENUATION))
    viewer.add_layer(image)
    dock.session.image = image
    screen.look_at(REVIEW)
    for tool in [one for one in TOOLS if not names or one.__name__ in names]:
        scene = SCENES[tool.__name__]
        layer = labels_layer(Labels(scene.labels(), VOXEL_UM), spatial_of(image))
        add_labels(viewer, layer)
        dock.session.labels = layer
        remember_automatic(dock.session, layer)
        screen.wait(lambda: dock.session.fingerprint is not None)
        layer.opacity = 0.6
        layer.selected_label = int(scene.chosen)
        viewer.dims.order = (0, 1, 2)
        viewer.dims.set_current_step(0, Z)
        frame(screen, scene)
        prepare(screen, tool.__name__, layer)
        before = cropped(screen)
        show_preview(screen, tool, scene, layer)
        if tool.__name__ == "InterpolateSlices":
            # What lies between slices is seen from the side.
            from_side(screen, scene)
        after = cropped(screen)
        print(tool.__name__, "|", dock.review.tools.panel.said.text())
        if tool.__name__ == "InterpolateSlices":
            dock.review.tools.preview.hide()
            screen.rest(0.3)
            before = cropped(screen)
        before = with_hand(screen, before, tool.needs, layer, scene.path)
        gap = np.full((HEIGHT, GAP, 3), 255, np.uint8)
        save(np.hstack([before, gap, after]), IMAGES / "tools" / f"{tool.__name__}.png", colours=256)
        dock.review.tools.cancel()
        dock.session.labels = None
        viewer.layers.remove(layer)
        screen.rest(0.2)
    screen.close()


def frame(screen: Screen, scene: Scene) -> None:
    """Show a part of the slice, as large as the picture is to be."""
    camera = screen.viewer.camera
    camera.center = tuple(scene.centre)
    camera.zoom = WIDTH / scene.width_um
    screen.rest(0.3)


def cropped(screen: Screen) -> np.ndarray:
    """Return the middle of the canvas."""
    pixels = screen.canvas()
    top, left = (pixels.shape[0] - HEIGHT) // 2, (pixels.shape[1] - WIDTH) // 2
    return pixels[top : top + HEIGHT, left : left + WIDTH]


def with_hand(
    screen: Screen, pixels: np.ndarray, need: Need, layer: Any, path: Sequence[Sequence[float]]
) -> np.ndarray:
    """Return a picture with what the hand does: where it clicks, or what it draws."""
    height, width = screen.viewer.window._qt_viewer.canvas.size
    at = [screen.pixel_of(layer.data_to_world(voxel)) for voxel in path]
    points = [(one.x() - (width - WIDTH) / 2, one.y() - (height - HEIGHT) / 2) for one in at]
    picture = Image.fromarray(pixels)
    draw = ImageDraw.Draw(picture)
    for colour, broad in (("black", 4), ("yellow", 2)):
        if need is Need.POINT and points:
            draw.ellipse([value + d for d in (-5, 5) for value in points[0]], outline=colour, width=broad)
        elif need is Need.BOX:
            draw.rectangle([points[0], points[1]], outline=colour, width=broad)
        elif points:
            draw.line(points, fill=colour, width=broad)
    return np.asarray(picture)


def prepare(screen: Screen, name: str, layer: Any) -> None:
    """Draw beforehand what a tool goes on from."""
    if name == "CopyAutomatic":
        layer.brush_size = 16
        layer.paint((Z, INSIDE_BITE[1], INSIDE_BITE[2]), int(LOOP))
    elif name == "InterpolateSlices":
        for z in (Z - 10, Z + 10):
            screen.viewer.dims.set_current_step(0, z)
            screen.rest(0.2)
            y, x = np.nonzero(RIGHT[z] == CRYSTAL)
            layer.data_setitem((np.full_like(y, z), y, x), int(CRYSTAL))
    screen.rest(0.3)


def from_side(screen: Screen, scene: Scene) -> None:
    """Look along axis y."""
    viewer = screen.viewer
    viewer.dims.order = (1, 0, 2)
    viewer.dims.set_current_step(1, MIDDLE[1])
    frame(screen, scene)


def show_preview(screen: Screen, tool: Any, scene: Scene, layer: Any) -> None:
    """Take the tool up as a person does, and wait for its preview."""
    box = screen.dock.review.tools
    box.choose(tool)
    if scene.numbers:
        box.panel.form.set(**scene.numbers)
    if scene.path:
        screen.draw(layer, scene.path)
    screen.rest(0.7)
    screen.wait(lambda: not box.working)
    screen.rest(0.5)
