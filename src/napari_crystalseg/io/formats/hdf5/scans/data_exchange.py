"""Raw scans as Data Exchange (De Carlo et al. 2014, J. Synchrotron Rad. 21, 1224)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .....errors import InputError
from .....frames import LazyFrames
from .....provenance import Provenance
from .....scan import Scan
from .....wavelength import KEV_ANGSTROM
from ....frames.angles import in_degrees
from ....grids.units import angstrom_per, kev_per, um_per
from ..file import open_hdf5
from ..links import dataset_in, reason_not_followed
from ..values import text_of
from .frame_statements import energies_in, say_of_frames, say_of_group
from .frames import Hdf5Frames, frame_axis
from .group_statements import GroupStatements

_DETECTOR = "measurement/instrument/detector"
_OBJECTIVE = "measurement/instrument/detection_system/objective"
_MONOCHROMATOR = "measurement/instrument/monochromator"
_READ = frozenset({"data", "data_white", "data_dark", "theta", "title", "description"})
_PIXEL_SIZES = (
    ("x_actual_pixel_size", "y_actual_pixel_size"),
    ("actual_pixel_size_x", "actual_pixel_size_y"),
    ("x_pixel_size", "y_pixel_size"),
    ("pixel_size_x", "pixel_size_y"),
    ("pixel_size", "pixel_size"),
)
_OF_DETECTOR = frozenset(name for names in _PIXEL_SIZES for name in names)
_DISTANCES = ("camera_motor_stack/setup/camera_distance", "detector_motor_stack/setup/detector_distance")


def is_data_exchange(file: Any) -> bool:
    """Whether an HDF5 file has the raw data of Data Exchange."""
    import h5py

    exchange = file.get("exchange")
    return isinstance(exchange, h5py.Group) and ("data_white" in exchange or "theta" in exchange)


def read_data_exchange(path: str | Path) -> Scan:
    """Read ``exchange/data`` (angle, row, column), ``data_white``, ``data_dark`` and ``theta``.

    The frames stay in the file. Angles without a unit are degrees, unless they can only be radians. Absent darks are
    zero, which the provenance then says.

    Raises
    ------
    InputError
        No data, flats or angles, counts that do not match, or data stored as sinograms.
    """
    path = Path(path)
    with open_hdf5(path) as file:
        exchange = file["exchange"]
        found = {}
        for name, what in (("data", "image data"), ("data_white", "flats"), ("theta", "angles")):
            dataset = dataset_in(exchange, name)
            elsewhere = reason_not_followed(exchange, name)
            if dataset is None or elsewhere:
                where = f"; they are in another file, {elsewhere}" if elsewhere else ""
                raise InputError(f"The {what} (exchange/{name}) is absent from {path.name}{where}.")
            if not dataset.size:
                raise InputError(f"The {what} (exchange/{name}) of {path.name} are empty; the scan is not complete.")
            found[name] = dataset
        order = text_of(found["data"].attrs.get("axes", "")).replace(" ", "")
        if order and not order.startswith(("theta", "angle", "time")) and "theta" in order:
            raise InputError(
                f"{path.name} stores its data as {order}; save it as projections (theta:y:x, one frame an angle)."
            )
        if elsewhere := reason_not_followed(exchange, "data_dark"):
            raise InputError(
                f"The darks (exchange/data_dark) are absent from {path.name}; they are in another file, {elsewhere}."
            )
        flats = _frames(path, found["data_white"])
        darks = dataset_in(exchange, "data_dark")
        theta = found["theta"]
        angles, assumed = in_degrees(theta[()], text_of(theta.attrs.get("units", "")), path.name)
        said = GroupStatements(path)
        for dataset in (*found.values(), *(() if darks is None else (darks,))):
            said.read(dataset)
        said.assumed(assumed)
        if darks is None or not darks.size:
            darks = None
            said.assumed("no dark frames: taken as zero")
        for name in ("data", "data_white", "data_dark"):
            if (frames := dataset_in(exchange, name)) is not None and frames.ndim >= 3 and frames.size:
                say_of_frames(path, frames, said)
        beside = [name for name in exchange if name not in _READ and dataset_in(exchange, name) is not None]
        if beside:
            said.not_used(f"what else is in the group exchange ({', '.join(sorted(beside)[:5])})")
        say_of_group(file.get(_DETECTOR), _DETECTOR, _OF_DETECTOR, said)
        if others := [name for name in file if name.startswith("exchange") and name != "exchange"]:
            said.not_used(f"further groups of data ({', '.join(others)})")
        pixel_size_um = _pixel_size_um(path, file, said)
        energy_kev, distance_mm = _energy_kev(file, said), _distance_mm(file, said)
        return Scan(
            _frames(path, found["data"]),
            flats,
            np.zeros((1, *flats.shape[1:]), flats.dtype) if darks is None else _frames(path, darks),
            angles,
            pixel_size_um=pixel_size_um,
            energy_kev=energy_kev,
            distance_mm=distance_mm,
            provenance=said.recorded_in(Provenance.of_file(path, *said.files)),
        )


def _frames(path: Path, dataset: Any) -> LazyFrames | NDArray[Any]:
    if dataset.ndim == 2:
        # One flat or dark, or their mean.
        return np.asarray(dataset[()])
    return Hdf5Frames(path, dataset, np.arange(dataset.shape[frame_axis(path, dataset)]))


def _pixel_size_um(path: Path, file: Any, said: GroupStatements) -> float | None:
    found: dict[str, float] = {}
    own = None
    for name, other in _PIXEL_SIZES:
        across, along = (said.quantity(file, f"{_DETECTOR}/{one}", um_per) for one in (name, other))
        size = said.square(path.name, across, along, f"{_DETECTOR}/{name}")
        if size is not None and "actual" in name:
            found[f"{_DETECTOR}/{name}"] = size
        elif size is not None:
            own = size
    resolution = said.quantity(file, f"{_OBJECTIVE}/resolution", um_per)
    if resolution is not None:
        found[f"{_OBJECTIVE}/resolution"] = resolution
    magnification = said.number(file, f"{_OBJECTIVE}/magnification")
    if own is not None and magnification is not None and magnification[0] > 0:
        found["pixel size over magnification"] = own / magnification[0]
    elif own is not None and not found:
        said.not_used(f"pixels of {own:.6g} µm on the detector, since no magnification is stated")
    return said.one_of(found, "µm", "pixels")


def _energy_kev(file: Any, said: GroupStatements) -> float | None:
    found: dict[str, float] = {}
    for name, factor in ((f"{_MONOCHROMATOR}/energy", kev_per), (f"{_MONOCHROMATOR}/wavelength", angstrom_per)):
        value = said.quantity(file, name, factor)
        if value is not None:
            found[name] = value if factor is kev_per else KEV_ANGSTROM / value
    for name, is_energy in energies_in(file.get("measurement"), ()):
        place = f"measurement/{name}"
        value = None if place in found else said.quantity(file, place, kev_per if is_energy else angstrom_per)
        if value is not None:
            found.setdefault(place, value if is_energy else KEV_ANGSTROM / value)
    return said.one_of(found, "keV", "an energy")


def _distance_mm(file: Any, said: GroupStatements) -> float | None:
    found = {}
    for name in _DISTANCES:
        distance = said.quantity(file, f"measurement/instrument/{name}", um_per)
        if distance is not None:
            found[name] = abs(distance) * 1e-3
    return said.one_of(found, "mm", "a distance")
