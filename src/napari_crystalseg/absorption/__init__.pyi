from .absorption_cif import absorption_cif as absorption_cif
from .absorption_factors import absorb as absorb
from .anacor.export import export_anacor as export_anacor
from .attenuation_fit import AttenuationFit as AttenuationFit
from .attenuation_fit import fit_attenuation as fit_attenuation
from .coefficients import Coefficients as Coefficients
from .dials.judged.geometry_check import GeometryCheck as GeometryCheck
from .dials.ray_directions import sphere_directions as sphere_directions
from .directions import Directions as Directions
from .edits.edit_effect import EditEffect as EditEffect
from .edits.edit_meter import EditMeter as EditMeter
from .edits.edit_meter import compare_edits as compare_edits
from .edits.sensitivity import Sensitivity as Sensitivity
from .edits.sensitivity import map_sensitivity as map_sensitivity
from .factor_comparison import FactorComparison as FactorComparison
from .histogram import Histogram as Histogram
from .histogram import absorption_histogram as absorption_histogram
from .maps.absorption_map import AbsorptionMap as AbsorptionMap
from .maps.absorption_map import MapKind as MapKind
from .maps.absorption_map import map_absorption as map_absorption
from .scaling_table import ScalingTable as ScalingTable
from .scaling_table import check_rows_for_scaling as check_rows_for_scaling
from .scaling_table import scaling_commands as scaling_commands
from .scaling_table import write_scaling_table as write_scaling_table
from .single_slice import why_no_factors as why_no_factors
from .tracing.illumination import Illumination as Illumination
from .tracing.paths import path_lengths as path_lengths

__all__ = [
    "AbsorptionMap",
    "AttenuationFit",
    "Coefficients",
    "Directions",
    "EditEffect",
    "EditMeter",
    "FactorComparison",
    "GeometryCheck",
    "Histogram",
    "Illumination",
    "MapKind",
    "ScalingTable",
    "Sensitivity",
    "absorb",
    "absorption_cif",
    "absorption_histogram",
    "check_rows_for_scaling",
    "compare_edits",
    "export_anacor",
    "fit_attenuation",
    "map_absorption",
    "map_sensitivity",
    "path_lengths",
    "scaling_commands",
    "sphere_directions",
    "why_no_factors",
    "write_scaling_table",
]
