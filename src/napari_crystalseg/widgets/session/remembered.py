"""What the dock remembers from one day to the next: folders, the model, what is exported, how samples are processed.

Nothing of a sample is among it: attenuation coefficients and files of an experiment are given anew. The energy that
samples are processed for is, and the dock says that it is that of last time.
"""

from __future__ import annotations

from pathlib import Path

from qtpy.QtCore import QSettings

OPENED_FOLDER = "opened/folder"
EXPORT_FOLDER = "export/folder"
EXPORT_CHOICES = "export/choices"
MODEL_FOLDER = "segment/model"
TOOL_SETTINGS = "tools"
PROCESS_ENERGY = "process/energy_kev"
PROCESS_FOLDER = "process/folder"
PROCESS_ELSEWHERE = "process/elsewhere"
PROCESS_EXPERIMENT = "process/experiment"
QUEUE = "queue/samples"


def recall(name: str) -> str:
    """Return what was remembered under a name; empty where nothing was."""
    return str(_settings().value(name, "") or "")


def remember(name: str, value: str | Path) -> None:
    """Keep a value under a name."""
    _settings().setValue(name, str(value))


def recall_folder(name: str) -> str:
    """Return a folder that was remembered, where it is still there; else empty."""
    folder = recall(name)
    try:
        return folder if folder and Path(folder).is_dir() else ""
    except OSError:
        return ""


def list_place() -> Path:
    """Return what stands for the list of samples where docks agree on who has it."""
    file = Path(_settings().fileName())
    return file.with_name(f"{file.stem}-samples")


def _settings() -> QSettings:
    return QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "napari-crystalseg", "dock")
