from .hit import Hit as Hit
from .peak_count import PeakCountHitFinder as PeakCountHitFinder
from .recurring_pixels import recurring_pixels as recurring_pixels
from .spots.spot_finder import SpotFinder as SpotFinder
from .spots.spots import Spots as Spots

__all__ = ["Hit", "PeakCountHitFinder", "SpotFinder", "Spots", "recurring_pixels"]
