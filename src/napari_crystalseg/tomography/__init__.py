"""From a raw scan to a volume: normalisation, rotation centre, phase retrieval, rings, reconstruction."""

from .axis.centre import find_centre
from .judged_scan import JudgedScan, judge_scan
from .methods.back_projection import back_project
from .methods.filtering import FILTERS
from .methods.methods import METHODS
from .preprocessing.flat_field import transmission_of
from .preprocessing.phase_retrieval import paganin
from .preprocessing.preprocessing import PLAIN, Preprocessing
from .preprocessing.ring_removal import remove_stripes
from .recipe import Recipe
from .reconstruction import (
    reconstruct,
    reconstruct_into,
    reconstruct_on_disk,
    reconstructed_on_disk,
    usual_shape,
    volume_shape,
)
from .rotation_axis import RotationAxis, rotation_axis
from .scan_checks.frame_check import CheckedScan, check_frames
from .slabs.volume_file import discard, unfinished_beside
from .slice_preview import SlicePreview, preview_slice

__all__ = [
    "FILTERS",
    "METHODS",
    "PLAIN",
    "CheckedScan",
    "JudgedScan",
    "Preprocessing",
    "Recipe",
    "RotationAxis",
    "SlicePreview",
    "back_project",
    "check_frames",
    "discard",
    "find_centre",
    "judge_scan",
    "paganin",
    "preview_slice",
    "reconstruct",
    "reconstruct_into",
    "reconstruct_on_disk",
    "reconstructed_on_disk",
    "remove_stripes",
    "rotation_axis",
    "transmission_of",
    "unfinished_beside",
    "usual_shape",
    "volume_shape",
]
