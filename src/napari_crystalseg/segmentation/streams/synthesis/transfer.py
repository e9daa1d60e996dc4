"""Transfer functions: what optics and reconstruction do to a volume, as filters of its spectrum.

Projections and their filtered back-projection commute with filters that depend on the length of the wave vector alone,
so that a whole scan's fringes are one filter in three dimensions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch

from ....draws import log_uniform
from ...prediction.padding import padded_by_edges

_WEDGE_EDGE_DEG = 2.0
_ROOM = 12  # voxels beyond the field on each side


@dataclass(frozen=True)
class Transfer:
    """What a spectrum is multiplied by; lengths in voxels, frequencies in cycles a voxel.

    Parameters
    ----------
    blur : float
        Standard deviation of the point spread, voxels.
    fresnel : float
        Wavelength times distance over the voxel's area: where fringes lie.
    rim : float
        How far the fringes of the outer surface rise, in units of the sample's level; 0 for none.
    retrieval : float
        Length L of the filter 1 / (1 + L² k²) of phase retrieval, k in radians a voxel; 0 for none.
    wedge_deg : float
        Width of the missing wedge, whose bisector lies at ``wedge_at_deg`` in the plane of (y, x).
    wedge_at_deg : float
    """

    blur: float = 0.0
    fresnel: float = 0.0
    rim: float = 0.0
    retrieval: float = 0.0
    wedge_deg: float = 0.0
    wedge_at_deg: float = 0.0


def draw_transfer(rng: np.random.Generator, fringes_needed: bool = False) -> Transfer:
    """Draw what optics and reconstruction do; each in some of the draws only.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every choice.
    fringes_needed : bool
        There must be fringes, and next to no blur, since nothing else tells the materials apart.
    """
    fringes = rng.random() < 0.75 or fringes_needed
    sharp = rng.random() < 0.85 or fringes_needed
    return Transfer(
        blur=float(rng.uniform(0.2, 0.9)) if sharp else float(rng.uniform(0.9, 1.6)),
        fresnel=log_uniform(rng, 0.05, 3.0) if fringes else 0.0,
        rim=log_uniform(rng, 1.0 if fringes_needed else 0.08, 3.0) if fringes else 0.0,
        retrieval=log_uniform(rng, 0.3, 3.0) if rng.random() < 0.25 and not fringes_needed else 0.0,
        wedge_deg=float(rng.uniform(5, 35)) if rng.random() < 0.15 else 0.0,
        wedge_at_deg=float(rng.uniform(0, 180)),
    )


def transferred(attenuation: torch.Tensor, decrement: torch.Tensor, transfer: Transfer) -> torch.Tensor:
    """Filter a map of attenuation and add the fringes of a map of refraction.

    The fringes are δ filtered with sin(πλz f²) (the transfer function of a weak phase object; Pogany et al. 1997),
    scaled so that their 99.9th percentile is ``rim``.

    Parameters
    ----------
    attenuation, decrement : tensor of float32, shape (z, y, x)
        Attenuation and refractive index decrement, in units of the sample's.
    transfer : Transfer
        The filters.

    Returns
    -------
    tensor of float32, shape (z, y, x)
    """
    shape = tuple(attenuation.shape)
    # Beyond the field a sample that it cuts off goes on, as padding has it; what wraps round is far away there.
    room = tuple(_fast_length(length + 2 * _ROOM) for length in shape)
    field = tuple(
        slice((longer - length) // 2, (longer - length) // 2 + length)
        for longer, length in zip(room, shape, strict=True)
    )
    z, y = (torch.fft.fftfreq(length, device=attenuation.device) for length in room[:2])
    x = torch.fft.rfftfreq(room[2], device=attenuation.device)
    square = (z**2)[:, None, None] + (y**2)[:, None] + x**2
    common = torch.exp(square * (-2 * math.pi**2 * transfer.blur**2))
    if transfer.retrieval:
        common = common / (1 + (2 * math.pi * transfer.retrieval) ** 2 * square)
    spectrum = torch.fft.rfftn(padded_by_edges(attenuation, room))
    if transfer.rim:
        fringes = torch.fft.rfftn(padded_by_edges(decrement, room)) * torch.sin(math.pi * transfer.fresnel * square)
        # At half the resolution the percentile is found in an eighth of the time.
        seen = torch.fft.irfftn(fringes * common, s=room)[field][::2, ::2, ::2]
        largest = seen.abs().reshape(-1).kthvalue(max(1, int(0.999 * seen.numel()))).values.clamp_min(1e-6)
        spectrum = spectrum + fringes * (transfer.rim / largest)
    if transfer.wedge_deg:
        angle = torch.rad2deg(torch.atan2(y[:, None].expand(-1, len(x)), x.expand(len(y), -1)))
        away = ((angle - transfer.wedge_at_deg + 90) % 180 - 90).abs()
        kept = ((away - transfer.wedge_deg / 2) / _WEDGE_EDGE_DEG + 0.5).clamp(0, 1)
        kept[0, 0] = 1
        common = common * kept
    moved: torch.Tensor = torch.fft.irfftn(spectrum * common, s=room)[field]
    return moved


def _fast_length(length: int) -> int:
    """Next length of small prime factors, even."""
    from scipy.fft import next_fast_len

    return 2 * int(next_fast_len(-(-length // 2), real=True))
