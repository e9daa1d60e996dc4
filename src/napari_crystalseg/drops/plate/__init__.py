"""Plates: which well of a plate an image shows, by its name."""

from .placing import UnplacedImage, plate_of
from .plate import Plate
from .well import Well

__all__ = ["Plate", "UnplacedImage", "Well", "plate_of"]
