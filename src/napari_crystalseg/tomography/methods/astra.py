"""Reconstruction by the ASTRA toolbox, on the CPU."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from .back_projection import angular_weights
from .filtering import filtered
from .method import Slices
from .ray_geometry import Geometry

_SIRT_ITERATIONS = 150
_PROJECTOR = "linear"


def _astra() -> ModuleType:
    try:
        return importlib.import_module("astra")
    except ImportError as error:
        raise InputError(
            "ASTRA is not installed: pip install 'napari-crystalseg[astra]', or leave the method out."
        ) from error


@dataclass(frozen=True)
class AstraFbp:
    """Filtered back-projection with ASTRA's linear projector; filter, weights and extrapolation are ours."""

    name: str = "astra-fbp"

    @classmethod
    def checked(cls) -> AstraFbp:
        """Return the method, or say that ASTRA is not installed."""
        _astra()
        return cls()

    def record(self) -> dict[str, Any]:
        """Return what tells this method in a provenance."""
        return {"method": self.name, "method_version": f"astra {_astra().__version__}", "projector": _PROJECTOR}

    def rows_together(self, geometry: Geometry) -> int:
        """Rows are independent."""
        return 1

    def bytes_needed(self, geometry: Geometry) -> int:
        """Memory of one slice with its projections."""
        return 16 * geometry.columns * (geometry.angles + geometry.columns)

    def prepare(self, geometry: Geometry) -> Slices:
        """Return what turns line integrals into slices."""
        weights = (angular_weights(geometry.angles_deg) / geometry.pixel_length).astype(np.float32)
        radius = (geometry.columns - 1) / np.sqrt(2) + 1
        before = max(0, int(np.ceil(radius - geometry.centre_px)))
        after = max(0, int(np.ceil(geometry.centre_px + radius - (geometry.columns - 1))))

        def slices(line_integrals: NDArray[np.float32]) -> NDArray[np.float32]:
            # All columns that a slice sees, so that the whole square is covered as by the other methods.
            values = np.asarray(line_integrals, dtype=np.float32)
            ready = filtered(values, before, after, geometry.filter_name, geometry.extrapolated_about_px)
            ready *= weights[:, np.newaxis, np.newaxis]
            return _each_row(geometry, ready, geometry.centre_px + before, "BP", 1)

        return slices


@dataclass(frozen=True)
class AstraSirt:
    """Simultaneous iterative reconstruction: slow, and good where projections are few or a wedge is missing."""

    name: str = "astra-sirt"
    iterations: int = _SIRT_ITERATIONS

    @classmethod
    def checked(cls) -> AstraSirt:
        """Return the method, or say that ASTRA is not installed."""
        _astra()
        return cls()

    def record(self) -> dict[str, Any]:
        """Return what tells this method in a provenance."""
        return {
            "method": self.name,
            "method_version": f"astra {_astra().__version__}",
            "projector": _PROJECTOR,
            "iterations": self.iterations,
        }

    def rows_together(self, geometry: Geometry) -> int:
        """Rows are independent."""
        return 1

    def bytes_needed(self, geometry: Geometry) -> int:
        """Memory of one slice with its projections and the sums of both."""
        return 32 * geometry.columns * (geometry.angles + geometry.columns)

    def prepare(self, geometry: Geometry) -> Slices:
        """Return what turns line integrals into slices."""

        def slices(line_integrals: NDArray[np.float32]) -> NDArray[np.float32]:
            values = np.asarray(line_integrals, dtype=np.float32) / np.float32(geometry.pixel_length)
            return _each_row(geometry, values, geometry.centre_px, "SIRT", self.iterations)

        return slices


def _each_row(
    geometry: Geometry, values: NDArray[np.float32], centre_px: float, algorithm: str, iterations: int
) -> NDArray[np.float32]:
    """Run an ASTRA algorithm on values (angle, row, column), whose axis is at column ``centre_px``."""
    width, columns = geometry.columns, values.shape[2]
    result = np.empty((values.shape[1], width, width), dtype=np.float32)
    with _projector(geometry, columns, centre_px) as (astra, projector, rays, grid):
        for row in range(values.shape[1]):
            data = astra.data2d.create("-sino", rays, np.ascontiguousarray(values[:, row]))
            image = astra.data2d.create("-vol", grid, 0)
            options = astra.astra_dict(algorithm)
            options.update(ProjectorId=projector, ProjectionDataId=data, ReconstructionDataId=image)
            running = astra.algorithm.create(options)
            try:
                astra.algorithm.run(running, iterations)
                result[row] = astra.data2d.get(image)
            finally:
                astra.algorithm.delete(running)
                astra.data2d.delete([data, image])
    return result


@contextmanager
def _projector(geometry: Geometry, columns: int, centre_px: float) -> Iterator[tuple[ModuleType, int, Any, Any]]:
    """ASTRA's y runs against ours, and its angles so too: a point (y, x) is seen where ours is."""
    astra = _astra()
    rays = astra.create_proj_geom("parallel", 1.0, columns, np.deg2rad(geometry.angles_deg))
    # The axis from the middle of the detector: ASTRA moves the detector instead.
    rays = astra.geom_postalignment(rays, (columns - 1) / 2 - centre_px)
    grid = astra.create_vol_geom(geometry.columns, geometry.columns)
    projector = astra.create_projector(_PROJECTOR, rays, grid)
    try:
        yield astra, projector, rays, grid
    finally:
        astra.projector.delete(projector)
