"""The header that DECTRIS's detectors write into CBF and TIFF: lines that begin with #."""

from __future__ import annotations

import re
from typing import Any

from ..assumed.statements import Statements
from .diffraction_image import Sensor
from .header_numbers import lengths_mm, number_after, numbers_in, positive, text_after

_MATERIALS = {"silicon": "Si", "si": "Si", "cdte": "CdTe", "gaas": "GaAs", "cadmium telluride": "CdTe"}
_LIKELY_UM = (1.0, 2000.0)


def is_pilatus_header(text: str) -> bool:
    """Whether a text is such a header."""
    return bool(re.search(r"^\s*#\s*(Pixel_size|Wavelength|Detector_distance|Beam_xy|Count_cutoff)\b", text, re.M))


def pilatus_statements(text: str, statements: Statements) -> dict[str, Any]:
    """Read what the header states, as arguments of :class:`DiffractionImage`, and ``cutoff``.

    Parameters
    ----------
    text : str
        The header's lines.
    statements : Statements
        Takes what is assumed of them.
    """
    stated: dict[str, Any] = {"detector": (text_after(text, "Detector") or "").strip()}
    # The only one that is bent; its short header does not say so.
    stated["curved"] = bool(re.search(r"PILATUS\d? 12M", stated["detector"], re.I))
    pixel = lengths_mm(text_after(text, "Pixel_size") or "")
    if pixel and min(pixel) > 0:
        stated["pixel_size_mm"] = (pixel[0], pixel[1] if len(pixel) > 1 else pixel[0])
    stated["wavelength_angstrom"] = positive(number_after(text, "Wavelength"))
    distance = [length for length in lengths_mm(text_after(text, "Detector_distance") or "") if length > 0]
    stated["distance_mm"] = distance[0] if distance else None
    centre = text_after(text, "Beam_xy")
    if centre is not None and len(numbers := numbers_in(centre)) >= 2:
        if numbers[0] == 0 and numbers[1] == 0:
            statements.not_used("a beam centre of (0, 0), which headers state where nobody set it")
        else:
            stated["beam_centre_px"] = (numbers[0], numbers[1])
            stated["beam_centre_statement"] = f"Beam_xy {centre}: column and row, counted from the corner of the first"
    start, width = number_after(text, "Start_angle"), number_after(text, "Angle_increment")
    if start is not None and width:
        stated["oscillation_deg"] = (start, width)
    stated["two_theta_deg"] = number_after(text, "Detector_2theta") or None
    stated["sensor"] = _sensor(text)
    stated["cutoff"] = positive(number_after(text, "Count_cutoff"))
    offset = [length for length in lengths_mm(text_after(text, "Detector_Voffset") or "") if length]
    if offset:
        statements.not_used(f"the detector's vertical offset of {offset[0]:g} mm, which the beam centre should include")
    return stated


def _sensor(text: str) -> Sensor | None:
    match = re.search(r"^\s*#\s*(\w+(?: \w+)?) sensor,?\s*thickness\s+(.*)$", text, re.M | re.I)
    if match is None:
        return None
    material = _MATERIALS.get(match.group(1).lower())
    thickness = lengths_mm(match.group(2))
    if material is None or not thickness or not _LIKELY_UM[0] <= thickness[0] * 1e3 <= _LIKELY_UM[1]:
        return None
    return Sensor(material, thickness[0])
