"""Jobs that look coefficients up, measure them, convert them, and draw what a measurement leaves unexplained."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ...absorption.coefficients import Coefficients
from ...errors import InputError
from ...volume import Quantity
from ..layers.label_layer import labels_of, volume_of
from ..parts.stage import Desk
from ..session.label_findings import pair_problem
from ..session.measured_in import MeasuredIn
from ..tasks.coefficients import convert_coefficients, draw_residuals, measure_in_scan, suggest_coefficients
from ..tasks.geometry import alignment_of
from ..views.projection_layers import refuse_redrawn

if TYPE_CHECKING:
    from ...calibration.measured_coefficients import MeasuredCoefficients
    from ...workflows.coefficient_energy import ConvertedCoefficients

Suggested = Callable[[Coefficients, MeasuredIn | None], None]
Measured = Callable[["MeasuredCoefficients", MeasuredIn], None]


class CoefficientJobs:
    """Starts them in the worker, and hands on what came.

    Parameters
    ----------
    desk : Desk
        What the stages work with.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def look_up(self, energy_kev: float, done: Suggested) -> None:
        """Look up coefficients of typical materials at an energy, keV."""
        session = self._desk.session
        self._desk.bar.start(
            "Coefficients",
            suggest_coefficients,
            None,
            None,
            energy_kev,
            None if session.scan is None else session.scan.energy_kev,
            done=lambda found: done(found, None),
        )

    def measure_in_volume(self, done: Suggested) -> None:
        """Measure coefficients in the volume that the labels lie on.

        Raises
        ------
        InputError
            There is no volume or no labels, the voxel values are not linear attenuation, or the two do not lie on each
            other.
        """
        session = self._desk.session
        if session.image is None or session.labels is None:
            raise InputError("Measuring coefficients takes a volume and its labels; one of them is missing.")
        volume = volume_of(session.image)
        if volume.quantity is not Quantity.LINEAR_ATTENUATION:
            raise InputError(
                f"The voxel values of '{session.image.name}' are not linear attenuation in 1/µm, so that no "
                "coefficient can be read from them; type in the coefficients or take them from the energy."
            )
        if problem := pair_problem(session):
            raise InputError(f"{problem} Coefficients are measured where both lie on each other.")
        labels = labels_of(session.labels)
        measured_in = MeasuredIn(session.labels, session.image)
        self._desk.bar.start(
            "Coefficients",
            suggest_coefficients,
            labels,
            volume,
            None,
            None if session.scan is None else session.scan.energy_kev,
            done=lambda found: done(found, measured_in),
        )

    def measure_in_scan(self, done: Measured) -> None:
        """Measure coefficients in the projections that the labels come from.

        Raises
        ------
        InputError
            There is no raw scan or no labels, or the scan's layer is flipped or turned in napari.
        """
        session = self._desk.session
        if session.scan is None or session.labels is None:
            raise InputError("Measuring coefficients takes a raw scan and its labels; one of them is missing.")
        refuse_redrawn(self._desk.viewer, session.scan)
        labels = labels_of(session.labels)
        measured_in = MeasuredIn(session.labels, session.image)
        self._desk.bar.start(
            "Coefficients from the scan",
            measure_in_scan,
            labels,
            session.scan,
            alignment_of(labels, session.scan, session.taken.axis, session.taken.force),
            done=lambda measured: done(measured, measured_in),
        )

    def convert(self, before: Coefficients, done: Callable[[ConvertedCoefficients, Coefficients], None]) -> None:
        """Bring coefficients to the energy of the experiment.

        Raises
        ------
        InputError
            The experiment does not give one energy.
        """
        energies = self._desk.session.experiment.energies_kev
        if len(energies) != 1:
            raise InputError(
                "Coefficients are converted to the energy of one experiment: choose it under 'Reflections', one sweep "
                "of several by its number."
            )
        self._desk.bar.start(
            "Convert coefficients",
            convert_coefficients,
            before,
            energies[0],
            done=lambda converted: done(converted, before),
        )

    def draw_residuals(self, measured: MeasuredCoefficients | None, done: Callable[[bytes], None]) -> None:
        """Draw the residuals of a measurement, as PNG.

        Raises
        ------
        InputError
            Nothing was measured in a scan yet.
        """
        if measured is None:
            raise InputError("No coefficients were measured in a scan yet.")
        self._desk.bar.start("Residuals", draw_residuals, measured, done=done)
