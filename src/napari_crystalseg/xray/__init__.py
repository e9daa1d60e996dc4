"""Simulated X-ray scans: refractive index, projection, propagation, detector."""

from .acquisition import Acquisition, check_propagation
from .attenuation import total_attenuation_per_um
from .passage import multislice
from .polyhedron_thickness import polyhedron_thickness
from .propagation import propagate
from .protein import Protein
from .recipe import Recipe
from .refractive_index import RefractiveIndex, attenuation_per_um, refractive_index, wavelength_um
from .sampling import Sampling, supersampling_needed
from .scanning import acquire
from .substance import Substance
from .thickness import iterate_thickness_maps, thickness_maps

__all__ = [
    "Acquisition",
    "Protein",
    "Recipe",
    "RefractiveIndex",
    "Sampling",
    "Substance",
    "acquire",
    "attenuation_per_um",
    "check_propagation",
    "iterate_thickness_maps",
    "multislice",
    "polyhedron_thickness",
    "propagate",
    "refractive_index",
    "supersampling_needed",
    "thickness_maps",
    "total_attenuation_per_um",
    "wavelength_um",
]
