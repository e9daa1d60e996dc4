"""Scan request: seed, detector and number of projections that every simulated scan is asked for with."""

from __future__ import annotations

from ..errors import InputError


def check_scan_request(seed: int, size: int | None = None, angles: int | None = None) -> None:
    """Refuse what no scan can be simulated with.

    Parameters
    ----------
    seed : int
        Seed of the series.
    size : int, optional
        Detector columns; not asked for where left out.
    angles : int, optional
        Number of projections; drawn where left out.

    Raises
    ------
    InputError
        A negative seed, fewer than 32 columns, or fewer than two angles.
    """
    if size is not None and size < 32:
        raise InputError(f"A case needs at least 32 voxels a side, not {size}.")
    if seed < 0:
        raise InputError(f"The seed must not be negative, not {seed}.")
    if angles is not None and angles < 2:
        raise InputError(f"A scan needs at least two angles, not {angles}.")
