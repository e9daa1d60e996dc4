"""Single clicks as tools: the cursor's place is, or is not, of the chosen class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from ....errors import InputError
from ....progress import Progress
from ....segmentation.model_folders.model_folder import FEWEST_SLICES
from ....volume import Volume
from ...edits.change import Change
from ..need import Need
from ..scene import Scene
from .click import Click
from .network_clicks import NetworkClicks
from .region_clicks import RegionClicks

_BY_NETWORK = {"label": "ask the network"}
_HALF = {"min": 1.0, "max": 100000.0, "label": "rules look within, µm"}
_NETWORK = NetworkClicks()
"""One for all clicks: it keeps the network, and the volume as that sees it."""


@dataclass(frozen=True)
class ClickHere:
    """Give the region under the cursor to the chosen class.

    Parameters
    ----------
    by_network : bool
        Ask the network that was trained with clicks; where it finds nothing but the click itself, rules are asked.
    first_um : float
        Distance that the rules look at first, µm; it is widened while the region goes on.
    """

    by_network: Annotated[bool, _BY_NETWORK] = True
    first_um: Annotated[float, _HALF] = 25.0

    title: ClassVar[str] = "Is here"
    key: ClassVar[str] = "C"
    hint: ClassVar[str] = "Give the region under the cursor, as far as it looks alike, to the chosen class."
    needs: ClassVar[Need] = Need.POINT

    def propose(self, scene: Scene) -> Change | None:
        """Return the region about the cursor.

        Raises
        ------
        InputError
            There is no volume, or the cursor is outside.
        """
        return _clicked(scene, self.by_network, self.first_um, here=True)


@dataclass(frozen=True)
class ClickNotHere:
    """Take the region under the cursor from the chosen class.

    Parameters
    ----------
    by_network : bool
        Ask the network that was trained with clicks; where it finds nothing but the click itself, rules are asked.
    first_um : float
        Distance that the rules look at first, µm; it is widened while the region goes on.
    """

    by_network: Annotated[bool, _BY_NETWORK] = True
    first_um: Annotated[float, _HALF] = 25.0

    title: ClassVar[str] = "Is not here"
    key: ClassVar[str] = "Shift-C"
    hint: ClassVar[str] = "Take the region under the cursor from the chosen class; it goes to the likeliest about it."
    needs: ClassVar[Need] = Need.POINT

    def propose(self, scene: Scene) -> Change | None:
        """Return the region about the cursor.

        Raises
        ------
        InputError
            There is no volume, or the cursor is outside.
        """
        return _clicked(scene, self.by_network, self.first_um, here=False)


def _clicked(scene: Scene, by_network: bool, first_um: float, *, here: bool) -> Change | None:
    if scene.values is None:
        raise InputError("A click needs the volume that the labels were made from; open it first.")
    values, size = scene.values, scene.voxel_size_um
    clicks = [Click(scene.required_voxel, int(scene.label), here)]

    def rules(progress: Progress) -> Change | None:
        return RegionClicks(first_um=first_um).propose(scene.labels, Volume(values, size), clicks, progress=progress)

    # A network of volumes sees too little of a few slices.
    if not by_network or len(scene.labels) < FEWEST_SLICES:
        return rules(scene.progress)
    return _NETWORK.before(rules, scene.labels, values, size, clicks, scene.progress)
