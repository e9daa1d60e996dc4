"""Simulated X-ray scans: refractive index, projection, propagation, detector."""

from ..wavelength import wavelength_um
from .acquisition import Acquisition, check_propagation
from .scanning import acquire
from .substances.attenuation import total_attenuation_per_um
from .substances.liquor_recipe import LiquorRecipe
from .substances.protein import Protein
from .substances.refractive_index import RefractiveIndex, attenuation_per_um, refractive_index
from .substances.substance import Substance
from .thicknesses.polyhedron_thickness import polyhedron_thickness
from .thicknesses.thickness import iterate_thickness_maps, thickness_maps
from .waves.passage import multislice
from .waves.propagation import propagate
from .waves.sampling import Sampling, supersampling_needed

__all__ = [
    "Acquisition",
    "LiquorRecipe",
    "Protein",
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
