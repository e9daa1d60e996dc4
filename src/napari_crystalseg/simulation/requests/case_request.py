"""Case request: which random samples to scan, and how."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from typing import TYPE_CHECKING, Any

from ...errors import InputError
from .scan_request import ScanRequest

if TYPE_CHECKING:
    from ...xray import Acquisition
    from ..priors import Priors


@dataclass(frozen=True)
class CaseRequest(ScanRequest):
    """Which cases to simulate; a case depends on nothing but this and its number.

    Parameters
    ----------
    seed, angles, varied, priors
        As of :class:`.scan_request.ScanRequest`.
    size : int
        Detector rows and columns, 32 or more; the volume is ``size`` cubed.
    habit : str, optional
        Name of the crystal habit, a key of :data:`napari_crystalseg.phantom.HABITS`; drawn when left out.
    propagation, slices : str, int, optional
        How waves are propagated, instead of as drawn (see :class:`~napari_crystalseg.xray.Acquisition`): ``"auto"``,
        ``"absorption"`` for no fringes, or ``"multislice"`` with a number of slices. Nothing else changes.
    liquor : str, optional
        What shapes the liquor, instead of what the priors say: ``"draped"``, ``"capillary"`` or ``"blender"``, see
        :func:`~napari_crystalseg.phantom.drawing.liquor_surface.settled`. Crystals, mount, volume and conditions stay.
    partial_volumes : bool
        Scan the shares of the materials in each voxel, instead of the one in its middle: the wave is about three times
        nearer to that of the shapes. Nothing else changes.

    Raises
    ------
    InputError
        As :class:`.scan_request.ScanRequest`; an unknown habit, way of propagation or surface of the liquor.
    """

    _: KW_ONLY
    size: int = 128
    habit: str | None = None
    propagation: str | None = None
    slices: int | None = None
    liquor: str | None = None
    partial_volumes: bool = False

    def __post_init__(self) -> None:
        from ...xray import check_propagation

        super().__post_init__()
        check_shapes(self.habit, self.liquor)
        if self.propagation is not None or self.slices is not None:
            check_propagation(self.propagation or "auto", self.slices)

    @property
    def drawn_from(self) -> Priors:
        """Priors that hold where none are given, too, with the surface of the liquor that is asked for."""
        priors = super().drawn_from
        if self.liquor is None:
            return priors
        return replace(priors, sample=replace(priors.sample, liquor_surface=self.liquor))

    def propagated(self, acquisition: Acquisition) -> Acquisition:
        """An acquisition with the propagation that is asked for."""
        if self.propagation is None and self.slices is None:
            return acquisition
        return replace(acquisition, propagation=self.propagation or "auto", slices=self.slices)

    def to_dict(self, case: int) -> dict[str, Any]:
        """What a case is known again by: its manifest's ``request``, JSON values.

        What is as by default of later additions is left out, so that cases of earlier versions compare.
        """
        request: dict[str, Any] = {"seed": self.seed, "case": case}
        request |= {name: getattr(self, name) for name in ("size", "angles", "habit", "varied")}
        chosen = {name: getattr(self, name) for name in ("propagation", "slices", "liquor")}
        chosen["partial_volumes"] = self.partial_volumes or None
        return request | self._own_priors() | {name: value for name, value in chosen.items() if value is not None}

    def _own_priors(self) -> dict[str, Any]:
        """The priors as they are given: the surface of the liquor has a line of its own."""
        priors = super().drawn_from
        return {} if priors == self._preset() else {"priors": priors.to_dict()}


def check_shapes(habit: str | None, liquor: str | None) -> None:
    """Refuse a crystal habit or a surface of the liquor that there is not; None is drawn.

    Raises
    ------
    InputError
        It is unknown.
    """
    from ...phantom import HABITS
    from ...phantom.drawing.sample_priors import SURFACES

    if habit is not None and habit not in HABITS:
        raise InputError(f"Unknown habit {habit!r}; choose one of {', '.join(HABITS)}.")
    if liquor is not None and liquor not in SURFACES:
        raise InputError(f"liquor must be one of {', '.join(SURFACES)}, not {liquor!r}.")
