"""What there is to say of a found geometry, in sentences for the user."""

from __future__ import annotations

import numpy as np

from ...io.diffraction_images import DiffractionImage
from .found_geometry import FoundGeometry

_WAYS = {
    "header": "the header",
    "background": "the symmetry of the background",
    "lattice": "the lattice of the spots",
    "friedel": "pairs of spots",
    "network": "the network",
}
_LEAST_PX = 2.0
_HEADER_PX = 3.0
_WATER_Q, _WATER_OFF = 2.0, 0.25


def geometry_sentences(found: FoundGeometry, image: DiffractionImage) -> tuple[str, ...]:
    """Say where answers and header disagree, what the image does not tell, and what was assumed."""
    said: list[str] = []
    by_name = {one.name: one for one in found.answers}
    taken = by_name.get(found.taken)  # type: ignore[call-overload]
    if taken is None:
        said.append("The image does not tell its beam centre, and its header states none: the middle is shown.")
    elif found.taken == "header" and not any(one.usable for one in found.answers if one.name != "header"):
        said.append("The image does not tell its beam centre: that of the header is taken.")
    if found.flat:
        said.append(
            f"The background is flat (it differs by {100 * found.background_contrast:.0f} % over the image): neither "
            "its symmetry nor a network tells the beam centre. What the network says of such images is wrong."
        )
    if taken is not None:
        for other in found.answers:
            if other is taken or not other.usable or other.name in ("header", "network"):
                continue
            apart = float(np.linalg.norm(np.subtract(other.beam_centre_px, taken.beam_centre_px)))
            allowed = 3 * float(np.hypot(other.sigma_px or 0, taken.sigma_px or 0))
            if apart > max(allowed, _LEAST_PX):
                said.append(
                    f"By {_WAYS[other.name]} the beam centre is ({other.beam_centre_px[0]:.1f}, "
                    f"{other.beam_centre_px[1]:.1f}), {apart:.1f} pixels from that by {_WAYS[taken.name]}: look at the "
                    "rings."
                )
        header = by_name.get("header")
        if header is not None and taken.name != "header":
            apart = float(np.linalg.norm(np.subtract(header.beam_centre_px, taken.beam_centre_px)))
            if apart > max(3 * (taken.sigma_px or 0), _HEADER_PX):
                said.append(
                    f"The header's beam centre ({header.beam_centre_px[0]:.1f}, {header.beam_centre_px[1]:.1f}) is "
                    f"{apart:.1f} pixels from the one found."
                )
        network = by_name.get("network")
        if network is not None and network.usable and taken.name != "network":
            apart = float(np.linalg.norm(np.subtract(network.beam_centre_px, taken.beam_centre_px)))
            if network.sigma_px is not None and apart > 4 * network.sigma_px:
                said.append(f"The network says a beam centre {apart:.0f} pixels away, farther than it usually errs.")
    fast, slow = found.geometry.beam_centre_px
    if not (0 <= fast <= image.shape[1] and 0 <= slow <= image.shape[0]):
        said.append("The beam meets the plane of the detector beside the detector.")
    said.append(_of_tilt(found))
    if found.water_ring_q is not None and abs(found.water_ring_q - _WATER_Q) > _WATER_OFF:
        said.append(
            f"A ring of the background has its top at q = {found.water_ring_q:.2f} 1/Å, where water has it at 2.0: if "
            "it is water, distance or wavelength are not those of the header."
        )
    said += [f"Assumed: {text}." for text in (*found.stated.sentences, *image.assumptions)]
    return tuple(dict.fromkeys(said))


def _of_tilt(found: FoundGeometry) -> str:
    tilt = f"pitch {found.geometry.pitch_deg:.2f}°, yaw {found.geometry.yaw_deg:.2f}°"
    if found.tilt_from == "background" and found.tilt_sigma_deg is not None:
        pitch, yaw = found.tilt_sigma_deg
        return f"The rings of the background tell the tilt: {tilt} (± {pitch:.2f}°, {yaw:.2f}°)."
    if found.tilt_from == "header":
        return f"The tilt is the header's: {tilt}."
    return "The image does not tell the tilt, and its header states none: none is assumed."
