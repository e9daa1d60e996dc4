"""A review survives whatever people, disks and crashes do to it, in any order."""

from __future__ import annotations

from helpers.machine_settings import machine_settings
from napari_crystalseg.review.session.autosave import Autosave
from napari_crystalseg.testing.driven_session import CoreSession
from napari_crystalseg.testing.session_machine import session_machine


class AutosavedSession(CoreSession):
    """Saved in a thread, as the dock does it."""

    def __init__(self, folder, edited, state):
        super().__init__(folder, edited, state)
        self.autosave = Autosave(folder, edited, lambda: self.state, lambda sentence: None)

    def save(self):
        return self.autosave.finish()

    def kill(self):
        self.autosave._thread.shutdown()
        super().kill()


TestCoreSession = session_machine(CoreSession).TestCase
TestCoreSession.settings = machine_settings(15, 20)

TestAutosavedSession = session_machine(AutosavedSession).TestCase
TestAutosavedSession.settings = machine_settings(6, 20)
