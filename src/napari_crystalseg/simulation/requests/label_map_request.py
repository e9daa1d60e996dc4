"""Label map request: which random samples to draw without a scan."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

from .case_request import check_shapes
from .scan_request import ScanRequest

if TYPE_CHECKING:
    from ..priors import Priors

SIZE = 96
"""Voxels along each edge of a label map, where nothing else is asked for."""


@dataclass(frozen=True)
class LabelMapRequest:
    """Which label maps to draw; one depends on nothing but this and its number.

    Parameters
    ----------
    seed : int
        Seed of the series, 0 or more.
    size : int
        Voxels along each edge, 32 or more.
    habit : str, optional
        Name of the crystal habit; drawn when left out.
    liquor : str, optional
        What shapes the liquor, as of :class:`.case_request.CaseRequest`; when left out, what the priors say, and
        without priors a draped surface or, once in 25, one at rest.
    priors : Priors, optional
        What samples are drawn from; when left out, one of the presets, each as often as the others.

    Raises
    ------
    InputError
        A negative seed, a size below 32, an unknown habit or surface of the liquor.
    """

    seed: int
    _: KW_ONLY
    size: int = SIZE
    habit: str | None = None
    liquor: str | None = None
    priors: Priors | None = None

    def __post_init__(self) -> None:
        ScanRequest(self.seed, size=self.size)
        check_shapes(self.habit, self.liquor)

    def to_dict(self, case: int) -> dict[str, Any]:
        """What a label map is known again by: its manifest's ``request``, JSON values."""
        request: dict[str, Any] = {"seed": self.seed, "case": case, "size": self.size, "labels_only": True}
        chosen = {
            "habit": self.habit,
            "liquor": self.liquor,
            "priors": None if self.priors is None else self.priors.to_dict(),
        }
        return request | {name: value for name, value in chosen.items() if value is not None}
