"""The bar above the planes: how the labels look, the doubt of the network, 3-D, and a button that fits all in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.QtCore import Qt
from qtpy.QtWidgets import QCheckBox, QHBoxLayout, QPushButton, QSlider, QWidget

from ...session.session import Session
from ..shown_labels import doubt_of, labels_to_show
from .label_look import look_of, next_look

if TYPE_CHECKING:
    from napari.components import ViewerModel


class ViewsBar(QWidget):
    """Looks of the labels and the doubt of a viewer; what the views do by ``in_3d`` and ``fit_button`` is theirs.

    Parameters
    ----------
    viewer : napari.components.ViewerModel
        Viewer of the labels.
    session : Session
        Which of them are worked on.
    """

    def __init__(self, viewer: ViewerModel, session: Session) -> None:
        super().__init__()
        self._viewer, self._session = viewer, session
        self.look_button = QPushButton()
        self.look_button.setToolTip("Labels filled, outlined or hidden, in all views (key O).")
        self.opacity = QSlider(Qt.Orientation.Horizontal)
        self.opacity.setRange(0, 100)
        self.opacity.setMaximumWidth(90)
        self.opacity.setToolTip("Opacity of the labels.")
        self.opacity.setAccessibleName("Opacity of the labels")
        self.doubt = QCheckBox("doubt")
        self.doubt.setToolTip("Show where the network was unsure, in all views.")
        self.in_3d = QCheckBox("3-D")
        self.in_3d.setToolTip("Show the labels in 3-D beside the planes.")
        self.in_3d.setChecked(True)
        self.fit_button = QPushButton("Fit")
        self.fit_button.setToolTip("Fit everything into the planes.")
        line = QHBoxLayout(self)
        line.setContentsMargins(4, 2, 4, 0)
        line.setSpacing(8)
        for one in (self.look_button, self.opacity, self.doubt, self.in_3d, self.fit_button):
            line.addWidget(one)
        line.addStretch(1)
        self.look_button.clicked.connect(lambda: next_look(viewer))
        self.opacity.valueChanged.connect(self._set_opacity)
        self.doubt.toggled.connect(self._set_doubt)

    def show_look(self) -> None:
        """Show how the labels and the doubt look now."""
        layer = labels_to_show(self._viewer, self._session)
        self.look_button.setText(f"Labels {'–' if layer is None else look_of(layer)} (O)")
        for one in (self.look_button, self.opacity):
            one.setEnabled(layer is not None)
        if layer is not None and not self.opacity.isSliderDown():
            self.opacity.blockSignals(True)
            self.opacity.setValue(round(100 * float(layer.opacity)))
            self.opacity.blockSignals(False)
        doubt = doubt_of(self._viewer)
        self.doubt.setEnabled(doubt is not None)
        self.doubt.blockSignals(True)
        self.doubt.setChecked(doubt is not None and bool(doubt.visible))
        self.doubt.blockSignals(False)

    def _set_opacity(self, percent: int) -> None:
        layer = labels_to_show(self._viewer, self._session)
        if layer is not None:
            layer.opacity = percent / 100

    def _set_doubt(self, shown: bool) -> None:
        layer = doubt_of(self._viewer)
        if layer is not None:
            layer.visible = shown
