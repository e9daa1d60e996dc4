"""Classifier of micrographs: CHiMP's networks with their published weights, and a small one that comes along."""

from .drop_classifier import BUNDLED, DropClassifier

__all__ = ["BUNDLED", "DropClassifier"]
