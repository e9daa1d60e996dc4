"""Raw scans as NXtomo (https://manual.nexusformat.org/classes/applications/NXtomo.html)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..scan import Scan
from .angles import in_degrees
from .grid import provenance_of, record_from
from .hdf5 import dangling, dataset_in, linked_files, number_with_unit, opened, text_of
from .hdf5_frames import Hdf5Frames, frame_axis
from .units import kev_per, um_per

if TYPE_CHECKING:
    import h5py

PROJECTION, FLAT, DARK, _INVALID = 0, 1, 2, 3
_ALIGNMENT = -1
RECORD = "crystalseg"
_DATA = ("instrument/detector/data", "data/data")
_KEYS = ("instrument/detector/image_key", "data/image_key")
AXIS = "x_rotation_axis_pixel_position"


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


def has_image_key(entry: h5py.Group) -> bool:
    """Whether an entry tells projections, flats and darks apart."""
    return _first(entry, _KEYS) is not None


def read_nxtomo(path: str | Path) -> Scan:
    """Read a raw scan whose frames are told apart by ``image_key`` (0 projection, 1 flat, 2 dark, 3 invalid).

    The frames stay in the file. Angles without a unit are degrees, unless they can only be radians. A pixel size,
    distance or energy without a unit is left out rather than guessed. Of several entries the one with image data is
    taken.

    Raises
    ------
    InputError
        No image data (the file is a header whose images are elsewhere), no flats, counts that do not match, angles that
        are NaN, or several scans.
    """
    import h5py

    path = Path(path)
    with opened(path) as file:
        entries = nxtomo_entries(file)
        whole = [entry for entry in entries if _data_or_none(entry) is not None]
        # Entries that link to the same images are one scan.
        found = [data for entry in whole if (data := _data_or_none(entry)) is not None]
        places = {(data.file.filename, h5py.h5o.get_info(data.id).addr) for data in found}
        if len(places) > 1 or not entries:
            names = ", ".join(entry.name for entry in whole[:5])
            raise InputError(
                f"{path.name} holds {len(places)} NXtomo entries ({names}); copy the one to open into its own file."
            )
        return _read_entry(path, (whole or entries)[0])


def _read_entry(path: Path, entry: h5py.Group) -> Scan:
    data = _image_data(path, entry)
    axis = frame_axis(path, data)
    key_dataset = _first(entry, _KEYS)
    angle_dataset = _first(entry, ("sample/rotation_angle", "data/rotation_angle"))
    if key_dataset is None or angle_dataset is None:
        lacks = "image_key" if key_dataset is None else "sample/rotation_angle"
        raise InputError(f"{path.name} lacks {lacks} in {entry.name}; it is not a complete NXtomo file.")
    key = np.asarray(key_dataset[()]).astype(int).reshape(-1)
    control = dataset_in(entry, "instrument/detector/image_key_control")
    if control is not None and control.size == key.size:
        # Images taken again after the scan, to align it: they are keyed as projections.
        key[np.asarray(control[()]).reshape(-1) == _ALIGNMENT] = _INVALID
    if len(key) != data.shape[axis]:
        raise InputError(f"{path.name} has {data.shape[axis]} frames but {len(key)} image keys; it is not complete.")
    for code, name in ((PROJECTION, "projections"), (FLAT, "flats")):
        if not (key == code).any():
            raise InputError(f"{path.name} has no {name} (image_key {code}); they are needed to reconstruct.")
    angles, assumed = _angles(path, angle_dataset, key)
    flats = Hdf5Frames(path, data, key == FLAT)
    darks: Hdf5Frames | NDArray[Any]
    assumptions = [] if assumed is None else [assumed]
    if (key == DARK).any():
        darks = Hdf5Frames(path, data, key == DARK)
    else:
        darks = np.zeros((1, *flats.shape[1:]), flats.dtype)
        assumptions.append("no dark frames: taken as zero")
    record = record_from(_recorded(entry))
    provenance = provenance_of(path, record, *linked_files(data, path))
    centre = record.get("rotation_centre_px")
    return Scan(
        Hdf5Frames(path, data, key == PROJECTION),
        flats,
        darks,
        angles,
        pixel_size_um=_pixel_size_um(path, entry),
        energy_kev=_energy_kev(entry),
        distance_mm=_length(entry, "instrument/detector/distance", 1e-3),
        rotation_centre_px=_centre(entry, data.shape[-1]) if centre is None else centre,
        flat_positions=np.cumsum(key == PROJECTION)[key == FLAT],
        provenance=provenance.then("open", assumed="; ".join(assumptions)) if assumptions else provenance,
    )


def _angles(path: Path, dataset: h5py.Dataset, key: NDArray[np.int_]) -> tuple[NDArray[np.float64], str | None]:
    angles = np.asarray(dataset[()]).reshape(-1)
    is_projection = key == PROJECTION
    if len(angles) == len(key):
        # Only those of projections: a broken encoder during the flats is of no account.
        angles = angles[is_projection]
    elif len(angles) != is_projection.sum():
        raise InputError(
            f"{path.name} has {is_projection.sum()} projections among {len(key)} frames but {len(angles)} angles "
            f"({dataset.name}); one a frame or one a projection is needed."
        )
    return in_degrees(angles, text_of(dataset.attrs.get("units", "")), path.name)


def _first(entry: h5py.Group, names: Sequence[str]) -> h5py.Dataset | None:
    return next((found for name in names if (found := dataset_in(entry, name)) is not None), None)


def _data_or_none(entry: h5py.Group) -> h5py.Dataset | None:
    for name in _DATA:
        data = dataset_in(entry, name)
        if data is not None and dangling(entry, name) is None:
            return data
    return None


def _image_data(path: Path, entry: h5py.Group) -> h5py.Dataset:
    data = _data_or_none(entry)
    if data is not None:
        return data
    missing = next((file for name in _DATA if (file := dangling(entry, name)) is not None), None)
    if missing is not None:
        raise InputError(
            f"The image data is absent from {path.name}: this is a header file whose images are in another file, "
            f"{missing}, which cannot be found. Put that file in its place or open a file that holds the images."
        )
    raise InputError(
        f"The image data is absent from {path.name}: {entry.name} has no {_DATA[0]}. Open a file that holds the images."
    )


def _centre(entry: h5py.Group, width: int) -> float | None:
    found = number_with_unit(entry, f"instrument/detector/{AXIS}")
    # Some programs count from the middle of the detector; a negative column is theirs, and says too little.
    return found[0] if found is not None and 0 < found[0] <= width - 1 else None


def _recorded(entry: h5py.Group) -> str | None:
    dataset = dataset_in(entry, RECORD)
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
