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
    from .attenuation_fit import AttenuationFit, fit_attenuation
    from .coefficients import Coefficients
    from .comparison import FactorComparison
    from .detector import Detector
    from .directions import Directions
    from .edit_effect import EditEffect
    from .edit_meter import EditMeter, compare_edits
    from .experiment import Experiment, Sweep, read_experiment
    from .geometry_check import GeometryCheck
    from .histogram import Histogram, absorption_histogram
    from .illumination import Illumination
    from .ray_directions import sphere_directions
    from .reflections import Reflections, read_reflections
    from .scaling_selection import ScalingSelection
    from .scaling_table import ScalingTable, check_rows_for_scaling, scaling_commands, write_scaling_table
    from .sensitivity import Sensitivity, map_sensitivity
    from .single_slice import why_no_factors
    from .tracing import path_lengths

_HOME = {
    "AbsorptionMap": "absorption_map",
    "AttenuationFit": "attenuation_fit",
    "Coefficients": "coefficients",
    "Detector": "detector",
    "Directions": "directions",
    "EditEffect": "edit_effect",
    "EditMeter": "edit_meter",
    "Experiment": "experiment",
    "GeometryCheck": "geometry_check",
    "FactorComparison": "comparison",
    "Histogram": "histogram",
    "Illumination": "illumination",
    "MapKind": "absorption_map",
    "Reflections": "reflections",
    "ScalingSelection": "scaling_selection",
    "ScalingTable": "scaling_table",
    "Sensitivity": "sensitivity",
    "Sweep": "experiment",
    "absorb": "absorption_factors",
    "absorption_histogram": "histogram",
    "check_rows_for_scaling": "scaling_table",
    "compare_edits": "edit_meter",
    "export_anacor": "anacor",
    "fit_attenuation": "attenuation_fit",
    "map_absorption": "absorption_map",
    "map_sensitivity": "sensitivity",
    "path_lengths": "tracing",
    "read_experiment": "experiment",
    "read_reflections": "reflections",
    "scaling_commands": "scaling_table",
    "sphere_directions": "ray_directions",
    "why_no_factors": "single_slice",
    "write_scaling_table": "scaling_table",
}

__all__ = [
    "AbsorptionMap",
    "AttenuationFit",
    "Coefficients",
    "Detector",
    "Directions",
    "EditEffect",
    "EditMeter",
    "Experiment",
    "FactorComparison",
    "GeometryCheck",
    "Histogram",
    "Illumination",
    "MapKind",
    "Reflections",
    "ScalingSelection",
    "ScalingTable",
    "Sensitivity",
    "Sweep",
    "absorb",
    "absorption_histogram",
    "check_rows_for_scaling",
    "compare_edits",
    "export_anacor",
    "fit_attenuation",
    "map_absorption",
    "map_sensitivity",
    "path_lengths",
    "read_experiment",
    "read_reflections",
    "scaling_commands",
    "sphere_directions",
    "why_no_factors",
    "write_scaling_table",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
