"""Raw fly scans of Diamond I23, as GDA writes them: darks, flats and projections in one dataset without keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from .....errors import InputError
from .....provenance import Provenance
from .....scan import Scan
from ....frames.angles import in_degrees
from ....frames.flipped_frames import flipped
from ..file import open_hdf5
from ..links import dataset_in, reason_not_followed
from ..values import text_of
from .frame_statements import say_of_frames, say_of_group
from .frames import Hdf5Frames, frame_axis
from .group_statements import GroupStatements
from .nexus_statements import Stated, nexus_statements

# As I23 takes them (https://doi.org/10.5281/zenodo.3685282 was made so): the first frames of each scan.
_DARKS, _FLATS = 20, 20
_DATA = "entry1/instrument/flyScanDetector/data"
_ENTRY = "entry1/tomo_entry"
_ANGLES = ("entry1/tomo_entry/data/rotation_angle", "entry1/tomo_entry/sample/rotation_angle")


def is_fly_scan(file: Any) -> bool:
    """Whether an HDF5 file has a fly scan's detector; its images may be absent."""
    try:
        return file.get(_DATA, getlink=True) is not None
    except (KeyError, RuntimeError):
        return False


def read_fly_scan(path: str | Path) -> Scan:
    """Read a fly scan: frames 0 to 19 are darks, 20 to 39 flats, the rest projections.

    The frames stay in the file. Pixel size, energy and the like are those that the entry of the tomography states, see
    :mod:`~.nexus_statements`. Angles, in degrees where no unit is stated, are one a frame or one a projection.

    Raises
    ------
    InputError
        The image data is absent, no frames after the flats, or another number of angles.
    """
    import h5py

    path = Path(path)
    with open_hdf5(path) as file:
        missing = reason_not_followed(file, _DATA)
        data = dataset_in(file, _DATA)
        if data is None or missing:
            where = f"{missing}. Put it in its place" if missing else "another file. Find that"
            raise InputError(
                f"The image data is absent from {path.name}: this is a header file whose images are in {where} or open "
                "a file that holds the images."
            )
        frames = data.shape[frame_axis(path, data)]
        first = _DARKS + _FLATS
        if frames <= first:
            raise InputError(
                f"{path.name} has {frames} frames, but a fly scan has {_DARKS} darks, {_FLATS} flats and then its "
                "projections; it is not complete."
            )
        said = GroupStatements(path)
        angles = next((found for name in _ANGLES if (found := said.dataset(file, name)) is not None), None)
        if angles is None:
            elsewhere = next(
                (f"; they are in another file, {why}" for name in _ANGLES if (why := reason_not_followed(file, name))),
                "",
            )
            raise InputError(f"{path.name} has no angles ({_ANGLES[0]}){elsewhere}; open the .nxs file that GDA wrote.")
        values = np.asarray(angles[()]).reshape(-1)
        if len(values) == frames:
            values = values[first:]
        elif len(values) != frames - first:
            raise InputError(
                f"{path.name} has {frames - first} projections after {_DARKS} darks and {_FLATS} flats, but "
                f"{len(values)} angles; one a frame or one a projection is needed."
            )
        said.read(data)
        said.assumed(f"a fly scan: frames 0 to {_DARKS - 1} are darks, {_DARKS} to {first - 1} flats")
        degrees, assumed = in_degrees(values, text_of(angles.attrs.get("units", "")), path.name)
        said.assumed(assumed)
        say_of_frames(path, data, said)
        say_of_group(data.parent, data.parent.name, (), said)
        stated = Stated()
        if isinstance(entry := file.get(_ENTRY), h5py.Group):
            stated = nexus_statements(path.name, entry, data.shape[-1], np.arange(frames) >= first, said)
        flips = stated.flip_rows, stated.flip_columns
        return Scan(
            flipped(Hdf5Frames(path, data, np.arange(first, frames)), *flips),
            flipped(Hdf5Frames(path, data, np.arange(_DARKS, first)), *flips),
            flipped(Hdf5Frames(path, data, np.arange(_DARKS)), *flips),
            stated.angle_sign * degrees,
            pixel_size_um=stated.pixel_size_um,
            energy_kev=stated.energy_kev,
            distance_mm=stated.distance_mm,
            rotation_centre_px=stated.rotation_centre_px,
            half_acquisition=stated.half_acquisition,
            flat_positions=np.zeros(_FLATS),
            provenance=said.recorded_in(Provenance.of_file(path, *said.files)),
        )
