"""What is outlined in a micrograph: drops and crystals, each with box and mask."""

from .drop_object import CRYSTAL, DROP, KINDS, DropObject
from .drop_objects import DropObjects

__all__ = ["CRYSTAL", "DROP", "KINDS", "DropObject", "DropObjects"]
