from .spot_finder import SpotFinder as SpotFinder
from .spots import Spots as Spots
from .usable_pixels import usable_pixels as usable_pixels

__all__ = ["SpotFinder", "Spots", "usable_pixels"]
