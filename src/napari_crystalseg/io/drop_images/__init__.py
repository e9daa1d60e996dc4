"""Micrographs of crystallisation drops to one noun."""

from .drop_image import DropImage

__all__ = ["DropImage"]
