"""The dock in napari: one file a stage, and the work itself elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dock.dock import CrystalSegDock

__all__ = ["CrystalSegDock"]


def __getattr__(name: str) -> Any:
    # Lazily, because the worker process imports ``widgets.tasks`` and needs no Qt for it.
    if name == "CrystalSegDock":
        from .dock.dock import CrystalSegDock

        return CrystalSegDock
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
