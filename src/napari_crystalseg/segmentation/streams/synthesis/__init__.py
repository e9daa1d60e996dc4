"""Tomograms painted from label maps alone, in torch: voxel values of no instrument, so that none is a surprise.

Of a network that has seen one chain of simulation, the next beamline asks too much. Here contrast, texture, fringes and
artefacts are drawn without regard to what is likely (Billot et al. 2023, SynthSeg); only the labels are always right.
"""

from .label_pool import LabelPool
from .painting import Painted, draw_painted
from .slab import draw_painted_slices

__all__ = ["LabelPool", "Painted", "draw_painted", "draw_painted_slices"]
