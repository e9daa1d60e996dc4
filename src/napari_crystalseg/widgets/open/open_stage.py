"""Stage Open: a scan, a volume or labels, from a file or from a layer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QHBoxLayout

from ...errors import CrystalSegError, InputError
from ...scan import Scan
from ...volume import Volume
from ..layers.label_layer import image_layer
from ..layers.layer_record import LIVE, PREVIEW, RECORD
from ..layers.one_slice import taken_as_volume
from ..parts.stage import Desk, Stage, note
from ..process.process_box import ProcessBox, ScanChoices
from ..queue.queue_box import QueueBox
from ..tasks.open import reconstruction
from ..views.hidden_layers import fit_view
from .file_choice import AS_STATED
from .file_opener import FileOpener
from .large_volume import place_for, remains, scan_path
from .scan_box import ScanBox
from .scan_findings import findings_text
from .scan_notes import ScanNotes
from .volume.layer_text import check_three_axes
from .volume.volume_box import VolumeBox

if TYPE_CHECKING:
    from ..process.processing import Processing
    from ..queue.queue_runner import QueueRunner
    from ..queue.sample_queue import SampleQueue
    from ..tasks.open.reconstruction import StoredVolume


class OpenStage(Stage):
    """Opens a file, takes a layer that is there, and reconstructs a raw scan."""

    def __init__(self, desk: Desk, processing: Processing, queue: SampleQueue, runner: QueueRunner) -> None:
        super().__init__(desk)
        self._again: Callable[[], None] = self.reconstruct  # what a scan was refused in
        self.opener = FileOpener(self, lambda: self.scan_box.live.warm())
        self.open_button = self.button(
            "&Open a file…", self.opener.choose_file, "A raw scan, a reconstructed volume, or labels.", big=True
        )
        self.folder_button = self.button(
            "Fol&der…", self.opener.choose_folder, "A scan or a volume that is a folder: TIFF files, or OME-Zarr."
        )
        self.active_button = self.button(
            "Active la&yer", self.use_active_layer, "Take the layer that is selected in napari's layer list."
        )
        line = QHBoxLayout()
        line.addWidget(self.open_button, 1)
        line.addWidget(self.folder_button)
        line.addWidget(self.active_button)
        self.column.addLayout(line)
        self.process_box = ProcessBox(desk, processing, self.button, self._scan_choices)
        self.process_box.scan_refused.connect(self._process_refused)
        self.process_box.choice_needed.connect(lambda path, error: self.opener.ask_how(path, AS_STATED, error))
        self.column.addWidget(self.process_box)
        self.queue_box = QueueBox(desk, queue, runner, processing, self.process_box, self.button, self.opener.open_path)
        self.column.addWidget(self.queue_box)
        self.column.addWidget(self.opener.choice)
        self.scan_box = ScanBox(desk)
        self.reconstruct_button = self.button(
            "Recons&truct",
            self.reconstruct,
            "Into linear attenuation per µm; no setting needs to be touched.",
            big=True,
        )
        self.scan_box.column.addWidget(self.reconstruct_button)
        self.findings = ScanNotes(self.button, self.reconstruct_anyway, self.turn_frames)
        # Above what fills the stage, so that it is in sight.
        self.scan_box.column.insertWidget(1, self.findings)
        self.column.addWidget(self.scan_box)
        self.volume_box = VolumeBox(self, self.findings.text)
        self.column.addWidget(self.volume_box)
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
        self.opener.close_down()
        self.scan_box.close_down()

    def use_active_layer(self) -> None:
        """Take the layer selected in napari as the volume, the labels, or (projections) the raw scan.

        Whoever holds unsaved work is asked first.

        Raises
        ------
        InputError
            No layer is active, it is a preview, or it cannot be a volume, labels or a scan.
        """
        from napari.layers import Image
        from napari.layers import Labels as LabelsLayer

        session = self.desk.session
        layer = self.desk.viewer.layers.selection.active
        if layer is None:
            raise InputError("No layer is active: click one in napari's layer list, then press this button again.")
        if {PREVIEW, LIVE} & layer.metadata.get(RECORD, {}).keys():
            raise InputError(f"'{layer.name}' is only a preview; take a volume, or open a case from its folder.")
        if not (_scan_of(layer) or isinstance(layer, LabelsLayer | Image)):
            raise InputError(f"'{layer.name}' is neither an Image nor a Labels layer; activate one of those.")
        take = partial(self.attempt, partial(self._take_layer, layer))
        if layer is session.image or layer is session.labels:
            take()  # nothing takes its place
        else:
            session.leaving.then(take, partial(self._layer_stays, layer))

    def _take_layer(self, layer: Any) -> None:
        from napari.layers import Labels as LabelsLayer

        viewer, session = self.desk.viewer, self.desk.session
        if layer not in viewer.layers:
            return  # removed while the sample at hand was saved
        scan = _scan_of(layer)
        if scan is not None:
            session.take_scan(scan, layer.name.removesuffix(" projections"))
            self.desk.bar.say(f"'{layer.name}' is a raw scan: reconstruct it.")
            return
        layer = taken_as_volume(viewer, layer)
        check_three_axes(layer)
        if isinstance(layer, LabelsLayer):
            session.labels = layer
            self.desk.bar.say(f"The labels are '{layer.name}'. Next: Review.")
        else:
            session.image = layer
            self.desk.bar.say(f"The volume is '{layer.name}'. Next: Process, or Segment.")

    def _layer_stays(self, layer: Any, sentence: str) -> None:
        self.desk.bar.warn(f"'{layer.name}' was not taken. {sentence}")

    def reconstruct(self) -> None:
        """Reconstruct the raw scan in the worker; the volume becomes a layer in µm, of a file where it is large."""
        scan, recipe = self.scan_box.recipe()
        name = self.desk.session.taken.name or "scan"
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

    def reconstruct_anyway(self) -> None:
        """Reconstruct a scan that was refused in spite of what was found."""
        self.scan_box.options.force.setChecked(True)
        self._again()

    def turn_frames(self) -> None:
        """Reconstruct with the rotation axis along the rows of the detector."""
        self.scan_box.options.axis.setCurrentText("rows")
        self._again()

    def _scan_choices(self) -> ScanChoices:
        scan, recipe = self.scan_box.recipe()
        return ScanChoices(scan, recipe, self.scan_box.options.liquor)

    def _process_refused(self, error: CrystalSegError) -> None:
        self._again = self.process_box.process
        self.findings.show_refusal(str(error))

    def _scan_refused(self, error: CrystalSegError) -> None:
        self._again = self.reconstruct
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
        self.desk.bar.say(f"Reconstructed{where}. {found.partition('. ')[0].rstrip('.')}. Next: Process, or Segment.")

    def _show_scan(self, scan: Any = None) -> None:
        self.findings.show_text("")
        # With a volume there is something to go on with; then the slice waits until it is asked for.
        self.scan_box.show_scan(follow=self.opener.hands_over_scan or self.desk.session.image is None)
        self._show_image()

    def _show_image(self, image: Any = None) -> None:
        self.volume_box.show_volume()
        self._show_busy()

    def _show_busy(self, busy: Any = None) -> None:
        session = self.desk.session
        self.opener.open_waiting()
        waiting = (self.findings.go_on_button, self.findings.rows_button)
        for button in (self.open_button, self.folder_button, self.reconstruct_button, *waiting):
            button.setEnabled(not session.busy)
        self.hint.setVisible(session.scan is None and session.image is None)
        self.volume_box.show_busy()


def _scan_of(layer: Any) -> Scan | None:
    """The raw scan that a layer shows the projections of; None where it shows none."""
    scan = layer.metadata.get(RECORD, {}).get("scan")
    return scan if isinstance(scan, Scan) else None
