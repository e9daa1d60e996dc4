"""NXmx: a stack of diffraction images in one HDF5 file, with the place of each module."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .frame_header import FrameHeader, WrittenAxis, WrittenModule

# NeXus takes McStas's frame, in which the beam travels along +z; DIALS's has the source at +Z. Half a turn about y.
_FROM_DIALS = np.diag([-1.0, 1.0, -1.0])
_GAP, _DEAD = 1, 2


@contextmanager
def nxmx_writer(
    path: Path, shape: tuple[int, int], header: FrameHeader, mask: NDArray[np.bool_], record: Mapping[str, Any]
) -> Iterator[Callable[[int, NDArray[np.int32]], None]]:
    """Open a file and give the function that writes its images, by number from 0.

    Parameters
    ----------
    path : Path
        File to write.
    shape : (int, int)
        Pixels of a frame along (slow, fast).
    header : FrameHeader
        What the file states of all images.
    mask : ndarray of bool, shape (slow, fast)
        Pixels in gaps or dead.
    record : mapping
        How it was made, JSON-ready; under ``entry/provenance``.
    """
    import h5py

    count = len(header.angles_deg)
    with h5py.File(path, "w") as file:
        entry = _group(file, "entry", "NXentry")
        file.attrs["default"] = "entry"
        entry["definition"] = "NXmx"
        entry["title"] = header.note
        entry["provenance"] = json.dumps(record)
        data = _group(entry, "data", "NXdata")
        images = data.create_dataset(
            "data", (count, *shape), np.int32, chunks=(1, *shape), compression="gzip", compression_opts=1, shuffle=True
        )
        data.attrs["signal"] = "data"
        _instrument(entry, header, mask)
        _sample(entry, header)

        def write(number: int, counts: NDArray[np.int32]) -> None:
            images[number] = counts

        yield write


def _instrument(entry: Any, header: FrameHeader, mask: NDArray[np.bool_]) -> None:
    instrument = _group(entry, "instrument", "NXinstrument")
    instrument["name"] = "simulated"
    beam = _group(instrument, "beam", "NXbeam")
    _number(beam, "incident_wavelength", header.wavelength_angstrom, "angstrom")
    detector = _group(instrument, "detector", "NXdetector")
    detector["description"] = header.detector
    detector["sensor_material"] = header.sensor[0]
    _number(detector, "sensor_thickness", header.sensor[1] * 1e-3, "m")
    _number(detector, "distance", header.distance_mm * 1e-3, "m")
    _number(detector, "beam_center_x", header.beam_centre_px[0], "pixel")
    _number(detector, "beam_center_y", header.beam_centre_px[1], "pixel")
    for axis, size in zip("xy", header.modules[0].pixel_size_mm, strict=True):
        _number(detector, f"{axis}_pixel_size", size * 1e-3, "m")
    _number(detector, "count_time", header.exposure_s, "s")
    _number(detector, "frame_time", header.exposure_s, "s")
    detector["saturation_value"] = header.cutoff
    detector["underload_value"] = 0
    detector["bit_depth_readout"] = 32
    detector.create_dataset("pixel_mask", data=mask.astype(np.uint32), compression="gzip", compression_opts=1)
    detector["depends_on"] = "."
    for number, module in enumerate(header.modules):
        _module(detector, f"module{number:02d}" if len(header.modules) > 1 else "module", module)


def _module(detector: Any, name: str, module: WrittenModule) -> None:
    group = _group(detector, name, "NXdetector_module")
    group["data_origin"] = np.array(module.first_px, dtype=np.int64)
    group["data_size"] = np.array(module.size_px, dtype=np.int64)
    origin = _FROM_DIALS @ module.origin_mm
    length = float(np.linalg.norm(origin))
    offset = _number(group, "module_offset", length * 1e-3, "m")
    _transformation(offset, "translation", origin / length, ".")
    for axis, vector, size in zip(("fast", "slow"), (module.fast, module.slow), module.pixel_size_mm, strict=True):
        direction = _number(group, f"{axis}_pixel_direction", size * 1e-3, "m")
        _transformation(direction, "translation", _FROM_DIALS @ vector, offset.name)
        direction.attrs["offset"] = np.zeros(3)
        direction.attrs["offset_units"] = "m"


def _sample(entry: Any, header: FrameHeader) -> None:
    sample = _group(entry, "sample", "NXsample")
    sample["name"] = "simulated crystal"
    chain = _group(sample, "transformations", "NXtransformations")
    # From the base to the sample, each axis hangs on the one before.
    hangs_on = _standing(chain, "above", header.above, ".")
    omega = chain.create_dataset("omega", data=np.asarray(header.angles_deg, dtype=float))
    omega.attrs["units"] = "deg"
    _transformation(omega, "rotation", _FROM_DIALS @ np.array(header.rotation_axis), hangs_on)
    end = chain.create_dataset("omega_end", data=np.asarray(header.angles_deg) + header.width_deg)
    end.attrs["units"] = "deg"
    _number(chain, "omega_increment_set", header.width_deg, "deg")
    sample["depends_on"] = _standing(chain, "below", header.below, omega.name)


def _standing(chain: Any, name: str, axes: tuple[WrittenAxis, ...], hangs_on: str) -> str:
    """Write axes that stand still, given from the sample on; return which of them is nearest to the sample."""
    for number, axis in reversed(list(enumerate(axes))):
        angle = _number(chain, f"{name}_{number}", axis.angle_deg, "deg")
        _transformation(angle, "rotation", _FROM_DIALS @ axis.vector, hangs_on)
        hangs_on = angle.name
    return hangs_on


def _group(parent: Any, name: str, kind: str) -> Any:
    group = parent.create_group(name)
    group.attrs["NX_class"] = kind
    return group


def _number(group: Any, name: str, value: float, units: str) -> Any:
    dataset = group.create_dataset(name, data=float(value))
    dataset.attrs["units"] = units
    return dataset


def _transformation(dataset: Any, kind: str, vector: NDArray[np.float64], depends_on: str) -> None:
    dataset.attrs["transformation_type"] = kind
    dataset.attrs["vector"] = np.asarray(vector, dtype=float)
    dataset.attrs["depends_on"] = depends_on
