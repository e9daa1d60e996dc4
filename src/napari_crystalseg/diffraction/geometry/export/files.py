"""Write a geometry in the format of another program."""

from __future__ import annotations

import json
from pathlib import Path

from ....errors import InputError
from ....io import write_text
from ....io.diffraction_images import DiffractionImage
from ..detector_geometry import DetectorGeometry
from .dials_experiment import dials_experiment
from .poni import poni_text
from .xds import xds_text

FORMATS = {"poni": ".poni", "expt": ".expt", "xds": ".xds.txt"}
"""Formats and how their files end."""


def geometry_text(geometry: DetectorGeometry, image: DiffractionImage, form: str) -> str:
    """Return a geometry as the text of a file: ``poni`` of pyFAI, ``expt`` of DIALS, lines for ``xds``.

    Raises
    ------
    InputError
        Another format, or the wavelength is not known.
    """
    if form == "poni":
        return poni_text(geometry)
    if form == "expt":
        return json.dumps(dials_experiment(geometry, image), indent=1) + "\n"
    if form == "xds":
        return xds_text(geometry)
    raise InputError(f"A geometry is exported as {', '.join(FORMATS)}, not as '{form}'.")


def save_geometry(geometry: DetectorGeometry, image: DiffractionImage, path: str | Path, form: str) -> None:
    """Write a geometry, whole or not at all.

    Raises
    ------
    InputError
        As for :func:`geometry_text`, or the file cannot be written.
    """
    write_text(path, geometry_text(geometry, image, form))
