"""A diffraction image in words."""

from __future__ import annotations

from pathlib import Path

from .diffraction_image import DiffractionImage
from .opening import open_diffraction_image


def describe_diffraction_image(path: str | Path, number: int = 1) -> tuple[str, ...]:
    """Say what a diffraction image holds and what its header states, in sentences for the user.

    Raises
    ------
    InputError
        As for :func:`open_diffraction_image`.
    """
    image = open_diffraction_image(path, number)
    slow, fast = image.shape
    which = f", {image.number} of {image.count}" if image.count > 1 else ""
    lines = [
        f"Diffraction image{which}{f' ({image.detector})' if image.detector else ''}: {slow} × {fast} pixels "
        f"(slow × fast), {100 * image.mask.mean():.2g} % of them without a measurement.",
        _geometry(image),
    ]
    if image.beam_centre_statement:
        lines.append(f"Beam centre as the header states it: {image.beam_centre_statement}.")
    if image.axes is not None:
        lines.append("The header states where the detector stands, axis by axis.")
    return (*lines, *(f"Assumed: {text}." for text in image.assumptions))


def _geometry(image: DiffractionImage) -> str:
    said = [
        "pixels of " + " × ".join(f"{1000 * size:.6g}" for size in image.pixel_size_mm) + " µm"
        if image.pixel_size_mm
        else "pixels of unknown size",
        f"wavelength {image.wavelength_angstrom:.6g} Å" if image.wavelength_angstrom else "wavelength unknown",
        f"distance {image.distance_mm:.6g} mm" if image.distance_mm else "distance unknown",
    ]
    if image.two_theta_deg:
        said.append(f"two-theta {image.two_theta_deg:g}°")
    if image.oscillation_deg:
        said.append(f"turned by {image.oscillation_deg[1]:g}° from {image.oscillation_deg[0]:g}°")
    text = "; ".join(said)
    return f"{text[0].upper()}{text[1:]}."
