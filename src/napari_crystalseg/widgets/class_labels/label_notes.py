"""What is wrong with the chosen labels, and a way to mend codes that are no class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from qtpy.QtWidgets import QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from ...errors import InputError
from ...labels import Material
from ..label_edits.layer_edits import edits_of
from ..layers.connections import Connections
from ..layers.label_counts import MEND_BUTTON
from ..layers.layer_place import finest
from ..parts.levels import set_level
from ..session.label_findings import label_findings
from ..session.session import Session

if TYPE_CHECKING:
    from napari.layers import Labels as LabelsLayer

# napari keeps 25 bytes of each voxel for undo.
_MOST_UNDONE = 5_000_000
_PLACED = ("scale", "units", "affine", "shear", "rotate", "translate", "data", "name")


class LabelNotes(QWidget):
    """Says what :func:`.label_findings.label_findings` finds, with a button that gives unknown codes to a class.

    Parameters
    ----------
    session : Session
        Labels and volume that are chosen.
    connections : Connections
        Undone when the dock goes.
    """

    def __init__(self, session: Session, connections: Connections, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._watched: list[Any] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.text = QLabel()
        self.text.setWordWrap(True)
        set_level(self.text, "warning")
        column.addWidget(self.text)
        self.mend_button = QPushButton(MEND_BUTTON)
        self.mend_button.setToolTip("Give the voxels of no class, those drawn red, to a class; Ctrl+Z undoes it.")
        menu = QMenu(self.mend_button)
        for material in Material:
            action = menu.addAction(material.title)
            assert action is not None
            action.triggered.connect(lambda checked=False, to=material: self.mend(to))
        self.mend_button.setMenu(menu)
        column.addWidget(self.mend_button)
        for field in ("image", "labels"):
            connections.add(getattr(session.events, field), self._layers_changed)
        connections.add(session.events.other_codes, self._show)
        connections.add_undo(self._stop_watching)
        self._layers_changed()

    def mend(self, material: Material) -> None:
        """Give all voxels of unknown codes to a class."""
        from napari.utils.notifications import show_warning

        if self._session.labels is not None:
            try:
                give_to_class(self._session.labels, material)
            except InputError as error:
                show_warning(str(error))

    def _layers_changed(self, value: Any = None) -> None:
        self._stop_watching()
        for layer in (self._session.image, self._session.labels):
            if layer is not None:
                self._watched.append(layer)
                for name in _PLACED:
                    getattr(layer.events, name).connect(self._show)
        self._show()

    def _stop_watching(self) -> None:
        for layer in self._watched:
            for name in _PLACED:
                getattr(layer.events, name).disconnect(self._show)
        self._watched = []

    def _show(self, value: Any = None) -> None:
        found = label_findings(self._session)
        self.text.setText("\n".join(found))
        self.text.setVisible(bool(found))
        self.mend_button.setVisible(self._session.labels is not None and bool(self._session.other_codes))


def give_to_class(layer: LabelsLayer, material: Material) -> None:
    """Give all voxels of a layer whose code is no class to one, as an edit that undo takes back.

    Of labels that have no timeline, such as of int64, it is napari's undo, unless they are very many.

    Raises
    ------
    InputError
        The labels are not in memory, or what edits are limited to forbids it.
    """
    data = finest(layer)
    edits = edits_of(layer)
    if edits is not None:
        edit = edits.apply(_other(data), int(material), name=f"Other codes to {material.title}")
        if edit is None:
            raise InputError("Nothing changed: what edits are limited to, in the stage Review, forbids it.")
        return
    if not isinstance(data, np.ndarray):
        raise InputError(f"'{layer.name}' lies in a file: mend its codes there, or save it and open what was saved.")
    other = _other(data)
    if np.count_nonzero(other) <= _MOST_UNDONE:
        layer.data_setitem(np.nonzero(other), int(material))
        return
    mended = data.copy()
    mended[other] = material
    layer.data = mended
    # The steps before would be undone in another array than they were done in.
    layer.editable = False
    layer.editable = True


def _other(data: NDArray[Any]) -> NDArray[np.bool_]:
    return np.asarray((data < 0) | (data > max(Material)))
