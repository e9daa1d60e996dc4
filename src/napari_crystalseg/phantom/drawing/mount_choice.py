"""Choice of a mount that is sold, in true micrometres, for crystals and a field that are drawn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..crystals.crystal import Crystal
from ..crystals.polyhedron import Polyhedron
from ..mounts.mount_catalogue import MOUNTS
from ..mounts.nylon_loop import NylonLoop
from ..mounts.sheet_mount import MicroMesh, SheetMount
from .frame import Frame

CatalogueMount = NylonLoop | SheetMount | MicroMesh

_WIDEST = 1.1  # opening whose rim is still in view, in units of the field; as wide as mounts that the field sizes
_PITCHES = 3  # openings of a mesh across the field, at least: fewer do not show as a mesh
_FARTHEST = 0.25  # that a mount is moved for the crystal to lie in its opening, in units of the field
_BEND = 0.1  # of a nylon loop's end out of its plane, in units of its opening, at most


def choose_mount(
    rng: np.random.Generator, kind: str, frame: Frame, crystals: tuple[Polyhedron | Crystal, ...]
) -> tuple[str, CatalogueMount, Frame] | None:
    """Choose a mount of the catalogue that fits crystals and field, and put it about the crystals.

    A loop or sheet fits if its opening is as wide as the first crystal at least, and no wider than 1.1 of the field. A
    mesh fits if the crystal cannot fall through it, and three of its openings lie across the field. Of those that fit
    one is taken, all alike.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every draw.
    kind : str
        ``"fibre"`` for nylon loops, ``"sheet"`` for sheets and meshes; nothing else is in the catalogue. Pins are left
        out: they are of steel, and would be taken for the loop's polymer.
    frame : Frame
        Where the mount stands that was drawn, and its opening.
    crystals : tuple of Polyhedron or Crystal
        Crystals; they stay where they are.

    Returns
    -------
    name : str
        Key of :data:`~.mount_catalogue.MOUNTS`.
    mount : NylonLoop, SheetMount or MicroMesh
        In the frame's pose. The first crystal lies in a loop's or sheet's opening where it lay in the drawn one; a mesh
        lies below all crystals, on the side away from the first one.
    frame : Frame
        With the opening that carries the liquor, about its middle; on a mesh it is as drawn, within the rim.

    None is returned where nothing fits.
    """
    corners = _corners(crystals[0])
    extent_um = float(np.linalg.norm(corners[:, None] - corners[None], axis=-1).max())
    names = [name for name, mount in MOUNTS.items() if _fits(mount, kind, frame.field_um, extent_um)]
    if not names:
        return None
    name = str(rng.choice(names))
    mount = MOUNTS[name]
    own = frame.rotation.T @ ((corners.min(axis=0) + corners.max(axis=0)) / 2 - frame.centre_um)
    if isinstance(mount, MicroMesh):
        side = -1.0 if own[1] < 0 else 1.0
        corners = np.vstack([_corners(crystal) for crystal in crystals])
        lowest = float((side * (corners - frame.centre_um) @ frame.rotation[:, 1]).min())
        sunk = side * min(lowest - mount.thickness_um / 2, 0.0)
        along, across = rng.uniform(-0.5, 0.5, 2) * (mount.opening_um + mount.bar_um)
        placed = replace(mount, rotation=frame.rotation, centre_um=frame.place([along, sunk, across]))
        inner = mount.head_um / 2 - mount.rim_um
        wet = min(frame.opening_um[0], inner), min(frame.opening_um[1], inner)
        return name, placed, replace(frame, opening_um=wet)
    half = _opening_um(mount) / 2
    ratio = half / np.asarray(frame.opening_um)
    most = _FARTHEST * frame.field_um
    along, across = np.clip(own[[0, 2]] * (1 - ratio), -most, most)
    centre = frame.place([along, 0.0, across])
    bend = float(rng.uniform(-_BEND, _BEND)) if isinstance(mount, NylonLoop) else 0.0
    return name, _put(mount, frame.rotation, centre, bend), replace(frame, centre_um=centre, opening_um=(half, half))


def _put(
    mount: object, rotation: NDArray[np.float64], centre_um: NDArray[np.float64], bend: float
) -> NylonLoop | SheetMount:
    if isinstance(mount, NylonLoop):
        return replace(mount, rotation=rotation, centre_um=centre_um, bend_um=bend * mount.inner_diameter_um)
    assert isinstance(mount, SheetMount)
    return replace(mount, rotation=rotation, centre_um=centre_um)


def _fits(mount: object, kind: str, field_um: float, extent_um: float) -> bool:
    if isinstance(mount, MicroMesh):
        pitch = mount.opening_um + mount.bar_um
        return kind == "sheet" and mount.opening_um < extent_um and _PITCHES * pitch <= field_um
    if isinstance(mount, NylonLoop if kind == "fibre" else SheetMount) and kind != "none":
        return extent_um <= _opening_um(mount) <= _WIDEST * field_um
    return False


def _opening_um(mount: object) -> float:
    assert isinstance(mount, NylonLoop | SheetMount)
    return mount.inner_diameter_um if isinstance(mount, NylonLoop) else mount.aperture_um


def _corners(crystal: Polyhedron | Crystal) -> NDArray[np.float64]:
    parts = (crystal,) if isinstance(crystal, Polyhedron) else crystal.parts
    return np.vstack([part.vertices_um() for part in parts])
