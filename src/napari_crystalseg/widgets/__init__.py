"""The dock in napari: one file a stage, and the work itself elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .detector_geometry.geometry_widget import DetectorGeometryWidget
    from .dock.dock import CrystalSegDock
    from .drops.drops_widget import DropsWidget
    from .hits.hit_finding import HitFinding

__all__ = ["CrystalSegDock", "DetectorGeometryWidget", "DropsWidget", "HitFinding"]


def __getattr__(name: str) -> Any:
    # Lazily, because the worker process imports ``widgets.tasks`` and needs no Qt for it.
    if name == "CrystalSegDock":
        from .dock.dock import CrystalSegDock

        return CrystalSegDock
    if name == "DetectorGeometryWidget":
        from .detector_geometry.geometry_widget import DetectorGeometryWidget

        return DetectorGeometryWidget
    if name == "DropsWidget":
        from .drops.drops_widget import DropsWidget

        return DropsWidget
    if name == "HitFinding":
        from .hits.hit_finding import HitFinding

        return HitFinding
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
