"""Diffraction images to one noun: CBF, TIFF, HDF5 with NeXus or of Eigers, and what else fabio knows."""

from .description import describe_diffraction_image
from .diffraction_image import DetectorAxes, DiffractionImage, Sensor
from .opening import count_diffraction_images, is_diffraction_image, open_diffraction_image

__all__ = [
    "DetectorAxes",
    "DiffractionImage",
    "Sensor",
    "count_diffraction_images",
    "describe_diffraction_image",
    "is_diffraction_image",
    "open_diffraction_image",
]
