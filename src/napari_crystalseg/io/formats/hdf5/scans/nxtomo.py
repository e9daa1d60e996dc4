"""Raw scans as NXtomo (https://manual.nexusformat.org/classes/applications/NXtomo.html)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .....errors import InputError
from .....scan import Scan
from ....frames.angles import in_degrees
from ....frames.flipped_frames import flipped
from ....grids.grid import provenance_of, record_from
from ..file import open_hdf5
from ..links import dataset_in, reason_not_followed
from ..values import text_of, whole_numbers
from .frame_statements import say_of_frames
from .frames import Hdf5Frames, frame_axis
from .group_statements import GroupStatements
from .nexus_statements import nexus_statements

if TYPE_CHECKING:
    import h5py

PROJECTION, FLAT, DARK, _INVALID = 0, 1, 2, 3
_ALIGNMENT = -1
RECORD = "crystalseg"
_LEAST_FULL_TURN_DEG = 330.0
_DATA = ("instrument/detector/data", "data/data")
_ANGLES = ("sample/rotation_angle", "data/rotation_angle")
_KEYS = ("instrument/detector/image_key", "data/image_key")


def nxtomo_entries(file: h5py.File) -> list[h5py.Group]:
    """Groups of a file that say they are NXtomo, wherever they are; else those that have an ``image_key``."""
    import h5py

    declared: list[h5py.Group] = []
    keyed: list[h5py.Group] = []

    def look(_: str, node: Any) -> None:
        if not isinstance(node, h5py.Group):
            return
        definition = dataset_in(node, "definition")
        if definition is not None and text_of(definition) == "NXtomo":
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
    distance or energy without a unit is left out rather than guessed, and flips that the file states are undone; see
    :mod:`~.nexus_statements`. Of several entries the one with image data is taken.

    Raises
    ------
    InputError
        No image data (the file is a header whose images are elsewhere), no flats, counts that do not match, angles that
        are NaN, or several scans.
    """
    import h5py

    path = Path(path)
    with open_hdf5(path) as file:
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
    said = GroupStatements(path)
    said.read(data)
    key_dataset = _first(entry, _KEYS, said)
    angle_dataset = _first(entry, _ANGLES, said)
    if key_dataset is None or angle_dataset is None:
        lacks, names = ("image_key", _KEYS) if key_dataset is None else (_ANGLES[0], _ANGLES)
        elsewhere = next(
            (f" (in another file, {why})" for name in names if (why := reason_not_followed(entry, name))), ""
        )
        raise InputError(f"{path.name} lacks {lacks}{elsewhere} in {entry.name}; it is not a complete NXtomo file.")
    key = whole_numbers(path, key_dataset)
    _say_left_out(key, said)
    control = said.dataset(entry, "instrument/detector/image_key_control")
    if control is not None and control.size == key.size:
        # Images taken again after the scan, to align it: they are keyed as projections.
        again = (whole_numbers(path, control) == _ALIGNMENT) & np.isin(key, (PROJECTION, FLAT, DARK))
        key[again] = _INVALID
        if again.any():
            said.not_used(f"{again.sum()} frames that are keyed as alignment (image_key_control {_ALIGNMENT})")
    if len(key) != data.shape[axis]:
        raise InputError(f"{path.name} has {data.shape[axis]} frames but {len(key)} image keys; it is not complete.")
    for code, name in ((PROJECTION, "projections"), (FLAT, "flats")):
        if not (key == code).any():
            raise InputError(f"{path.name} has no {name} (image_key {code}); they are needed to reconstruct.")
    angles, assumed = _angles(path, angle_dataset, key)
    said.assumed(assumed)
    _other_angles(entry, angle_dataset, key, said)
    flats = Hdf5Frames(path, data, key == FLAT)
    darks: Hdf5Frames | NDArray[Any]
    if (key == DARK).any():
        darks = Hdf5Frames(path, data, key == DARK)
    else:
        darks = np.zeros((1, *flats.shape[1:]), flats.dtype)
        said.assumed("no dark frames: taken as zero")
    say_of_frames(path, data, said)
    if (shown := dataset_in(entry, "data/data")) is not None and shown == data:
        say_of_frames(path, shown, said)
    stated = nexus_statements(path.name, entry, data.shape[-1], key == PROJECTION, said)
    if stated.half_acquisition and np.ptp(angles) < _LEAST_FULL_TURN_DEG:
        said.not_used(f"half a field of view is stated, but the scan turns by {np.ptp(angles):.0f}° only")
        stated = replace(stated, half_acquisition=None)
    _other_detectors(entry, data, said)
    record = record_from(_recorded(entry))
    provenance = provenance_of(path, record, *said.files)
    centre = record.get("rotation_centre_px")
    if not isinstance(centre, int | float) or not np.isfinite(centre):
        centre = None
    flips = stated.flip_rows, stated.flip_columns
    return Scan(
        flipped(Hdf5Frames(path, data, key == PROJECTION), *flips),
        flipped(flats, *flips),
        flipped(darks, *flips),
        stated.angle_sign * angles,
        pixel_size_um=stated.pixel_size_um,
        energy_kev=stated.energy_kev,
        distance_mm=stated.distance_mm,
        rotation_centre_px=stated.rotation_centre_px if centre is None else centre,
        half_acquisition=stated.half_acquisition,
        flat_positions=np.cumsum(key == PROJECTION)[key == FLAT],
        provenance=said.recorded_in(provenance),
    )


def _say_left_out(key: NDArray[np.int_], said: GroupStatements) -> None:
    """Say how many frames have keys of neither projections, flats nor darks."""
    codes, counts = np.unique(key[~np.isin(key, (PROJECTION, FLAT, DARK))], return_counts=True)
    for code, count in zip(codes.tolist(), counts.tolist(), strict=True):
        what = "invalid" if code == _INVALID else "a key that NXtomo does not know"
        said.not_used(f"{count} frame{'' if count == 1 else 's'} with image_key {code} ({what})")


def _other_angles(entry: h5py.Group, used: h5py.Dataset, key: NDArray[np.int_], said: GroupStatements) -> None:
    """Say of angles that the entry states elsewhere, and otherwise."""

    def of_projections(dataset: h5py.Dataset) -> NDArray[np.float64]:
        values = np.asarray(dataset[()], dtype=np.float64).reshape(-1)
        return values[key == PROJECTION] if len(values) == len(key) else values

    for name in _ANGLES:
        other = dataset_in(entry, name)
        if other is None or other == used or {other.dtype.kind, used.dtype.kind} - set("iuf"):
            continue
        same_unit = text_of(other.attrs.get("units", "")) == text_of(used.attrs.get("units", ""))
        first, second = of_projections(used), of_projections(other)
        if same_unit and (len(first) != len(second) or not np.allclose(first, second, rtol=0, atol=1e-3)):
            said.not_used(f"{other.name}, whose angles differ from those of {used.name}")


def _other_detectors(entry: h5py.Group, data: h5py.Dataset, said: GroupStatements) -> None:
    """Name the detectors beside the one that is read, whose frames are as many."""
    import h5py

    instrument = entry.get("instrument")
    if not isinstance(instrument, h5py.Group):
        return
    for name in instrument:
        other = dataset_in(instrument, f"{name}/data")
        if other is None or other.ndim < 3 or len(other) != len(data):
            continue
        if h5py.h5o.get_info(other.id).addr != h5py.h5o.get_info(data.id).addr or other.file != data.file:
            said.not_used(f"the frames of another detector ({other.name})")


def _angles(path: Path, dataset: h5py.Dataset, key: NDArray[np.int_]) -> tuple[NDArray[np.float64], str | None]:
    angles = np.asarray(dataset[()]).reshape(-1)
    is_projection = key == PROJECTION
    if len(angles) == len(key):
        # Only those of projections: a broken encoder during the flats does not matter.
        angles = angles[is_projection]
    elif len(angles) != is_projection.sum():
        raise InputError(
            f"{path.name} has {is_projection.sum()} projections among {len(key)} frames but {len(angles)} angles "
            f"({dataset.name}); one a frame or one a projection is needed."
        )
    return in_degrees(angles, text_of(dataset.attrs.get("units", "")), path.name)


def _first(entry: h5py.Group, names: Sequence[str], said: GroupStatements | None = None) -> h5py.Dataset | None:
    find = dataset_in if said is None else said.dataset
    return next((found for name in names if (found := find(entry, name)) is not None), None)


def _data_or_none(entry: h5py.Group) -> h5py.Dataset | None:
    for name in _DATA:
        data = dataset_in(entry, name)
        if data is not None and reason_not_followed(entry, name) is None:
            return data
    return None


def _image_data(path: Path, entry: h5py.Group) -> h5py.Dataset:
    data = _data_or_none(entry)
    if data is not None:
        return data
    missing = next((file for name in _DATA if (file := reason_not_followed(entry, name)) is not None), None)
    if missing is not None:
        raise InputError(
            f"The image data is absent from {path.name}: this is a header file whose images are in another file, "
            f"{missing}. Put that file in its place or open a file that holds the images."
        )
    raise InputError(
        f"The image data is absent from {path.name}: {entry.name} has no {_DATA[0]}. Open a file that holds the images."
    )


def _recorded(entry: h5py.Group) -> str | None:
    dataset = dataset_in(entry, RECORD)
    return None if dataset is None else text_of(dataset)
