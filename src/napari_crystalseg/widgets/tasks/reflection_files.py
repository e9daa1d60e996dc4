"""The files of a diffraction experiment as they are chosen in the stage Check; without Qt."""

from __future__ import annotations

from typing import NamedTuple


class ReflectionFiles(NamedTuple):
    """Which files, and how they are taken.

    Parameters
    ----------
    experiment, reflections : str
        DIALS ``.expt`` and ``.refl``.
    experiment_number : int or None
        One experiment of several, counted from 0; None for all.
    axis_0 : {"scan", "x"} or None
        Where axis 0 of the labels lies, as :meth:`~..absorption.Directions.of` takes it.
    """

    experiment: str
    reflections: str
    experiment_number: int | None = None
    axis_0: str | None = None
