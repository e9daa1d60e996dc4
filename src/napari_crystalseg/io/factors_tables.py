"""Tables of absorption factors, as files for other programs: CSV, JSON and HDF5."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..factors import ABSORBING, Factors
from ..provenance import Provenance
from ..texts.json_text import parse_json
from . import replacing, save_json

DERIVATIVES = ("lit_fraction", "weighted_path_um", "path_covariance_um2")
"""Columns that not all factors have."""

ExperimentId = NDArray[np.int64] | None
"""Number of the sweep of each reflection, shape (reflection,); None without a reflection table."""


def write_factors_csv(factors: Factors, path: str | Path, experiment_id: ExperimentId = None) -> None:
    """Write one line a reflection.

    Columns are h, k, l and the experiment where known, A, its standard error, and the path length in each material. A
    reflection without a direction has empty fields.
    """
    index = factors.miller_index
    header = ["h", "k", "l"] if index is not None else []
    header += ["experiment"] if experiment_id is not None else []
    header += ["A", "standard_error", *(f"path_{material.title}_um" for material in factors.path_length_um)]
    columns = [factors.absorption, factors.standard_error, *factors.path_length_um.values()]
    if factors.lit_fraction is not None:
        header.append("lit_fraction")
        columns.append(factors.lit_fraction)
    with replacing(path) as partial, partial.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        for row in range(len(factors)):
            names = [] if index is None else [int(i) for i in index[row]]
            names += [] if experiment_id is None else [int(experiment_id[row])]
            values = ("" if np.isnan(column[row]) else f"{column[row]:.6g}" for column in columns)
            writer.writerow([*names, *values])


def write_factors_json(factors: Factors, path: str | Path, experiment_id: ExperimentId = None) -> None:
    """Write the columns of :meth:`Factors.to_dict`, with ``experiment_id`` after them where it is known."""
    record: dict[str, Any] = factors.to_dict()
    if experiment_id is not None:
        provenance = record.pop("provenance")
        record |= {"experiment_id": experiment_id.tolist(), "provenance": provenance}
    save_json(record, path)


def write_factors_hdf5(factors: Factors, path: str | Path, experiment_id: ExperimentId = None) -> None:
    """Write the columns as datasets, NaN where a reflection has no direction.

    Datasets are ``A``, ``standard_error``, ``path_length_um/<material>`` and, where known, ``miller_index`` with shape
    (reflection, 3), ``experiment_id``, ``lit_fraction``, ``weighted_path_um`` with shape (reflection, 4) and
    ``path_covariance_um2`` with shape (reflection, 4, 4). The last two serve to bring factors to other coefficients;
    the attribute ``materials`` of the file names their columns. The attribute ``provenance`` is JSON. The same factors
    give the same bytes.
    """
    import h5py

    columns: dict[str, NDArray[Any]] = {"A": factors.absorption, "standard_error": factors.standard_error}
    columns |= {f"path_length_um/{material.title}": path for material, path in factors.path_length_um.items()}
    if factors.miller_index is not None:
        columns["miller_index"] = factors.miller_index.astype(np.int32)
    if experiment_id is not None:
        columns["experiment_id"] = experiment_id.astype(np.int32)
    columns |= {name: column for name in DERIVATIVES if (column := getattr(factors, name)) is not None}
    room = sum(column.nbytes for column in columns.values()) + 100_000
    with replacing(path, room) as partial, h5py.File(partial, "w") as file:
        for name, column in columns.items():
            file.create_dataset(name, data=column, track_times=False)
        for material in factors.path_length_um:
            file[f"path_length_um/{material.title}"].attrs["units"] = "um"
        file.attrs["materials"] = [material.title for material in factors.path_length_um]
        file.attrs["provenance"] = json.dumps(factors.provenance.to_dict())


def read_factors_hdf5(path: str | Path) -> Factors:
    """Read back what :func:`write_factors_hdf5` wrote, to the last bit; the coefficients are in the provenance alone.

    Raises
    ------
    InputError
        There is no such file, or it holds no factors of this program.
    """
    import h5py

    path = Path(path)
    try:
        with h5py.File(path, "r") as file:
            paths = {material: file[f"path_length_um/{material.title}"][()] for material in ABSORBING}
            index = file["miller_index"][()] if "miller_index" in file else None
            others = {name: file[name][()] for name in DERIVATIVES if name in file}
            provenance = Provenance.from_dict(parse_json(file.attrs["provenance"]))
            return Factors(file["A"][()], file["standard_error"][()], paths, index, provenance, **others)
    except (OSError, KeyError, ValueError, AttributeError) as error:
        raise InputError(f"{path.name} holds no absorption factors of this program; compute them again.") from error


def write_record_beside(path: str | Path, provenance: Provenance) -> Path:
    """Write the record of how a file was made beside it, as ``<name>.json``; return where."""
    record = record_beside(path)
    save_json(provenance.to_dict(), record)
    return record


def record_beside(path: str | Path) -> Path:
    """Return where the record of a file lies that cannot hold it."""
    path = Path(path)
    return path.with_name(path.name + ".json")
