"""From a raw scan to a volume: normalisation, rotation centre, phase retrieval, rings, filtered back-projection."""

from .back_projection import back_project
from .centre import find_centre
from .filtering import FILTERS
from .normalisation import normalise
from .phase_retrieval import paganin
from .reconstruction import reconstruct
from .ring_removal import remove_stripes

__all__ = ["FILTERS", "back_project", "find_centre", "normalise", "paganin", "reconstruct", "remove_stripes"]
