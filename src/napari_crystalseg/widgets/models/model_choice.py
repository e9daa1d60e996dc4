"""ModelChoice: the bundled model, one of those installed, or one in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Qt, Signal
from qtpy.QtWidgets import QComboBox, QFileDialog, QSizePolicy, QWidget

from ..session.remembered import MODEL_FOLDER, recall_folder, remember

if TYPE_CHECKING:
    from ...segmentation.model_folders.registered_model import RegisteredModel

BUNDLED = "bundled"
CHOOSE = "choose a folder…"
_TIP = "The network that comes with the plugin, one that was installed, or a folder that nnU-Net v2 can load."
_PATH_ROLE = Qt.ItemDataRole.ToolTipRole


class ModelChoice(QComboBox):
    """Drop-down of models; the folder of the one chosen is its data, None for the bundled ones.

    Attributes
    ----------
    chosen : Signal
        The user chose one.
    """

    chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setAccessibleName("Model")
        self.setToolTip(_TIP)
        self.addItem(BUNDLED, None)
        self.addItem(CHOOSE, None)
        self._installed: list[str] = []
        self.activated.connect(self._activated)
        self.refresh()
        self.choose(recall_folder(MODEL_FOLDER) or None)

    def folder(self) -> str | None:
        """Return the folder of the model; None for the bundled one."""
        data = self.currentData()
        return None if data is None else str(data)

    def choose(self, folder: str | Path | None) -> None:
        """Offer and choose a model folder; None goes back to the bundled one."""
        if folder is None:
            self.setCurrentIndex(0)
            return
        at = self.findData(str(folder))
        if at < 0:
            at = self.count() - 1
            self.insertItem(at, Path(folder).name, str(folder))
            self.setItemData(at, str(folder), _PATH_ROLE)
        self.setCurrentIndex(at)

    def remember(self) -> None:
        """Keep the choice for the next time."""
        remember(MODEL_FOLDER, self.folder() or "")

    def refresh(self) -> None:
        """Offer the models that are installed now; what is chosen stays chosen."""
        from ...segmentation.model_folders.model_registry import ModelRegistry

        models = [model for model in ModelRegistry.of_user().models() if model.origin != "bundled"]
        wanted = self.folder()
        for folder in self._installed:
            if folder != wanted and (at := self.findData(folder)) >= 0:
                self.removeItem(at)
        self._installed = [str(model.path) for model in models]
        for number, model in enumerate(models):
            self._offer(model, 1 + number)
        self.choose(wanted)

    def _offer(self, model: RegisteredModel, at: int) -> None:
        if self.findData(str(model.path)) >= 0:
            return
        problem = model.problem
        self.insertItem(at, f"{model.name} (cannot be used)" if problem else model.name, str(model.path))
        self.setItemData(at, problem or str(model.path), _PATH_ROLE)
        item: Any = self.model()
        if problem and hasattr(item, "item"):
            item.item(at).setEnabled(False)

    def showPopup(self) -> None:
        """Look for models that were installed meanwhile before the list is shown."""
        self.refresh()
        super().showPopup()

    def _activated(self, index: int) -> None:
        if self.itemText(index) == CHOOSE and self.itemData(index) is None:
            folder = QFileDialog.getExistingDirectory(self, "Model folder (dataset.json, plans.json, fold_0)")
            self.choose(folder or None)
        self.remember()
        self.chosen.emit()
