"""Scale and record of a TIFF stack, as ImageJ, OME and the tags of TIFF itself state them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...grids.grid import record_from
from ...grids.scale import number_in, unit_name
from ...grids.units import is_length, um_per

SLICE_DISTANCE = "slice distance not stated: taken as the pixel size"
"""What is assumed of a stack that only says how large its pixels are."""

_UM_PER_INCH = 25400.0
# A resolution for a printer or a screen says nothing of a sample; a pixel below this is one of a detector.
_LARGEST_PIXEL_FROM_INCHES_UM = 10.0


@dataclass(frozen=True)
class TiffScale:
    """What the header of a TIFF says of its scale.

    Parameters
    ----------
    sizes_um : mapping of str to float
        Voxel size along Z, Y and X as they are stored, µm, as far as stated.
    assumed : tuple of str
        What is stated and not used.
    """

    sizes_um: Mapping[str, float] = field(default_factory=dict)
    assumed: tuple[str, ...] = ()


def record_of(tiff: Any) -> dict[str, Any]:
    """Return the record that this package left in ImageJ's ``Info`` or OME's ``Description``."""
    if tiff.is_ome and tiff.ome_metadata:
        for element in ElementTree.fromstring(tiff.ome_metadata).iter():
            if element.tag.rpartition("}")[2] == "Description" and (record := record_from(element.text)):
                return record
        return {}
    return record_from((tiff.imagej_metadata or {}).get("Info")) if tiff.is_imagej else {}


def scale_of(tiff: Any, series: int = 0) -> TiffScale:
    """Read the scale of one series of a file.

    Raises
    ------
    InputError
        A size that cannot be read as a number.
    """
    if tiff.is_ome and tiff.ome_metadata:
        return _ome_scale(tiff.ome_metadata, series)
    if is_ome_alone(tiff):
        return _ome_scale(tiff.pages.first.description, series)
    if tiff.is_imagej:
        return _imagej_scale(tiff)
    return _plain_scale(tiff)


def is_ome_alone(tiff: Any) -> bool:
    """Whether a file that was opened without regard to OME has its metadata all the same."""
    text = tiff.pages.first.description
    return not tiff.is_ome and text.lstrip().startswith("<") and text.rstrip().endswith("OME>")


def spans_files(xml: str, name: str) -> bool:
    """Whether the metadata of an OME-TIFF name other files than ``name``."""
    return "BinaryOnly" in xml or bool(set(re.findall(r'FileName="([^"]*)"', xml)) - {name})


def _ome_scale(xml: str, series: int) -> TiffScale:
    images = [one for one in ElementTree.fromstring(xml).iter() if one.tag.rpartition("}")[2] == "Pixels"]
    if not images:
        return TiffScale()
    pixels = images[min(series, len(images) - 1)]
    sizes: dict[str, float] = {}
    other: dict[str, str] = {}
    for axis in "ZYX":
        size, unit = pixels.get(f"PhysicalSize{axis}"), pixels.get(f"PhysicalSize{axis}Unit", "µm")
        if size is None:
            continue
        if is_length(unit):
            sizes[axis] = number_in(size) * um_per(unit)
        else:
            other[axis] = unit
    assumed = [f"PhysicalSize in {unit_name(other.values())}, no length, is not used"] if other else []
    step = _plane_step_um(pixels)
    if step is not None and step < 0:
        assumed.append("the positions of its planes run downwards along z: slices are taken as they are stored")
    if step is not None and "Z" not in other:
        if "Z" not in sizes:
            sizes["Z"] = abs(step)
            assumed.append("slice distance taken from the positions of its planes")
        elif not np.isclose(sizes["Z"], abs(step), rtol=1e-2):
            assumed.append(f"its planes stand {abs(step):.6g} µm apart by their positions, which is not used")
    return TiffScale(sizes, tuple(assumed))


def _plane_step_um(pixels: Any) -> float | None:
    """Distance of planes along z by their positions, negative downwards; None where they do not say it."""
    places: dict[int, float] = {}
    for plane in pixels:
        position, unit = plane.get("PositionZ"), plane.get("PositionZUnit", "")
        if plane.tag.rpartition("}")[2] != "Plane" or position is None or not is_length(unit):
            continue
        if plane.get("TheC", "0") == plane.get("TheT", "0") == "0":
            places[int(plane.get("TheZ", "0"))] = number_in(position, "position of a plane") * um_per(unit)
    if len(places) < 2 or sorted(places) != list(range(len(places))):
        return None
    steps = np.diff([places[z] for z in range(len(places))])
    middle = float(np.median(steps))
    return middle if middle and np.abs(steps - middle).max() <= 0.01 * abs(middle) else None


def _imagej_scale(tiff: Any) -> TiffScale:
    metadata = tiff.imagej_metadata or {}
    unit = str(metadata.get("unit", ""))
    across = {axis: _pixels_per_unit(tiff, f"{axis}Resolution") for axis in "YX"}
    assumed = list(_calibration(metadata))
    if not is_length(unit):
        # The distance of slices counts in the same unit as the pixels.
        stated = [across[axis] for axis in "YX" if across[axis] not in (None, 1.0)]
        spacing = metadata.get("spacing", 1.0)
        if stated or spacing not in (0, 1.0, None):
            told = f"its scale is in {unit_name([unit])}"
            assumed.append(f"{told}, no length, and is not used" if unit else f"{told} and is not used")
        return TiffScale({}, tuple(assumed))
    if unit.lower() in ("inch", "inches", "in"):
        # ImageJ makes them of dots per inch.
        pixel = min((_UM_PER_INCH / one for one in across.values() if one), default=np.inf)
        if pixel > _LARGEST_PIXEL_FROM_INCHES_UM:
            return TiffScale({}, (*assumed, "its scale in inches, as for printing, is not used"))
    sizes: dict[str, float] = {}
    # ImageJ gives y and z their own unit only where it differs.
    for axis, per_unit in across.items():
        if per_unit is not None:
            own = str(metadata.get(f"{axis.lower()}unit", unit))
            sizes[axis] = (1 / per_unit if per_unit else np.inf) * um_per(own)
    if "spacing" in metadata:
        sizes["Z"] = number_in(metadata["spacing"], "slice distance") * um_per(str(metadata.get("zunit", unit)))
    return TiffScale(sizes, tuple(assumed))


def _calibration(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """What ImageJ says of its voxel values and its origin, which is not used."""
    told = []
    if "cf" in metadata and (metadata.get("c0", 0), metadata.get("c1", 1)) != (0, 1):
        told.append("ImageJ's calibration of voxel values (cf, c0, c1) is not used: voxel values are taken as stored")
    if any(metadata.get(name) for name in ("xorigin", "yorigin", "zorigin")):
        told.append("ImageJ's origin is not used: the rotation axis is taken to be in the middle of y and x")
    return tuple(told)


def _plain_scale(tiff: Any) -> TiffScale:
    """Pixel size by the resolution of TIFF itself: per centimetre, or per inch where it is not one of a printer."""
    tags = tiff.pages[0].tags
    unit = int(tags["ResolutionUnit"].value) if "ResolutionUnit" in tags else 2
    per_unit = {axis: _pixels_per_unit(tiff, f"{axis}Resolution") for axis in "YX"}
    if any(not one or one == 1.0 for one in per_unit.values()):
        return TiffScale()
    if unit not in (2, 3):
        told = " × ".join(f"{per_unit[axis]:.6g}" for axis in "YX")
        return TiffScale({}, (f"its resolution of {told} without a unit of length is not used",))
    sizes = {axis: (_UM_PER_INCH if unit == 2 else 1e4) / float(one or 1) for axis, one in per_unit.items()}
    if unit == 2 and min(sizes.values()) > _LARGEST_PIXEL_FROM_INCHES_UM:
        return TiffScale({}, (f"its resolution of {per_unit['X']:.6g} dots per inch, for printing, is not used",))
    return TiffScale(sizes, ("pixel size taken from the resolution in the TIFF header",))


def _pixels_per_unit(tiff: Any, tag: str) -> float | None:
    tags = tiff.pages[0].tags
    if tag not in tags:
        return None
    numerator, denominator = tags[tag].value
    return numerator / denominator if denominator else None
