"""Stage Open: a scan, a volume or labels, from a file or from a layer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QCheckBox, QDoubleSpinBox, QFileDialog, QGroupBox, QHBoxLayout, QLabel, QVBoxLayout

from .._reader import layer_of
from ..errors import InputError
from ..labels import Labels
from ..scan import Scan
from ..volume import Quantity, Volume
from . import tasks
from .label_layer import PREVIEW, RECORD, add_labels, finest, image_layer, set_voxel_size_um, voxel_size_um
from .layer_choice import LayerChoice
from .stage import Desk, Stage, form, note

if TYPE_CHECKING:
    from napari.layers import Layer

FILES = "Scans, volumes and labels (*.h5 *.hdf5 *.nxs *.npz *.tif *.tiff *.npy);;All files (*)"


class OpenStage(Stage):
    """Opens a file, takes a layer that is there, and reconstructs a raw scan."""

    title = "Open"

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        from napari.layers import Image

        self.open_button = self.button(
            "Open a file…", self._choose_file, "A raw scan, a reconstructed volume, or labels.", big=True
        )
        self.active_button = self.button(
            "Use the active layer", self.use_active_layer, "Take the layer that is selected in napari's layer list."
        )
        self.column.addWidget(self.open_button)
        self.column.addWidget(self.active_button)
        self.column.addWidget(self._scan_box())

        box = QGroupBox("Volume")
        rows = form()
        self.volume_choice = LayerChoice(desk.viewer, desk.session, "image", Image, desk.connections)
        rows.addRow("layer", self.volume_choice)
        self.facts = QLabel()
        rows.addRow("shape", self.facts)
        self.greys = QLabel()
        rows.addRow("greys", self.greys)
        line = QHBoxLayout()
        self.voxel_fields = []
        for axis in "zyx":
            field = QDoubleSpinBox()
            field.setDecimals(4)
            field.setRange(0.0, 1000.0)
            field.setSingleStep(0.1)
            field.setToolTip(f"Voxel size along {axis}, µm.")
            field.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
            # The theme's own least width is for fields that stand alone; three of them would overflow the dock.
            field.setStyleSheet("min-width: 40px;")
            self.voxel_fields.append(field)
            line.addWidget(field)
        self.voxel_button = self.button(
            "Set",
            self.set_voxel_size,
            "Use this voxel size for the volume and its labels (or for labels without a volume).",
        )
        rows.addRow("voxel, µm", line)
        rows.addRow("", self.voxel_button)
        box.setLayout(rows)
        self.column.addWidget(box)
        self.voxel_note = note()
        self.column.addWidget(self.voxel_note)
        self.column.addWidget(
            note("Nothing at hand? Try File → Open Sample → CrystalSeg, or drop a file on the canvas.")
        )
        self.column.addStretch(1)

        self.when("scan", self._show_scan)
        for field in ("image", "labels"):
            self.when(field, self._show_image)
        self.when("busy", self._show_busy)
        self._show_scan()
        self._show_image()
        self._show_busy()

    def _scan_box(self) -> QGroupBox:
        self.scan_box = QGroupBox("Raw scan")
        inside = QVBoxLayout(self.scan_box)
        self.scan_facts = note()
        inside.addWidget(self.scan_facts)
        rows = form()
        self.pixel = QDoubleSpinBox()
        self.pixel.setDecimals(4)
        self.pixel.setRange(0.0, 1000.0)
        self.pixel.setSpecialValueText("unknown")
        self.pixel.setSuffix(" µm")
        rows.addRow("pixel size", self.pixel)
        self.centre = QDoubleSpinBox()
        self.centre.setDecimals(2)
        self.centre.setRange(-1.0, 100000.0)
        self.centre.setValue(-1.0)
        self.centre.setSpecialValueText("automatic")
        self.centre.setToolTip(
            "Column of the rotation axis in pixels; 0 is the middle of the first column. "
            "Lowest value: found automatically."
        )
        rows.addRow("rotation axis", self.centre)
        inside.addLayout(rows)
        self.rings = QCheckBox("Remove rings")
        self.rings.setToolTip("Takes stripes out of the sinograms; for detectors with uneven pixels.")
        inside.addWidget(self.rings)
        self.reconstruct_button = self.button(
            "Reconstruct", self.reconstruct, "Filtered back-projection into linear attenuation per µm.", big=True
        )
        inside.addWidget(self.reconstruct_button)
        return self.scan_box

    def _choose_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open a scan, a volume or labels", "", FILES)
        if path:
            self.open_path(path)

    def open_path(self, path: str | Path) -> None:
        """Open a file in the worker; what it holds becomes the scan, or a layer."""
        path = Path(path)
        self.desk.bar.start(
            f"Open {path.name}", tasks.open_file, str(path), done=lambda noun: self._opened(noun, path.name)
        )

    def _opened(self, opened: tuple[Scan | Volume | Labels, bool], name: str) -> None:
        from napari.layers import Layer

        noun, voxel_size_known = opened
        session, viewer = self.desk.session, self.desk.viewer
        layer: Any = Layer.create(*layer_of(noun, Path(name).stem, voxel_size_known))
        if isinstance(noun, Labels):
            add_labels(viewer, layer)
            session.labels = layer
            self.desk.bar.say(f"Opened the labels {name}. Next: Check.")
            return
        viewer.add_layer(layer)
        if isinstance(noun, Scan):
            session.scan_name = Path(name).stem
            session.scan = noun
            self.desk.bar.say(f"{name} is a raw scan: reconstruct it.")
        else:
            session.image = layer
            self.desk.bar.say(f"Opened {name}. Next: Segment.")

    def use_active_layer(self) -> None:
        """Take the layer selected in napari as the volume, the labels, or (projections) the raw scan."""
        from napari.layers import Image
        from napari.layers import Labels as LabelsLayer

        layer = self.desk.viewer.layers.selection.active
        if layer is None:
            raise InputError("No layer is active: click one in napari's layer list, then press this button again.")
        if PREVIEW in layer.metadata.get(RECORD, {}):
            raise InputError(f"'{layer.name}' is only a preview; open a case that was written to a folder.")
        scan = layer.metadata.get(RECORD, {}).get("scan")
        if isinstance(scan, Scan):
            self.desk.session.scan_name = layer.name.removesuffix(" projections")
            self.desk.session.scan = scan
            self.desk.bar.say(f"'{layer.name}' is a raw scan: reconstruct it.")
        elif isinstance(layer, LabelsLayer):
            _three_axes(layer)
            self.desk.session.labels = layer
            self.desk.bar.say(f"The labels are '{layer.name}'. Next: Check.")
        elif isinstance(layer, Image):
            _three_axes(layer)
            self.desk.session.image = layer
            self.desk.bar.say(f"The volume is '{layer.name}'. Next: Segment.")
        else:
            raise InputError(f"'{layer.name}' is neither an Image nor a Labels layer; activate one of those.")

    def reconstruct(self) -> None:
        """Reconstruct the raw scan in the worker; the volume becomes a layer in µm."""
        from ..tomography import Preparation, reconstruct

        scan = self.desk.session.scan
        if scan is None:
            raise InputError("There is no raw scan: open one first.")
        if scan.pixel_size_um is None and self.pixel.value() > 0:
            scan = replace(scan, pixel_size_um=self.pixel.value())
        centre = None if self.centre.value() < 0 else self.centre.value()
        unknown, name = scan.pixel_size_um is None, self.desk.session.scan_name or "scan"
        self.desk.bar.start(
            "Reconstruct",
            reconstruct,
            scan,
            centre_px=centre,
            preparation=Preparation(remove_stripes="median" if self.rings.isChecked() else "none"),
            done=lambda volume: self._reconstructed(volume, name, unknown),
        )

    def _reconstructed(self, volume: Volume, name: str, voxel_size_unknown: bool) -> None:
        layer = image_layer(volume, name=f"{name} reconstruction", source=name)
        if voxel_size_unknown:
            layer.units = ("pixel",) * 3
        for other in self.desk.viewer.layers:
            # Projections and slices share no axes: seen together they only confuse.
            if "scan" in other.metadata.get(RECORD, {}):
                other.visible = False
        self.desk.viewer.add_layer(layer)
        self.desk.session.image = layer
        found = _rotation_axis(volume)
        where = "" if found is None else f" with the rotation axis at column {found:.2f}"
        self.desk.bar.say(f"Reconstructed{where}. Next: Segment.")

    def set_voxel_size(self) -> None:
        """Give the volume, and the labels on its grid, the voxel size typed in; without a volume, the labels."""
        layers = self._same_grid()
        if not layers:
            raise InputError("There is neither a volume nor labels: open one first.")
        known = voxel_size_um(layers[0])
        sizes = zip(self.voxel_fields, known or (None,) * 3, strict=True)
        z, y, x = (_typed(field, size) for field, size in sizes)
        if min(z, y, x) <= 0:
            raise InputError("A voxel size must be more than 0 µm along z, y and x.")
        for layer in layers:
            set_voxel_size_um(layer, (z, y, x))
        self._show_image()
        self.desk.bar.say(f"Voxel size of '{layers[0].name}': {z:g} × {y:g} × {x:g} µm.")

    def _same_grid(self) -> list[Layer]:
        """Layers that share a voxel size: the volume with the labels made from it, or either alone."""
        image, labels = self.desk.session.image, self.desk.session.labels
        if image is None or labels is None:
            return [layer for layer in (image, labels) if layer is not None]
        own = voxel_size_um(labels)
        together = finest(labels).shape == finest(image).shape and own in (None, voxel_size_um(image))
        return [image, labels] if together else [image]

    def _show_scan(self, scan: Any = None) -> None:
        scan = self.desk.session.scan
        self.scan_box.setVisible(scan is not None)
        if scan is None:
            return
        angles, rows, columns = scan.shape
        facts = [f"{angles} projections of {rows} × {columns} pixels, {len(scan.flats)} flats, {len(scan.darks)} darks"]
        if scan.energy_kev is not None:
            facts.append(f"{scan.energy_kev:g} keV")
        if scan.distance_mm is not None:
            facts.append(f"{scan.distance_mm:g} mm to the detector")
        if scan.rotation_centre_px is not None:
            facts.append(f"rotation axis recorded at column {scan.rotation_centre_px:g} (often only nominal)")
        name = self.desk.session.scan_name
        self.scan_facts.setText((f"{name}: " if name else "") + "; ".join(facts) + ".")
        self.pixel.setValue(scan.pixel_size_um or 0.0)
        self.pixel.setEnabled(scan.pixel_size_um is None)
        self.centre.setValue(-1.0)

    def _show_image(self, image: Any = None) -> None:
        image = self.desk.session.image
        measured_in = image if image is not None else self.desk.session.labels
        known = None
        problem = ""
        if image is None:
            self.facts.setText("–")
            self.greys.setText("–")
        else:
            self.facts.setText(" × ".join(str(n) for n in image.data.shape))
            quantity = image.metadata.get(RECORD, {}).get("quantity", Quantity.ARBITRARY)
            measured = quantity == Quantity.LINEAR_ATTENUATION
            self.greys.setText("linear attenuation, 1/µm" if measured else "arbitrary units")
        if measured_in is not None:
            try:
                _three_axes(measured_in)
                known = voxel_size_um(measured_in)
            except InputError as error:
                problem = str(error)
        for axis, field in enumerate(self.voxel_fields):
            field.setEnabled(measured_in is not None and not problem)
            if known is not None or measured_in is None:
                field.setValue(0.0 if known is None else known[axis])
        unknown = measured_in is not None and known is None and not problem
        self.voxel_note.setVisible(bool(problem) or unknown)
        self.voxel_note.setText(problem or "Nothing says how large a voxel is: type its size along z, y and x.")
        self._show_busy()

    def _show_busy(self, busy: Any = None) -> None:
        session = self.desk.session
        for button in (self.open_button, self.reconstruct_button):
            button.setEnabled(not session.busy)
        # What a job was started with must not change its size under it.
        self.voxel_button.setEnabled(not session.busy and self.voxel_fields[0].isEnabled())


def _typed(field: QDoubleSpinBox, known: float | None) -> float:
    """Value of a field; where it shows a known one rounded, that one with all its digits."""
    return known if known is not None and field.value() == round(known, field.decimals()) else field.value()


def _three_axes(layer: Layer) -> None:
    if layer.ndim != 3 or getattr(layer, "rgb", False):
        raise InputError(f"'{layer.name}' is no grey volume of three axes (z, y, x); take one that is.")


def _rotation_axis(volume: Volume) -> float | None:
    for step in reversed(volume.provenance.steps):
        if "rotation_centre_px" in step:
            return float(step["rotation_centre_px"])
    return None
