"""A review survives whatever people, disks and crashes do to it, in any order."""

from __future__ import annotations

from helpers.machine_settings import machine_settings
from napari_crystalseg.testing.driven_session import CoreSession
from napari_crystalseg.testing.session_machine import session_machine

TestCoreSession = session_machine(CoreSession).TestCase
TestCoreSession.settings = machine_settings(25, 20)
