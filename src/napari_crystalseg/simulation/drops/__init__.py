"""Simulated micrographs of crystallisation drops: what they show, their class, and outlines of drop and crystals."""

from .drop_conditions import DropConditions
from .simulate_drop import simulated_drop
from .simulated_drop import SimulatedDrop
from .streams import class_of_example, classified_drops, outlined_drops

__all__ = [
    "DropConditions",
    "SimulatedDrop",
    "class_of_example",
    "classified_drops",
    "outlined_drops",
    "simulated_drop",
]
