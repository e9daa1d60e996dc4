"""Lets the worker import ahead what is likely to be asked of it next."""

from __future__ import annotations

from functools import partial

from qtpy.QtCore import QObject, QTimer

from ..parts.job_bar import JobBar
from ..tabs import SIMULATE

_AFTER_MS = 1500
_FIRST = (
    "napari_crystalseg.widgets.tasks.open.opening",
    "napari_crystalseg.widgets.tasks.factors",
    "napari_crystalseg.computing.compilation",
)


class WarmUp(QObject):
    """Warms the worker of a job bar.

    Parameters
    ----------
    bar : JobBar
        Whose worker it is.
    parent : QObject
        Whose end it shares.
    """

    def __init__(self, bar: JobBar, parent: QObject) -> None:
        super().__init__(parent)
        self._bar = bar
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_AFTER_MS)
        self._timer.timeout.connect(partial(bar.warm, *_FIRST))

    def start(self) -> None:
        """Start the worker soon, with what every sample needs."""
        self._timer.start()

    def stop(self) -> None:
        """Start nothing."""
        self._timer.stop()

    def network(self, image: object) -> None:
        """Have the network ready once there is a volume: whoever has one segments it next; torch takes seconds."""
        if image is not None:
            self._bar.warm("torch")

    def simulation(self, tab: int) -> None:
        """Have the simulator ready once its tab is shown."""
        if tab == SIMULATE:
            from ..simulate.simulate_stage import WARM

            self._bar.warm(*WARM)
