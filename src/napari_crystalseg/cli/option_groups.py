"""Options that belong together, defined once and handed to a command as one argument."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from ..errors import InputError
from .options import DIRECTIONS, Axis0, Crystals

if TYPE_CHECKING:
    from ..absorption import Coefficients, Directions
    from ..segmentation.postprocessing.physics import Physics


@dataclass(frozen=True)
class GivenCoefficients:
    """Attenuation coefficients, 1/µm, as they are given on the command line."""

    mu_crystal: Annotated[float | None, typer.Option("--mu-crystal", help="Attenuation of the crystal, 1/µm.")] = None
    mu_liquor: Annotated[float | None, typer.Option("--mu-liquor", help="Attenuation of the liquor, 1/µm.")] = None
    mu_loop: Annotated[float | None, typer.Option("--mu-loop", help="Attenuation of the loop, 1/µm.")] = None
    mu_other: Annotated[
        float | None,
        typer.Option(
            "--mu-other", help="Attenuation of class 4 (bubble, salt), 1/µm: needed where there is some, 0 is gas."
        ),
    ] = None
    mu_energy_kev: Annotated[
        float | None, typer.Option("--mu-energy-kev", help="Photon energy that these coefficients hold for, keV.")
    ] = None
    coefficients: Annotated[
        Path | None,
        typer.Option("--coefficients", help="In place of --mu-…: coefficients.json of 'crystalseg coefficients'."),
    ] = None

    @property
    def are_given(self) -> bool:
        """Whether any of these options is."""
        return any(getattr(self, field.name) is not None for field in fields(self))

    @property
    def other_alone(self) -> float | None:
        """The coefficient of class 4, 1/µm, where it is given without the others."""
        others = (self.mu_crystal, self.mu_liquor, self.mu_loop, self.coefficients)
        return self.mu_other if all(value is None for value in others) else None

    def known(self, other_alone: bool = False) -> Coefficients | None:
        """Return the coefficients, None where none were given; refuse some without the others, and two kinds at once.

        Parameters
        ----------
        other_alone : bool
            Whether class 4 may be given without the others.

        Raises
        ------
        InputError
        """
        from ..absorption import Coefficients

        crystal, liquor, loop = given = (self.mu_crystal, self.mu_liquor, self.mu_loop)
        if self.coefficients is not None:
            if any(value is not None for value in given):
                raise InputError("Give either --coefficients or --mu-crystal, --mu-liquor and --mu-loop, not both.")
            from ..workflows.coefficient_file import read_coefficients

            read = read_coefficients(self.coefficients)
            if self.mu_energy_kev is not None:
                raise InputError(
                    f"--mu-energy-kev is for --mu-…: {self.coefficients.name} says for which energy it holds."
                )
            return read if self.mu_other is None else replace(read, other=self.mu_other)
        if crystal is None and liquor is None and loop is None:
            if self.mu_energy_kev is not None:
                raise InputError(
                    "--mu-energy-kev says for which energy --mu-crystal, --mu-liquor and --mu-loop hold: give them."
                )
            if self.mu_other is not None and not other_alone:
                raise InputError("--mu-other goes with --mu-crystal, --mu-liquor and --mu-loop: give them.")
            return None
        if crystal is None or liquor is None or loop is None:
            raise InputError(
                "Give --mu-crystal, --mu-liquor and --mu-loop together (0 for a material that is not there)."
            )
        return Coefficients(liquor, loop, crystal, self.mu_other, self.mu_energy_kev)

    def needed(self) -> Coefficients:
        """Return the coefficients, or refuse that none were given.

        Raises
        ------
        InputError
        """
        known = self.known()
        if known is None:
            raise InputError("Give --mu-crystal, --mu-liquor and --mu-loop (1/µm), or --coefficients with their file.")
        return known


@dataclass(frozen=True)
class GivenExperiment:
    """A diffraction experiment as it is given on the command line."""

    experiment: Annotated[Path | None, typer.Option("--experiment", help="DIALS .expt of the diffraction data.")] = None
    reflections: Annotated[Path | None, typer.Option("--reflections", help="DIALS .refl of the diffraction data.")] = (
        None
    )
    offset_deg: Annotated[
        float,
        typer.Option("--offset-deg", help="Degrees to add to the experiment's scan angles to get the tomogram's."),
    ] = 0.0
    experiment_number: Annotated[
        int | None,
        typer.Option("--experiment-number", min=0, help="Take one experiment of the .expt only, counted from 0."),
    ] = None
    axis_0: Annotated[
        Axis0 | None,
        typer.Option(
            "--axis-0",
            help="Axis 0 of the labels lies along the scan axis, or along X of DIALS; for experiments that turn about "
            "another axis than X.",
        ),
    ] = None

    @property
    def files(self) -> tuple[Path | None, Path | None]:
        """The experiment list and the reflection table."""
        return self.experiment, self.reflections

    @property
    def is_given(self) -> bool:
        """Whether any of these options is, but for the offset."""
        return any(value is not None for value in (*self.files, self.experiment_number, self.axis_0))

    def directions(self, sphere: int | None) -> Directions:
        """Return the directions in which A is computed: of the files given, else over the sphere.

        Raises
        ------
        InputError
            One file without the other, both files and sphere, options of files without these, or as
            :meth:`Directions.of_files`.
        """
        from ..absorption import Directions

        if self.experiment is None and self.reflections is None:
            options = {"--offset-deg": self.offset_deg != 0, "--experiment-number": self.experiment_number is not None}
            for option, is_given in {**options, "--axis-0": self.axis_0 is not None}.items():
                if is_given:
                    raise InputError(f"{option} is for a diffraction experiment: give --experiment and --reflections.")
            return Directions.over_sphere(DIRECTIONS if sphere is None else sphere)
        if self.experiment is None or self.reflections is None:
            raise InputError("Give --experiment and --reflections together: one without the other says no directions.")
        if sphere is not None:
            raise InputError("Give either --sphere or --experiment and --reflections, not both.")
        return Directions.of_files(
            self.experiment,
            self.reflections,
            self.offset_deg,
            experiment_number=self.experiment_number,
            axis_0=None if self.axis_0 is None else self.axis_0.value,
        )


@dataclass(frozen=True)
class GivenPhysics:
    """Rules by which labels of a network are put right afterwards, as they are given on the command line."""

    physics: Annotated[
        bool,
        typer.Option("--physics/--no-physics", help="Put labels right afterwards; --no-physics: by no rule at all."),
    ] = True
    crystals: Annotated[
        Crystals,
        typer.Option("--crystals", help="Pieces of crystal that stay: the largest, those of a tenth of it, or all."),
    ] = Crystals.LARGE
    enclosed_air: Annotated[
        bool,
        typer.Option(
            "--enclosed-air/--no-enclosed-air", help="Give enclosed air to its surroundings, or to other (bubbles)."
        ),
    ] = True
    detached_loop: Annotated[
        bool, typer.Option("--detached-loop/--no-detached-loop", help="Give small detached loop to its surroundings.")
    ] = False
    islands: Annotated[
        bool, typer.Option("--islands/--no-islands", help="Give small pieces of any class to their surroundings.")
    ] = False
    island_voxels: Annotated[
        int, typer.Option("--island-voxels", min=0, help="Fewest voxels of a piece that is no island.")
    ] = 27
    island_um3: Annotated[
        float, typer.Option("--island-um3", min=0, help="Smallest volume of a piece that is no island, µm³.")
    ] = 0.0

    def rules(self) -> Physics:
        """Return them."""
        from ..segmentation.postprocessing.physics import Physics

        if not self.physics:
            return Physics.none()
        return Physics(
            islands=self.islands,
            island_voxels=self.island_voxels,
            island_um3=self.island_um3,
            enclosed_air=self.enclosed_air,
            detached_loop=self.detached_loop,
            crystals=self.crystals.value,
        )


def with_groups(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take dataclasses as arguments, each field of which is an option of its own."""
    hints = get_type_hints(command, include_extras=True)
    parameters, groups = [], {}
    for name, parameter in inspect.signature(command).parameters.items():
        if is_dataclass(hints[name]):
            groups[name] = hints[name]
            own = get_type_hints(hints[name], include_extras=True)
            shown = [(field.name, own[field.name], field.default) for field in fields(hints[name])]
        else:
            shown = [(name, hints[name], parameter.default)]
        parameters += [
            inspect.Parameter(each, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
            for each, kind, default in shown
        ]

    @functools.wraps(command)
    def run(**values: Any) -> None:
        for name, group in groups.items():
            values[name] = group(**{field.name: values.pop(field.name) for field in fields(group)})
        command(**values)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run
