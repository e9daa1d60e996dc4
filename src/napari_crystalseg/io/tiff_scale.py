"""Scale and record of a TIFF stack, as ImageJ and OME write them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

from .grid import record_from
from .units import is_length, um_per


def scale_of(tiff: Any) -> tuple[dict[str, Any], tuple[float, float, float] | None, str | None]:
    """Record, voxel size (z, y, x) in µm, and what was assumed about it."""
    if tiff.is_ome and tiff.ome_metadata:
        return _ome_scale(tiff.ome_metadata)
    if tiff.is_imagej:
        return _imagej_scale(tiff)
    return {}, None, None


def _ome_scale(xml: str) -> tuple[dict[str, Any], tuple[float, float, float] | None, str | None]:
    record: dict[str, Any] = {}
    sizes: dict[str, float] = {}
    for element in ElementTree.fromstring(xml).iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "Description" and not record:
            record = record_from(element.text)
        if tag == "Pixels" and not sizes:
            for axis in "ZYX":
                size = element.get(f"PhysicalSize{axis}")
                unit = element.get(f"PhysicalSize{axis}Unit", "µm")
                if size is not None and is_length(unit):
                    sizes[axis] = float(size) * um_per(unit)
    return record, *_completed(sizes)


def _imagej_scale(tiff: Any) -> tuple[dict[str, Any], tuple[float, float, float] | None, str | None]:
    metadata = tiff.imagej_metadata or {}
    record = record_from(metadata.get("Info"))
    unit = str(metadata.get("unit", ""))
    if not is_length(unit):
        return record, None, None
    sizes: dict[str, float] = {}
    # ImageJ gives y and z their own unit only where it differs.
    for axis, tag in (("Y", "YResolution"), ("X", "XResolution")):
        if tag in tiff.pages[0].tags:
            numerator, denominator = tiff.pages[0].tags[tag].value
            if numerator:
                sizes[axis] = denominator / numerator * um_per(str(metadata.get(f"{axis.lower()}unit", unit)))
    if "spacing" in metadata:
        sizes["Z"] = float(metadata["spacing"]) * um_per(str(metadata.get("zunit", unit)))
    return record, *_completed(sizes)


def _completed(sizes: dict[str, float]) -> tuple[tuple[float, float, float] | None, str | None]:
    if "X" not in sizes or "Y" not in sizes:
        return None, None
    if "Z" in sizes:
        return (sizes["Z"], sizes["Y"], sizes["X"]), None
    return (sizes["X"], sizes["Y"], sizes["X"]), "slice distance not stated: taken as the pixel size"
