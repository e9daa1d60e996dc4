"""Operators of torchvision in plain torch, where its own compiled library does not load."""

from .missing_operators import provide_missing_operators

__all__ = ["provide_missing_operators"]
