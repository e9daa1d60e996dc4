"""Stage Segment: one click, then the brush."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qtpy.QtWidgets import QCheckBox, QComboBox

from ..errors import InputError
from ..workflows.segment_adapted import adaptation_told
from .class_labels.class_table import ClassTable
from .class_labels.finding_notes import FindingNotes
from .class_labels.segmented_layers import SegmentedLayers
from .layers.label_layer import volume_of
from .layers.layer_place import spatial_of
from .layers.layer_record import source_of
from .models.model_buttons import ModelButtons
from .models.model_choice import ModelChoice
from .parts.layer_choice import LayerChoice
from .parts.stage import Desk, Stage, form, note
from .tasks import segmentation


class SegmentStage(Stage):
    """Runs the network in the worker and shows its labels."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        from napari.layers import Image

        rows = form()
        rows.addRow("volume", LayerChoice(desk.viewer, desk.session, "image", Image, desk.connections))
        self.model = ModelChoice()
        rows.addRow("model", self.model)
        self.model_buttons = ModelButtons(desk, self, self.model)
        rows.addRow("", self.model_buttons)
        self.crystals = QComboBox()
        for text, value in (("all pieces", "all"), ("without small ones", "large"), ("the largest alone", "largest")):
            self.crystals.addItem(text, value)
        self.crystals.setCurrentIndex(self.crystals.findData("large"))
        self.crystals.setToolTip(
            "Which pieces of crystal stay; the others go to what is around them. Small ones have less than a tenth of "
            "the largest's volume."
        )
        rows.addRow("crystal", self.crystals)
        self.column.addLayout(rows)
        self.adapt = QCheckBox("Adapt to this sample")
        self.adapt.setToolTip(
            "Also segments with a network that was brought to answer alike to varied views of this sample, and takes "
            "that where the views agree better and no lamp is worse. Takes about three times as long."
        )
        self.column.addWidget(self.adapt)
        self.segment_button = self.button(
            "Se&gment", self.segment, "Label liquor, loop and crystal in the whole volume.", big=True
        )
        self.column.addWidget(self.segment_button)
        self.findings = FindingNotes(desk)
        self.column.addWidget(self.findings)
        self.class_table = ClassTable(desk.viewer, desk.session, desk.connections)
        self.column.addWidget(self.class_table)
        self.column.addWidget(
            note(
                "Correct by hand: click a class, then paint in the slices. Brush smaller or larger with [ and ], "
                "undo with Ctrl+Z. The brush is a ball; switch to one slice with 'n edit dim' in the layer controls."
            )
        )
        self.column.addStretch(1)
        self.layers = SegmentedLayers(desk, self)
        self.when("busy", self._show_ready)
        self.when("image", self._show_ready)
        self._show_ready()

    def choose_model(self, folder: str | Path | None) -> None:
        """Offer and choose a model folder; None goes back to the bundled one."""
        self.model.choose(folder)

    def segment(self) -> None:
        """Segment the session's volume in the worker; the labels become a layer on its grid.

        Raises
        ------
        InputError
            There is no volume.
        """
        image = self.desk.session.image
        if image is None:
            raise InputError("There is no volume to segment: open one in the stage Open.")
        volume = volume_of(image)
        spatial = spatial_of(image)
        name, source = image.name, source_of(image)
        self.desk.bar.start(
            "Segment",
            segmentation.segment,
            volume,
            model_folder=self.model.folder(),
            crystals=self.crystals.currentData(),
            adapt=self.adapt.isChecked(),
            done=lambda result: self._segmented(result, spatial, image, name, source),
        )

    def _segmented(self, result: Any, spatial: dict[str, Any], image: Any, name: str, source: str) -> None:
        layer = self.layers.add_labels(result.labels, image, spatial, name, source)
        if result.uncertainty is not None:
            self.layers.add_uncertainty(result.uncertainty, layer, spatial)
        if result.probabilities is not None:
            self.desk.session.probabilities[image] = result.probabilities
        cubes = "" if result.labels.voxel_size_um else " Its voxel size is not known, so voxels were taken for cubes."
        adapted = adaptation_told(result.labels.provenance.steps)
        size = result.labels.voxel_size_um
        said = [one.text(size) for one in result.corrections] + ([adapted] if adapted else [])
        told = "".join(f" {text}" for text in said)
        self.desk.bar.say(f"Segmented '{name}'.{cubes}{told} Correct it with the brush; next: Review.")

    def _show_ready(self, value: Any = None) -> None:
        session = self.desk.session
        self.segment_button.setEnabled(session.image is not None and not session.busy)
