"""Buttons beside the choice of a model: its card, and another one to install."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QInputDialog, QMenu, QPushButton, QWidget

from ..layers.label_layer import volume_of
from ..parts.stage import Desk, Stage
from ..tasks import models
from .card_window import CardWindow
from .model_choice import ModelChoice

if TYPE_CHECKING:
    from ...segmentation.model_folders.model_verification import ModelCheck
    from ...segmentation.model_folders.registered_model import RegisteredModel

_ARCHIVES = "Models (*.zip *.tar *.tar.gz *.tgz);;All files (*)"


class ModelButtons(QWidget):
    """*Card* and *Install…*.

    Parameters
    ----------
    desk : Desk
        What the stages work with.
    stage : Stage
        Makes the buttons, which tell mistakes in its foot.
    choice : ModelChoice
        The choice that they are for.
    """

    def __init__(self, desk: Desk, stage: Stage, choice: ModelChoice) -> None:
        super().__init__(stage)
        self._desk, self._choice, self._stage = desk, choice, stage
        self.card: CardWindow | None = None
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        self.card_button = stage.button(
            "Car&d", self.show_card, "What the model was made for and trained on, what it reaches, and where it fails."
        )
        line.addWidget(self.card_button)
        self.install_button = QPushButton("&Install…")
        self.install_button.setToolTip("Install a model under a name; it is verified first, and nothing in it is run.")
        menu = QMenu(self.install_button)
        for text, ask in (("From an &archive…", self._ask_for_archive), ("From a &folder…", self._ask_for_folder)):
            action = menu.addAction(text)
            assert action is not None
            action.triggered.connect(lambda _=False, ask=ask: ask())
        self.install_button.setMenu(menu)
        line.addWidget(self.install_button)
        line.addStretch(1)

    def chosen_model(self) -> RegisteredModel:
        """Return the model that is chosen; of the bundled ones that for the volume at hand."""
        from ...segmentation.model_folders.model_folder import bundled_model
        from ...segmentation.model_folders.model_registry import ModelRegistry
        from ...segmentation.model_folders.registered_model import RegisteredModel

        folder = self._choice.folder()
        if folder is None:
            image = self._desk.session.image
            return RegisteredModel(bundled_model(None if image is None else len(volume_of(image).data)).path, "bundled")
        known = {str(model.path): model for model in ModelRegistry.of_user().models()}
        return known.get(folder) or RegisteredModel(Path(folder), "by hand")

    def show_card(self) -> None:
        """Show the card of the model that is chosen.

        Raises
        ------
        InputError
            It cannot be used.
        """
        window = CardWindow(self.chosen_model(), self._verify, self)
        if self.card is not None:
            self.card.close()
        self.card = window
        window.destroyed.connect(lambda: self._forget(window))
        window.show()

    def install(self, source: str | Path, name: str = "") -> None:
        """Install a model in the worker, and choose it.

        Raises
        ------
        CrystalSegError
            Another job still runs.
        """
        from ...segmentation.model_folders.model_registry import ModelRegistry

        # The worker may have begun in other surroundings.
        place = str(ModelRegistry.of_user().places[0])
        name_or_none = name.strip() or None
        self._desk.bar.start(
            "Install", models.install_model, str(source), place, name=name_or_none, done=self._installed
        )

    def _installed(self, result: tuple[str, tuple[str, ...]]) -> None:
        folder, told = result
        self._choice.refresh()
        self._choice.choose(folder)
        self._choice.remember()
        self._desk.bar.say(" ".join((f"Installed the model '{Path(folder).name}', which is chosen now.", *told)))

    def _verify(self) -> None:
        if (window := self.card) is None:
            return
        path = str(window.model.path)

        def verified(checks: tuple[ModelCheck, ...]) -> None:
            wrong = [check.text for check in checks if check.outcome == "wrong"]
            if wrong:
                self._desk.bar.warn(wrong[0])
            else:
                self._desk.bar.say(f"The model '{Path(path).name}' is as its card says.")
            if self.card is window:
                window.show_checks(checks)

        self._stage.attempt(lambda: self._desk.bar.start("Verify", models.verify_model, path, done=verified))

    def _forget(self, window: CardWindow) -> None:
        if self.card is window:
            self.card = None

    def _ask_for_archive(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Archive of a model", "", _ARCHIVES)
        self._ask_for_name(path)

    def _ask_for_folder(self) -> None:
        self._ask_for_name(QFileDialog.getExistingDirectory(self, "Model folder (dataset.json, plans.json, fold_0)"))

    def _ask_for_name(self, source: str) -> None:
        if not source:
            return
        name, is_given = QInputDialog.getText(self, "Install a model", "What to call it (empty: as its card does):")
        if is_given:
            self._stage.attempt(lambda: self.install(source, name))
