"""How the labels lie in the laboratory of the diffraction experiment when all angles are zero."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...experiment.experiment import Sweep
from ...experiment.goniometer import Goniometer

AXIS_0 = ("scan", "x")
"""Where axis 0 of the labels, about which the tomogram was turned, may be said to lie: the scan axis, or DIALS X."""

TOLERANCE_DEG = 10.0
BEAM_TOLERANCE_DEG = 20.0

_X, _Z = np.array([1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1.0])


def in_label_frame(
    sweeps: tuple[Sweep, ...], used: NDArray[np.int64], axis_0: str | None
) -> tuple[tuple[Sweep, ...], tuple[str, ...]]:
    """Return the sweeps with goniometers that turn the labels, and what was assumed.

    Labels lie in the laboratory as axis 0 along +X, axis 1 along +Z and axis 2 along +Y when all angles are zero. The
    tomogram was turned about axis 0, right-handed, by the same goniometer: so one of its axes at angle zero must be +X,
    and the source must lie along +Z. Else the user has to say which of the two holds.

    Parameters
    ----------
    sweeps : tuple of Sweep
        Sweeps as the experiment has them.
    used : ndarray of int, shape (used sweep,)
        Places of those that have reflections.
    axis_0 : str or None
        ``"x"`` keeps axis 0 along X whatever the goniometer; ``"scan"`` lays it along the scan axis, with axis 1
        towards the source. By default only experiments are taken in which both are the same.

    Raises
    ------
    InputError
        Axis 0 of the labels is not an axis of the goniometer, and ``axis_0`` was not given; or it cannot be the scan
        axis.
    """
    if axis_0 is not None and axis_0 not in AXIS_0:
        raise InputError(f"Axis 0 of the labels lies along 'scan' or 'x', not '{axis_0}'.")
    if axis_0 == "scan":
        return _turned(sweeps, used)
    told: dict[str, None] = {}
    for number in used:
        sweep = sweeps[number]
        fault, note = _contradiction(sweep, int(number))
        if fault and axis_0 is None:
            raise InputError(
                f"{fault} Say how the labels lie: along the scan axis as both were turned by the same goniometer "
                "(--axis-0 scan), or along X all the same (--axis-0 x)."
            )
        if fault:
            told[f"{fault} Axis 0 of the labels is taken along X all the same, as was asked."] = None
        elif note:
            told[note] = None
    return sweeps, tuple(told)


def _contradiction(sweep: Sweep, number: int) -> tuple[str, str]:
    """What speaks against axis 0 along X and axis 1 along Z; and what is assumed where nothing does."""
    goniometer = sweep.goniometer
    axis, of_sample = goniometer.scan_axis, goniometer.fixed_rotation.T @ goniometer.scan_axis
    several = len(goniometer.axes) > 1
    note = ""
    # A fixed rotation may be another setting (kappa) or the way the axes were written down: either is fine.
    if min(_angle(axis, _X), _angle(axis if several else of_sample, _X)) > TOLERANCE_DEG:
        others = [_angle(other, _X) for other in goniometer.axes] if several else [180.0]
        if min(others) > TOLERANCE_DEG:
            if _angle(axis, -_X) <= TOLERANCE_DEG:
                return (
                    f"Experiment {number} turns about -X {_vector(axis)}, but the tomogram right-handed about axis 0, "
                    "which is +X: the angles of one run against those of the other.",
                    "",
                )
            return (
                f"Experiment {number} turns about {_name(axis)}, {_angle(axis, _X):.0f}° from X, but the tomogram "
                "about axis 0, which is X.",
                "",
            )
        note = (
            f"Experiment {number} turns about {_name(axis)}; the tomogram is taken to have been turned about the axis "
            "of the goniometer along X, all angles being zero."
        )
    source = sweep.source_direction
    directions = (source,) if several else (source, goniometer.setting_rotation.T @ source)
    off = min(_angle(direction, _Z) for direction in directions)
    if off > BEAM_TOLERANCE_DEG:
        return (
            f"In experiment {number} the source lies along {_name(source)}, {off:.0f}° from +Z, along which axis 1 of "
            "the labels lies.",
            "",
        )
    return "", note


def _turned(sweeps: tuple[Sweep, ...], used: NDArray[np.int64]) -> tuple[tuple[Sweep, ...], tuple[str, ...]]:
    if not used.size:
        return sweeps, ()
    first = sweeps[used[0]]
    axis = first.goniometer.scan_axis
    if any(_angle(sweeps[number].goniometer.scan_axis, axis) > 1.0 for number in used):
        raise InputError(
            "The sweeps turn about different axes, so 'the scan axis' is not one: choose a sweep "
            "(--experiment-number), or turn the labels so that axis 0 lies along X and give --axis-0 x."
        )
    # The setting of a goniometer of one axis is how that stands in the laboratory; of several, other axes make it.
    setting = first.goniometer.setting_rotation if len(first.goniometer.axes) == 1 else np.eye(3)
    source = setting.T @ first.source_direction
    across = source - (source @ axis) * axis
    if np.linalg.norm(across) < np.sin(np.deg2rad(BEAM_TOLERANCE_DEG)):
        raise InputError(
            f"Experiment {used[0]} turns about {_name(axis)}, along its beam: no tomogram was taken so. Check the "
            "experiment's goniometer."
        )
    across /= np.linalg.norm(across)
    frame = np.column_stack([axis, np.cross(across, axis), across])  # X, Y and Z of the labels
    turned = tuple(replace(sweep, goniometer=_seen_from(sweep.goniometer, frame)) for sweep in sweeps)
    return turned, (
        f"Axis 0 of the labels is taken along the scan axis {_vector(axis)} and axis 1 towards the source, as was "
        "asked.",
    )


def _seen_from(goniometer: Goniometer, frame: NDArray[np.float64]) -> Goniometer:
    """Return the goniometer that turns vectors given in another frame: S R(phi) F B = (S B) R'(phi) (B^T F B)."""
    axis = frame.T @ goniometer.scan_axis
    return Goniometer(
        axis,
        frame.T @ goniometer.fixed_rotation @ frame,
        goniometer.setting_rotation @ frame,
        axis[np.newaxis],
        np.zeros(1),
        0,
    )


def _angle(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    return float(np.degrees(np.arccos(np.clip(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)), -1, 1))))


def _name(axis: NDArray[np.float64]) -> str:
    for name, base in zip("XYZ", np.eye(3), strict=True):
        for sign, letter in ((1, f"+{name}"), (-1, f"-{name}")):
            if _angle(axis, sign * base) < 2:
                return f"{letter} of DIALS"
    return f"the axis {_vector(axis)} of DIALS"


def _vector(axis: NDArray[np.float64]) -> str:
    return "(" + ", ".join(f"{value + 0.0:.3g}" for value in np.round(axis, 3)) + ")"
