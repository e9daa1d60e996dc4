"""A diffraction image with resolution rings and the beam centres that were found."""

from __future__ import annotations

import numpy as np

from ..diffraction.geometry.found_geometry import FoundGeometry
from ..diffraction.geometry.resolution_rings import resolution_rings
from ..io.diffraction_images import DiffractionImage
from .figures import INK, QUIET, figures, png

_COLOURS = {
    "header": "#3f88c5",
    "background": "#e08e1a",
    "lattice": "#c2294e",
    "network": "#5a8f29",
    "friedel": "#8a5fbf",
}
_LONGEST_PX = 900


def geometry_png(image: DiffractionImage, found: FoundGeometry) -> bytes:
    """Draw an image with its rings and all answers that may be believed, and what is about the centre enlarged.

    Returns
    -------
    bytes
        PNG.
    """
    slow, fast = image.shape
    binning = max(1, int(np.ceil(max(slow, fast) / _LONGEST_PX)))
    shown = _binned(np.where(image.mask, np.nan, image.counts), binning)
    finite = shown[np.isfinite(shown)]
    high = max(float(np.percentile(finite, 99.0)) * 1.3, float(finite.max()) * 0.01, 1e-3)
    with figures() as new:
        figure = new(figsize=(11.0, 6.0))
        whole, near = figure.subplots(1, 2, gridspec_kw={"width_ratios": (1.35, 1.0)})
        for axis in (whole, near):
            axis.imshow(shown, cmap="gray_r", vmin=0, vmax=high, extent=(0, fast, slow, 0), interpolation="nearest")
            axis.set_facecolor("#dfe6ee")
            axis.tick_params(labelsize=7, colors=QUIET)
            for ring in resolution_rings(found.geometry, image.shape):
                axis.plot(*ring.line_px.T, color="#c2294e", linewidth=0.7, alpha=0.7)
                if axis is whole and ring.label_px is not None:
                    axis.text(*ring.label_px, ring.text, color="#c2294e", fontsize=7, ha="center", va="center")
            for one in found.answers:
                if one.usable:
                    axis.plot(
                        *one.beam_centre_px,
                        "+",
                        color=_COLOURS[one.name],
                        markersize=13,
                        markeredgewidth=1.8,
                        label=one.name,
                    )
        whole.set_xlim(min(0, found.geometry.beam_centre_px[0] - 20), max(fast, found.geometry.beam_centre_px[0] + 20))
        whole.set_ylim(max(slow, found.geometry.beam_centre_px[1] + 20), min(0, found.geometry.beam_centre_px[1] - 20))
        places = np.array(
            [one.beam_centre_px for one in found.answers if one.usable] or [found.geometry.beam_centre_px]
        )
        centre = np.array(found.geometry.beam_centre_px)
        half = min(max(1.3 * float(np.abs(places - centre).max()), 0.015 * max(slow, fast)), 0.2 * max(slow, fast))
        near.set_xlim(centre[0] - half, centre[0] + half)
        near.set_ylim(centre[1] + half, centre[1] - half)
        near.set_title("about the beam centre", fontsize=9, color=INK)
        whole.set_title(f"beam centre ({centre[0]:.1f}, {centre[1]:.1f}) px by {found.taken}", fontsize=9, color=INK)
        if any(one.usable for one in found.answers):
            near.legend(fontsize=8, loc="upper right", frameon=True)
        return png(figure, dpi=110)


def _binned(values: np.ndarray, size: int) -> np.ndarray:
    slow, fast = values.shape
    padded = np.pad(values, ((0, -slow % size), (0, -fast % size)), constant_values=np.nan)
    blocks = padded.reshape(padded.shape[0] // size, size, padded.shape[1] // size, size)
    number = np.isfinite(blocks).sum(axis=(1, 3))
    total = np.nansum(blocks, axis=(1, 3))
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)
