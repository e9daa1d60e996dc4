from .intensities import kinematic_intensities as kinematic_intensities
from .partiality import partialities as partialities
from .partiality import reflecting_range_rad as reflecting_range_rad
from .predicted import PredictedReflections as PredictedReflections
from .prediction import predict_rotation as predict_rotation
from .scan import rotation_sweep as rotation_sweep

__all__ = [
    "PredictedReflections",
    "kinematic_intensities",
    "partialities",
    "predict_rotation",
    "reflecting_range_rad",
    "rotation_sweep",
]
