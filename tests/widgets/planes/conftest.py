"""What is closed is deleted before the next test, as the event loop of napari would."""

from __future__ import annotations

import pytest
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QApplication


@pytest.fixture(autouse=True)
def deleted(qapp):
    yield
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
