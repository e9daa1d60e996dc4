from .beam_stop import BeamStop as BeamStop
from .camera import Camera as Camera
from .simulated_image import SimulatedImage as SimulatedImage
from .simulated_scan import SimulatedScan as SimulatedScan
from .spots import Spots as Spots
from .spots import draw_spots as draw_spots
from .still_image import simulate_still as simulate_still

__all__ = ["BeamStop", "Camera", "SimulatedImage", "SimulatedScan", "Spots", "draw_spots", "simulate_still"]
