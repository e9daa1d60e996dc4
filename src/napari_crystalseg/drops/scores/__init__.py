"""Scores: how well drops were classified, outlined and aimed at, in the figures and tables of CHiMP's paper."""

from .agreement import Agreement, agreement
from .average_precision import AveragePrecision
from .classification import ClassificationScores, classification_scores
from .coco_scores import coco_scores
from .detection import DetectionScores, detection_scores
from .presence import presence_scores
from .target import TargetScore, target_score

__all__ = [
    "Agreement",
    "AveragePrecision",
    "ClassificationScores",
    "DetectionScores",
    "TargetScore",
    "agreement",
    "classification_scores",
    "coco_scores",
    "detection_scores",
    "presence_scores",
    "target_score",
]
