"""What the widget Detector geometry asks of worker processes: without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...progress import Progress, silent

if TYPE_CHECKING:
    from ...diffraction.geometry.found_geometry import FoundGeometry
    from ...io.diffraction_images import DiffractionImage


def find_detector_geometry(image: DiffractionImage, progress: Progress = silent) -> FoundGeometry:
    """Find beam centre and tilt of an image.

    Parameters
    ----------
    image : DiffractionImage
        The image.
    progress : Progress
        Told how far it is.
    """
    from ...diffraction.geometry.find_geometry import find_geometry

    return find_geometry(image, progress=progress)
