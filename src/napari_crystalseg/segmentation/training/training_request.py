"""Training request: what no network can be trained with is refused before there is a folder or a log."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...errors import InputError

CONFIGURATIONS = ("3d", "2d")
"""What a network sees at once: a whole sample, or a slice."""
_SIZES = (8, 512)
"""Fewest and most voxels along an axis of a working grid."""


def check_request(
    cases: Sequence[Path],
    labels: str | Path | None,
    validate: Sequence[str | Path],
    *,
    painted_share: float | None,
    minutes: float | None,
    steps: int | None,
    working_sizes: Sequence[int] | None,
    learning_rate: float | None,
    threads: int | None,
    configuration: str,
) -> None:
    """Refuse what no network can be trained with.

    Parameters
    ----------
    cases, labels, validate, painted_share, minutes, steps, working_sizes, learning_rate, threads, configuration
        As in :func:`.training.train`.

    Raises
    ------
    InputError
        Nothing to learn from, a folder that is not there, two folders that cannot be told apart or that are to be
        trained and validated on, a slice that cannot be read, or a number out of range.
    """
    if not cases and labels is None:
        raise InputError("A training needs something to learn from: a folder of cases, label maps to paint, or both.")
    for folder in cases:
        if not folder.is_dir():
            raise InputError(f"There is no folder {folder}; name one that holds case folders.")
    _check_names(cases, "folders of cases")
    if painted_share is not None and not 0 <= painted_share <= 1:
        raise InputError(f"The share of painted samples lies between 0 and 1, not {painted_share}.")
    if painted_share is not None and (labels is None or not cases):
        raise InputError("A share of painted samples needs both, cases and label maps to paint; name their folders.")
    if threads is not None and threads < 1:
        raise InputError(f"A training needs one thread at least, not {threads}.")
    _check_validation([Path(path) for path in validate], [*cases, *([] if labels is None else [Path(labels)])])
    if configuration not in CONFIGURATIONS:
        raise InputError(f"A training is of the configuration {' or '.join(CONFIGURATIONS)}, not {configuration}.")
    if (minutes is None) == (steps is None):
        raise InputError("Give the training a budget: either minutes or steps.")
    if (minutes if minutes is not None else steps or 0) <= 0:
        raise InputError("The budget of a training must be positive.")
    if working_sizes is not None:
        check_working_sizes(working_sizes)
        if len(set(working_sizes)) > 2:
            raise InputError(f"A training has one working size or two, not {list(working_sizes)}.")
    if learning_rate is not None and not learning_rate > 0:
        raise InputError(f"The learning rate of a training must be positive, not {learning_rate}.")


def check_working_sizes(sizes: Sequence[int]) -> None:
    """Refuse working grids on which nothing is seen, or that no memory holds.

    Raises
    ------
    InputError
        No size, or one out of range.
    """
    fewest, most = _SIZES
    if not sizes or not all(fewest <= size <= most for size in sizes):
        raise InputError(f"A working size is a number of voxels from {fewest} to {most}, not {list(sizes)}.")


def _check_names(folders: Sequence[Path], what: str) -> None:
    if len({folder.resolve().name for folder in folders}) < len(folders):
        raise InputError(f"Two {what} have the same name, by which they are told apart; rename one.")


def _check_validation(paths: Sequence[Path], learnt_from: Sequence[Path]) -> None:
    from .validation.validation_sets import read_slice

    taken = {folder.resolve() for folder in learnt_from}
    for path in paths:
        if not path.exists():
            raise InputError(f"There is no {path} to validate on.")
        if path.resolve() in taken:
            raise InputError(f"{path} is to be learnt from and to be validated on; name cases that are not trained on.")
        if not path.is_dir():
            read_slice(path)
    _check_names([path.with_suffix("") for path in paths], "sets to validate on")
