"""Volume to labels: an nnU-Net model that comes with the package, its inference, its scores and its training."""

from .grids.class_probabilities import ClassProbabilities
from .inference import segment
from .model_folders.model_folder import ModelFolder, bundled_model
from .scoring.metrics import scores
from .segmentation import Segmentation

__all__ = ["ClassProbabilities", "ModelFolder", "Segmentation", "bundled_model", "scores", "segment"]
