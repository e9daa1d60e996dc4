"""Where a layer lies in the world, and how large its voxels are."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import InputError
from ...provenance import Provenance
from .layer_record import RECORD
from .orientation import orientation_of, upright_place, voxel_edges

if TYPE_CHECKING:
    from napari.layers import Layer


SPATIAL = ("scale", "translate", "rotate", "shear", "affine", "units", "axis_labels")

AXES = ("z", "y", "x")


def spatial_of(layer: Layer) -> dict[str, Any]:
    """Everything that places what is seen of a layer in the world, to hand to a layer of what was made of it."""
    try:
        plain = layer.ndim != 3 or orientation_of(layer).is_plain
    except InputError:
        plain = True  # no noun is made of it
    return {name: getattr(layer, name) for name in SPATIAL} if plain else upright_place(layer)


def spatial_of_voxels(voxel_size_um: tuple[float, float, float] | None) -> dict[str, Any]:
    """Place of a grid that only knows its voxel size, µm; in pixels where it knows not even that."""
    if voxel_size_um is None:
        return {"scale": (1.0,) * 3, "units": ("pixel",) * 3, "axis_labels": AXES}
    return {"scale": voxel_size_um, "units": ("um",) * 3, "axis_labels": AXES}


def voxel_size_um(layer: Layer) -> tuple[float, float, float] | None:
    """Voxel size of a layer along its last three axes, µm.

    Parameters
    ----------
    layer : napari.layers.Layer
        A layer of three axes or more, in any units of length, scaled, rotated or moved.

    Returns
    -------
    tuple of float or None
        (z, y, x) in µm, as the layer is seen; along the axes of the array where it is turned by no multiple of 90°.
        None where it counts in pixels, so that nothing says how large a voxel is.

    Raises
    ------
    InputError
        The layer is sheared: then a voxel is no box and has no size along its axes.
    """
    if layer.ndim < 3:
        return None
    to_um = [_micrometres(unit) for unit in layer.units]
    if any(factor is None for factor in to_um[-3:]):
        return None
    edges = voxel_edges(layer)[-3:, -3:] * np.asarray(to_um[-3:], dtype=float)
    lengths = np.linalg.norm(edges, axis=1)
    if not (lengths > 0).all():
        raise InputError(f"Layer '{layer.name}' has a scale of zero; set its voxel size.")
    unit_edges = edges / lengths[:, np.newaxis]
    if np.abs(unit_edges @ unit_edges.T - np.eye(3)).max() > 1e-3:
        raise InputError(
            f"Layer '{layer.name}' is sheared; its voxels have no size along z, y and x. Remove the shear."
        )
    # A rotation leaves rounding errors in the last digits, which would be written to files.
    z, y, x = (float(f"{length:.9g}") for length in lengths)
    try:
        return orientation_of(layer).lengths((z, y, x))
    except InputError:
        return z, y, x


def set_voxel_size_um(layer: Layer, voxel_size: tuple[float, float, float]) -> None:
    """Give a layer its voxel size, µm, and note in its record that the user said so.

    A layer that counted in pixels counts in µm from then on; one that had a voxel size keeps its units.

    Raises
    ------
    InputError
        The layer does not have three axes.
    """
    if layer.ndim != 3:
        raise InputError(f"Layer '{layer.name}' has {layer.ndim} axes; a voxel size needs three (z, y, x).")
    if voxel_size_um(layer) is None:
        layer.units = ("um",) * 3
    # By factors, which hold in any units and under a flip, a rotation or an affine.
    factors = np.asarray(voxel_size) / np.asarray(voxel_size_um(layer))
    layer.scale = np.asarray(layer.scale) * orientation_of(layer).stored_lengths(tuple(factors))
    layer.axis_labels = AXES
    record = layer.metadata.get(RECORD, {})
    provenance = record.get("provenance", Provenance())
    provenance = provenance.then("set voxel size", voxel_size_um=list(voxel_size), voxel_size_from="the user")
    layer.metadata = {**layer.metadata, RECORD: {**record, "provenance": provenance}}


def finest(layer: Layer) -> Any:
    """Array of a layer, of a multiscale one that of its finest scale; lazy where the layer is."""
    return layer.data[0] if getattr(layer, "multiscale", False) else layer.data


def shape_of(layer: Layer) -> tuple[int, ...]:
    """Voxels of a layer along the axes as they are seen; as they are stored where it is turned by no right angle."""
    shape = tuple(int(n) for n in finest(layer).shape)
    try:
        return orientation_of(layer).lengths(shape) if len(shape) == 3 else shape
    except InputError:
        return shape


@cache
def _micrometres(unit: Any) -> float | None:
    import pint

    try:
        return float((1.0 * unit).to("micrometer").magnitude)
    except pint.DimensionalityError:
        return None
