"""Undoing what a dock is connected to."""

from __future__ import annotations

import pytest
from psygnal import Signal
from qtpy.QtCore import QObject, QTimer

from napari_crystalseg.widgets.layers.connections import Connections


class Sender:
    """Something that outlives the dock."""

    changed = Signal(int)


def test_what_qt_deleted_first_keeps_nothing_from_being_undone(qtbot):
    sender, heard, connections, parent = Sender(), [], Connections(), QObject()
    connections.add(sender.changed, heard.append)
    timer = QTimer(parent)
    connections.add_undo(timer.stop)
    parent.deleteLater()
    with qtbot.waitSignal(parent.destroyed):
        pass
    connections.close()
    sender.changed.emit(1)
    assert heard == []


def test_other_errors_are_not_hidden():
    def fail() -> None:
        raise RuntimeError("no")

    connections = Connections()
    connections.add_undo(fail)
    with pytest.raises(RuntimeError, match="no"):
        connections.close()
