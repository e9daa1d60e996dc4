from .intensities import still_intensities as still_intensities
from .prediction import StillReflections as StillReflections
from .prediction import predict_still as predict_still

__all__ = ["StillReflections", "predict_still", "still_intensities"]
