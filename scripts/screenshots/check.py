"""Check and Export: the light, factors, what edits are worth, the geometry, and files for DIALS."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from processed import processed
from screen import Screen

from napari_crystalseg.labels import Material
from napari_crystalseg.widgets.check.edit_effect_view import SENSITIVITY
from napari_crystalseg.widgets.tabs import CHECK, EXPORT


def take(samples: Path) -> None:
    """Go through both stages."""
    screen = Screen(samples)
    viewer, dock = screen.viewer, screen.dock
    processed(screen, "thaumatin_18.h5")
    dock.review.mark.show(None, None)
    viewer.reset_view()
    screen.look_at(CHECK)  # which traces the labels only while it is in view
    screen.wait(lambda: dock.session.findings is not None and dock.session.edits.effect is not None)
    screen.shoot("dock-check")
    edit_crystal(screen)
    screen.shoot("dock-check-edits")
    undo_edits(screen)
    box = dock.check.geometry_box
    box.title.setChecked(True)
    screen.rest()
    screen.press(box.check_button)
    screen.finish()
    screen.wait(lambda: not box.follower.busy)
    box.angle_slider.setValue(100)
    screen.wait(lambda: not box.follower.busy)
    screen.bring_into_view(box)
    screen.shoot("dock-geometry")
    box.remove_button.click()
    box.title.setChecked(False)
    screen.rest()
    judge_quality(screen)
    use_experiment(screen)
    export(screen)
    screen.close()


def judge_quality(screen: Screen) -> None:
    """Ask what the labels cost in the merged data."""
    box = screen.dock.check.quality_box
    box.title.setChecked(True)
    screen.rest()
    screen.press(box.judge_button)
    screen.finish()
    box.place_buttons[0].click()
    screen.rest()
    screen.bring_into_view(box.picture_button)
    screen.shoot("dock-quality")
    box.title.setChecked(False)


def edit_crystal(screen: Screen) -> None:
    """Paint crystal beyond its edge, as if the network had missed some, and ask where edits matter."""
    dock, session = screen.dock, screen.dock.session
    layer = session.labels
    crystal = np.argwhere(layer.data == Material.CRYSTAL)
    z, _, x = crystal.mean(axis=0).astype(int)
    edge = int(np.flatnonzero(layer.data[z, :, x] == Material.CRYSTAL)[0])
    screen.viewer.dims.set_current_step(0, z)
    before = session.edits.effect
    layer.brush_size = 14
    for place in ((z, edge - 3, x), (z, edge, x + 8), (z + 4, edge, x - 8)):
        layer.paint(place, int(Material.CRYSTAL))
    screen.wait(lambda: session.edits.effect is not before and not dock.check.effect.follower.working)
    screen.press(dock.check.effect.map_button)
    screen.finish()
    screen.bring_into_view(dock.check.effect.map_button)


def undo_edits(screen: Screen) -> None:
    """Leave labels and layers as they were."""
    for _ in range(3):
        screen.dock.session.labels.undo()
    screen.viewer.layers.remove(SENSITIVITY)
    screen.rest(1.0)


def use_experiment(screen: Screen) -> None:
    """Compute the factors of the reflections that are shipped."""
    check = screen.dock.check
    check.use_files.setChecked(True)
    check.experiment.setText(str(screen.samples / "lcyst_01_first10_integrated.expt"))
    check.reflections.setText(str(screen.samples / "lcyst_01_first10_integrated.refl"))
    # Those that were measured are of the tomogram's energy.
    check.coefficients.table_button.click()
    screen.finish()
    check.compute_button.click()
    screen.finish()


def export(screen: Screen) -> None:
    """Write all kinds of files."""
    stage: Any = screen.dock.export
    screen.look_at(EXPORT)
    for name in ("factors", "histogram", "scaling", "anacor"):
        stage.choices[name].setChecked(True)
    stage.folder.setText(str(screen.samples.parent / "exported"))
    screen.press(stage.export_button)
    screen.finish()
    # The picture shows where a user would write to, not where this run did.
    stage.folder.setText("~/crystals/sample 1")
    screen.dock.bar.say("Exported to ~/crystals/sample 1.")
    for field in stage.commands.fields:
        field.setText(re.sub(r"/\S+/", "", field.text()))
        field.setCursorPosition(0)
    screen.shoot("dock-export")
