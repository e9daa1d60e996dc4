"""Raw scans as NXtomo (https://manual.nexusformat.org/classes/applications/NXtomo.html)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError
from ..scan import Scan
from .atomic import replacing, to_json
from .grid import provenance_of, record_from
from .hdf5 import dangling, dataset_in, frames, number_with_unit, opened, text_of
from .units import deg_per, kev_per, um_per

if TYPE_CHECKING:
    import h5py

_PROJECTION, _FLAT, _DARK = 0, 1, 2
_RECORD = "crystalseg"
# At most: of each frame its place in the file, angle and key; and all that comes once.
_INDEX_BYTES, _HEADER_BYTES = 256, 1 << 18


def nxtomo_entries(file: h5py.File) -> list[h5py.Group]:
    """Groups of a file that say they are NXtomo, wherever they are; else those that have an ``image_key``."""
    import h5py

    declared: list[h5py.Group] = []
    keyed: list[h5py.Group] = []

    def look(_: str, node: Any) -> None:
        if not isinstance(node, h5py.Group):
            return
        definition = dataset_in(node, "definition")
        if definition is not None and text_of(definition[()]) == "NXtomo":
            declared.append(node)
        elif dataset_in(node, "instrument/detector/image_key") is not None:
            keyed.append(node)

    file.visititems(look)
    return declared or keyed


def read_nxtomo(path: str | Path) -> Scan:
    """Read a raw scan whose frames are told apart by ``image_key`` (0 projection, 1 flat, 2 dark, 3 invalid).

    Angles without a unit are degrees. A pixel size, distance or energy without a unit is left out rather than guessed.

    Raises
    ------
    InputError
        No image data (the file is a header whose images are elsewhere), no flats, or counts that do not match.
    """
    path = Path(path)
    with opened(path) as file:
        entries = nxtomo_entries(file)
        if len(entries) != 1:
            raise InputError(f"{path.name} holds {len(entries)} NXtomo entries; one is needed.")
        return _read_entry(path, entries[0])


def _read_entry(path: Path, entry: h5py.Group) -> Scan:
    data = _image_data(path, entry)
    key_dataset = dataset_in(entry, "instrument/detector/image_key")
    angle_dataset = dataset_in(entry, "sample/rotation_angle")
    if angle_dataset is None:
        angle_dataset = dataset_in(entry, "data/rotation_angle")
    if key_dataset is None or angle_dataset is None:
        lacks = "image_key" if key_dataset is None else "sample/rotation_angle"
        raise InputError(f"{path.name} lacks {lacks} in {entry.name}; it is not a complete NXtomo file.")
    key = np.asarray(key_dataset[()]).astype(int).reshape(-1)
    angles = np.asarray(angle_dataset[()], dtype=np.float64).reshape(-1)
    angles = angles * deg_per(text_of(angle_dataset.attrs.get("units", "deg")) or "deg")
    if len(key) != data.shape[0]:
        raise InputError(f"{path.name} has {data.shape[0]} frames but {len(key)} image keys; it is not complete.")
    is_projection = key == _PROJECTION
    if len(angles) == len(key):
        angles = angles[is_projection]
    for code, name in ((_PROJECTION, "projections"), (_FLAT, "flats")):
        if not (key == code).any():
            raise InputError(f"{path.name} has no {name} (image_key {code}); they are needed to reconstruct.")
    flats = frames(data, key == _FLAT)
    steps: dict[str, Any] = {}
    if (key == _DARK).any():
        darks = frames(data, key == _DARK)
    else:
        darks = np.zeros_like(flats[:1])
        steps["assumed"] = "no dark frames: taken as zero"
    record = record_from(_recorded(entry))
    provenance = provenance_of(path, record)
    return Scan(
        frames(data, is_projection),
        flats,
        darks,
        angles,
        pixel_size_um=_pixel_size_um(path, entry),
        energy_kev=_energy_kev(entry),
        distance_mm=_length(entry, "instrument/detector/distance", 1e-3),
        rotation_centre_px=record.get("rotation_centre_px"),
        provenance=provenance.then("open", **steps) if steps else provenance,
    )


def _image_data(path: Path, entry: h5py.Group) -> h5py.Dataset:
    missing = None
    for name in ("instrument/detector/data", "data/data"):
        missing = missing or dangling(entry, name)
        data = dataset_in(entry, name)
        if data is not None and missing is None:
            if data.ndim != 3:
                raise InputError(f"The image data of {path.name} has {data.ndim} axes; (frame, row, column) is needed.")
            return data
    if missing is not None:
        raise InputError(
            f"The image data is absent from {path.name}: this is a header file whose images are in another file, "
            f"{missing}, which cannot be found. Put that file in its place or open a file that holds the images."
        )
    raise InputError(f"The image data is absent from {path.name}: {entry.name} has no instrument/detector/data.")


def _recorded(entry: h5py.Group) -> str | None:
    dataset = dataset_in(entry, _RECORD)
    return None if dataset is None else text_of(dataset[()])


def _length(entry: h5py.Group, name: str, per_um: float) -> float | None:
    found = number_with_unit(entry, name)
    return None if found is None or not found[1] else found[0] * um_per(found[1]) * per_um


def _pixel_size_um(path: Path, entry: h5py.Group) -> float | None:
    # The size at the sample comes first: behind a lens the detector's own pixels are larger.
    for place in (
        "sample/{}_pixel_size",
        "instrument/detector/{}_magnified_pixel_size",
        "instrument/detector/{}_pixel_size",
    ):
        across = _length(entry, place.format("x"), 1.0)
        along = _length(entry, place.format("y"), 1.0)
        if across is None:
            continue
        if along is not None and not np.isclose(across, along, rtol=1e-3):
            raise InputError(f"{path.name} has pixels of {across} by {along} µm; square ones are needed.")
        return across
    return None


def _energy_kev(entry: h5py.Group) -> float | None:
    # Not instrument/source/energy: that is the energy of the electrons in the ring.
    for name in ("instrument/beam/incident_energy", "beam/incident_energy", "instrument/monochromator/energy"):
        found = number_with_unit(entry, name)
        if found is not None and found[1]:
            return found[0] * kev_per(found[1])
    return None


def write_nxtomo(scan: Scan, path: str | Path) -> None:
    """Write a raw scan as NXtomo: darks, flats, then projections. Same scan, same bytes.

    Parameters
    ----------
    scan : Scan
        Raw scan; frames of different dtype are stored in the one that holds all.
    path : path
        File to write.
    """
    import h5py

    parts = ((_DARK, scan.darks), (_FLAT, scan.flats), (_PROJECTION, scan.projections))
    dtype = np.result_type(*(part.dtype for _, part in parts))
    key = np.concatenate([np.full(len(part), code, np.uint8) for code, part in parts])
    angles = np.full(len(key), scan.angles_deg[0])
    angles[key == _PROJECTION] = scan.angles_deg
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
        entry = _group(file, "entry", "NXentry", default="data")
        _put(entry, "definition", np.bytes_(b"NXtomo"))
        _put(entry, "title", np.bytes_(b"raw tomography scan"))
        _put(entry, _RECORD, np.bytes_(text))
        instrument = _group(entry, "instrument", "NXinstrument")
        detector = _group(instrument, "detector", "NXdetector")
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
        for _, part in parts:
            # A frame at a time: the scan may be larger than half of the memory.
            for frame in part:
                data[first] = frame
                first += 1
        _put(detector, "image_key", key)
        if scan.pixel_size_um is not None:
            _put(detector, "x_pixel_size", scan.pixel_size_um, "um")
            _put(detector, "y_pixel_size", scan.pixel_size_um, "um")
        if scan.distance_mm is not None:
            _put(detector, "distance", scan.distance_mm, "mm")
        if scan.energy_kev is not None:
            beam = _group(instrument, "beam", "NXbeam")
            _put(beam, "incident_energy", scan.energy_kev, "keV")
        sample = _group(entry, "sample", "NXsample")
        _put(sample, "name", np.bytes_(b"sample"))
        _put(sample, "rotation_angle", angles, "deg")
        links = _group(entry, "data", "NXdata", signal="data")
        links["data"] = h5py.SoftLink("/entry/instrument/detector/data")
        links["image_key"] = h5py.SoftLink("/entry/instrument/detector/image_key")
        links["rotation_angle"] = h5py.SoftLink("/entry/sample/rotation_angle")


def _group(parent: h5py.Group, name: str, nx_class: str, **attributes: str) -> h5py.Group:
    group = parent.create_group(name)
    group.attrs["NX_class"] = np.bytes_(nx_class.encode())
    for key, value in attributes.items():
        group.attrs[key] = np.bytes_(value.encode())
    return group


def _put(group: h5py.Group, name: str, value: Any, units: str | None = None) -> None:
    dataset = group.create_dataset(name, data=value, track_times=False)
    if units is not None:
        dataset.attrs["units"] = np.bytes_(units.encode())
