"""The box of a raw scan: look at it, move the axis if need be, reconstruct."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QSignalBlocker, Qt, QTimer
from qtpy.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QGroupBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QSpinBox,
    QVBoxLayout,
)

from ...errors import CrystalSegError, InputError
from ...provenance import Provenance
from ...scan import Scan
from ..layers.layer_record import LIVE, RECORD
from ..parts.histogram_view import HistogramView
from ..parts.stage import Desk, form, note
from ..session.sample_ties import is_of_other_scan
from ..views.hidden_layers import GIVE_WAY_MS, fit_view, is_work_layer
from ..views.projection_layers import ProjectionLayers, refuse_redrawn
from ..views.slice_layer import SliceLayer
from .live_slice import LiveSlice
from .scan_findings import axis_text
from .scan_options import ScanOptions
from .scan_pictures import ScanPictures, projection_picture
from .scan_text import scan_text

if TYPE_CHECKING:
    from napari.layers import Layer
    from qtpy.QtGui import QShowEvent

    from ...tomography import Recipe
    from ..tasks.open.slices import SliceView

_FEWEST_FOR_SLICE = 2
_LOOKING, _WORKING = "Looking for the rotation axis …", "Slice: "


class ScanBox(QGroupBox):
    """Projection, sinogram, live slice and its histogram; the axis, the options, and what is to be reconstructed."""

    def __init__(self, desk: Desk) -> None:
        super().__init__("Raw scan")
        self.desk = desk
        self.live = LiveSlice(self)
        desk.connections.add_undo(self.live.holder.close)
        self.live.arrived.connect(self._arrived)
        self.live.failed.connect(self._failed)
        self.live.working.connect(lambda text: self.axis_note.setText(f"{_WORKING}{text} …"))
        self.slice_layer = SliceLayer(desk.viewer, desk.connections, self._hidden_layer_shown)
        self._frames = ProjectionLayers(desk.viewer, desk.connections)
        self._give_way = QTimer(self)
        self._give_way.setSingleShot(True)
        self._give_way.timeout.connect(self._uncover_layer)
        self._inserted_layer: Layer | None = None
        desk.connections.add(desk.viewer.layers.events.inserted, self._layer_inserted)
        desk.connections.add(desk.session.events.image, self._say_axis_of_volume)
        self._follow = False
        self._found: float | None = None
        self._turned: Scan | None = None
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(6, 4, 6, 4)
        self.column.setSpacing(4)
        self.facts = note()
        self.column.addWidget(self.facts)
        self.pictures = ScanPictures()
        self.column.addWidget(self.pictures)
        rows = form()
        rows.setVerticalSpacing(4)
        self.row_slider, self.row = QSlider(Qt.Orientation.Horizontal), QSpinBox()
        self.row.setStyleSheet("min-width: 60px;")
        self.row_slider.setToolTip("Row of the detector that the sinogram and the slice are of.")
        self.row_slider.valueChanged.connect(self.row.setValue)
        self.row.valueChanged.connect(self._row_moved)
        self.pictures.row_chosen.connect(self.row.setValue)
        line = QHBoxLayout()
        line.addWidget(self.row_slider, 1)
        line.addWidget(self.row)
        rows.addRow("row", line)
        self.centre = QDoubleSpinBox()
        self.centre.setDecimals(2)
        self.centre.setSingleStep(0.5)
        self.centre.setSpecialValueText("to be found")
        self.centre.setKeyboardTracking(False)
        self.centre.setToolTip(
            "Column of the rotation axis in pixels; 0 is the middle of the first. Move it, and the slice follows: the "
            "right one leaves no arcs and no double edges."
        )
        self.automatic = QCheckBox("automatic")
        self.automatic.setToolTip("Find the rotation axis, from the whole scan when it is reconstructed.")
        self.centre.valueChanged.connect(self._centre_moved)
        self.automatic.toggled.connect(self._automatic_chosen)
        line = QHBoxLayout()
        line.addWidget(self.centre, 1)
        line.addWidget(self.automatic)
        rows.addRow("axis", line)
        self.pixel = QDoubleSpinBox()
        self.pixel.setDecimals(4)
        self.pixel.setRange(0.0, 1000.0)
        self.pixel.setSpecialValueText("unknown")
        self.pixel.setSuffix(" µm")
        self.pixel.setToolTip(
            "At the sample. Where the file does not say it, type it, and voxel values come out per µm."
        )
        rows.addRow("pixel", self.pixel)
        self._rows = rows
        self.column.addLayout(rows)
        self.axis_note: QLabel = note()
        self.column.addWidget(self.axis_note)
        line = QHBoxLayout()
        self.frames_button, self.slice_button = QPushButton("Projections"), QPushButton("Live slice")
        for button, slot, tip in (
            (self.frames_button, self.show_projections, "Show the projections in the canvas."),
            (self.slice_button, self.show_slice, "Show the slice in the canvas; it follows row and axis."),
        ):
            button.setToolTip(tip)
            button.setCheckable(True)
            button.clicked.connect(slot)
            line.addWidget(button)
        self.column.addLayout(line)
        self.histogram = HistogramView(
            "Voxel values of the slice", "The histogram of the slice appears here.", logarithmic=True
        )
        self.histogram.setFixedHeight(96)
        self.column.addWidget(self.histogram)
        self.options = ScanOptions()
        self.options.changed.connect(self._ask)
        self.options.chosen.connect(self._scan_taken)
        self.column.addWidget(self.options)

    # The scan.

    @property
    def scan(self) -> Scan | None:
        """The session's scan."""
        return self.desk.session.scan

    def show_scan(self, follow: bool) -> None:
        """Show the session's scan; with ``follow`` its slice comes to the canvas."""
        scan = self.scan
        self._give_way.stop()
        self._turned = None if scan is None else self.options.frames(scan)
        self.live.set_scan(self._turned)
        self.slice_layer.remove()
        self.setVisible(scan is not None)
        self.histogram.show_values(None)
        self.axis_note.setText("")
        self._follow, self._found = follow and scan is not None, None
        if scan is None:
            return
        self.pixel.setValue(scan.pixel_size_um or 0.0)
        for widget in (self.pixel, self._rows.labelForField(self.pixel)):
            if widget is not None:
                widget.setVisible(scan.pixel_size_um is None)
        self.options.show_scan(scan)
        self.facts.setText(scan_text(scan, self.desk.session.taken.name))
        self._show_frames()
        self._show_buttons()
        self._say_axis_of_volume()
        self._ask()

    def _show_frames(self) -> None:
        """Show a projection, and take the limits of rows and axis, of the frames as they are turned."""
        scan = self._turned
        assert scan is not None
        _, rows, columns = scan.shape
        with QSignalBlocker(self.row), QSignalBlocker(self.row_slider), QSignalBlocker(self.centre):
            for field in (self.row, self.row_slider):
                field.setRange(0, rows - 1)
                field.setValue(rows // 2)
                field.setEnabled(rows > 1)
            self.centre.setRange(-1.0, columns - 1.0)
            self.centre.setValue(-1.0)
        with QSignalBlocker(self.automatic):
            self.automatic.setChecked(True)
        try:
            picture = projection_picture(scan)
        except CrystalSegError as error:  # frames in a file are checked when they are read
            picture = None
            self.axis_note.setText(str(error))
        self.pictures.show_scan(picture, (rows, columns))
        self.pictures.show_row(self.row.value())

    def _scan_taken(self) -> None:
        """Note how the scan is taken; with the axis along the other side what was found of it holds no more."""
        axis, session = self.options.axis.currentText(), self.desk.session
        other_side = axis != session.taken.axis
        session.taken = replace(session.taken, axis=axis, force=self.options.force.isChecked())
        if self.scan is None or not other_side:
            return
        self._turned = self.options.frames(self.scan)
        self.live.set_scan(self._turned)
        self.slice_layer.remove()
        self.histogram.show_values(None)
        self.axis_note.setText("")
        self._found = None
        self.options.show_rows(self.scan)
        self._show_frames()
        self._ask()

    def recipe(self) -> tuple[Scan, Recipe]:
        """Return the scan with what was typed in, and what is to be done with it.

        Raises
        ------
        InputError
            No scan, one that is flipped or turned in napari, or choices that do not suit it.
        """
        scan = self.scan
        if scan is None:
            raise InputError("There is no raw scan: open one first.")
        refuse_redrawn(self.desk.viewer, scan)
        if scan.pixel_size_um is None and self.pixel.value() > 0:
            scan = replace(scan, pixel_size_um=self.pixel.value())
        scan = self.options.completed(scan)
        return scan, self.options.recipe(scan, self.given_centre())

    def given_centre(self) -> float | None:
        """Column of the axis as typed in, None where it is to be found."""
        return None if self.automatic.isChecked() or self.centre.value() < 0 else self.centre.value()

    def large_folder(self) -> Path | None:
        """Folder that a large volume is written to, where one was chosen."""
        return self.options.folder.path() if self.options.folder.text().strip() else None

    # The slice.

    def show_slice(self) -> None:
        """Bring the slice to the canvas, or compute it."""
        self._give_way.stop()
        self._follow = True
        self.slice_layer.bring_forward()
        self._show_buttons()
        self._ask()

    def show_projections(self) -> None:
        """Show the projections in the canvas; the slice is computed no more."""
        self._follow = False
        self.slice_layer.send_back()
        for layer in self._frames.layers():
            if layer.metadata[RECORD]["scan"] is self.scan:
                layer.visible = True
        self._show_buttons()

    def close_down(self) -> None:
        """Remove the slice, and end its process."""
        self._follow = False
        self._give_way.stop()
        self.live.stop()
        self.slice_layer.remove()
        self._say_axis_of_volume()

    def finish(self) -> None:
        """Make way for the volume."""
        self.close_down()
        for layer in self._frames.layers():
            # Projections and slices share no axes: seen together they only confuse.
            layer.visible = False
        self._show_buttons()

    def _layer_inserted(self, event: Any) -> None:
        """A volume or labels came, from wherever: the slice or projections beneath would not lie under them."""
        if is_work_layer(event.value):
            # Not at once: napari is still adding it.
            self._inserted_layer = event.value
            self._follow = False
            self._give_way.start(GIVE_WAY_MS)

    def _hidden_layer_shown(self, layer: Layer) -> None:
        """Somebody showed a layer that the slice hides."""
        if layer in self._frames.layers():
            self.show_projections()
        else:
            self._follow = False
            self.slice_layer.send_back()
            self._show_buttons()

    def _uncover_layer(self) -> None:
        layer, self._inserted_layer = self._inserted_layer, None
        viewer = self.desk.viewer
        covered = any(one.visible for one in viewer.layers if {"scan", LIVE} & one.metadata.get(RECORD, {}).keys())
        self.finish()
        if covered and layer is not None and layer in viewer.layers:
            fit_view(viewer, [layer])
            viewer.dims.set_point(viewer.dims.ndim - 3, float(layer.extent.world[:, -3].mean()))

    def showEvent(self, event: QShowEvent | None) -> None:
        """Compute the slice of a scan that came while nobody looked."""
        super().showEvent(event)
        if self._follow and self.slice_layer.layer is None and not self.live.busy:
            self._ask()

    def _ask(self) -> None:
        scan = self._turned
        # In a tab that is not seen nothing is computed.
        if scan is None or not self._follow or not self.isVisible():
            return
        if scan.shape[0] < _FEWEST_FOR_SLICE:
            self.axis_note.setText("One projection makes no slice; a reconstruction takes at least half a turn.")
            return
        # Found once for all rows: each look for it takes a second or two.
        centre = self._found if self.automatic.isChecked() else self.given_centre()
        columns = scan.shape[2]
        rough = scan.rotation_centre_px
        if rough is None or not 0 <= rough <= columns - 1:
            rough = (columns - 1) / 2
        self.live.request(self.row.value(), centre, self.options.stripes.currentText(), rough)

    def _row_moved(self, row: int) -> None:
        with QSignalBlocker(self.row_slider):
            self.row_slider.setValue(row)
        self.pictures.show_row(row)
        self._wanted()

    def _centre_moved(self, column: float) -> None:
        if -1 < column < 0 and self._turned is not None:
            # A first step from where nothing was found yet.
            self.centre.setValue((self._turned.shape[2] - 1) / 2)
            return
        with QSignalBlocker(self.automatic):
            self.automatic.setChecked(column < 0)
        self.axis_note.setText("Axis as typed in." if column >= 0 else "")
        self.pictures.show_axis(column if column >= 0 else None)
        self._wanted()

    def _automatic_chosen(self, on: bool) -> None:
        if not on and self.centre.value() < 0 and self._turned is not None:
            self.centre.setValue((self._turned.shape[2] - 1) / 2)
        if on and self._found is not None:
            self._show_found()
        self._wanted()

    def _wanted(self) -> None:
        """Whoever moves the row or the axis wants to see the slice."""
        if self.isVisible() and not self.desk.session.busy:
            self._give_way.stop()
            self._follow = True
            if self.slice_layer.layer is not None and not self.slice_layer.in_front:
                self.slice_layer.bring_forward()
            self._show_buttons()
        self._ask()

    def _arrived(self, view: SliceView) -> None:
        if not self._follow or self.scan is None:
            return
        self.slice_layer.show(view)
        if view.sinogram is not None:
            self.pictures.show_sinogram(view.sinogram)
        if not self.automatic.isChecked():
            self.axis_note.setText(_sentences("Axis as typed in.", view.half_acquisition))
        elif view.request.is_rough:
            self.axis_note.setText(_LOOKING)
        elif view.request.centre_px is None or self.centre.value() < 0:
            self._found = None if view.note else view.centre_px
            self._show_found(view.note, view.half_acquisition)
        self.pictures.show_axis(self.centre.value() if self.centre.value() >= 0 else None)
        self.histogram.show_values(view.values)
        self._show_buttons()

    def _show_found(self, note_: str = "", half: str = "") -> None:
        if self._found is not None:
            with QSignalBlocker(self.centre):
                self.centre.setValue(self._found)
        found = note_ or f"Axis found at column {self._found:.2f} from the rows around this one."
        self.axis_note.setText(_sentences(found, half))
        self.pictures.show_axis(self._found)

    def _say_axis_of_volume(self, image: Any = None) -> None:
        """Where no slice is followed any more: say which axis the volume at hand was reconstructed about."""
        image, scan = self.desk.session.image, self.scan
        if self._follow or scan is None:
            return
        provenance = None if image is None else image.metadata.get(RECORD, {}).get("provenance")
        known = ""
        if isinstance(provenance, Provenance) and not is_of_other_scan(image, scan):
            known = axis_text(provenance)
        if known and self.automatic.isChecked():
            self.axis_note.setText(f"The volume at hand: {known[0].lower()}{known[1:]}")
        elif self.axis_note.text().startswith((_LOOKING, _WORKING)):
            self.axis_note.setText("")  # nobody does any more

    def _failed(self, cause: str) -> None:
        self.axis_note.setText(f"No slice: {cause}")

    def _show_buttons(self, *_: Any) -> None:
        self.slice_button.setChecked(self._follow)
        self.frames_button.setChecked(not self._follow and any(layer.visible for layer in self._frames.layers()))


def _sentences(first: str, half: str) -> str:
    """What is said of the axis, and of a half acquisition where there is one."""
    return f"{first} {half}." if half else first
