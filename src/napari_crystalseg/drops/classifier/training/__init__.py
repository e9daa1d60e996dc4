"""Training of classifiers of micrographs, and how they do on images that they have not seen."""

from .classifier_training import ClassifierTraining
from .train_classifier import train_classifier

__all__ = ["ClassifierTraining", "train_classifier"]
