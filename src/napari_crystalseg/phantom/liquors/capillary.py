"""Capillary surface: the shape a liquid takes between solids at rest.

Surface tension alone shapes it: its mean curvature is the same everywhere, and it meets each solid at that solid's
contact angle. Gravity is left out because the Bond number is far below one, see :func:`bond_number`.

The surface is where the energy of a phase field c (1 in the liquid, 0 in the gas) is least at a given volume,

    E = ∫ ψ (ε/2 |∇c|² + c² (1 - c)² / 2ε) dV - ∫ |∇ψ| cos θ (c²/2 - c³/3) dV,

with ψ 1 in the open and 0 in the solids (smoothed boundary method, Yu, Chen & Thornton 2012). The wall energy is the
one whose natural boundary condition ε ∂c/∂n = cos θ c (1 - c) a flat interface at the contact angle satisfies
everywhere, not only at the wall. The volume is kept by a pressure λ on 3c² - 2c³, which acts at the interface alone
and leaves its profile as it is (Brassel & Bretin 2011); then the curvature is κ₁ + κ₂ = 6λ. Where ε is not small beside
the radius r of a contact line, the cosine of the angle is off by about (ε/r)².
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...checks import checked_finite, checked_shape, read_only
from ...errors import InputError
from ...progress import Progress, silent

WIDTH = 0.8
"""ε, voxels: the interface's profile is 1/(1 + exp(-d/ε))."""

REACH = 4.0
"""How far from the surface its distance is told, voxels; beyond that it is bounded."""

FEWEST = 8
"""Voxels along each axis of the grid that the surface is found on, at least."""

_WALL = 1.0  # half width of the smoothed wall, voxels
# Differences over a voxel lower the surface tension by 1/(120 ε²), in all directions alike (19-point Laplacian); the
# wall energy is lowered by as much, so that the contact angle stays.
_TENSION = 1.0 - 1.0 / (120.0 * WIDTH**2)
_COARSEST = 32  # voxels along the longest axis of the coarsest grid, at least
_THINNEST = 5.0  # voxels that the liquid must be thick on the coarsest grid, or it breaks there
_SMALLEST_DROP = 60.0  # voxels; the interface of a smaller drop is as thick as the drop
_LONGEST = 3000  # steps on one grid


@dataclass(frozen=True, eq=False)
class Wall:
    """Solid that a liquid meets.

    Parameters
    ----------
    distance_um : ndarray, shape (z, y, x)
        Signed distance to the solid's surface, µm, negative inside.
    contact_angle_deg : float
        Contact angle, measured in the liquid, degrees: 0 wets the solid, 180 shuns it.
    """

    distance_um: NDArray[np.float32]
    contact_angle_deg: float

    def __post_init__(self) -> None:
        distance = np.asarray(self.distance_um, dtype=np.float32)
        checked_shape(distance, "The signed distance to a solid", ("z", "y", "x"))
        checked_finite(distance, "The signed distance to a solid")
        if not 0.0 <= self.contact_angle_deg <= 180.0:
            raise InputError(f"A contact angle lies between 0 and 180 degrees, not {self.contact_angle_deg}.")
        object.__setattr__(self, "distance_um", read_only(distance))


@dataclass(frozen=True, eq=False)
class CapillarySurface:
    """Liquid at rest.

    Parameters
    ----------
    distance_um : ndarray of float32, shape (z, y, x)
        Signed distance to the liquid's surface, µm, negative in the liquid, bounded at ``REACH`` voxels. It goes on
        a little way into the solids, where it means nothing.
    volume_um3 : float
        Volume of the liquid, µm³.
    curvature_per_um : float
        Sum of the principal curvatures, 1/µm, positive for a drop: pressure over surface tension.
    residual_per_um : float
        Root mean square of how far the curvature is from that, over the surface, 1/µm, where the solver stopped.
    converged : bool
        Whether the residual fell below what was asked.
    steps : int
        Steps on the finest grid.
    """

    distance_um: NDArray[np.float32]
    volume_um3: float
    curvature_per_um: float
    residual_per_um: float
    converged: bool
    steps: int


def bond_number(length_um: float, density_g_cm3: float = 1.1, surface_tension_mn_m: float = 60.0) -> float:
    """Bond number Δρ g L² / γ: weight against surface tension.

    Parameters
    ----------
    length_um : float
        Half of the drop's extent, µm.
    density_g_cm3 : float
        Density of the liquor, g/cm³.
    surface_tension_mn_m : float
        Surface tension, mN/m: 72 for water, 75 to 80 for salt, 40 to 65 with cryoprotectant or polyethylene glycol.

    Returns
    -------
    float
        0.0018 for 100 µm: gravity bends such a surface by about a thousandth.

    Raises
    ------
    InputError
        One of the three is not positive.
    """
    if not (length_um > 0 and density_g_cm3 > 0 and surface_tension_mn_m > 0):
        raise InputError("Length, density and surface tension must be positive.")
    return density_g_cm3 * 1e3 * 9.81 * (length_um * 1e-6) ** 2 / (surface_tension_mn_m * 1e-3)


def capillary_surface(
    walls: Sequence[Wall],
    volume_um3: float,
    voxel_size_um: float,
    start: NDArray[np.float32] | None = None,
    tolerance: float = 0.01,
    progress: Progress = silent,
) -> CapillarySurface:
    """Find the surface of a liquid at rest between solids.

    The result is the resting shape that lies downhill from the start: which of several (a film across a loop, or a
    drop on its rim) depends on where the liquid is put first, as it does at the bench. Parts that do not touch share
    one pressure. Beyond the grid is gas: the liquid keeps within it.

    Parameters
    ----------
    walls : sequence of Wall
        Solids on one grid; where they overlap, the nearer surface counts.
    volume_um3 : float
        Volume of the liquid, µm³.
    voxel_size_um : float
        Edge of the cubic voxels, µm.
    start : ndarray, shape (z, y, x), optional
        Where the liquid is put first: voxels with the least values fill until the volume is reached. By default it
        fills what the solids surround.
    tolerance : float
        Stop when the curvature's root-mean-square deviation times the cube root of the volume falls below this.
    progress : Progress
        Called as the work goes on.

    Returns
    -------
    CapillarySurface

    Raises
    ------
    InputError
        No walls or walls of different shapes, a volume that is not positive, does not fit beside the solids, or is
        too small for the voxels, a voxel size or tolerance that is not positive, or a start of another shape.
    """
    if not walls:
        raise InputError("A capillary surface needs at least one solid that the liquid touches.")
    shape = walls[0].distance_um.shape
    if any(wall.distance_um.shape != shape for wall in walls):
        raise InputError("The solids must lie on one grid; their shapes differ.")
    if min(shape) < FEWEST:
        raise InputError(f"A capillary surface needs at least {FEWEST} voxels a side, not {min(shape)}.")
    if not (np.isfinite(voxel_size_um) and voxel_size_um > 0):
        raise InputError(f"The voxel size must be positive in µm, not {voxel_size_um}.")
    if not tolerance > 0:
        raise InputError(f"The tolerance must be positive, not {tolerance}.")
    volume = volume_um3 / voxel_size_um**3
    if not (np.isfinite(volume) and volume >= _SMALLEST_DROP):
        raise InputError(
            f"A liquor of {volume_um3:g} µm³ is too small for voxels of {voxel_size_um:g} µm: "
            f"it needs {_SMALLEST_DROP * voxel_size_um**3:g} µm³ or smaller voxels."
        )
    solid, cosine = _nearest(walls, voxel_size_um)
    room = float(np.clip(0.5 + solid, 0, 1).sum())
    if volume > 0.95 * room:
        raise InputError(
            f"A liquor of {volume_um3:g} µm³ does not fit: "
            f"the solids leave {room * voxel_size_um**3:g} µm³ of the field."
        )
    if start is None:
        start = _surroundings(solid)
    elif np.shape(start) != shape:
        raise InputError(f"The start has shape {np.shape(start)}, the solids {shape}.")
    level, curvature, residual, steps = _solve(
        solid, cosine, volume, np.asarray(start, dtype=np.float32), tolerance, progress
    )
    level, volume = _with_volume(level, solid, volume)
    return CapillarySurface(
        (level * np.float32(voxel_size_um)),
        volume * voxel_size_um**3,
        curvature / voxel_size_um,
        residual / voxel_size_um,
        residual * volume ** (1 / 3) <= tolerance,
        steps,
    )


def _nearest(walls: Sequence[Wall], voxel_size_um: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Distance to the nearest solid, voxels, and the cosine of its contact angle, each of shape (z, y, x)."""
    solid = np.full(walls[0].distance_um.shape, 1e6, dtype=np.float32)
    cosine = np.zeros(solid.shape, dtype=np.float32)
    for wall in walls:
        distance = wall.distance_um / np.float32(voxel_size_um)
        cosine[distance < solid] = np.cos(np.deg2rad(wall.contact_angle_deg))
        np.minimum(solid, distance, out=solid)
    return solid, cosine


def _surroundings(solid: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rank voxels by how much solid is around them, most first."""
    from scipy.ndimage import gaussian_filter

    inside = np.clip(0.5 - solid, 0, 1)
    if not inside.any():
        raise InputError("There is no solid in the field; say where the liquid starts.")
    filled = np.argwhere(inside > 0.5)
    sigma = 0.35 * float(np.median(np.ptp(filled, axis=0))) if len(filled) else 3.0
    smooth: NDArray[np.float32] = -gaussian_filter(inside, max(sigma, 3.0), mode="nearest", truncate=3.0)
    return smooth


def _solve(
    solid: NDArray[np.float32],
    cosine: NDArray[np.float32],
    volume: float,
    start: NDArray[np.float32],
    tolerance: float,
    progress: Progress,
) -> tuple[NDArray[np.float32], float, float, int]:
    """Level-set function (voxels, positive in the liquid), curvature and residual (1/voxel), and steps."""
    from .capillary_kernel import prolong

    thickness = _thickness(solid, _filled(solid, start, volume))
    halvings = 0
    while max(solid.shape) / 2 ** (halvings + 1) >= _COARSEST and thickness / 2 ** (halvings + 1) >= _THINNEST:
        halvings += 1
    level = None
    curvature = residual = 0.0
    steps = 0
    for halving in range(halvings, -1, -1):
        stride = 2**halving
        cut = (slice(None, None, stride),) * 3
        here = np.ascontiguousarray(solid[cut]) / np.float32(stride)
        angle = np.ascontiguousarray(cosine[cut])
        if level is None:
            level = _filled(here, np.ascontiguousarray(start[cut]), volume / stride**3)
        else:
            finer = np.empty(here.shape, dtype=np.float32)
            prolong(level, finer)
            level = 2 * finer
        level, curvature, residual, steps = _relaxed(level, here, angle, volume / stride**3, tolerance)
        progress((halvings - halving + 1) / (halvings + 1), "Letting the liquor come to rest")
    assert level is not None
    return level, curvature, residual, steps


def _filled(solid: NDArray[np.float32], rank: NDArray[np.float32], volume: float) -> NDArray[np.float32]:
    """Level-set function (voxels, positive in the liquid) of the open voxels that rank first."""
    order = np.argsort(rank, axis=None, kind="stable")
    filled = np.cumsum(np.clip(0.5 + solid, 0, 1).ravel()[order])
    count = int(np.searchsorted(filled, volume)) + 1
    level = np.full(solid.size, -2.0, dtype=np.float32)
    level[order[:count]] = 2.0
    return level.reshape(solid.shape)


def _thickness(solid: NDArray[np.float32], level: NDArray[np.float32]) -> float:
    """Thickness, voxels, of a flat layer with the same volume and free surface as the liquid."""
    liquid, open_ = level > 0, solid > 0
    faces = 0
    for axis in range(3):
        ahead, behind = [slice(None)] * 3, [slice(None)] * 3
        ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
        both = open_[tuple(ahead)] & open_[tuple(behind)]
        faces += int(np.count_nonzero(both & (liquid[tuple(ahead)] != liquid[tuple(behind)])))
    # Faces of voxels overrate a surface by 3/2 on average.
    return 3.0 * np.count_nonzero(liquid & open_) / max(faces, 1)


def _relaxed(
    level: NDArray[np.float32],
    solid: NDArray[np.float32],
    cosine: NDArray[np.float32],
    volume: float,
    tolerance: float,
) -> tuple[NDArray[np.float32], float, float, int]:
    """Descend to rest on one grid; arguments and results as in :func:`_solve`."""
    from .capillary_kernel import advance, gradient, to_level, to_phase, wall_terms

    # A border of one voxel of gas keeps the liquid in the grid.
    fluid = np.pad(np.clip(0.5 + solid / (2 * _WALL), 0, 1).astype(np.float32), 1, mode="edge")
    wetting, total = np.zeros_like(fluid), np.zeros_like(fluid)
    wall_terms(fluid, wetting, total)
    inner = (slice(1, -1),) * 3
    wetting[inner] *= cosine * np.float32(_TENSION)
    diagonal = 2 * WIDTH * total + fluid / WIDTH + np.abs(wetting)
    scale = np.where(total > 1e-6, 1 / np.maximum(diagonal, 1e-6), 0).astype(np.float32)
    inside = np.empty(solid.shape, dtype=np.float32)
    to_phase(level, WIDTH, inside)
    liquid = np.pad(inside, 1)
    velocity, slope = np.zeros_like(liquid), np.zeros_like(liquid)
    sums = np.zeros((len(liquid), 6))
    length = volume ** (1 / 3)
    age = 0
    curvature = residual = 0.0
    steps = 0
    while steps < _LONGEST:
        gradient(liquid, fluid, wetting, scale, WIDTH, velocity, slope, sums)
        held, along, across, moved, steep, power = sums.sum(axis=0)
        curvature = 6 / _TENSION * along / across
        residual = 6 * float(np.sqrt(max(steep / across - (along / across) ** 2, 0.0)))
        if residual * length <= tolerance and abs(held - volume) <= 1e-4 * volume:
            break
        steps += 1
        age = 0 if power > 0 else age + 1
        momentum = min(age / (age + 3), 0.98)
        pressure = (volume - held - momentum * moved + along) / across
        advance(liquid, fluid, scale, momentum, pressure, slope, velocity)
    to_level(np.ascontiguousarray(liquid[inner]), WIDTH, REACH, inside)
    return _extended(inside, fluid[inner] > 0.25, solid, cosine), float(curvature), residual, steps


def _extended(
    level: NDArray[np.float32], known: NDArray[np.bool_], solid: NDArray[np.float32], cosine: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Continue the level-set function a few voxels into the solids, so that it can be interpolated at their walls."""
    from .capillary_kernel import extend

    for _ in range(4):
        out, reached = np.empty_like(level), np.empty_like(known)
        extend(level, known, solid, cosine, out, reached)
        level, known = out, reached
    return np.clip(level, -REACH, REACH)


def _with_volume(
    level: NDArray[np.float32], solid: NDArray[np.float32], volume: float
) -> tuple[NDArray[np.float32], float]:
    """Return the signed distance (voxels, negative in the liquid) moved to hold the volume, and that volume."""
    from scipy.optimize import brentq

    from .capillary_kernel import volume_below

    rows = np.empty(len(level))

    def excess(shift: float) -> float:
        volume_below(distance, solid, shift, rows)
        return float(rows.sum()) - volume

    distance = -level
    # The shift is a small fraction of a voxel; a liquid that the bracket cannot hold keeps what it has.
    shift = brentq(excess, -1.5, 1.5, xtol=1e-5) if excess(-1.5) < 0 < excess(1.5) else 0.0
    return distance - np.float32(shift), excess(shift) + volume
