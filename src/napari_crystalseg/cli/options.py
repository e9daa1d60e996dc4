"""Options that several commands share."""

from __future__ import annotations

import math
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import InputError

if TYPE_CHECKING:
    from ..absorption import Coefficients, Directions


class Axis0(StrEnum):
    """Where axis 0 of the labels lies in the laboratory of the experiment."""

    SCAN = "scan"
    X = "x"


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
MuCrystal = Annotated[float | None, typer.Option("--mu-crystal", help="Attenuation of the crystal, 1/µm.")]
MuLiquor = Annotated[float | None, typer.Option("--mu-liquor", help="Attenuation of the liquor, 1/µm.")]
MuLoop = Annotated[float | None, typer.Option("--mu-loop", help="Attenuation of the loop, 1/µm.")]
MuOther = Annotated[
    float | None,
    typer.Option(
        "--mu-other", help="Attenuation of class 4 (bubble, salt), 1/µm: needed where there is some, 0 is gas."
    ),
]
MuEnergy = Annotated[
    float | None, typer.Option("--mu-energy-kev", help="Photon energy that these coefficients hold for, keV.")
]
CoefficientFile = Annotated[
    Path | None,
    typer.Option("--coefficients", help="In place of --mu-…: coefficients.json of 'crystalseg coefficients'."),
]
ConvertMu = Annotated[
    bool,
    typer.Option("--convert-mu", help="Convert coefficients of another energy to the experiment's; tells the error."),
]
ExperimentFile = Annotated[Path | None, typer.Option("--experiment", help="DIALS .expt of the diffraction data.")]
ReflectionFile = Annotated[Path | None, typer.Option("--reflections", help="DIALS .refl of the diffraction data.")]
DIRECTIONS = 500
Sphere = Annotated[
    int | None,
    typer.Option("--sphere", help=f"Directions over the sphere, instead of reflections ({DIRECTIONS} by default)."),
]
OffsetDeg = Annotated[
    float, typer.Option("--offset-deg", help="Degrees to add to the experiment's scan angles to get the tomogram's.")
]
ExperimentNumber = Annotated[
    int | None,
    typer.Option("--experiment-number", min=0, help="Take one experiment of the .expt only, counted from 0."),
]
LabelAxis = Annotated[
    Axis0 | None,
    typer.Option(
        "--axis-0",
        help="Axis 0 of the labels lies along the scan axis, or along X of DIALS; for experiments that turn about "
        "another axis than X.",
    ),
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
Axis = Annotated[
    str, typer.Option("--axis", metavar="columns|rows", help="What the rotation axis lies along on the detector.")
]
Force = Annotated[
    bool, typer.Option("--force", help="Go on with a scan that does not fit its angles, or has many bad frames.")
]
Model = Annotated[Path | None, typer.Option("--model", help="Model folder; the bundled one by default.")]


def check_png(path: Path | None, option: str) -> None:
    """Refuse a picture whose name says that it is something else than a PNG."""
    if path is not None and path.suffix.lower() != ".png":
        raise InputError(f"{option} {path} is not a PNG: name a file that ends in .png.")


def directions_of(
    experiment: Path | None,
    reflections: Path | None,
    sphere: int | None,
    offset_deg: float = 0.0,
    experiment_number: int | None = None,
    axis_0: Axis0 | None = None,
) -> Directions:
    """Return the directions in which A is computed: of the files given, else over the sphere.

    Raises
    ------
    InputError
        One file without the other, both files and sphere, options of files without these, or as
        :meth:`Directions.of_files`.
    """
    from ..absorption import Directions

    if experiment is None and reflections is None:
        given = {"--offset-deg": offset_deg != 0, "--experiment-number": experiment_number is not None}
        for option, is_given in {**given, "--axis-0": axis_0 is not None}.items():
            if is_given:
                raise InputError(f"{option} is for a diffraction experiment: give --experiment and --reflections.")
        return Directions.over_sphere(DIRECTIONS if sphere is None else sphere)
    if experiment is None or reflections is None:
        raise InputError("Give --experiment and --reflections together: one without the other says no directions.")
    if sphere is not None:
        raise InputError("Give either --sphere or --experiment and --reflections, not both.")
    return Directions.of_files(
        experiment,
        reflections,
        offset_deg,
        experiment_number=experiment_number,
        axis_0=None if axis_0 is None else axis_0.value,
    )


def centre_of(text: str) -> float | None:
    """Return the rotation centre in pixels, None for ``auto``."""
    if text.strip().lower() == "auto":
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise InputError(f"--centre is 'auto' or a column in pixels, not '{text}'.")
    return value


def coefficients_of(
    crystal: float | None,
    liquor: float | None,
    loop: float | None,
    other: float | None = None,
    energy_kev: float | None = None,
    file: Path | None = None,
) -> Coefficients | None:
    """Return the coefficients given, None where none was; refuse some without the others, and two kinds at once."""
    from dataclasses import replace

    from ..absorption import Coefficients

    given = [crystal, liquor, loop]
    if file is not None:
        if any(value is not None for value in given):
            raise InputError("Give either --coefficients or --mu-crystal, --mu-liquor and --mu-loop, not both.")
        from ..workflows.coefficient_file import read_coefficients

        read = read_coefficients(file)
        if energy_kev is not None:
            raise InputError(f"--mu-energy-kev is for --mu-…: {file.name} says for which energy it holds.")
        return read if other is None else replace(read, other=other)
    if crystal is None and liquor is None and loop is None:
        if energy_kev is not None:
            raise InputError(
                "--mu-energy-kev says for which energy --mu-crystal, --mu-liquor and --mu-loop hold: give them."
            )
        return None
    if crystal is None or liquor is None or loop is None:
        raise InputError("Give --mu-crystal, --mu-liquor and --mu-loop together (0 for a material that is not there).")
    return Coefficients(liquor, loop, crystal, other, energy_kev)


def needed_coefficients(coefficients: Coefficients | None) -> Coefficients:
    """Return the coefficients, or refuse that none were given."""
    if coefficients is None:
        raise InputError("Give --mu-crystal, --mu-liquor and --mu-loop (1/µm), or --coefficients with their file.")
    return coefficients
