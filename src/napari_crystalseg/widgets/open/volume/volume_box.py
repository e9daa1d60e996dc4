"""The box of the volume: its layer, its shape and voxel values, how large a voxel is, and whether it is a mask."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

from qtpy.QtWidgets import QGroupBox, QLabel, QVBoxLayout, QWidget

from ....errors import InputError
from ....labels import Material
from ...layers.label_layer import add_labels
from ...layers.layer_place import set_voxel_size_um, shape_of, voxel_size_um
from ...parts.layer_choice import LayerChoice
from ...parts.stage import Stage, form, note
from ...parts.voxel_fields import VoxelFields
from ...views.hidden_layers import fit_view
from .layer_text import assumptions_of, check_three_axes, findings_of, layers_of_same_grid, values_text
from .mask_button import MaskButton
from .mask_labels import labels_of_mask, mask_sentence, mask_value


class VolumeBox(QWidget):
    """The volume, or labels without one: what is known of it, and its voxel size to type in.

    Parameters
    ----------
    stage : Stage
        Makes its buttons and says their mistakes.
    scan_found : callable
        Returns what was found in the scan, which is not said again of the volume.
    """

    def __init__(self, stage: Stage, scan_found: Callable[[], str]) -> None:
        super().__init__()
        from napari.layers import Image

        self.desk = desk = stage.desk
        self._scan_found = scan_found
        self._measured: Callable[[], Any] = _nothing  # the layer whose voxel size was last shown
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(stage.column.spacing())
        box = QGroupBox("Volume")
        rows = form()
        self.volume_choice = LayerChoice(desk.viewer, desk.session, "image", Image, desk.connections)
        rows.addRow("layer", self.volume_choice)
        self.facts = QLabel()
        rows.addRow("shape", self.facts)
        self.voxel_values = QLabel()
        rows.addRow("voxel values", self.voxel_values)
        self.voxels = VoxelFields()
        self.voxel_fields = self.voxels.fields
        self.voxel_button = stage.button(
            "Set",
            self.set_voxel_size,
            "Use this voxel size for the volume and its labels (or for labels without a volume).",
        )
        self.voxels.line.addWidget(self.voxel_button)
        for field in self.voxel_fields:
            typed = field.lineEdit()
            assert typed is not None
            typed.returnPressed.connect(self.voxel_button.click)
        rows.addRow("voxel, µm", self.voxels)
        box.setLayout(rows)
        self.column.addWidget(box)
        self.voxel_note = note()
        self.column.addWidget(self.voxel_note)
        self.mask_button = MaskButton()
        self.mask_button.chosen.connect(lambda material: stage.attempt(partial(self.take_mask, material)))
        self.column.addWidget(self.mask_button)

    def set_voxel_size(self) -> None:
        """Give the volume, and the labels on its grid, the voxel size typed in; without a volume, the labels.

        Raises
        ------
        InputError
            There is neither a volume nor labels, or a size is not positive.
        """
        layers = layers_of_same_grid(self.desk.session.image, self.desk.session.labels)
        if not layers:
            raise InputError("There is neither a volume nor labels: open one first.")
        z, y, x = self.voxels.size_um(voxel_size_um(layers[0]))
        if min(z, y, x) <= 0:
            raise InputError("A voxel size must be more than 0 µm along z, y and x.")
        for layer in layers:
            set_voxel_size_um(layer, (z, y, x))
        fit_view(self.desk.viewer, layers)
        self.show_volume()
        self.desk.bar.say(f"Voxel size of '{layers[0].name}': {z:g} × {y:g} × {x:g} µm.")

    def take_mask(self, material: Material) -> None:
        """Take the volume, a mask, as labels of one class.

        Raises
        ------
        InputError
            There is no volume, or it is no mask.
        """
        session = self.desk.session
        mask = session.image
        if mask is None:
            raise InputError("There is no mask: open one first.")
        layer = labels_of_mask(mask, material)
        mask.visible = False
        # It is no volume that labels could belong to.
        session.image = None
        add_labels(self.desk.viewer, layer)
        session.labels = layer
        self.desk.bar.say(f"The labels are '{layer.name}'. Next: Review.")

    def show_volume(self) -> None:
        """Show the session's volume as it is now, or its labels where there is none."""
        image = self.desk.session.image
        measured_in = image if image is not None else self.desk.session.labels
        known = None
        problem = ""
        if image is None:
            self.facts.setText("–")
            self.voxel_values.setText("–")
        else:
            self.facts.setText(" × ".join(str(n) for n in shape_of(image)))
            self.voxel_values.setText(values_text(image))
        if measured_in is not None:
            try:
                check_three_axes(measured_in)
                known = voxel_size_um(measured_in)
            except InputError as error:
                problem = str(error)
        set_to = None if image is None or problem else mask_value(image)
        self.mask_button.setVisible(set_to is not None)
        there = measured_in is not None
        self.voxels.show_size(known, keep=self._measured() is measured_in, enabled=there and not problem)
        self._measured = _nothing if measured_in is None else weakref.ref(measured_in)
        notes = [problem] if problem else [*findings_of(image, self._scan_found()), *assumptions_of(measured_in)]
        if there and known is None and not problem:
            notes.append("Nothing says how large a voxel is: type its size along z, y and x.")
        if image is not None and set_to is not None:
            notes.append(mask_sentence(image, set_to))
        self.voxel_note.setVisible(bool(notes))
        self.voxel_note.setText("\n".join(notes))
        self.show_busy()

    def show_busy(self) -> None:
        """Let a size be set only while no job runs: what one was started with must not change its size under it."""
        self.voxel_button.setEnabled(not self.desk.session.busy and self.voxel_fields[0].isEnabled())


def _nothing() -> None:
    return None
