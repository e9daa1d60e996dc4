from .model import structure_factors_of_model as structure_factors_of_model
from .structure_factors import StructureFactors as StructureFactors
from .wilson import wilson_structure_factors as wilson_structure_factors

__all__ = ["StructureFactors", "structure_factors_of_model", "wilson_structure_factors"]
