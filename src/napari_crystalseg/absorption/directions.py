"""Directions: of the reflections of a diffraction experiment, read, completed and judged once, or over a sphere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..checks import read_only
from ..errors import InputError
from ..experiment.experiment import Experiment, Sweep, read_experiment
from ..experiment.table.reflections import Reflections, read_reflections
from ..experiment.table.scaling_selection import ScalingSelection
from ..experiment.table.sweep_rows import missing_sweeps
from ..provenance import Provenance
from ..texts.printable import printable
from ..wavelength import KEV_ANGSTROM, same_wavelength
from .dials.judged.completed_rows import CompletedRows, complete_rows
from .dials.judged.crystal_check import other_crystals
from .dials.judged.rows_without_factor import rows_without_factor
from .dials.judged.scan_check import check_scans, crystals_of_one_scan, models_that_vary
from .dials.label_frame import in_label_frame
from .dials.ray_directions import ray_directions, sphere_directions


@dataclass(frozen=True, eq=False)
class Directions:
    """In which directions to leave a crystal voxel, towards the source and along the scattered beam.

    Whatever computes with reflections takes this, so that every table is completed and judged by the same rules:
    :meth:`of_files` reads the files of a diffraction experiment, :meth:`of` takes its models and its table, and
    :meth:`over_sphere` needs neither.

    Parameters
    ----------
    incident, leaving : ndarray of float64, shape (reflection, 3)
        Unit vectors in array axes (z, y, x). NaN where a reflection has no direction.
    sweep : ndarray of int64, shape (reflection,)
        Number of the sweep, from 0; -1 where not known. By default all are of one.
    scan_axis : ndarray of float64, shape (reflection, 3)
        Axis about which the sample was turned, in the sample. By default axis 0.
    miller_index : ndarray of int64, shape (reflection, 3), or None
        Miller indices.
    experiment_id : ndarray of int64, shape (reflection,), or None
        Number by which the table calls the sweep.
    rows : CompletedRows or None
        Scattered vectors and scan angles, of an experiment.
    sweeps : tuple of Sweep
        Sweeps of the experiment, with goniometers that turn the labels; none over a sphere.
    wavelengths_angstrom : tuple of float
        Of the sweeps that have reflections, in their order; none over a sphere.
    scaling : ScalingSelection or None
        Which rows DIALS's scaling uses, where the table tells.
    files : (Path, Path) or None
        The ``.expt`` and the ``.refl``.
    settings : mapping
        How they were made, as it stands in the provenance of what is computed.
    statements : tuple of str
        What the user must know: how well table and models agree, what was computed, assumed or left out.
    provenance : Provenance
        The files and their hashes, and what was computed and found.

    Raises
    ------
    InputError
        Columns of different length, or no reflection with a direction.
    """

    incident: NDArray[np.float64]
    leaving: NDArray[np.float64]
    sweep: NDArray[np.int64] | None = None
    scan_axis: NDArray[np.float64] | None = None
    miller_index: NDArray[np.int64] | None = None
    experiment_id: NDArray[np.int64] | None = None
    rows: CompletedRows | None = None
    sweeps: tuple[Sweep, ...] = ()
    wavelengths_angstrom: tuple[float, ...] = ()
    scaling: ScalingSelection | None = None
    files: tuple[Path, Path] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    statements: tuple[str, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)

    def __post_init__(self) -> None:
        n = len(self.incident)
        if self.sweep is None:
            object.__setattr__(self, "sweep", np.zeros(n, dtype=np.int64))
        if self.scan_axis is None:
            object.__setattr__(self, "scan_axis", np.tile([1.0, 0.0, 0.0], (n, 1)))
        shapes: dict[str, tuple[int, ...]] = {
            **dict.fromkeys(("incident", "leaving", "scan_axis", "miller_index"), (n, 3)),
            **dict.fromkeys(("sweep", "experiment_id"), (n,)),
        }
        for name, shape in shapes.items():
            column = getattr(self, name)
            if column is None:
                continue
            if np.shape(column) != shape:
                raise InputError(f"The column {name} has shape {np.shape(column)}, expected {shape}.")
            object.__setattr__(self, name, read_only(np.asarray(column)))
        if not self.usable.any():
            raise InputError(
                "No reflection has a usable direction: s1 or the scan angles are zero or not finite. Use an integrated "
                "table."
            )

    def __len__(self) -> int:
        return len(self.incident)

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Whether each has a direction; shape (reflection,)."""
        return np.asarray(np.isfinite(self.incident + self.leaving).all(axis=1))

    @property
    def of_experiment(self) -> bool:
        """Whether they are those of a diffraction experiment."""
        return self.rows is not None

    @property
    def offset_deg(self) -> float:
        """Degrees that were added to the scan angles."""
        return float(self.settings.get("offset_deg", 0.0))

    @property
    def energies_kev(self) -> tuple[float, ...]:
        """Photon energies of the sweeps that have reflections, keV; none over a sphere."""
        return tuple(KEV_ANGSTROM / wavelength for wavelength in self.wavelengths_angstrom)

    @property
    def description(self) -> str:
        """What they are, in a few words."""
        if self.files is not None:
            return f"{len(self)} reflections of {printable(self.files[1].name)}"
        if self.of_experiment:
            return f"{len(self)} reflections"
        return f"{len(self)} directions over the sphere, beam along the zero of the tomogram"

    def check_one_wavelength(self) -> None:
        """Refuse several wavelengths, as attenuation coefficients hold for one.

        Raises
        ------
        InputError
            Sweeps with reflections differ in wavelength by more than a hundredth.
        """
        found = self.wavelengths_angstrom
        if found and not same_wavelength(min(found), max(found)):
            told = sorted({f"{wavelength:.5g}" for wavelength in found}, key=float)
            listed = " and ".join([", ".join(told[:-1]), told[-1]])
            raise InputError(
                f"The sweeps were taken at {listed} Å, but attenuation coefficients hold for one wavelength: compute "
                "one sweep at a time (--experiment-number) with its own coefficients, or have those of one energy "
                "converted to each ('absorb --convert-mu')."
            )

    def by_wavelength(self) -> tuple[Directions, ...]:
        """Return the directions of each wavelength by itself: in each, reflections of the others have no direction.

        Wavelengths within a hundredth of each other are one. A single one, or none over a sphere, gives these
        directions.
        """
        assert self.sweep is not None
        groups: list[list[int]] = []
        for number in np.unique(self.sweep[self.sweep >= 0]) if self.sweeps else ():
            for group in groups:
                if _have_same_wavelength(self.sweeps[group[0]].wavelength, self.sweeps[number].wavelength):
                    group.append(int(number))
                    break
            else:
                groups.append([int(number)])
        if len(groups) < 2:
            return (self,)
        return tuple(self._of_sweeps(group) for group in groups)

    def _of_sweeps(self, numbers: list[int]) -> Directions:
        assert self.sweep is not None
        own = np.isin(self.sweep, numbers)
        wavelengths = (self.sweeps[number].wavelength for number in numbers)
        return replace(
            self,
            incident=np.where(own[:, np.newaxis], self.incident, np.nan),
            leaving=np.where(own[:, np.newaxis], self.leaving, np.nan),
            wavelengths_angstrom=tuple(each for each in wavelengths if each is not None),
        )

    @classmethod
    def of_files(
        cls,
        experiment: str | Path,
        reflections: str | Path,
        offset_deg: float = 0.0,
        *,
        experiment_number: int | None = None,
        axis_0: str | None = None,
    ) -> Directions:
        """Read, complete and judge the files of a diffraction experiment.

        Parameters
        ----------
        experiment, reflections : path
            DIALS ``.expt`` and ``.refl`` of the same step.
        offset_deg, experiment_number, axis_0
            As :meth:`of` takes them.

        Returns
        -------
        Directions
            Those of the table's rows, in their order.

        Raises
        ------
        InputError
            Files that cannot be read, and as :meth:`of`.
        """
        models, table = read_experiment(experiment), read_reflections(reflections)
        return cls.of(
            models,
            table,
            offset_deg,
            experiment_number=experiment_number,
            axis_0=axis_0,
            files=(Path(experiment), Path(reflections)),
        )

    @classmethod
    def of(
        cls,
        experiment: Experiment,
        reflections: Reflections,
        offset_deg: float = 0.0,
        *,
        experiment_number: int | None = None,
        axis_0: str | None = None,
        files: tuple[Path, Path] | None = None,
    ) -> Directions:
        """Complete and judge the models and the table of a diffraction experiment.

        Parameters
        ----------
        experiment, reflections : Experiment, Reflections
            Models and table of the same step.
        offset_deg : float
            Degrees added to the scan angles of the diffraction experiment to make them those of the tomogram: minus the
            scan angle at which the tomogram has its zero.
        experiment_number : int, optional
            Take one experiment only, counted from 0 as DIALS does; reflections of others have no direction.
        axis_0 : {"scan", "x"}, optional
            Where axis 0 of the labels lies in an experiment that does not turn about +X of DIALS: along its scan axis,
            with axis 1 towards the source at angle zero, or along X all the same. By default such are refused.
        files : (Path, Path), optional
            Where both were read.

        Returns
        -------
        Directions
            Those of the table's rows, in their order.

        Raises
        ------
        InputError
            Models and table do not belong together, lack what cannot be computed, are no rotation scan at one
            wavelength each, or do not tell how the labels lie.
        """
        if not np.isfinite(offset_deg):
            raise InputError(f"The angle offset must be finite, not {offset_deg}.")
        # Values too large to reckon with end as such that are not finite, and are judged so.
        with np.errstate(all="ignore"):
            return cls._judged(experiment, reflections, offset_deg, experiment_number, axis_0, files)

    @classmethod
    def _judged(
        cls,
        experiment: Experiment,
        reflections: Reflections,
        offset_deg: float,
        experiment_number: int | None,
        axis_0: str | None,
        files: tuple[Path, Path] | None,
    ) -> Directions:
        check_scans(experiment, reflections, experiment_number)
        rows = complete_rows(experiment, reflections)
        statements = list(rows.statements)
        if reflections.flags is not None and reflections.scaling is not None:
            statements.insert(min(1, len(statements)), reflections.scaling.sentence())
        elif files is not None:
            statements.append("The table has no flags, so which reflections scaling uses is not known.")
        if rows.computed:
            statements.append(f"Missing from the table and computed from the models: {', '.join(rows.computed)}.")
        if missing := missing_sweeps(experiment, rows.sweep):
            statements.append(missing)
        used = np.unique(rows.sweep[rows.sweep >= 0])
        sweep = rows.sweep
        if experiment_number is not None:
            if not 0 <= experiment_number < len(experiment.sweeps):
                raise InputError(
                    f"There is no experiment {experiment_number}: the file holds {len(experiment.sweeps)}, counted "
                    "from 0."
                )
            if experiment_number not in used:
                raise InputError(f"Experiment {experiment_number} has no reflections in the table.")
            used = np.array([experiment_number])
            sweep = np.where(sweep == experiment_number, sweep, -1)
            rows = replace(rows, sweep=sweep)
            left = int(np.count_nonzero(sweep < 0))
            statements.append(f"Experiment {experiment_number} alone, as was asked: {left} rows get no factor.")
        sweeps, assumed = in_label_frame(experiment.sweeps, used, axis_0)
        statements += assumed
        if varying := models_that_vary([sweeps[number] for number in used]):
            statements.append(varying)
        lattices = crystals_of_one_scan([sweeps[number] for number in used])
        if lattices > 1:
            statements.append(
                f"{lattices} crystals were indexed in one scan, and each reflection gets the mean over all voxels of "
                "class 3, not over those of its own crystal."
            )
        elif other := other_crystals(experiment.sweeps, used):
            statements.append(other)
        incident, leaving, axis = ray_directions(sweeps, rows, offset_deg)
        statements += rows_without_factor(reflections, rows, experiment_number)
        record = Provenance(inputs={**experiment.provenance.inputs, **reflections.provenance.inputs})
        if rows.computed:
            record = record.then("complete the reflection table", computed=list(rows.computed))
        record = record.then("check the reflections", found=list(statements))
        wavelengths = (sweeps[number].wavelength for number in used)
        return cls(
            incident,
            leaving,
            sweep,
            axis,
            reflections.miller_index,
            reflections.experiment_id,
            rows,
            sweeps,
            tuple(wavelength for wavelength in wavelengths if wavelength is not None),
            reflections.scaling,
            files,
            _settings("experiment", offset_deg, experiment_number, axis_0),
            tuple(statements),
            record,
        )

    @classmethod
    def over_sphere(cls, n: int) -> Directions:
        """Directions for when there is no experiment: one incident beam, ``n`` scattered ones over the sphere.

        The beam is that of angle zero: it travels along DIALS -Z, from high to low axis 1, so the source lies at
        +axis 1.

        Returns
        -------
        Directions
            One incident beam, and ``n`` scattered ones.

        Raises
        ------
        InputError
            Fewer than one direction.
        """
        leaving = sphere_directions(n)
        incident = np.tile([0.0, 1.0, 0.0], (n, 1))
        return cls(incident, leaving, settings=_settings(f"sphere of {n}", 0.0))


def _have_same_wavelength(one: float | None, other: float | None) -> bool:
    assert one is not None
    assert other is not None
    return same_wavelength(one, other)


def _settings(
    directions: str, offset_deg: float, experiment_number: int | None = None, axis_0: str | None = None
) -> dict[str, Any]:
    given = {"experiment_number": experiment_number, "axis_0": axis_0}
    return {
        "directions": directions,
        "offset_deg": float(offset_deg),
        **{name: value for name, value in given.items() if value is not None},
    }
