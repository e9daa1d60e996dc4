"""Mother liquor as Blender's fluid engine leaves it about crystal and mount."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..mounts.mount import Grid, local_coordinates
from .liquor import soft_minimum


class UnresolvedDrop(InputError):
    """Blender's grid is too coarse for the drop, so that it made no liquid, or one of quite another volume."""


PROGRAM = Path(__file__).with_name("blender_bake.py")
"""What runs Blender; a program of its own."""

HOW_TO_INSTALL = (
    "Blender's liquor needs Blender as a module, for Python 3.11 alone: pip install --no-deps 'bpy==4.5.*'. "
    "The capillary surface needs nothing and is the truer model: --liquor capillary."
)

# Cells of Blender's grid on either side of its surface on which distances are worked out.
_BAND_CELLS = 2.0
# Its liquid may be this many cells too fat or too lean to be mended by a shift of the surface.
_SHIFT_CELLS = 1.0


@dataclass(frozen=True, eq=False)
class BlenderLiquor:
    """Liquor poured over crystal and mount in Blender's fluid engine, as it is some frames later.

    It stands in a :class:`napari_crystalseg.phantom.Sample` where a :class:`napari_crystalseg.phantom.CapillaryLiquor`
    does. The engine (FLIP particles) knows neither contact angles nor adhesion: how the liquor lies is plausible, not
    an equilibrium. Its mesh is thicker than the liquid by about a particle, so that the surface is moved until the
    volume is right; it follows the solids to about a cell. Crystal and mount go in as the surfaces of their distances.

    Parameters
    ----------
    volume_um3 : float
        Volume of the liquor with the bubbles that lie in it, µm³.
    semi_axes_um : (float, float, float)
        Proportions of the drop as it is poured, along the stem, the mount's normal, and across. It starts as such an
        ellipsoid, grown until it holds the volume.
    rotation, centre_um
        Pose of that ellipsoid, as in :class:`napari_crystalseg.phantom.mounts.mount.FibreLoop`.
    resolution : int
        Cells of Blender's grid along the longest edge of the field, 32 to 128; 64 is the practical choice.
    frames : int
        Frames that it flows, 24 a second, 2 to 100.
    gravity : (float, float, float)
        Acceleration (z, y, x) in lengths of the field's longest edge per second².
    surface_tension : float
        Blender's own number for the surface tension, 0 to 100.
    viscosity : float
        Kinematic viscosity with the longest edge as a metre, m²/s, as Blender takes it, 1e-10 to 1.
    timeout_s : float
        Seconds after which Blender is stopped.

    Raises
    ------
    InputError
        A number out of its range.
    """

    volume_um3: float
    semi_axes_um: tuple[float, float, float]
    rotation: NDArray[np.float64]
    centre_um: NDArray[np.float64]
    resolution: int = 64
    frames: int = 6
    gravity: tuple[float, float, float] = (0.0, -2.0, 0.0)
    surface_tension: float = 0.1
    viscosity: float = 1e-6
    timeout_s: float = 1800.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.volume_um3) and self.volume_um3 > 0):
            raise InputError(f"The liquor's volume must be positive, not {self.volume_um3} µm³.")
        if not (np.isfinite(self.semi_axes_um).all() and min(self.semi_axes_um) > 0):
            raise InputError("The half axes of the drop must be positive.")
        if not np.isfinite(self.gravity).all():
            raise InputError(f"Gravity has three finite components, not {self.gravity}.")
        for name, low, high in (
            ("resolution", 32, 128),
            ("frames", 2, 100),
            ("surface_tension", 0, 100),
            ("viscosity", 1e-10, 1),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise InputError(f"Blender's liquor takes a {name} of {low} to {high}, not {value}.")
        if not self.timeout_s > 0:
            raise InputError(f"Blender needs some time, not {self.timeout_s} s.")

    def distance(
        self, grid: Grid, crystal: NDArray[np.float32], mount: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        """Signed distance to the liquor's surface, shape (z, y, x), µm, negative inside, bounded away from it.

        Parameters
        ----------
        grid : Grid
            Coordinates of the grid, evenly spaced and alike along each axis.
        crystal, mount : ndarray, shape (z, y, x)
            Signed distances to crystal and mount on the same grid, µm; the mount may be absent.

        Raises
        ------
        InputError
            Blender is not installed, fails, or takes too long; the volume does not fit into the field, or is too
            small for the resolution.
        """
        from .capillary_kernel import to_finest
        from .mesh_kernel import signed_distance

        stride = 1
        while max(crystal.shape) / stride > 2 * self.resolution:
            stride *= 2
        cut = (slice(None, None, stride),) * 3
        coarse: Grid = tuple(axis[::stride] for axis in grid)  # type: ignore[assignment]
        solids = crystal[cut] if mount is None else np.minimum(crystal[cut], mount[cut])
        vertices, triangles = self.bake(coarse, crystal[cut], None if mount is None else mount[cut])
        cell = max(_spans(coarse)) / self.resolution
        z, y, x = (axis.astype(np.float64) for axis in coarse)
        surface = signed_distance(z, y, x, vertices, triangles, _BAND_CELLS * cell)
        surface = _with_volume(surface, solids, self.volume_um3, _size(coarse), cell)
        return to_finest(surface, crystal.shape, stride)

    def bake(
        self, grid: Grid, crystal: NDArray[np.float32], mount: NDArray[np.float32] | None
    ) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
        """Run Blender, and return the mesh of the liquid as it comes, a little fat.

        Parameters
        ----------
        grid, crystal, mount
            As in :meth:`distance`. The liquor stays within the grid's box.

        Returns
        -------
        vertices : ndarray, shape (vertex, 3)
            Corners (z, y, x), µm.
        triangles : ndarray, shape (triangle, 3)
            Corners of each triangle; every edge belongs to two.

        Raises
        ------
        InputError
            As in :meth:`distance`.
        """
        if find_spec("bpy") is None:
            raise InputError(HOW_TO_INSTALL)
        low = np.array([axis[0] for axis in grid], dtype=float)
        high = np.array([axis[-1] for axis in grid], dtype=float)
        middle, longest = (low + high) / 2, max(_spans(grid))
        solids = crystal if mount is None else np.minimum(crystal, mount)
        job: dict[str, NDArray[Any]] = {
            "box": (np.stack([low, high]) - middle) / longest,
            "resolution": np.array(self.resolution),
            "frames": np.array(self.frames),
            "gravity": np.array(self.gravity),
            "surface_tension": np.array(self.surface_tension),
            "viscosity": np.array(self.viscosity),
        }
        for name, distance in (("drop", self._poured(grid, solids)), ("crystal", crystal), ("mount", mount)):
            corners, faces = _surface(distance, grid)
            job |= {f"{name}_vertices": (corners - middle) / longest, f"{name}_triangles": faces}
        vertices, triangles = _run_blender(job, self.timeout_s)
        _check_closed(triangles)
        return vertices.astype(np.float64) * longest + middle, triangles

    def _poured(self, grid: Grid, solids: NDArray[np.float32]) -> NDArray[np.float32]:
        own = local_coordinates(grid, self.rotation, self.centre_um)
        along, normal, across = (c / np.float32(a) for c, a in zip(own, self.semi_axes_um, strict=True))
        scaled = np.sqrt(along**2 + normal**2 + across**2)
        size = _size(grid)
        order = np.argsort(scaled, axis=None, kind="stable")
        enclosed = np.cumsum(np.clip(0.5 + solids / size, 0, 1).ravel()[order], dtype=np.float64) * size**3
        if self.volume_um3 >= enclosed[-1]:
            raise InputError(
                f"Crystal and mount leave {enclosed[-1]:.4g} µm³ of the field, less than the {self.volume_um3:.4g} µm³ "
                "of the liquor: pour less."
            )
        level = scaled.ravel()[order[np.searchsorted(enclosed, self.volume_um3)]]
        distance: NDArray[np.float32] = (scaled - level) * np.float32(min(self.semi_axes_um))
        return distance


def _with_volume(
    surface: NDArray[np.float32], solids: NDArray[np.float32], volume_um3: float, size: float, cell: float
) -> NDArray[np.float32]:
    """Move a surface outwards or inwards until liquor outside the solids has its volume; close gaps to the solids."""
    space = np.clip(0.5 + solids / size, 0, 1)

    def moved(shift: float) -> NDArray[np.float32]:
        liquid = surface - np.float32(shift)
        # Moved inwards, the liquid would part from the solids that it wets: it joins them across half a cell. Away
        # from it they stay dry.
        level: NDArray[np.float32] = np.maximum(soft_minimum(liquid, solids, cell), liquid - np.float32(cell / 2))
        return level

    def enclosed(shift: float) -> float:
        return float((space * np.clip(0.5 - moved(shift) / size, 0, 1)).sum(dtype=np.float64)) * size**3

    low, high = -_SHIFT_CELLS * cell, _SHIFT_CELLS * cell
    least, most = enclosed(low), enclosed(high)
    if not least <= volume_um3 <= most:
        raise UnresolvedDrop(
            f"Blender's liquid holds {enclosed(0.0):.4g} µm³, too far from the {volume_um3:.4g} µm³ asked for: its "
            "grid is too coarse for this drop, or the field too small. Raise the resolution, or pour another volume."
        )
    for _ in range(24):
        shift = (low + high) / 2
        low, high = (shift, high) if enclosed(shift) < volume_um3 else (low, shift)
    return moved((low + high) / 2)


def _run_blender(job: dict[str, NDArray[Any]], timeout_s: float) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    with tempfile.TemporaryDirectory(prefix="liquor-") as folder:
        job_file, result_file = Path(folder, "job.npz"), Path(folder, "result.npz")
        np.savez(job_file, **job)  # type: ignore[arg-type]
        # Neither the user's settings for Blender nor files beside the program play a part.
        command = [sys.executable, "-P", str(PROGRAM), str(job_file), str(result_file)]
        environment = os.environ | {"BLENDER_USER_RESOURCES": folder}
        try:
            run = subprocess.run(command, env=environment, capture_output=True, timeout=timeout_s, check=False)
        except subprocess.TimeoutExpired:
            raise InputError(
                f"Blender was stopped after {timeout_s:g} s: lower the resolution or the frames, or raise timeout_s."
            ) from None
        if run.returncode != 0 or not result_file.exists():
            lines = (run.stdout + run.stderr).decode(errors="replace").strip().splitlines()
            raise InputError("\n".join([f"Blender ended with code {run.returncode}; its last words:", *lines[-12:]]))
        with np.load(result_file, allow_pickle=False) as result:
            return result["vertices"], result["triangles"]


def _surface(distance: NDArray[np.float32] | None, grid: Grid) -> tuple[NDArray[np.float64], NDArray[np.int32]]:
    from skimage.measure import marching_cubes

    if distance is None or not (distance < 0).any():
        return np.zeros((0, 3)), np.zeros((0, 3), dtype=np.int32)
    size = _size(grid)
    # What runs out of the field is closed at its border, and every triangle faces outwards.
    closed = np.pad(distance, 1, constant_values=size)
    vertices, triangles, _, _ = marching_cubes(closed, 0.0, gradient_direction="descent", allow_degenerate=False)
    return (vertices - 1.0) * size + np.array([float(axis[0]) for axis in grid]), triangles.astype(np.int32)


def _check_closed(triangles: NDArray[np.int32]) -> None:
    edges = np.sort(np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1)
    _, counts = np.unique(edges, axis=0, return_counts=True)
    # Without a liquid, Blender returns the box of the field.
    if len(triangles) <= 12 or (counts % 2).any():
        raise UnresolvedDrop(
            "Blender made no closed surface of this liquor: its grid is too coarse for the drop. Raise the resolution, "
            "or pour more."
        )


def _size(grid: Grid) -> float:
    return float(grid[0][1] - grid[0][0])


def _spans(grid: Grid) -> list[float]:
    return [float(axis[-1] - axis[0]) for axis in grid]
