"""Absorption factors of reflections by ray tracing through labels.

Names are imported when first used, because the tracer brings in numba.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .absorption_factors import absorb
    from .absorption_map import AbsorptionMap, MapKind, map_absorption
    from .anacor.export import export_anacor
    from .attenuation_fit import AttenuationFit, fit_attenuation
    from .coefficients import Coefficients
    from .comparison import FactorComparison
    from .dials.detector import Detector
    from .dials.experiment import Experiment, Sweep, read_experiment
    from .dials.geometry_check import GeometryCheck
    from .dials.ray_directions import sphere_directions
    from .dials.reflections import Reflections, read_reflections
    from .dials.scaling_selection import ScalingSelection
    from .directions import Directions
    from .edits.edit_effect import EditEffect
    from .edits.edit_meter import EditMeter, compare_edits
    from .edits.sensitivity import Sensitivity, map_sensitivity
    from .histogram import Histogram, absorption_histogram
    from .scaling_table import ScalingTable, check_rows_for_scaling, scaling_commands, write_scaling_table
    from .single_slice import why_no_factors
    from .tracing.illumination import Illumination
    from .tracing.paths import path_lengths

_HOME = {
    "AbsorptionMap": "absorption_map",
    "AttenuationFit": "attenuation_fit",
    "Coefficients": "coefficients",
    "Detector": "dials.detector",
    "Directions": "directions",
    "EditEffect": "edits.edit_effect",
    "EditMeter": "edits.edit_meter",
    "Experiment": "dials.experiment",
    "GeometryCheck": "dials.geometry_check",
    "FactorComparison": "comparison",
    "Histogram": "histogram",
    "Illumination": "tracing.illumination",
    "MapKind": "absorption_map",
    "Reflections": "dials.reflections",
    "ScalingSelection": "dials.scaling_selection",
    "ScalingTable": "scaling_table",
    "Sensitivity": "edits.sensitivity",
    "Sweep": "dials.experiment",
    "absorb": "absorption_factors",
    "absorption_histogram": "histogram",
    "check_rows_for_scaling": "scaling_table",
    "compare_edits": "edits.edit_meter",
    "export_anacor": "anacor.export",
    "fit_attenuation": "attenuation_fit",
    "map_absorption": "absorption_map",
    "map_sensitivity": "edits.sensitivity",
    "path_lengths": "tracing.paths",
    "read_experiment": "dials.experiment",
    "read_reflections": "dials.reflections",
    "scaling_commands": "scaling_table",
    "sphere_directions": "dials.ray_directions",
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
