"""Scan request: what every simulated scan is asked for with."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

from ...errors import InputError

if TYPE_CHECKING:
    from ..priors import Priors

LEAST_SIZE = 32
"""Detector columns below which a sample has no shape."""


@dataclass(frozen=True)
class ScanRequest:
    """Which scans to simulate; picklable and small, since workers get it with each case.

    Parameters
    ----------
    seed : int
        Seed of the series, 0 or more.
    size : int, optional
        Detector columns, 32 or more; chosen when left out.
    angles : int, optional
        Number of projections over 180°, 2 or more; drawn when left out.
    varied : bool
        Cases to train on: drawn from the wide priors unless others are given, and with other volumes of the same
        labels beside the plain one.
    priors : Priors, optional
        What is drawn from; by default the preset typical, or wide with ``varied``.

    Raises
    ------
    InputError
        A negative seed, fewer than 32 columns, or fewer than two angles.
    """

    seed: int
    _: KW_ONLY
    size: int | None = None
    angles: int | None = None
    varied: bool = False
    priors: Priors | None = None

    def __post_init__(self) -> None:
        if self.size is not None and self.size < LEAST_SIZE:
            raise InputError(f"A case needs at least {LEAST_SIZE} voxels a side, not {self.size}.")
        check_seed(self.seed)
        if self.angles is not None and self.angles < 2:
            raise InputError(f"A scan needs at least two angles, not {self.angles}.")

    @property
    def drawn_from(self) -> Priors:
        """Priors that hold where none are given, too."""
        return self._preset() if self.priors is None else self.priors

    def to_dict(self, case: int) -> dict[str, Any]:
        """What a case is known again by: its manifest's ``request``, JSON values.

        What is as by default of later additions is left out, so that cases of earlier versions compare.
        """
        request: dict[str, Any] = {"seed": self.seed, "case": case, "size": self.size, "angles": self.angles}
        return request | {"varied": self.varied} | self._own_priors()

    def _preset(self) -> Priors:
        from ..priors import TYPICAL, WIDE

        return WIDE if self.varied else TYPICAL

    def _own_priors(self) -> dict[str, Any]:
        """The priors as a part of the record, where they are not the preset."""
        return {} if self.drawn_from == self._preset() else {"priors": self.drawn_from.to_dict()}


def check_seed(seed: int) -> None:
    """Refuse a negative seed.

    Raises
    ------
    InputError
        It is negative.
    """
    if seed < 0:
        raise InputError(f"The seed must not be negative, not {seed}.")
