"""DetectorGeometryWidget: where the beam meets the detector and how it leans, seen as rings, found and exported."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtCore import QSignalBlocker, QTimer
from qtpy.QtWidgets import (
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ...errors import CrystalSegError, InputError
from ..layers.connections import Connections
from ..layers.diffraction_layer import diffraction_layer, image_of
from ..layers.layer_record import path_of
from ..parts.job_bar import JobBar
from ..session.session import Session
from ..tasks.detector_geometry import find_detector_geometry
from .geometry_layers import GeometryLayers

if TYPE_CHECKING:
    import napari

    from ...diffraction.geometry.detector_geometry import DetectorGeometry
    from ...diffraction.geometry.found_geometry import FoundGeometry
    from ...io.diffraction_images import DiffractionImage

_FILES = "Diffraction images (*.cbf *.cbf.gz *.h5 *.hdf5 *.nxs *.tif *.tiff *.img *.mccd);;All files (*)"
_EXPORTS = "pyFAI (*.poni);;DIALS (*.expt);;XDS (*.txt)"
_NONE = "Open a diffraction image, or drop one on napari."
_REDRAW_MS = 40


class DetectorGeometryWidget(QWidget):
    """Beam centre, tilt and rings of a diffraction image.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        Where the image is shown.
    """

    def __init__(self, napari_viewer: napari.Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # napari hands plugins a proxy of its viewer.
        self._viewer: Any = getattr(napari_viewer, "__wrapped__", napari_viewer)
        self._layer: Any = None
        self.image: DiffractionImage | None = None
        self.shown_geometry: DetectorGeometry | None = None
        self.found: FoundGeometry | None = None
        self.layers = GeometryLayers(self._viewer, self._dragged)
        self._connections = Connections()
        self._redraw = QTimer(self)
        self._redraw.setSingleShot(True)
        self._redraw.timeout.connect(self._show_rings)

        self.name = QLabel(_NONE)
        self.name.setWordWrap(True)
        self.open_button = self._button("&Image…", self._choose, "Open a CBF, TIFF, HDF5 or NeXus file.")
        self.number = QSpinBox()
        self.number.setPrefix("image ")
        self.number.setToolTip("Which image of a stack.")
        self.number.setKeyboardTracking(False)
        self.number.valueChanged.connect(self._other_number)
        self.number.hide()
        self.fields = {
            name: self._field(*how)
            for name, how in {
                "fast": (-1e5, 1e5, 2, 1.0, " px", "Where the beam meets the detector, along the rows."),
                "slow": (-1e5, 1e5, 2, 1.0, " px", "Where the beam meets the detector, along the columns."),
                "distance": (1.0, 1e5, 3, 1.0, " mm", "From the sample to that point."),
                "pitch": (-80.0, 80.0, 3, 0.1, "°", "Tilt about that point: the ends of the columns move away."),
                "yaw": (-80.0, 80.0, 3, 0.1, "°", "Tilt about that point: the ends of the rows move away."),
            }.items()
        }
        self.find_button = self._button(
            "&Find",
            self.find_in_image,
            "Find beam centre and tilt in the image: background, spots and a network, compared.",
        )
        self.header_button = self._button("&Header's", self.take_header, "Take what the header of the image states.")
        self.export_button = self._button("E&xport…", self._choose_export, "Write it for pyFAI, DIALS or XDS.")
        self.answers = QLabel()
        self.answers.setWordWrap(True)
        self.job_bar = JobBar(Session(), self)

        column = QVBoxLayout(self)
        line = QHBoxLayout()
        line.addWidget(self.name, 1)
        line.addWidget(self.number)
        line.addWidget(self.open_button)
        column.addLayout(line)
        form = QFormLayout()
        for name, label in (("fast", "Beam, f&ast"), ("slow", "Beam, &slow"), ("distance", "&Distance")):
            form.addRow(label, self.fields[name])
        form.addRow("&Pitch", self.fields["pitch"])
        form.addRow("&Yaw", self.fields["yaw"])
        column.addLayout(form)
        buttons = QHBoxLayout()
        for button in (self.find_button, self.header_button, self.export_button):
            buttons.addWidget(button)
        column.addLayout(buttons)
        column.addWidget(self.answers)
        column.addStretch(1)
        column.addWidget(self.job_bar)
        self._connections.add(self._viewer.layers.events.inserted, self._inserted)
        self._connections.add(self._viewer.layers.events.removed, self._removed)
        self._connections.add(self._viewer.layers.selection.events.active, self._active_changed)
        # By then the widget is gone: what is called must not touch it.
        self.destroyed.connect(self._connections.close)
        self.destroyed.connect(self.job_bar.holder.close)
        self._enable()
        candidates = [self._viewer.layers.selection.active, *reversed(self._viewer.layers)]
        for layer in candidates:
            if layer is not None and image_of(layer) is not None:
                self.take(layer)
                break

    def take(self, layer: Any) -> None:
        """Work on the image of a layer, with the geometry that its header states."""
        image = image_of(layer)
        if image is None or layer is self._layer:
            return
        self._layer, self.image, self.found = layer, image, None
        self.name.setText(layer.name)
        with QSignalBlocker(self.number):
            self.number.setRange(1, image.count)
            self.number.setValue(image.number)
        self.number.setVisible(image.count > 1)
        self.answers.setText("")
        self.take_header()

    def take_header(self) -> None:
        """Show what the header states; the middle of the image where it states no centre."""
        from ...diffraction.geometry.stated_geometry import stated_geometry

        if self.image is None:
            return
        try:
            stated = stated_geometry(self.image)
        except InputError as error:
            self.job_bar.warn(str(error))
            return
        self._set_geometry(stated.geometry)
        if not stated.centre_stated:
            self.job_bar.say("The header states no beam centre: the middle of the image is shown.")

    def find_in_image(self) -> None:
        """Find beam centre and tilt in the worker."""
        if self.image is None:
            return
        image = self.image
        try:
            self.job_bar.start(
                "Finding the geometry", find_detector_geometry, image, done=lambda found: self._arrived(image, found)
            )
        except CrystalSegError as error:
            self.job_bar.warn(str(error))
            return
        self._enable()

    def export(self, path: Path, form: str) -> None:
        """Write the geometry that is shown: ``poni``, ``expt`` or ``xds``."""
        from ...diffraction.geometry.export.files import save_geometry
        from ...io import check_outputs

        if self.shown_geometry is None or self.image is None:
            return
        source = path_of(self._layer)
        try:
            check_outputs([path], [] if source is None else [source])
            save_geometry(self.shown_geometry, self.image, path, form)
        except CrystalSegError as error:
            self.job_bar.warn(str(error))
            return
        self.job_bar.say(f"Wrote {path.name}.")

    def open_image(self, path: Path, number: int = 1) -> None:
        """Show an image of a file in place of the one before."""
        from ...io.diffraction_images import open_diffraction_image

        try:
            image = open_diffraction_image(path, number)
        except CrystalSegError as error:
            self.job_bar.warn(str(error))
            return
        data, state, _ = diffraction_layer(image, path.stem, str(path))
        before, self._layer = self._layer, None
        self.layers.remove()
        if before is not None and before in self._viewer.layers and path_of(before) == path:
            self._viewer.layers.remove(before)
        self.take(self._viewer.add_image(data, **state))

    def _arrived(self, image: DiffractionImage, found: FoundGeometry) -> None:
        self._enable()
        if image is not self.image:
            self.job_bar.say("Another image was chosen meanwhile: find again.")
            return
        self.found = found
        self._set_geometry(found.geometry)
        rows = [
            f"{one.name}: {one.beam_centre_px[0]:.1f}, {one.beam_centre_px[1]:.1f}"
            + ("" if one.sigma_px is None else f" ± {one.sigma_px:.1f}")
            + ("" if one.usable else " (not to be used)")
            for one in found.answers
        ]
        self.answers.setText("\n".join([*rows, "", *found.sentences]))
        fast, slow = found.geometry.beam_centre_px
        self.job_bar.say(f"Beam centre ({fast:.1f}, {slow:.1f}) by {found.taken}.")
        if found.flat:
            self.job_bar.warn_shortly("The background is flat: its symmetry and the network tell nothing.")

    def _set_geometry(self, geometry: DetectorGeometry) -> None:
        self.shown_geometry = geometry
        values = {
            "fast": geometry.beam_centre_px[0],
            "slow": geometry.beam_centre_px[1],
            "distance": geometry.distance_mm,
            "pitch": geometry.pitch_deg,
            "yaw": geometry.yaw_deg,
        }
        for name, value in values.items():
            with QSignalBlocker(self.fields[name]):
                self.fields[name].setValue(value)
        self._enable()
        self._show_rings()

    def _edited(self, value: float = 0.0) -> None:
        """A field was changed by hand."""
        if self.shown_geometry is None:
            return
        field = {name: box.value() for name, box in self.fields.items()}
        try:
            self.shown_geometry = self.shown_geometry.with_tilt(
                (field["fast"], field["slow"]), field["distance"], field["pitch"], field["yaw"]
            )
        except InputError as error:
            self.job_bar.warn(str(error))
            return
        self._redraw.start(_REDRAW_MS)

    def _dragged(self, centre_px: NDArray[np.float64]) -> None:
        if self.shown_geometry is None:
            return
        self.shown_geometry = self.shown_geometry.with_centre(centre_px)
        for name, value in zip(("fast", "slow"), centre_px, strict=True):
            with QSignalBlocker(self.fields[name]):
                self.fields[name].setValue(float(value))
        # Rings follow once the mouse rests.
        self._redraw.start(_REDRAW_MS)

    def _show_rings(self) -> None:
        if self.shown_geometry is not None and self.image is not None:
            self.layers.show(self.shown_geometry, self.image.shape)

    def _inserted(self, event: Any) -> None:
        if self._layer is None:
            self.take(event.value)

    def _removed(self, event: Any) -> None:
        if event.value is self._layer:
            self._layer = self.image = self.shown_geometry = self.found = None
            self.name.setText(_NONE)
            self.answers.setText("")
            self.number.hide()
            self.layers.remove()
            self._enable()

    def _active_changed(self, event: Any) -> None:
        if event.value is not None and image_of(event.value) is not None:
            self.take(event.value)

    def _other_number(self, number: int) -> None:
        path = None if self._layer is None else path_of(self._layer)
        if path is not None:
            self.open_image(path, number)

    def _choose(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Diffraction image", "", _FILES)
        if path:
            self.open_image(Path(path))

    def _choose_export(self) -> None:
        path, kind = QFileDialog.getSaveFileName(self, "Geometry", "geometry.poni", _EXPORTS)
        if path:
            form = "poni" if "poni" in kind else "expt" if "expt" in kind else "xds"
            self.export(Path(path), form)

    def _enable(self) -> None:
        ready = self.image is not None
        for box in self.fields.values():
            box.setEnabled(ready)
        for button in (self.find_button, self.header_button, self.export_button):
            button.setEnabled(ready)

    def _button(self, text: str, action: Any, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.clicked.connect(action)
        return button

    def _field(self, low: float, high: float, digits: int, step: float, unit: str, tip: str) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setRange(low, high)
        box.setDecimals(digits)
        box.setSingleStep(step)
        box.setSuffix(unit)
        box.setToolTip(tip)
        box.setKeyboardTracking(False)
        box.valueChanged.connect(self._edited)
        return box
