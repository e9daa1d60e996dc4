"""Stage Open: a scan, a volume or labels, from a file or from a layer."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QFileDialog, QGroupBox, QHBoxLayout, QLabel, QMessageBox

from ...errors import ChoiceNeeded, CrystalSegError, InputError
from ...io import suffixes_read
from ...labels import Labels, Material
from ...scan import Scan
from ...volume import Volume
from ..layers.label_layer import add_labels, image_layer
from ..layers.layer_data import layer_of
from ..layers.layer_place import set_voxel_size_um, shape_of, voxel_size_um
from ..layers.layer_record import LIVE, PREVIEW, RECORD
from ..layers.one_slice import taken_as_volume
from ..parts.layer_choice import LayerChoice
from ..parts.stage import Desk, Stage, form, note
from ..parts.voxel_fields import VoxelFields
from ..session.remembered import OPENED_FOLDER, recall_folder, remember
from ..tasks.open import opening, reconstruction
from ..views.hidden_layers import fit_view
from .file_choice import AS_STATED, ChosenReading, FileChoice
from .large_volume import free_bytes, place_for, remains, scan_path
from .layer_text import assumptions_of, check_three_axes, findings_of, of_one_grid, values_text
from .mask_button import MaskButton
from .mask_labels import labels_of_mask, mask_sentence, mask_value
from .scan_box import ScanBox
from .scan_findings import findings_text
from .scan_notes import ScanNotes
from .scan_text import size_text

if TYPE_CHECKING:
    from ...io import Description
    from ..tasks.open.reconstruction import StoredVolume

# Part of the free memory that a file may take before it is asked about.
_LARGE = 0.5


class OpenStage(Stage):
    """Opens a file, takes a layer that is there, and reconstructs a raw scan."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        from napari.layers import Image

        self._opening = False
        self._measured: Callable[[], Any] = _nothing  # the layer whose voxel size was last shown
        self._waiting: list[Path] = []
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._open_next)
        self.open_button = self.button(
            "&Open a file…", self._choose_file, "A raw scan, a reconstructed volume, or labels.", big=True
        )
        self.folder_button = self.button(
            "Fol&der…", self._choose_folder, "A scan or a volume that is a folder: TIFF files, or OME-Zarr."
        )
        self.active_button = self.button(
            "Active la&yer", self.use_active_layer, "Take the layer that is selected in napari's layer list."
        )
        line = QHBoxLayout()
        line.addWidget(self.open_button, 1)
        line.addWidget(self.folder_button)
        line.addWidget(self.active_button)
        self.column.addLayout(line)
        self.choice = FileChoice()
        self.choice.open_button.clicked.connect(lambda: self.attempt(self.choice.take))
        self.choice.chosen.connect(self._open_as)
        self.column.addWidget(self.choice)
        self.scan_box = ScanBox(desk)
        self.reconstruct_button = self.button(
            "&Reconstruct",
            self.reconstruct,
            "Into linear attenuation per µm; no setting needs to be touched.",
            big=True,
        )
        self.scan_box.column.addWidget(self.reconstruct_button)
        self.findings = ScanNotes(self.button, self.go_on, self.turn_frames)
        # Above what fills the stage, so that it is in sight.
        self.scan_box.column.insertWidget(1, self.findings)
        self.column.addWidget(self.scan_box)

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
        self.voxel_button = self.button(
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
        self.mask_button.chosen.connect(lambda material: self.attempt(partial(self.take_mask, material)))
        self.column.addWidget(self.mask_button)
        self.hint = note("Nothing at hand? Try File → Open Sample → CrystalSeg, or drop a file on the canvas.")
        self.column.addWidget(self.hint)
        self.column.addStretch(1)

        self.when("scan", self._show_scan)
        for name in ("image", "labels"):
            self.when(name, self._show_image)
        self.when("busy", self._show_busy)
        self._show_scan()
        self._show_image()
        self._show_busy()

    def close_down(self) -> None:
        """Stop the live slice, and show again what it hides; forget what waits to be opened."""
        self._next.stop()
        self._waiting.clear()
        self.scan_box.close_down()

    def _choose_file(self) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in suffixes_read())
        path, _ = QFileDialog.getOpenFileName(
            self,
            "Open a scan, a volume or labels",
            recall_folder(OPENED_FOLDER),
            f"Scans, volumes and labels ({patterns});;All files (*)",
        )
        if path:
            remember(OPENED_FOLDER, Path(path).parent)
            self.open_path(path)

    def _choose_folder(self) -> None:
        path = QFileDialog.getExistingDirectory(
            self, "Open a folder of TIFF files, or an OME-Zarr volume", recall_folder(OPENED_FOLDER)
        )
        if path:
            remember(OPENED_FOLDER, Path(path).parent)
            self.open_path(path)

    def open_path(self, path: str | Path, reading: ChosenReading = AS_STATED) -> None:
        """Open a file or folder in the worker, after a look at its size; it becomes the scan, or a layer.

        Where the file holds several, or does not say how it is to be read, that is asked for.
        """
        path = Path(path)
        self.choice.forget(path)
        self.desk.bar.start(
            f"Open {path.name}",
            opening.describe_file,
            str(path),
            **asdict(reading),
            done=partial(self._described, path, reading),
            refused=partial(self.ask_how, path, reading),
        )

    def ask_how(self, path: Path, reading: ChosenReading, refusal: CrystalSegError) -> None:
        """Offer the choice that a file asks for, if it does."""
        if isinstance(refusal, ChoiceNeeded):
            self.choice.ask(path, refusal, reading)
            self.desk.bar.warn_shortly(f"{path.name} is not open yet: choose in the stage Open.")

    def _open_as(self, path: Path, reading: ChosenReading) -> None:
        self.attempt(partial(self.open_path, path, reading))

    def open_later(self, path: str | Path) -> None:
        """Open a file as soon as no job runs, after those that wait already."""
        self._waiting.append(Path(path))
        self._next.start(0)

    def _open_next(self) -> None:
        if self._waiting and not self.desk.session.busy:
            self.attempt(partial(self.open_path, self._waiting.pop(0)))

    def _described(self, path: Path, reading: ChosenReading, found: Description) -> None:
        if found.kind == "scan" and self.isVisible():
            self.scan_box.live.warm()
        if found.kind != "scan" and found.memory_bytes > _LARGE * free_bytes():
            question = (
                f"{found.lines[0]}\n\n{size_text(free_bytes())} of memory are free; opening it may take all of them. "
                "Open it?"
            )
            if QMessageBox.question(self, "A large file", question) != QMessageBox.StandardButton.Yes:
                self.desk.bar.say(f"{path.name} was not opened.")
                return
        self.desk.bar.start(
            f"Open {path.name}",
            opening.open_file,
            str(path),
            **asdict(reading),
            done=partial(self._opened, path=path),
            refused=partial(self.ask_how, path, reading),
        )
        self.desk.bar.say(found.lines[0])

    def _opened(self, noun: Scan | Volume | Labels, path: Path) -> None:
        from napari.layers import Layer

        session, viewer, name = self.desk.session, self.desk.viewer, path.name
        layer: Any = Layer.create(*layer_of(noun, path.stem))
        if isinstance(noun, Labels):
            add_labels(viewer, layer)
            session.labels = layer
            self.desk.bar.say(f"Opened the labels {name}. Next: Check.")
            return
        if isinstance(noun, Scan):
            layer.metadata = {**layer.metadata, RECORD: {**layer.metadata[RECORD], "path": str(path)}}
            session.scan_name = path.stem
            self._opening = True
            try:
                viewer.add_layer(layer)
                session.scan = noun
            finally:
                self._opening = False
            self.desk.bar.say(f"{name} is a raw scan: look at the slice, and reconstruct it.")
        else:
            viewer.add_layer(layer)
            session.image = layer
            self.desk.bar.say(f"Opened {name}. Next: Segment.")

    def use_active_layer(self) -> None:
        """Take the layer selected in napari as the volume, the labels, or (projections) the raw scan.

        Raises
        ------
        InputError
            No layer is active, it is a preview, or it cannot be a volume, labels or a scan.
        """
        from napari.layers import Image
        from napari.layers import Labels as LabelsLayer

        layer = self.desk.viewer.layers.selection.active
        if layer is None:
            raise InputError("No layer is active: click one in napari's layer list, then press this button again.")
        if {PREVIEW, LIVE} & layer.metadata.get(RECORD, {}).keys():
            raise InputError(f"'{layer.name}' is only a preview; take a volume, or open a case from its folder.")
        scan = layer.metadata.get(RECORD, {}).get("scan")
        if isinstance(scan, Scan):
            self.desk.session.scan_name = layer.name.removesuffix(" projections")
            self.desk.session.scan = scan
            self.desk.bar.say(f"'{layer.name}' is a raw scan: reconstruct it.")
        elif isinstance(layer, LabelsLayer):
            layer = taken_as_volume(self.desk.viewer, layer)
            check_three_axes(layer)
            self.desk.session.labels = layer
            self.desk.bar.say(f"The labels are '{layer.name}'. Next: Check.")
        elif isinstance(layer, Image):
            layer = taken_as_volume(self.desk.viewer, layer)
            check_three_axes(layer)
            self.desk.session.image = layer
            self.desk.bar.say(f"The volume is '{layer.name}'. Next: Segment.")
        else:
            raise InputError(f"'{layer.name}' is neither an Image nor a Labels layer; activate one of those.")

    def reconstruct(self) -> None:
        """Reconstruct the raw scan in the worker; the volume becomes a layer in µm, of a file where it is large."""
        scan, recipe = self.scan_box.recipe()
        name = self.desk.session.scan_name or "scan"
        shown = {layer.metadata.get(RECORD, {}).get("file", "") for layer in self.desk.viewer.layers}
        path = place_for(
            scan, recipe, self.scan_box.large_folder(), scan_path(self.desk.viewer, self.desk.session.scan), name, shown
        )
        self.findings.show_text("")
        self.desk.bar.start(
            "Reconstruct",
            reconstruction.reconstruct_scan,
            scan,
            recipe,
            liquor=self.scan_box.options.liquor,
            path=path,
            done=partial(self._reconstructed, name=name),
            abandoned=None if path is None else partial(remains, path),
            refused=self._scan_refused,
        )

    def go_on(self) -> None:
        """Reconstruct a scan that was refused in spite of what was found."""
        self.scan_box.options.force.setChecked(True)
        self.reconstruct()

    def turn_frames(self) -> None:
        """Reconstruct with the rotation axis along the rows of the detector."""
        self.scan_box.options.axis.setCurrentText("rows")
        self.reconstruct()

    def _scan_refused(self, error: CrystalSegError) -> None:
        self.findings.show_refusal(str(error))
        self.desk.bar.warn_shortly("The scan was not reconstructed: the stage Open says why, and what helps.")

    def _reconstructed(self, volume: Volume | StoredVolume, name: str) -> None:
        stored = None if isinstance(volume, Volume) else volume
        layer = image_layer(volume, f"{name} reconstruction", name, None if stored is None else stored.contrast)
        if stored is not None:
            layer.metadata = {**layer.metadata, RECORD: {**layer.metadata[RECORD], "file": stored.path}}
        self.scan_box.finish()
        self.desk.viewer.add_layer(layer)
        fit_view(self.desk.viewer, [layer])
        self.desk.viewer.dims.set_current_step(0, layer.data.shape[0] // 2)
        self.desk.session.image = layer
        found = findings_text(volume.provenance)
        self.findings.show_text(found, "warning" if volume.provenance.findings else None)
        self._show_image()
        where = "" if stored is None else f" into {stored.path}"
        self.desk.bar.say(f"Reconstructed{where}. {found.partition('. ')[0].rstrip('.')}. Next: Segment.")

    def set_voxel_size(self) -> None:
        """Give the volume, and the labels on its grid, the voxel size typed in; without a volume, the labels.

        Raises
        ------
        InputError
            There is neither a volume nor labels, or a size is not positive.
        """
        layers = of_one_grid(self.desk.session.image, self.desk.session.labels)
        if not layers:
            raise InputError("There is neither a volume nor labels: open one first.")
        z, y, x = self.voxels.size_um(voxel_size_um(layers[0]))
        if min(z, y, x) <= 0:
            raise InputError("A voxel size must be more than 0 µm along z, y and x.")
        for layer in layers:
            set_voxel_size_um(layer, (z, y, x))
        fit_view(self.desk.viewer, layers)
        self._show_image()
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
        self.desk.bar.say(f"The labels are '{layer.name}'. Next: Check.")

    def _show_scan(self, scan: Any = None) -> None:
        self.findings.show_text("")
        # With a volume there is something to go on with; then the slice waits until it is asked for.
        self.scan_box.show_scan(follow=self._opening or self.desk.session.image is None)
        self._show_image()

    def _show_image(self, image: Any = None) -> None:
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
        notes = [problem] if problem else [*findings_of(image, self.findings.text()), *assumptions_of(measured_in)]
        if there and known is None and not problem:
            notes.append("Nothing says how large a voxel is: type its size along z, y and x.")
        if image is not None and set_to is not None:
            notes.append(mask_sentence(image, set_to))
        self.voxel_note.setVisible(bool(notes))
        self.voxel_note.setText("\n".join(notes))
        self._show_busy()

    def _show_busy(self, busy: Any = None) -> None:
        session = self.desk.session
        if self._waiting and not session.busy:
            self._next.start(0)  # what follows on a job starts first
        waiting = (self.findings.go_on_button, self.findings.rows_button)
        for button in (self.open_button, self.folder_button, self.reconstruct_button, *waiting):
            button.setEnabled(not session.busy)
        self.hint.setVisible(session.scan is None and session.image is None)
        # What a job was started with must not change its size under it.
        self.voxel_button.setEnabled(not session.busy and self.voxel_fields[0].isEnabled())


def _nothing() -> None:
    return None
