"""A folder that AnACor 2.0 (Lu et al. 2024, J. Appl. Cryst. 57, 649-658) reads."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...experiment.experiment import Sweep
from ...io import OutputFolder, replacing, save_json, write_text, writing_into
from ...labels import Labels, Material
from ...progress import Progress, silent
from ...provenance import Provenance, hash_array
from ..coefficients import Coefficients
from ..directions import Directions
from ..single_slice import refuse_single_slice
from .anacor_volume import AnacorVolume, anacor_volume
from .settings import preprocess_settings, processing_settings, readme
from .tables import geometry_record, reflection_rows

ROWS = "rows.json"
SETTINGS = ("default_preprocess_input.yaml", "default_mpprocess_input.yaml")
RECORD = "provenance.json"
README = "README.txt"
FILES = (*SETTINGS, RECORD, README, ROWS)
"""What lies in a store folder beside the folder of data."""

# AnACor finds its files by these words in their names.
RESERVED_WORDS = ("-1", "dict", "overall", "refl", "expt")


def export_anacor(
    labels: Labels,
    out_dir: str | Path,
    dataset: str = "sample",
    coefficients: Coefficients | None = None,
    directions: Directions | None = None,
    offset_deg: float = 0.0,
    voxel_size_um: float | None = None,
    progress: Progress = silent,
) -> Path:
    """Write labels, coefficients and reflections as a store folder for AnACor 2.0.

    The volume is resampled to isotropic voxels (nearest label), padded by ten voxels of air and
    widened along axis 2 where AnACor's limit on path lengths asks for it. Air between parts of the sample is written as
    class 4 with a coefficient of zero, because AnACor ends a ray at the first air voxel; where class 4 absorbs, or its
    coefficient is not known, AnACor is asked for its full iteration instead.

    AnACor takes one sweep at a time. Of an experiment file with several, each gets a store folder of its own,
    ``sweep_1`` and so on. Reflections without a direction are left out, since AnACor stops at them; ``rows.json`` then
    holds, for each row that AnACor gets, its row in the reflection table.

    Parameters
    ----------
    labels : Labels
        Material of each voxel.
    out_dir : str or Path
        The store folder; made if missing. Files of an earlier export of the same dataset are replaced, and what a user
        added or changed there is kept (see :func:`~napari_crystalseg.io.writing_into`).
    dataset : str
        Name of the dataset: letters, digits, ``_`` and ``-``.
    coefficients : Coefficients, optional
        Written to the input file; left for the user to fill in if not given.
    directions : Directions, optional
        Those of the reflections of an experiment; over the sphere there are none to write.
    offset_deg : float
        Degrees that AnACor is to add to the scan angles where no reflections are given, which bring their own.
    voxel_size_um : float, optional
        Size of the isotropic voxels, µm; the finest of the labels' by default. AnACor assumes 0.3.
    progress : Progress
        Called between the steps.

    Returns
    -------
    Path
        The store folder, absolute; with several sweeps the folder that holds their store folders.

    Raises
    ------
    InputError
        No crystal, a single slice, results of AnACor in the folder, a name that AnACor trips over, or coefficients for
        sweeps of several wavelengths.
    """
    _check_name(dataset)
    if directions is not None and directions.of_experiment:
        offset_deg = directions.offset_deg
        if coefficients is not None:
            directions.check_one_wavelength()
    if not np.isfinite(offset_deg):
        raise InputError(f"The angle offset must be finite, not {offset_deg}.")
    refuse_single_slice(labels)
    _ = labels.required_voxel_size_um  # refused before the work where it is not known
    if coefficients is not None:
        coefficients.check(labels, () if directions is None else directions.energies_kev)
    tables = [] if directions is None or not directions.of_experiment else _tables(directions)
    root = Path(out_dir).resolve()
    stores = [root / f"sweep_{n + 1}" for n in range(len(tables))] if len(tables) > 1 else [root]
    for store in stores:
        _check_no_results(store, dataset)

    progress(0.1, "Resampling the labels")
    # Class 4 can stand for air only where it does not absorb.
    has_other = bool((labels.data == Material.OTHER).any())
    free = not has_other or (coefficients is not None and coefficients.other == 0)
    volume = anacor_volume(labels, mark_inner_air=free, voxel_size_um=voxel_size_um)

    with writing_into(root) as output:
        for number, store in enumerate(stores):
            progress(0.6 + 0.4 * number / len(stores), f"Writing the AnACor folder {store.name}")
            table = tables[number] if tables else None
            _write_store(output, store, dataset, labels, volume, coefficients, table, offset_deg, full=not free)
        if len(stores) > 1:
            write_text(root / README, _overview(stores, tables))
    progress(1.0, "AnACor folder written")
    return root


def _check_name(dataset: str) -> None:
    """Refuse a name that AnACor trips over."""
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_-]*", dataset) or any(w in dataset for w in RESERVED_WORDS):
        raise InputError(
            f"AnACor cannot take the dataset name '{dataset}': use letters, digits and _, without "
            f"{', '.join(RESERVED_WORDS)}."
        )


def _check_no_results(store: Path, dataset: str) -> None:
    """Refuse to replace the data that AnACor has computed something from."""
    results = store / f"{dataset}_save_data" / "ResultData"
    if any(path.is_file() for path in results.glob("**/*")):
        raise InputError(f"{results} holds what AnACor computed; move it away or choose another folder.")


def _write_store(
    output: OutputFolder,
    store: Path,
    dataset: str,
    labels: Labels,
    volume: AnacorVolume,
    coefficients: Coefficients | None,
    table: _Table | None,
    offset_deg: float,
    full: bool,
) -> None:
    """Write the store folder of one sweep."""
    # Gone before the data change, so that none of a run that is killed are taken for those of other data.
    for name in (*SETTINGS, RECORD):
        output.remove(store / name)
    paths = _write_data(output, store, dataset, volume, table)
    common = {"store_dir": str(store), "dataset": dataset}
    settings = processing_settings(volume, coefficients, paths, offset_deg, full=full)
    _write_yaml(store / SETTINGS[0], {**common, **preprocess_settings(paths)})
    said = None if coefficients is None else coefficients.sentence()
    _write_yaml(store / SETTINGS[1], {**common, **settings}, said=said)
    text = readme(dataset, volume, coefficients, labels, paths, settings)
    if table is not None and not table.complete:
        text += f"\n{len(table.rows)} of {len(table.directions)} reflections are here; {ROWS} says which rows.\n"
    write_text(store / README, text)
    record = _provenance(labels, volume, coefficients, table, offset_deg)
    save_json(record.to_dict(), store / RECORD)


@dataclass(frozen=True, eq=False)
class _Table:
    """The reflections of one sweep, with the rows of the table that they stand in."""

    sweep: Sweep
    directions: Directions
    rows: NDArray[np.int64]
    stem: str

    @property
    def complete(self) -> bool:
        return len(self.rows) == len(self.directions)


def _tables(directions: Directions) -> list[_Table]:
    """The table of each sweep that has reflections; rows without a direction are left out."""
    name = "reflections" if directions.files is None else directions.files[1].stem
    stem = re.sub(r"refl|expt|True|False|[^A-Za-z0-9_-]", "_", name)
    found = []
    for number, sweep in enumerate(directions.sweeps):
        rows = np.flatnonzero(directions.usable & (directions.sweep == number))
        if rows.size:
            found.append(_Table(sweep, directions, rows, stem))
    return found


def _write_data(
    output: OutputFolder, store: Path, dataset: str, volume: AnacorVolume, table: _Table | None
) -> dict[str, str]:
    """Write volume and tables; return where everything lies. Those of an earlier export go."""
    folder = store / f"{dataset}_save_data"
    paths = {"refl_path": "", "expt_path": "", "model_storepath": str(folder / f"{dataset}_.npy")}
    with replacing(paths["model_storepath"]) as partial:
        np.save(partial, volume.data, allow_pickle=False)
    if table is not None:
        geometry, setting = geometry_record(table.sweep)
        rows = reflection_rows(table.directions, setting, table.rows)
        for key, name, record in (("expt_path", "expt", geometry), ("refl_path", "refl", rows)):
            paths[key] = str(folder / f"{table.stem}_{name}_False.json")
            write_text(paths[key], json.dumps(record))
    output.remove_others(folder, [Path(path) for path in paths.values() if path])
    for empty in ("ResultData/absorption_factors", "Logging"):
        (folder / empty).mkdir(parents=True, exist_ok=True)
    if table is not None and not table.complete:
        save_json({"rows": table.rows.tolist()}, store / ROWS)
    else:
        output.remove(store / ROWS)
    return paths


def _overview(stores: list[Path], tables: list[_Table]) -> str:
    lines = ["AnACor takes one sweep at a time: run each of these folders as its README.txt says.", ""]
    for store, table in zip(stores, tables, strict=True):
        lines.append(
            f"{store.name}: {len(table.rows)} reflections of experiment {table.sweep.identifier or '(no name)'}"
        )
    lines += ["", f"{ROWS} in each holds the rows of the reflection table that its reflections stand in, from 0."]
    return "\n".join(lines) + "\n"


def _provenance(
    labels: Labels,
    volume: AnacorVolume,
    coefficients: Coefficients | None,
    table: _Table | None,
    offset_deg: float,
) -> Provenance:
    record = labels.provenance
    if table is not None:
        read = table.directions.provenance
        record = replace(record, inputs={**record.inputs, **read.inputs}, steps=(*record.steps, *read.steps))
    return record.then(
        "export to AnACor",
        labels_sha256=hash_array(labels.data),
        voxel_size_um=volume.voxel_size_um,
        inner_air_marked=volume.inner_air_marked,
        **({"coefficients_per_um": None} if coefficients is None else coefficients.record()),
        offset_deg=float(offset_deg),
        reflections=None if table is None else {"written": len(table.rows), "of": len(table.directions)},
    )


def _write_yaml(path: Path, values: Mapping[str, Any], said: str | None = None) -> None:
    """Write a flat file, ``said`` above it as a comment."""
    head = "" if said is None else f"# {said}\n"
    write_text(path, head + "".join(f"{key}: {_yaml(value)}\n" for key, value in values.items()))


def _yaml(value: Any) -> str:
    """Return a scalar as YAML 1.1 reads it: as JSON, but for two things.

    A number with an exponent is text without a decimal point, and letters beyond 16 bits are escaped as one.
    """
    if isinstance(value, str):
        return f'"{"".join(_yaml_letter(letter) for letter in value)}"'
    text = json.dumps(value)
    if isinstance(value, float) and "e" in text and "." not in text:
        return text.replace("e", ".0e")
    return text


def _yaml_letter(letter: str) -> str:
    if " " <= letter <= "~":
        return f"\\{letter}" if letter in '\\"' else letter
    return f"\\u{ord(letter):04x}" if ord(letter) <= 0xFFFF else f"\\U{ord(letter):08x}"
