"""Raw scans as Data Exchange (De Carlo et al. 2014, J. Synchrotron Rad. 21, 1224)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..provenance import Provenance
from ..scan import Scan
from .hdf5 import dangling, dataset_in, number_with_unit, opened, text_of
from .units import deg_per, kev_per, um_per


def is_data_exchange(file: Any) -> bool:
    """Whether an HDF5 file has the raw data of Data Exchange."""
    import h5py

    exchange = file.get("exchange")
    return isinstance(exchange, h5py.Group) and ("data_white" in exchange or "theta" in exchange)


def read_data_exchange(path: str | Path) -> Scan:
    """Read ``exchange/data`` (angle, row, column), ``data_white``, ``data_dark`` and ``theta``.

    Angles without a unit are degrees. Absent darks are zero, which the provenance then says.

    Raises
    ------
    InputError
        No data, flats or angles, or counts that do not match.
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
            found[name] = dataset
        flats = found["data_white"][()]
        darks = dataset_in(exchange, "data_dark")
        provenance = Provenance.of_file(path)
        if darks is None:
            provenance = provenance.then("open", assumed="no dark frames: taken as zero")
        theta = found["theta"]
        return Scan(
            found["data"][()],
            flats,
            np.zeros_like(flats[:1]) if darks is None else darks[()],
            np.asarray(theta[()], dtype=np.float64).reshape(-1)
            * deg_per(text_of(theta.attrs.get("units", "deg")) or "deg"),
            pixel_size_um=_scaled(file, "measurement/instrument/detector/x_actual_pixel_size", um_per),
            energy_kev=_scaled(file, "measurement/instrument/monochromator/energy", kev_per),
            provenance=provenance,
        )


def _scaled(file: Any, name: str, factor: Any) -> float | None:
    found = number_with_unit(file, name)
    return None if found is None or not found[1] else found[0] * factor(found[1])
