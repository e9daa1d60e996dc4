"""Images of older detectors, which fabio reads: ADSC and other SMV files, MarCCD, mar345, EDF, Bruker."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...provenance import Provenance
from ..assumed.statements import Statements
from .diffraction_image import DiffractionImage
from .header_numbers import numbers_in, positive
from .pilatus_header import is_pilatus_header, pilatus_statements
from .pixel_values import counts_and_mask
from .through_fabio import fabio_values


def read_other(path: Path, number: int = 1) -> DiffractionImage:
    """Read an image by fabio, and what its header states where it is known how.

    Raises
    ------
    InputError
        Damaged, or of no format that fabio knows.
    """
    values, header, count = fabio_values(path, number)
    statements = Statements()
    text = "\n".join(str(value) for value in header.values())
    if is_pilatus_header(text):
        stated = pilatus_statements(text, statements)
        cutoff = stated.pop("cutoff")
    else:
        stated, cutoff = _stated({str(key).upper(): value for key, value in header.items()}, statements), None
    counts, mask = counts_and_mask(values, statements, cutoff)
    return DiffractionImage(
        counts,
        mask,
        number=number,
        count=count,
        provenance=statements.recorded_in(Provenance.of_file(path)),
        **stated,
    )


def _stated(header: Mapping[str, Any], statements: Statements) -> dict[str, Any]:
    """What an SMV or MarCCD header states; of other headers nothing, which is said."""

    def number(*keys: str) -> float | None:
        found = [numbers_in(str(header[key])) for key in keys if key in header]
        return found[0][0] if found and found[0] else None

    if "PIXEL_SIZE" in header:
        pixel = positive(number("PIXEL_SIZE"))
        stated: dict[str, Any] = {
            "pixel_size_mm": None if pixel is None else (pixel, pixel),
            "wavelength_angstrom": positive(number("WAVELENGTH", "SCAN_WAVELENGTH", "SOURCE_WAVELENGTH")),
            "distance_mm": positive(number("DISTANCE")),
            "two_theta_deg": number("TWOTHETA") or None,
            "detector": f"SMV {header.get('DETECTOR_SN', '')}".strip(),
        }
        centre = number("BEAM_CENTER_X"), number("BEAM_CENTER_Y")
        if pixel is not None and centre[0] is not None and centre[1] is not None and any(centre):
            statements.assumed(
                "the beam centre of an SMV header is in mm, of which beamlines measure x and y from different corners: "
                "taken along the columns and rows from the first pixel"
            )
            stated["beam_centre_px"] = (centre[0] / pixel, centre[1] / pixel)
            stated["beam_centre_statement"] = f"BEAM_CENTER_X {centre[0]:g}, BEAM_CENTER_Y {centre[1]:g} mm"
        start, width = number("OSC_START", "PHI"), number("OSC_RANGE")
        if start is not None and width:
            stated["oscillation_deg"] = (start, width)
        return stated
    if "PIXELSIZE_X" in header and "SOURCE_WAVELENGTH" in header:
        # MarCCD: lengths in nm and µm, angles in thousandths.
        across, down = positive(number("PIXELSIZE_X")), positive(number("PIXELSIZE_Y"))
        wavelength, distance = positive(number("SOURCE_WAVELENGTH")), positive(number("XTAL_TO_DETECTOR"))
        stated = {
            "pixel_size_mm": None if across is None or down is None else (across * 1e-6, down * 1e-6),
            "wavelength_angstrom": None if wavelength is None else wavelength * 1e-5,
            "distance_mm": None if distance is None else distance * 1e-3,
            "detector": "MarCCD",
        }
        x, y = number("BEAM_X"), number("BEAM_Y")
        if x and y:
            stated["beam_centre_px"] = (x / 1000, y / 1000)
            stated["beam_centre_statement"] = f"beam_x {x:g}, beam_y {y:g} thousandths of a pixel"
        return stated
    statements.assumed("what its header states of wavelength, distance and beam is not known how to read")
    return {}
