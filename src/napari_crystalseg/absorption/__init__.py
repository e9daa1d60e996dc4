"""Absorption factors of reflections by ray tracing through labels.

Names are imported when first used, because the tracer brings in numba.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .absorption_factors import absorb
    from .absorption_map import AbsorptionMap, MapKind, map_absorption
    from .anacor import export_anacor
    from .coefficients import Coefficients
    from .directions import sphere_directions
    from .experiment import Experiment, Sweep, read_experiment
    from .histogram import Histogram, absorption_histogram
    from .reflections import Reflections, read_reflections
    from .tracing import path_lengths

_HOME = {
    "AbsorptionMap": "absorption_map",
    "Coefficients": "coefficients",
    "Experiment": "experiment",
    "Histogram": "histogram",
    "MapKind": "absorption_map",
    "Reflections": "reflections",
    "Sweep": "experiment",
    "absorb": "absorption_factors",
    "absorption_histogram": "histogram",
    "export_anacor": "anacor",
    "map_absorption": "absorption_map",
    "path_lengths": "tracing",
    "read_experiment": "experiment",
    "read_reflections": "reflections",
    "sphere_directions": "directions",
}

__all__ = [
    "AbsorptionMap",
    "Coefficients",
    "Experiment",
    "Histogram",
    "MapKind",
    "Reflections",
    "Sweep",
    "absorb",
    "absorption_histogram",
    "export_anacor",
    "map_absorption",
    "path_lengths",
    "read_experiment",
    "read_reflections",
    "sphere_directions",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
