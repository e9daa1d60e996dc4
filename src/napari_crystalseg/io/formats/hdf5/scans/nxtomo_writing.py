"""Raw scans written as NXtomo (https://manual.nexusformat.org/classes/applications/NXtomo.html)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .....frames import LazyFrames
from .....scan import Scan
from .....texts.json_text import to_json
from ....files.atomic import replacing
from ..groups import new_group, put
from .nexus_statements import AXIS
from .nxtomo import DARK, FLAT, PROJECTION, RECORD

_FRAMES_AT_ONCE = 16
# At most: of each frame its place in the file, angle and key; and all that comes once.
_INDEX_BYTES, _HEADER_BYTES = 256, 1 << 18


def write_nxtomo(scan: Scan, path: str | Path, centre_field: bool = True) -> None:
    """Write a raw scan as NXtomo: darks, flats, then projections. Same scan, same bytes.

    Parameters
    ----------
    scan : Scan
        Raw scan; frames of different dtype are stored in the one that holds all. Flats whose positions are known stand
        among the projections.
    path : path
        File to write.
    centre_field : bool
        Write the rotation axis, where it is known, where other programs look for it, too.
    """
    import h5py

    runs = _in_order(scan)
    dtype = np.result_type(*(part.dtype for part in (scan.darks, scan.flats, scan.projections)))
    key = np.concatenate([np.full(len(numbers), code, np.uint8) for code, _, numbers in runs])
    angles = np.full(len(key), scan.angles_deg[0])
    angles[key == PROJECTION] = scan.angles_deg
    record = {
        "kind": "scan",
        "rotation_centre_px": scan.rotation_centre_px,
        "provenance": scan.provenance.to_dict(),
    }
    text = to_json(record).encode("utf-8")
    # What no compression makes smaller, since HDF5 crashes the process when it cannot write what its caches hold.
    room_bytes = len(key) * (dtype.itemsize * scan.shape[1] * scan.shape[2] + _INDEX_BYTES) + len(text) + _HEADER_BYTES
    with replacing(path, room_bytes) as partial, h5py.File(partial, "w", track_order=False) as file:
        file.attrs["default"] = "entry"
        entry = new_group(file, "entry", "NXentry", default="data")
        put(entry, "definition", np.bytes_(b"NXtomo"))
        put(entry, "title", np.bytes_(b"raw tomography scan"))
        put(entry, RECORD, np.bytes_(text))
        instrument = new_group(entry, "instrument", "NXinstrument")
        detector = new_group(instrument, "detector", "NXdetector")
        shape = (len(key), *scan.shape[1:])
        data = detector.create_dataset(
            "data",
            shape,
            dtype,
            chunks=(1, *shape[1:]),
            compression="gzip",
            compression_opts=1,
            shuffle=True,
            track_times=False,
        )
        first = 0
        for _, part, numbers in runs:
            # Some frames at a time: the scan may be larger than the memory.
            for start in range(0, len(numbers), _FRAMES_AT_ONCE):
                for frame in part[numbers[start : start + _FRAMES_AT_ONCE]]:
                    data[first] = frame
                    first += 1
        put(detector, "image_key", key)
        if scan.pixel_size_um is not None:
            put(detector, "x_pixel_size", scan.pixel_size_um, "um")
            put(detector, "y_pixel_size", scan.pixel_size_um, "um")
        if centre_field and scan.rotation_centre_px is not None:
            put(detector, AXIS, scan.rotation_centre_px, "pixel")
        if scan.half_acquisition is not None:
            put(detector, "field_of_view", np.bytes_(b"Half" if scan.half_acquisition else b"Full"))
        if scan.distance_mm is not None:
            put(detector, "distance", scan.distance_mm, "mm")
        if scan.energy_kev is not None:
            beam = new_group(instrument, "beam", "NXbeam")
            put(beam, "incident_energy", scan.energy_kev, "keV")
        sample = new_group(entry, "sample", "NXsample")
        put(sample, "name", np.bytes_(b"sample"))
        put(sample, "rotation_angle", angles, "deg")
        links = new_group(entry, "data", "NXdata", signal="data")
        links["data"] = h5py.SoftLink("/entry/instrument/detector/data")
        links["image_key"] = h5py.SoftLink("/entry/instrument/detector/image_key")
        links["rotation_angle"] = h5py.SoftLink("/entry/sample/rotation_angle")


def _in_order(scan: Scan) -> list[tuple[int, NDArray[Any] | LazyFrames, NDArray[np.intp]]]:
    """Runs of frames in the order of the scan: key, where they come from, and their numbers there."""
    flats, projections = np.arange(len(scan.flats)), np.arange(len(scan.projections))
    positions = np.zeros(len(flats)) if scan.flat_positions is None else scan.flat_positions
    before = np.clip(np.ceil(positions), 0, len(projections)).astype(int)
    runs: list[tuple[int, NDArray[Any] | LazyFrames, NDArray[np.intp]]]
    runs = [(DARK, scan.darks, np.arange(len(scan.darks)))]
    done = 0
    for position in np.unique(before):
        runs.append((PROJECTION, scan.projections, projections[done:position]))
        runs.append((FLAT, scan.flats, flats[before == position]))
        done = int(position)
    return [*runs, (PROJECTION, scan.projections, projections[done:])]
