"""Options that several commands share."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError


class Axis0(StrEnum):
    """Where axis 0 of the labels lies in the laboratory of the experiment."""

    SCAN = "scan"
    X = "x"


class Crystals(StrEnum):
    """Pieces of crystal that stay in labels of a network."""

    LARGEST = "largest"
    LARGE = "large"
    ALL = "all"


RawScan = Annotated[
    Path, typer.Argument(help="Raw scan: NXtomo, I23 fly scan, Data Exchange, folder of TIFF, or .npz.")
]
VoxelSize = Annotated[
    float | None, typer.Option("--voxel-size-um", help="Voxel size in place of what the file says, µm.")
]
Axes = Annotated[
    str | None,
    typer.Option(
        "--axes", metavar="xzy", help="Which axis of the array is which, in place of the file; z is the rotation axis."
    ),
]
Dataset = Annotated[
    str | None,
    typer.Option("--dataset", help="Which of several volumes in a file: a path in HDF5, an array, c=0 for a channel."),
]
AxesB = Annotated[
    str | None,
    typer.Option("--axes-b", metavar="xzy", help="As --axes, for the second file where it is another; '' for none."),
]
DatasetB = Annotated[
    str | None,
    typer.Option("--dataset-b", help="As --dataset, for the second file where it is another; '' for none."),
]
ConvertMu = Annotated[
    bool,
    typer.Option("--convert-mu", help="Convert coefficients of another energy to the experiment's; tells the error."),
]
DIRECTIONS = 500
Sphere = Annotated[
    int | None,
    typer.Option("--sphere", help=f"Directions over the sphere, instead of reflections ({DIRECTIONS} by default)."),
]
Tolerance = Annotated[float, typer.Option("--tolerance", help="Largest relative standard error of A; 0: every voxel.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of the sampling.")]
Priors = Annotated[
    str | None, typer.Option("--priors", help="typical, wide, realism, or a YAML file (see crystalseg priors).")
]
Scheduler = Annotated[
    str | None, typer.Option("--scheduler", help="local: several processes; or the address of a Dask scheduler.")
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes of --scheduler local; by default one a core.")
]
Centre = Annotated[str, typer.Option("--centre", metavar="auto|PX", help="Column of the rotation axis.")]
Axis = Annotated[
    str, typer.Option("--axis", metavar="columns|rows", help="What the rotation axis lies along on the detector.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Go on with a scan that does not fit its angles, or has many bad frames.")
]
Model = Annotated[
    Path | None, typer.Option("--model", help="Name of a model (crystalseg models), or its folder; the bundled one.")
]
Engine = Annotated[
    str | None,
    typer.Option("--engine", help="What runs the network: torch or openvino; the quickest that is there."),
]


def for_each_file(first: str | None, second: str | None) -> tuple[str | None, str | None]:
    """Return what holds for each of two files: the first's for both, unless the second has its own."""
    return first, first if second is None else (second or None)


def check_png(path: Path | None, option: str) -> None:
    """Refuse a picture whose name says that it is something else than a PNG."""
    if path is not None and path.suffix.lower() != ".png":
        raise InputError(f"{option} {path} is not a PNG: name a file that ends in .png.")


def centre_of(text: str) -> float | None:
    """Return the rotation centre in pixels, None for ``auto``.

    Raises
    ------
    InputError
        Neither ``auto`` nor a finite number.
    """
    if text.strip().lower() == "auto":
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"--centre is 'auto' or a column in pixels, not '{text}'.")
    return value
