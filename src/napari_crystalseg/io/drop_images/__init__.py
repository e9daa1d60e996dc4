"""Micrographs of crystallisation drops to one noun: JPEG, PNG, TIFF and BMP."""

from .description import describe_drop_image
from .drop_image import DropImage
from .folder import DropFolder, drop_images_in, look_into
from .opening import is_drop_image, is_photograph, open_drop_image
from .saving import save_drop_image

__all__ = [
    "DropFolder",
    "DropImage",
    "describe_drop_image",
    "drop_images_in",
    "is_drop_image",
    "is_photograph",
    "look_into",
    "open_drop_image",
    "save_drop_image",
]
