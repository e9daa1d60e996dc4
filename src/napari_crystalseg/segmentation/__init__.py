"""Volume to labels: an nnU-Net model that comes with the package, its inference, its scores and its training."""

from .inference import Segmentation, segment
from .metrics import scores
from .model_folder import ModelFolder, bundled_model

__all__ = ["ModelFolder", "Segmentation", "bundled_model", "scores", "segment"]
