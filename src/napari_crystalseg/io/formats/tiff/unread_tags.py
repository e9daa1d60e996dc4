"""What the header of a TIFF states besides the scale and axes that are read: told, so that nothing is passed over."""

from __future__ import annotations

import re
from typing import Any

from ....errors import shortened
from ...assumed.unread import unread
from .scale import is_ome_alone

# Formats of microscopes and programs within TIFF, by tifffile's names.
_FORMATS = {
    **{"lsm": "Zeiss LSM", "stk": "MetaMorph", "metaseries": "MetaSeries", "fluoview": "FluoView", "fei": "FEI"},
    **{"sis": "Olympus SIS", "sem": "Zeiss SEM", "tvips": "TVIPS", "micromanager": "Micro-Manager", "nih": "NIH Image"},
    **{"svs": "Aperio", "scn": "Leica", "geotiff": "GeoTIFF", "gdal": "GDAL", "andor": "Andor", "pilatus": "Pilatus"},
}
_NODATA, _X_POSITION, _Y_POSITION = 42113, 286, 287
_SIZE_IN_TEXT = re.compile(r"(voxel|pixel|spacing|resolution|scale|origin|slope)", re.IGNORECASE)


def unread_tags(tiff: Any) -> list[str]:
    """Say what the first page of a file states, other than as ImageJ or OME, that is not used."""
    page = tiff.pages.first
    told = []
    formats = [name for flag, name in _FORMATS.items() if getattr(tiff, f"is_{flag}", False)]
    if formats:
        told.append(f"what the header states as {' and '.join(formats)}: not used")
    if _NODATA in page.tags:
        told.append(f"value for 'no data' {shortened(page.tags[_NODATA].value)} in the header: not used")
    places = [_number(page.tags[code].value) for code in (_X_POSITION, _Y_POSITION) if code in page.tags]
    if any(places):
        told.append("position of the image in the header: not used, the rotation axis is taken to be in the middle")
    if tiff.is_ome or tiff.is_imagej or is_ome_alone(tiff):
        return told
    for shaped in (tiff.shaped_metadata or ())[:1]:
        told += unread(shaped, "description in the header", ("shape", "axes", "truncated"))
    text = page.description.strip()
    if text.startswith("{"):
        return told
    if not formats and _SIZE_IN_TEXT.search(text) and re.search(r"\d", text):
        told.append(f"description in the header, '{shortened(text)}': not used")
    return told


def _number(value: Any) -> float:
    numerator, denominator = value if isinstance(value, tuple) else (value, 1)
    return float(numerator) / float(denominator) if denominator else 0.0
