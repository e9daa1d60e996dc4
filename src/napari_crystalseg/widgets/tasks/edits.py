"""What is asked of worker processes while labels are edited, or about to be; without Qt."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...absorption.edits.edit_effect import EditEffect
from ...errors import InputError
from ...labels import Labels
from ...progress import Progress, part, silent
from .factors import directions_of
from .kept import keep, kept
from .politeness import lower_priority
from .reflection_files import ReflectionFiles

if TYPE_CHECKING:
    from ...absorption import EditMeter


class AutomaticLabels:
    """Labels as they were before any edit, with the meter that was made of them last.

    Parameters
    ----------
    labels : Labels
        The automatic labels.
    """

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self._settings: tuple[Any, ...] | None = None
        self._meter: EditMeter | None = None

    def meter(
        self,
        coefficients_per_um: Mapping[str, Any],
        reflection_files: ReflectionFiles | tuple[str, str] | None,
        sphere: int,
        offset_deg: float,
    ) -> EditMeter:
        """Return what measures edits with these settings: the one at hand, or another in its place."""
        from ... import absorption

        settings = (
            tuple(sorted(coefficients_per_um.items())),
            (reflection_files, offset_deg) if reflection_files else sphere,
        )
        if self._meter is None or self._settings != settings:
            self._meter = None
            self._meter = absorption.EditMeter(
                self.labels,
                absorption.Coefficients(**coefficients_per_um),
                directions_of(reflection_files, sphere, offset_deg),
            )
            self._settings = settings
        return self._meter


def measure_edits(
    token: int,
    automatic: Labels | None,
    low: tuple[int, int, int] | None,
    edited: NDArray[np.uint8] | None,
    coefficients_per_um: Mapping[str, Any],
    reflection_files: ReflectionFiles | tuple[str, str] | None,
    sphere: int,
    offset_deg: float = 0.0,
    progress: Progress = silent,
) -> EditEffect:
    """Measure what edits did to the absorption factors; the rays of the automatic labels are kept from call to call.

    Parameters
    ----------
    token : int
        Stands for the automatic labels from the second call on.
    automatic : Labels or None
        The automatic labels, at the first call.
    low, edited : (int, int, int) and ndarray of uint8, or None
        Where the box that was edited begins, and the labels in it; None where nothing was.
    coefficients_per_um : mapping of str to value
        Linear attenuation coefficients, 1/µm, and the other fields of :class:`~..absorption.Coefficients`.
    reflection_files : tuple of (str, str), or None
        DIALS ``.expt`` and ``.refl``.
    sphere : int
        Directions over a sphere, where there are no reflection files.
    offset_deg : float
        Degrees added to the scan angles of the experiment.
    progress : Progress
        Takes none: it is a matter of a moment.

    Raises
    ------
    InputError
        Other labels were given meanwhile, or the experiment is refused.
    """
    lower_priority()
    if automatic is None:
        held = kept(AutomaticLabels, token)
    else:
        held = keep(AutomaticLabels, token, lambda: AutomaticLabels(automatic))
    if held is None:
        raise InputError("The automatic labels are not at hand any more.")
    meter = held.meter(coefficients_per_um, reflection_files, sphere, offset_deg)
    return meter.no_effect() if low is None or edited is None else meter.effect(low, edited)


def measure_preview(
    token: int,
    automatic: Labels | None,
    low: tuple[int, int, int],
    now: NDArray[np.uint8],
    then: NDArray[np.uint8],
    coefficients_per_um: Mapping[str, Any],
    reflection_files: ReflectionFiles | tuple[str, str] | None,
    sphere: int,
    offset_deg: float = 0.0,
    progress: Progress = silent,
) -> EditEffect:
    """Measure what an edit would do that is not made yet, beside those that are.

    Parameters
    ----------
    token, automatic, coefficients_per_um, reflection_files, sphere, offset_deg, progress
        As :func:`measure_edits` takes them.
    low : (int, int, int)
        Where a box begins outside of which the labels are the automatic ones, before the edit and after it.
    now, then : ndarray of uint8, shape (z, y, x)
        Labels in the box as they are, and as they would be.

    Returns
    -------
    EditEffect
        From the labels as they are to those as they would be.

    Raises
    ------
    InputError
        As :func:`measure_edits`.
    """
    settings = (coefficients_per_um, reflection_files, sphere, offset_deg)
    before = measure_edits(token, automatic, low, now, *settings)
    after = measure_edits(token, None, low, then, *settings)
    return EditEffect(
        before.rows,
        before.miller_index,
        before.after,
        after.after,
        # Both were measured from the same points, but for those in what was added: no less sure than this.
        np.hypot(before.standard_error, after.standard_error),
        float(np.hypot(before.mean_error, after.mean_error)),
    )


def map_sensitivity(
    labels: Labels,
    coefficients_per_um: Mapping[str, Any],
    reflection_files: ReflectionFiles | tuple[str, str] | None,
    sphere: int,
    offset_deg: float = 0.0,
    progress: Progress = silent,
) -> tuple[NDArray[np.float32], float]:
    """Compute by how much mean A changes if a voxel flips.

    Returns
    -------
    change : ndarray of float32, shape (z, y, x)
        Absolute change, in millionths of mean A; zero away from surfaces.
    bright : float
        Value that 99.5 % of the surface voxels stay below.

    Raises
    ------
    InputError
        The mean of A is 0.
    """
    from ... import absorption

    found = absorption.map_sensitivity(
        labels,
        absorption.Coefficients(**coefficients_per_um),
        directions_of(reflection_files, sphere, offset_deg),
        progress=part(progress, 0.0, 0.95),
    )
    if not found.mean > 0:
        raise InputError("The sample absorbs everything: mean A is 0. Check the attenuation coefficients (1/µm).")
    progress(0.95, "drawing")
    change = found.absolute_change
    change *= np.float32(1e6 / found.mean)
    values = np.abs(found.mean_changes) * (1e6 / found.mean)
    return change, float(np.percentile(values, 99.5)) if values.size else 0.0
