"""The light: green, amber or red, with a sentence for each doubt and what to do about it."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QVBoxLayout, QWidget

from ...judgement.finding import Finding, Level, worst_first, worst_level
from ..session.readiness_facts import readiness_of
from .levels import SIGNS, set_level
from .stage import Desk, note

if TYPE_CHECKING:
    from collections.abc import Callable

_FIELDS = (
    "scan",
    "image",
    "labels",
    "volumes_um3",
    "other_codes",
    "coefficients",
    "experiment",
    "geometry",
    "fingerprint",
    "result",
    "findings",
)
_HEADS: dict[Level, str] = {"problem": "Not ready", "warning": "Look before you use it", "good": "All checks passed"}


class ReadinessLight(QWidget):
    """Shows what :class:`~napari_crystalseg.judgement.readiness.Readiness` finds; hidden while there are no labels.

    Parameters
    ----------
    desk : Desk
        What the stages work with.
    short : bool
        Show one sentence, the worst, and the number of others.
    with_coefficients : callable, optional
        Tells whether coefficients and factors are judged, too; always by default.
    brings_up : bool
        The stage computes outdated factors again by itself, so that they make nothing wrong.
    """

    def __init__(
        self,
        desk: Desk,
        short: bool = False,
        with_coefficients: Callable[[], bool] | None = None,
        brings_up: bool = False,
    ) -> None:
        super().__init__()
        self._desk = desk
        self._short = short
        self._with_coefficients = with_coefficients
        self._brings_up = brings_up
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.head = note()
        column.addWidget(self.head)
        self.lines = [note() for _ in range(0 if short else 12)]
        for line in self.lines:
            column.addWidget(line)
        # Many fields change together; they are judged once.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(0)
        self._soon.timeout.connect(self.show_now)
        for name in _FIELDS:
            desk.connections.add(getattr(desk.session.events, name), self.schedule)
        desk.connections.add_undo(self._soon.stop)
        self.show_now()

    def schedule(self, value: Any = None) -> None:
        """Judge again, soon."""
        self._soon.start()

    def findings(self) -> list[Finding]:
        """Judge now, the worst first."""
        judged = self._with_coefficients is None or self._with_coefficients()
        known = readiness_of(self._desk.session)
        if self._short:
            known = replace(known, factors_outdated="")  # which the stage says beside them
        outdated = known.factors_outdated
        if not (self._brings_up and judged and outdated):
            return known.findings(with_coefficients=judged)
        found = replace(known, factors_outdated="").findings(with_coefficients=judged)
        return worst_first([Finding("warning", f"{outdated}: it is computed again before it is written."), *found])

    def _passed(self) -> str:
        # Beside a sentence that says that the factors are outdated.
        return "All else passed." if readiness_of(self._desk.session).factors_outdated else f"{_HEADS['good']}."

    def problems(self) -> tuple[str, ...]:
        """What makes the light red."""
        return tuple(finding.text for finding in self.findings() if finding.level == "problem")

    def show_now(self) -> None:
        """Judge and show."""
        there = self._desk.session.labels is not None
        self.setVisible(there)
        if not there:
            return
        found = self.findings()
        level = worst_level(found)
        doubts = [finding for finding in found if finding.level != "good"]
        good = [finding for finding in found if finding.level == "good"]
        self.head.setToolTip("\n".join(f"{SIGNS[finding.level]} {finding.text}" for finding in found))
        set_level(self.head, level)
        if self._short:
            # Shown in the stage Check itself.
            text = re.sub(",? in the stage Check", "", doubts[0].text) if doubts else self._passed()
            more = f" ({len(doubts) - 1} more in Export)" if len(doubts) > 1 else ""
            self.head.setText(f"{SIGNS[level]} {text}{more}")
            return
        self.head.setText(f"<b>\N{BLACK CIRCLE} {_HEADS[level]}</b>")
        shown = doubts[: len(self.lines) - 1]
        for line, finding in zip(self.lines, shown, strict=False):
            line.setText(f"{SIGNS[finding.level]} {finding.text}")
            set_level(line, finding.level)
            line.setVisible(True)
        for line in self.lines[len(shown) :]:
            line.setVisible(False)
        if good:
            last = self.lines[len(shown)]
            last.setText(f"{SIGNS['good']} {len(good)} more as they should be" if doubts else _names(good))
            last.setToolTip(_names(good))
            set_level(last, "good")
            last.setVisible(True)


def _names(good: list[Finding]) -> str:
    return "\n".join(f"{SIGNS['good']} {finding.text}" for finding in good)
