"""Raw scans as Data Exchange (De Carlo et al. 2014, J. Synchrotron Rad. 21, 1224)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..frames import LazyFrames
from ..provenance import Provenance
from ..scan import Scan
from .angles import in_degrees
from .hdf5 import dangling, dataset_in, linked_files, number_with_unit, opened, text_of
from .hdf5_frames import Hdf5Frames, frame_axis
from .units import kev_per, um_per


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
    with opened(path) as file:
        exchange = file["exchange"]
        found = {}
        for name, what in (("data", "image data"), ("data_white", "flats"), ("theta", "angles")):
            dataset = dataset_in(exchange, name)
            elsewhere = dangling(exchange, name)
            if dataset is None or elsewhere:
                where = f"; they are in another file, {elsewhere}, which cannot be found" if elsewhere else ""
                raise InputError(f"The {what} (exchange/{name}) is absent from {path.name}{where}.")
            if not dataset.size:
                raise InputError(f"The {what} (exchange/{name}) of {path.name} are empty; the scan is not complete.")
            found[name] = dataset
        order = text_of(found["data"].attrs.get("axes", "")).replace(" ", "")
        if order and not order.startswith(("theta", "angle", "time")) and "theta" in order:
            raise InputError(
                f"{path.name} stores its data as {order}; save it as projections (theta:y:x, one frame an angle)."
            )
        flats = _frames(path, found["data_white"])
        darks = dataset_in(exchange, "data_dark")
        theta = found["theta"]
        angles, assumed = in_degrees(theta[()], text_of(theta.attrs.get("units", "")), path.name)
        assumptions = [] if assumed is None else [assumed]
        if darks is None or not darks.size:
            darks = None
            assumptions.append("no dark frames: taken as zero")
        provenance = Provenance.of_file(path, *linked_files(found["data"], path))
        return Scan(
            _frames(path, found["data"]),
            flats,
            np.zeros((1, *flats.shape[1:]), flats.dtype) if darks is None else _frames(path, darks),
            angles,
            pixel_size_um=_scaled(file, "measurement/instrument/detector/x_actual_pixel_size", um_per),
            energy_kev=_scaled(file, "measurement/instrument/monochromator/energy", kev_per),
            provenance=provenance.then("open", assumed="; ".join(assumptions)) if assumptions else provenance,
        )


def _frames(path: Path, dataset: Any) -> LazyFrames | NDArray[Any]:
    if dataset.ndim == 2:
        # One flat or dark, or their mean.
        return np.asarray(dataset[()])
    return Hdf5Frames(path, dataset, np.arange(dataset.shape[frame_axis(path, dataset)]))


def _scaled(file: Any, name: str, factor: Any) -> float | None:
    found = number_with_unit(file, name)
    return None if found is None or not found[1] else found[0] * factor(found[1])
