"""Compare: what two label volumes of one sample, such as a manual and an automatic one, make of absorption."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..io import open_labels, replacing, save_json, writing_into
from ..judgement.comparison import Comparison
from ..judgement.unit_doubts import unit_doubts
from ..labels import Labels, Material
from ..progress import Progress, part, silent
from ..texts.printable import printable

if TYPE_CHECKING:
    from ..absorption import Coefficients, Directions, FactorComparison

FILES = ("comparison.json", "comparison.csv", "comparison.png")
"""Summary, every reflection, picture."""

MATERIALS = (Material.LIQUOR, Material.LOOP, Material.CRYSTAL, Material.OTHER)


def compare(
    first: str | Path,
    second: str | Path,
    out_dir: str | Path,
    coefficients: Coefficients,
    directions: Directions,
    *,
    names: tuple[str, str] | None = None,
    voxel_size_um: float | None = None,
    axes: tuple[str | None, str | None] = (None, None),
    datasets: tuple[str | None, str | None] = (None, None),
    tolerance: float = 1e-3,
    seed: int = 0,
    progress: Progress = silent,
) -> Comparison:
    """Compute the absorption factors of two label files for the same reflections, and write how they differ.

    The grids may have voxels of other sizes, as A is computed on each; they must cover the same field, to one voxel.

    Parameters
    ----------
    first, second : path
        Label files of one sample: the reference, such as a manual one, and what is held against it.
    out_dir : path
        Folder for the files of ``FILES``; files of the user with these names are kept under others.
    coefficients : Coefficients
        Linear attenuation coefficients, 1/µm, the same for both.
    directions : Directions
        Those of the reflections of an experiment, or over the sphere; the same for both.
    names : (str, str), optional
        What to call the two; their file names by default.
    voxel_size_um : float, optional
        Voxel size in place of what the files say, µm; for both.
    axes, datasets : (str, str), optional
        How the axes of each file lie, and which of several in it is meant, as :func:`~..io.open_labels` takes them.
    tolerance, seed : float, int
        The same for both; see :func:`napari_crystalseg.absorption.absorb`.
    progress : Progress
        Told what is being done; raises to cancel.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        Not labels, a volume without crystal, fields of other sizes, or sweeps of several wavelengths.
    """
    paths = (Path(first), Path(second))
    called = names or file_names(*paths)
    one, other = (
        open_labels(path, voxel_size_um=voxel_size_um, axes=axis, dataset=dataset)
        for path, axis, dataset in zip(paths, axes, datasets, strict=True)
    )
    _check_comparable(one, other, called)
    from ..absorption import FactorComparison, absorb

    made = [
        absorb(
            labels,
            coefficients,
            directions,
            tolerance=tolerance,
            seed=seed,
            progress=part(progress, 0.48 * i, 0.48 * (i + 1)),
        )
        for i, labels in enumerate((one, other))
    ]
    factors = FactorComparison(*made)
    volumes = one.volumes_um3(), other.volumes_um3()
    dice, why = _dice(one, other)
    edges, *counts = factors.histograms()
    summary = {
        "assumed": _named(called, [labels.provenance.assumptions for labels in (one, other)]),
        "a": {"name": called[0], "file": printable(paths[0].name), **one.to_dict()},
        "b": {"name": called[1], "file": printable(paths[1].name), **other.to_dict()},
        "classes": {m.title: _class_summary(volumes[0][m], volumes[1][m], dice[m]) for m in MATERIALS},
        "dice_left_out_because": why,
        **coefficients.record(),
        "directions": directions.description,
        "offset_deg": directions.offset_deg,
        "directions_found": list(directions.statements),
        "doubts": _named(called, [unit_doubts(a, b.absorption) for a, b in zip((one, other), made, strict=True)]),
        "tolerance": tolerance,
        "seed": seed,
        "absorption": factors.statistics(),
        "histogram": {"edges": edges.tolist(), "a": counts[0].tolist(), "b": counts[1].tolist()},
    }
    result = Comparison(called, factors, volumes, dice, summary)
    progress(0.97, "Writing the comparison")
    _save(result, Path(out_dir), None if directions.of_experiment else directions.leaving)
    progress(1.0, "Comparison done")
    return result


def file_names(first: Path, second: Path) -> tuple[str, str]:
    """Return the names of two files, with as many folders as tell them apart."""
    one, other = first.resolve(), second.resolve()
    for n in range(1, max(len(one.parts), len(other.parts)) + 1):
        a, b = (printable("/".join(path.parts[-n:])) for path in (one, other))
        if a != b:
            return a, b
    return f"{printable(first.name)} (first)", f"{printable(second.name)} (second)"


def _named(names: tuple[str, str], told: Sequence[Iterable[str]]) -> list[str]:
    """Sentences about each of the two, under its name."""
    return [f"{printable(name)}: {text}" for name, texts in zip(names, told, strict=True) for text in texts]


def _check_comparable(one: Labels, other: Labels, names: tuple[str, str]) -> None:
    for labels, name in zip((one, other), names, strict=True):
        if not (labels.data == Material.CRYSTAL).any():
            raise InputError(f"{name} holds no crystal (class 3), so it has no absorption factors to compare.")
    voxels = one.required_voxel_size_um, other.required_voxel_size_um
    fields = [np.multiply(labels.shape, size) for labels, size in zip((one, other), voxels, strict=True)]
    coarser = np.maximum(*voxels)
    for axis in range(3):
        # A grid that was binned may have lost an incomplete voxel at the end.
        if abs(fields[0][axis] - fields[1][axis]) > coarser[axis] * (1 + 1e-6):
            sizes = " and ".join(
                f"{name} {field[axis]:.5g} µm ({labels.shape[axis]} voxels of {size[axis]:.5g} µm)"
                for name, field, labels, size in zip(names, fields, (one, other), voxels, strict=True)
            )
            raise InputError(
                f"The two do not cover the same field along axis {axis}: {sizes}. Check the voxel sizes "
                "(--voxel-size-um), and crop or pad both to the same field."
            )


def _dice(one: Labels, other: Labels) -> tuple[dict[Material, float | None], str | None]:
    """Dice score of each class, or why there is none."""
    from ..segmentation import scores

    none: dict[Material, float | None] = dict.fromkeys(MATERIALS)
    if one.shape != other.shape or not np.allclose(one.required_voxel_size_um, other.required_voxel_size_um, rtol=1e-3):
        return none, "the grids differ in shape or voxel size"
    classes = scores(other, one)["classes"]
    return {m: classes[m.title]["dice"] if m.title in classes else None for m in MATERIALS}, None


def _class_summary(first_um3: float, second_um3: float, dice: float | None) -> dict[str, float | None]:
    return {
        "volume_a_um3": first_um3,
        "volume_b_um3": second_um3,
        "relative_difference": second_um3 / first_um3 - 1 if first_um3 else None,
        "dice": dice,
    }


def _save(result: Comparison, folder: Path, directions: NDArray[np.float64] | None) -> None:
    from ..pictures.comparison import comparison_png

    summary, table, picture = (folder / name for name in FILES)
    with writing_into(folder):
        save_json(result.summary, summary)
        _write_csv(result.factors, directions, table)
        with replacing(picture) as partial:
            partial.write_bytes(comparison_png(result))


def _write_csv(factors: FactorComparison, directions: NDArray[np.float64] | None, path: Path) -> None:
    """Write one line a reflection: h, k, l, or the scattered direction (z, y, x); both A, errors and differences."""
    index = factors.first.miller_index
    columns = {
        "A_a": factors.first.absorption,
        "A_b": factors.second.absorption,
        "standard_error_a": factors.first.standard_error,
        "standard_error_b": factors.second.standard_error,
        "difference": factors.difference,
        "relative_difference": factors.relative_difference,
    }
    with replacing(path) as partial, partial.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        which = ["z", "y", "x"] if directions is not None else ["h", "k", "l"] if index is not None else []
        writer.writerow([*which, *columns])
        for row in range(len(factors.first)):
            place: list[Any] = []
            if directions is not None:
                place = [f"{value:.6f}" for value in directions[row]]
            elif index is not None:
                place = [int(i) for i in index[row]]
            writer.writerow([*place, *("" if np.isnan(c[row]) else f"{c[row]:.6g}" for c in columns.values())])
