"""Asks a tool in a thread, and asks again when the labels changed meanwhile."""

from __future__ import annotations

import logging
from typing import Any

from qtpy.QtCore import QObject, QTimer, Signal

from ....errors import Cancelled, CrystalSegError
from ....progress import Progress
from ....review.edits.edited_labels import PreparedEdit
from ....review.tools.scene import Scene
from ....review.tools.tool import Tool
from ...label_edits.layer_edits import LayerEdits
from ...parts.background import Background
from .offer import Basis, Offer, basis_of
from .proposal import Proposal, propose

_REST_MS = 120


class Proposer(QObject):
    """Holds what a tool offers for the labels as they are.

    Parameters
    ----------
    parent : QObject
        Whose end it shares.
    """

    offered = Signal(object)
    """An :class:`~.offer.Offer` came."""
    refused = Signal(str)
    """The tool could not do it; the sentence says why."""
    due = Signal()
    """The tool is to be asked again: what it looked at changed, and the hand rests."""
    lost = Signal()
    """Somebody let go of the labels."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._offer: Offer | None = None
        self._thread = Background("propose edits", self)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.due)

    @property
    def offer(self) -> Offer | None:
        """What is offered; None while it is not known."""
        return self._offer

    @property
    def waiting(self) -> bool:
        """Whether it waits for the hand to rest."""
        return self._rest.isActive()

    @property
    def working(self) -> bool:
        """Whether an offer is on its way."""
        return self.waiting or self._thread.working

    def begin(self) -> None:
        """Wait no longer for the hand, and withdraw what is offered: the tool is asked now."""
        self._rest.stop()
        self.withdraw()

    def ask(self, tool: Tool, scene: Scene, edits: LayerEdits) -> None:
        """Ask a tool.

        Parameters
        ----------
        tool : Tool
            The tool with its parameters.
        scene : Scene
            What it looks at.
        edits : LayerEdits
            Edits of the layer that it looks at, and what limits them.
        """
        policy, basis, edited = edits.policy, basis_of(edits), edits.edited

        def work(progress: Progress) -> tuple[Proposal, PreparedEdit | None]:
            proposal = propose(tool, scene, policy, progress)
            if proposal.box is None or proposal.change is None:
                return proposal, None
            return proposal, edited.prepare(proposal.change, policy=policy, name=tool.title)

        self._thread.ask(work, lambda answer: self._came(answer, tool, edits, basis))

    def postpone(self) -> None:
        """Let the tool be asked once the hand rests."""
        self._thread.forget()
        self._rest.start()

    def withdraw(self) -> None:
        """Withdraw what is offered."""
        self._offer = None

    def forget(self) -> None:
        """Withdraw what is offered, and what is on its way."""
        self._thread.forget()
        self.withdraw()

    def drop(self) -> None:
        """Forget all, and let the tool not be asked again."""
        self._rest.stop()
        self.forget()

    def stop(self) -> None:
        """End the thread."""
        self._thread.stop()

    def _came(self, answer: Any, tool: Tool, edits: LayerEdits, basis: Basis | None) -> None:
        if isinstance(answer, Cancelled):
            return
        now = basis_of(edits)
        if now is None:
            self.lost.emit()
        elif basis != now:
            self.due.emit()
        elif isinstance(answer, CrystalSegError):
            self.refused.emit(str(answer))
        elif isinstance(answer, MemoryError):
            self.refused.emit("There is not enough memory for this tool on labels of this size.")
        elif isinstance(answer, BaseException):
            logging.getLogger(__name__).error("The tool %s failed.", tool.title, exc_info=answer)
            self.refused.emit(f"The tool could not do it here: {answer}")
        else:
            proposal, prepared = answer
            self._offer = Offer(proposal, prepared, edits, basis)
            self.offered.emit(self._offer)
