"""The tools for facets: snap to those that are fitted or to a known habit, and move one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from ....errors import InputError
from ....labels import Material
from ....phantom.crystals.habits import HABITS
from ...edits.change import Change
from ..need import Need
from ..scene import Scene
from .facet_set import FacetSet, nearest_facet
from .fit import fit_facets
from .habit_fit import fit_habit
from .snap import shift_facet, snap_to_facets


def crystal_under_cursor(scene: Scene) -> tuple[int, int, int] | None:
    """Return the voxel (z, y, x) under the cursor where it is of the chosen class; None: take the largest piece."""
    if scene.point is None:
        return None
    voxel = scene.required_voxel
    return voxel if scene.labels[voxel] == scene.label else None


def _snapped(scene: Scene, facets: FacetSet, over_air: bool) -> Change | None:
    over = (Material.LIQUOR, Material.AIR) if over_air else (Material.LIQUOR,)
    return snap_to_facets(scene.labels, facets, scene.voxel_size_um, over, label=scene.label)


def _moved(scene: Scene, facets: FacetSet, index: int, by_um: float, over_air: bool) -> Change | None:
    over = (Material.LIQUOR, Material.AIR) if over_air else (Material.LIQUOR,)
    return shift_facet(scene.labels, facets, index, by_um, scene.voxel_size_um, over, label=scene.label)


@dataclass(frozen=True)
class SnapToFacets:
    """Snap the crystal to its facets.

    Parameters
    ----------
    over_air : bool
        Air within the facets becomes crystal, as liquor does.
    """

    over_air: Annotated[bool, {"label": "over air too"}] = False

    title: ClassVar[str] = "Snap to facets"
    key: ClassVar[str] = "Shift-F"
    hint: ClassVar[str] = "Planes are fitted to the crystal's faces, and what lies within them becomes crystal."
    needs: ClassVar[Need] = Need.NOTHING

    def propose(self, scene: Scene) -> Change | None:
        """Return the crystal within its facets."""
        facets = fit_facets(scene.labels, scene.voxel_size_um, crystal_under_cursor(scene), scene.label)
        return _snapped(scene, facets, self.over_air)


@dataclass(frozen=True)
class SnapToHabit:
    """Snap the crystal to a known habit.

    Parameters
    ----------
    habit : str
        Name of the protein.
    over_air : bool
        Air within the faces becomes crystal, as liquor does.
    """

    habit: Annotated[str, {"choices": tuple(HABITS), "label": "habit"}] = "lysozyme"
    over_air: Annotated[bool, {"label": "over air too"}] = False

    title: ClassVar[str] = "Snap to habit"
    key: ClassVar[str] = "Shift-T"
    hint: ClassVar[str] = "The faces of a known crystal are turned and moved to fit; missing parts come back."
    needs: ClassVar[Need] = Need.NOTHING

    def propose(self, scene: Scene) -> Change | None:
        """Return the crystal within the faces of the habit.

        Raises
        ------
        InputError
            The habit is not known.
        """
        if self.habit not in HABITS:
            raise InputError(f"The habit {self.habit!r} is not known; choose one of {', '.join(HABITS)}.")
        facets = fit_habit(
            scene.labels, HABITS[self.habit], scene.voxel_size_um, crystal_under_cursor(scene), scene.label
        )
        return _snapped(scene, facets, self.over_air)


@dataclass(frozen=True)
class MoveFacet:
    """Move the facet nearest to the cursor.

    Parameters
    ----------
    by_um : float
        Outwards, µm; inwards where negative.
    over_air : bool
        Air within the facets becomes crystal, as liquor does.
    """

    by_um: Annotated[float, {"min": -1000.0, "max": 1000.0, "label": "outwards by, µm"}] = 1.0
    over_air: Annotated[bool, {"label": "over air too"}] = False

    title: ClassVar[str] = "Move facet"
    key: ClassVar[str] = ""
    hint: ClassVar[str] = "The crystal moves at the facet nearest to the cursor: outwards, or inwards with a minus."
    needs: ClassVar[Need] = Need.POINT

    def propose(self, scene: Scene) -> Change | None:
        """Return the crystal with its surface moved at that facet; the rest of it stays as it is labelled."""
        point_um = np.asarray(scene.required_voxel) * np.asarray(scene.voxel_size_um)
        facets = fit_facets(scene.labels, scene.voxel_size_um, crystal_under_cursor(scene), scene.label)
        return _moved(scene, facets, nearest_facet(facets, point_um), self.by_um, self.over_air)


@dataclass(frozen=True)
class DragFacet:
    """Drag a facet to where the stroke ends.

    Parameters
    ----------
    over_air : bool
        Air within the facets becomes crystal, as liquor does.
    """

    over_air: Annotated[bool, {"label": "over air too"}] = False

    title: ClassVar[str] = "Drag facet"
    key: ClassVar[str] = "Shift-W"
    hint: ClassVar[str] = "Press on a facet and drag: it stays parallel to itself and goes where you let it go."
    needs: ClassVar[Need] = Need.STROKE

    def propose(self, scene: Scene) -> Change | None:
        """Return the crystal with its surface at the facet nearest to the first point moved to the last one.

        Raises
        ------
        InputError
            There is no stroke.
        """
        if scene.path is None or not len(scene.path):
            raise InputError("Press on a facet and drag it; there is no stroke yet.")
        first, last = (np.asarray(point) * np.asarray(scene.voxel_size_um) for point in scene.path[[0, -1]])
        facets = fit_facets(scene.labels, scene.voxel_size_um, None, scene.label)
        index = nearest_facet(facets, first)
        by_um = float(facets.normals[index] @ last - facets.offsets_um[index])
        return _moved(scene, facets, index, by_um, self.over_air)
