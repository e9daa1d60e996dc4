"""The lines of an XDS.INP that say where beam and detector are."""

from __future__ import annotations

import numpy as np

from ....errors import InputError
from ..detector_geometry import DetectorGeometry


def xds_text(geometry: DetectorGeometry) -> str:
    """Return lines of an XDS.INP.

    ORGX and ORGY are the foot of the normal from the sample, in XDS's pixels, whose first has its centre at 1: half a
    pixel more than here. The laboratory frame is that of DIALS, in which XDS takes any vectors.

    Raises
    ------
    InputError
        The wavelength or the size of the detector is not known.
    """
    if geometry.wavelength_angstrom is None:
        raise InputError("XDS needs the wavelength: give it, as --wavelength.")
    if geometry.panel.image_size_px is None:
        raise InputError("XDS needs the number of pixels of the detector.")
    fast, slow = geometry.normal_foot_px
    # The normal of XDS is fast x slow, and the distance goes along it.
    distance = float(geometry.panel.origin_mm @ geometry.normal)
    columns, rows = (int(value) for value in geometry.panel.image_size_px)
    beam = geometry.beam / geometry.wavelength_angstrom
    lines = [
        "! Written by napari-crystalseg",
        f"NX= {columns} NY= {rows} QX= {geometry.pixel_size_mm[0]:.7g} QY= {geometry.pixel_size_mm[1]:.7g}",
        f"ORGX= {fast + 0.5:.5f} ORGY= {slow + 0.5:.5f}",
        f"DETECTOR_DISTANCE= {distance:.6f}",
        f"DIRECTION_OF_DETECTOR_X-AXIS= {_vector(geometry.panel.fast)}",
        f"DIRECTION_OF_DETECTOR_Y-AXIS= {_vector(geometry.panel.slow)}",
        f"INCIDENT_BEAM_DIRECTION= {_vector(beam)}",
        f"X-RAY_WAVELENGTH= {geometry.wavelength_angstrom:.7g}",
    ]
    return "\n".join(lines) + "\n"


def _vector(values: np.ndarray) -> str:
    return " ".join(f"{float(value):.9f}" for value in values)
