"""What a raw scan is, in words."""

from __future__ import annotations

import numpy as np

from ...scan import Scan


def scan_text(scan: Scan, name: str) -> str:
    """Describe a raw scan in a line or two, and say what was assumed of it."""
    angles, rows, columns = scan.shape
    span = float(np.ptp(scan.angles_deg))
    facts = [
        f"{angles} projections of {rows} × {columns} pixels over {span:.0f}°, "
        f"{_number(len(scan.flats), 'flat')}, {_number(len(scan.darks), 'dark')}"
    ]
    if scan.pixel_size_um is not None:
        facts.append(f"pixels of {scan.pixel_size_um:.4g} µm")
    if scan.energy_kev is not None:
        facts.append(f"{scan.energy_kev:.4g} keV")
    if scan.distance_mm is not None:
        facts.append(f"{scan.distance_mm:.4g} mm to the detector")
    if scan.rotation_centre_px is not None:
        facts.append(f"axis recorded at column {scan.rotation_centre_px:g} (often only nominal)")
    if scan.half_acquisition:
        facts.append("a half acquisition, by its file")
    text = (f"{name}: " if name else "") + "; ".join(facts) + "."
    return "\n".join([text, *(f"Assumed: {assumed}." for assumed in scan.provenance.assumptions)])


def size_text(nbytes: int) -> str:
    """Say bytes in MB or GB."""
    return f"{nbytes / 1e9:.1f} GB" if nbytes >= 1e8 else f"{nbytes / 1e6:.0f} MB"


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
