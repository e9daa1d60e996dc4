"""HDF5: Eiger master files with their data files, NXmx, and plain datasets of images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...provenance import Provenance
from ..assumed.statements import Statements
from ..formats.hdf5.file import open_hdf5
from ..formats.hdf5.scans.layouts import scan_layout_of
from ..formats.hdf5.values import text_of
from .diffraction_image import DetectorAxes, DiffractionImage, Sensor
from .header_numbers import positive
from .nexus_axes import is_curved, nxmx_axes
from .pixel_values import counts_and_mask, refuse_shape

if TYPE_CHECKING:
    import h5py

_PER_MM = {"m": 1e3, "mm": 1.0, "um": 1e-3, "micron": 1e-3, "µm": 1e-3, "cm": 10.0, "nm": 1e-6, "pm": 1e-9}
_MATERIALS = {"si": "Si", "silicon": "Si", "cdte": "CdTe", "gaas": "GaAs"}
_SMALLEST_SIDE = 16
_HC_EV_ANGSTROM = 12398.419843320026


def is_diffraction_hdf5(path: Path) -> bool:
    """Whether a file says that it holds diffraction images: of an Eiger, NXmx, or with a beam centre."""
    with open_hdf5(path) as file:
        if scan_layout_of(path) is not None:
            return False
        for entry in _entries(file):
            definition = entry.get("definition")
            if definition is not None and text_of(definition).strip() == "NXmx":
                return True
            data = entry.get("data")
            if hasattr(data, "keys") and any(str(name).startswith("data_0") for name in data):
                return True
            if any("beam_center_x" in detector for detector in _detectors(entry)):
                return True
    return False


def count_hdf5(path: Path) -> int:
    """Images of a file, those of its data files among them."""
    with open_hdf5(path) as file:
        return sum(_images_of(dataset) for dataset in _datasets(file, path))


def read_hdf5(path: Path, number: int = 1) -> DiffractionImage:
    """Read one image.

    Raises
    ------
    InputError
        No images, a data file that is absent, or not so many images.
    """
    statements = Statements()
    with open_hdf5(path) as file:
        datasets = _datasets(file, path)
        count = sum(_images_of(dataset) for dataset in datasets)
        if number > count:
            raise InputError(f"{path.name} holds {count} image{'s' if count != 1 else ''}; there is no {number}.")
        before = 0
        for dataset in datasets:
            if number <= before + _images_of(dataset):
                break
            before += _images_of(dataset)
        refuse_shape(dataset.shape[-2:], path.name)
        values = np.asarray(dataset[()] if dataset.ndim == 2 else dataset[number - before - 1])
        stated = _statements(file, dataset, number, values.shape, statements)
        cutoff, pixel_mask = stated.pop("cutoff"), stated.pop("pixel_mask")
        others = {Path(str(part.file.filename)) for part in datasets} - {Path(str(file.filename))}
    counts, mask = counts_and_mask(values, statements, cutoff, pixel_mask)
    return DiffractionImage(
        counts,
        mask,
        number=number,
        count=count,
        provenance=statements.recorded_in(Provenance.of_file(path, *sorted(others))),
        **stated,
    )


def _images_of(dataset: h5py.Dataset) -> int:
    return 1 if dataset.ndim == 2 else int(dataset.shape[0])


def _entries(file: h5py.File) -> list[Any]:
    found = [file[name] for name in file if file.get(name, getclass=True) is not None and hasattr(file[name], "keys")]
    return [group for group in found if hasattr(group, "get")] or [file]


def _detectors(entry: Any) -> Iterator[Any]:
    for name in ("instrument", "instrument_1"):
        instrument = entry.get(name)
        if not hasattr(instrument, "keys"):
            continue
        for key in instrument:
            child = instrument.get(key)
            if hasattr(child, "keys") and (
                str(key).startswith("detector") or text_of(child.attrs.get("NX_class", "")) == "NXdetector"
            ):
                yield child


def _datasets(file: h5py.File, path: Path) -> list[Any]:
    """Datasets of images in order: the parts of an Eiger, ``data`` of an entry, or the only one that may be images."""
    for entry in _entries(file):
        group = entry.get("data")
        if not hasattr(group, "keys"):
            continue
        parts = sorted(str(name) for name in group if str(name).startswith("data_0"))
        if parts:
            found: list[Any] = []
            for name in parts:
                dataset = group.get(name)
                if dataset is None:
                    link = group.get(name, getlink=True)
                    absent = getattr(link, "filename", name)
                    if not found:
                        raise InputError(
                            f"{path.name} refers to {absent}, which is not beside it or cannot be opened; put its data "
                            "files beside it."
                        )
                    # A master names the files of all images that were asked for, not of those that were written.
                    break
                if _may_be_images(dataset):
                    found.append(dataset)
            if found:
                return found
        signal = group.get("data")
        if _may_be_images(signal):
            return [signal]
    candidates: list[Any] = []
    file.visititems(lambda _, item: candidates.append(item) if _may_be_images(item) and not _is_mask(item) else None)
    if len(candidates) == 1:
        return candidates
    if not candidates:
        raise InputError(f"{path.name} holds no images: no dataset of numbers with rows and columns is in it.")
    names = ", ".join(str(item.name) for item in candidates[:4])
    raise InputError(
        f"{path.name} holds several datasets that may be images ({names}); keep one of them, or link it as "
        "entry/data/data."
    )


def _may_be_images(item: Any) -> bool:
    return (
        hasattr(item, "dtype")
        and item.dtype.kind in "iuf"
        and item.ndim in (2, 3)
        and min(item.shape[-2:]) >= _SMALLEST_SIDE
        and item.shape[0] > 0
    )


def _is_mask(item: Any) -> bool:
    return str(item.name).rsplit("/", 1)[-1].lower() in ("pixel_mask", "mask", "flatfield", "pixel_mask_applied")


def _statements(
    file: h5py.File, dataset: Any, number: int, shape: tuple[int, ...], statements: Statements
) -> dict[str, Any]:
    """What the file states, as arguments of :class:`DiffractionImage`, with ``cutoff`` and ``pixel_mask``."""
    stated: dict[str, Any] = {"cutoff": None, "pixel_mask": None}
    for entry in _entries(file):
        detector = next(_detectors(entry), None)
        if detector is not None:
            stated |= _of_detector(detector, shape, statements)
        stated["wavelength_angstrom"] = _wavelength(entry, detector)
        stated["oscillation_deg"] = _oscillation(entry, number)
        stated["axes"] = _axes(entry, detector, statements)
        stated["curved"] = _curved(entry, detector)
        if detector is not None or stated["wavelength_angstrom"]:
            break
    if detector is None:
        statements.assumed("the file states nothing of its detector")
    return stated


def _of_detector(detector: Any, shape: tuple[int, ...], statements: Statements) -> dict[str, Any]:
    specific = detector.get("detectorSpecific")
    stated: dict[str, Any] = {}
    for key in ("description", "type", "local_name"):
        if key in detector and (text := text_of(detector[key]).strip()):
            stated["detector"] = text
            break
    sizes = [positive(_length_mm(detector, f"{axis}_pixel_size", "m")) for axis in "xy"]
    if sizes[0] is not None and sizes[1] is not None:
        stated["pixel_size_mm"] = (sizes[0], sizes[1])
    for key in ("detector_distance", "distance"):
        if (distance := positive(_length_mm(detector, key, "m"))) is not None:
            stated["distance_mm"] = distance
            break
    centre = [_value(detector, f"beam_center_{axis}") for axis in "xy"]
    if centre[0] is not None and centre[1] is not None and any(centre):
        units = text_of(detector["beam_center_x"].attrs.get("units", "")).strip().lower()
        scale = [1.0, 1.0]
        if units in _PER_MM and "pixel_size_mm" in stated:
            scale = [_PER_MM[units] / size for size in stated["pixel_size_mm"]]
        stated["beam_centre_px"] = (centre[0] * scale[0], centre[1] * scale[1])
        stated["beam_centre_statement"] = (
            f"beam_center_x {centre[0]:g}, beam_center_y {centre[1]:g} {units or 'pixels'}"
        )
    angle = _value(detector.get("goniometer") or detector, "two_theta")
    stated["two_theta_deg"] = angle or None
    material = (
        _MATERIALS.get(text_of(detector["sensor_material"]).strip().lower()) if "sensor_material" in detector else None
    )
    thickness = _length_mm(detector, "sensor_thickness", "m")
    if material is not None and thickness is not None and 1e-3 <= thickness <= 10:
        stated["sensor"] = Sensor(material, thickness)
    for group in (detector, specific):
        if group is None:
            continue
        mask = group.get("pixel_mask")
        if mask is not None and mask.dtype.kind in "iub":
            if tuple(mask.shape[-2:]) == tuple(shape) and mask.ndim in (2, 3):
                stated["pixel_mask"] = np.asarray(mask[()] if mask.ndim == 2 else mask[0])
                break
            statements.not_used(f"a pixel mask of the shape {tuple(mask.shape)}, where the image has {tuple(shape)}")
    for group, key in ((detector, "saturation_value"), (specific, "countrate_correction_count_cutoff")):
        if group is not None and (value := positive(_value(group, key))) is not None:
            stated["cutoff"] = value + 1 if key == "saturation_value" else value
            break
    return stated


def _wavelength(entry: Any, detector: Any) -> float | None:
    for place in ("instrument/beam", "sample/beam", "beam"):
        group = entry.get(place)
        if hasattr(group, "keys"):
            for key in ("incident_wavelength", "wavelength", "total_wavelength"):
                if (length := _length_mm(group, key, "angstrom")) is not None:
                    return positive(length)
            if (energy := positive(_value(group, "incident_energy"))) is not None:
                unit = text_of(group["incident_energy"].attrs.get("units", "eV")).strip().lower()
                return _HC_EV_ANGSTROM / (energy * (1000.0 if unit == "kev" else 1.0))
    if detector is not None and (energy := positive(_value(detector, "photon_energy"))) is not None:
        return _HC_EV_ANGSTROM / energy
    return None


def _oscillation(entry: Any, number: int) -> tuple[float, float] | None:
    """Start and width of the image, from the omega of the goniometer or of the sample's transformations."""
    for place in ("sample/goniometer", "sample/transformations", "sample/sample_omega"):
        group = entry.get(place)
        if not hasattr(group, "keys") or "omega" not in group:
            continue
        angles = np.asarray(group["omega"][()], dtype=float).reshape(-1)
        widths = [_value(group, key) for key in ("omega_range_average", "omega_increment", "omega_increment_set")]
        width = next((value for value in widths if value), None)
        if width is None and angles.size > 1:
            width = float(angles[1] - angles[0])
        if angles.size and width:
            start = float(angles[number - 1]) if number <= angles.size else float(angles[0] + (number - 1) * width)
            return start, float(width)
    return None


def _axes(entry: Any, detector: Any, statements: Statements) -> DetectorAxes | None:
    try:
        return None if detector is None else nxmx_axes(entry, detector)
    except (InputError, LookupError, ValueError, TypeError, AttributeError, OSError) as error:
        statements.not_used(f"the place of its detector's module ({error})")
        return None


def _curved(entry: Any, detector: Any) -> bool:
    try:
        return detector is not None and is_curved(entry, detector)
    except (InputError, LookupError, ValueError, TypeError, AttributeError, OSError):
        return False  # the same is told of its axes


def _value(group: Any, key: str) -> float | None:
    """The first of the numbers of a dataset; None where there is none."""
    item = group.get(key) if hasattr(group, "get") else None
    if item is None or not hasattr(item, "dtype"):
        return None
    try:
        values: NDArray[np.float64] = np.asarray(item[()], dtype=float).reshape(-1)
    except (TypeError, ValueError):
        return None
    return float(values[0]) if values.size and np.isfinite(values[0]) else None


def _length_mm(group: Any, key: str, default: str) -> float | None:
    """A length in mm, or in Å where that is its default unit."""
    value = _value(group, key)
    if value is None:
        return None
    unit = text_of(group[key].attrs.get("units", default)).strip().lower() or default
    if default == "angstrom":
        return value * {"nm": 10.0, "pm": 0.01, "m": 1e10}.get(unit, 1.0)
    return value * _PER_MM.get(unit, _PER_MM[default])
