"""Crystals as long-wavelength beamlines meet them: ranges, and crystals grown from them in true micrometres."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...checks import checked_number, checked_range
from ...draws import log_uniform, random_rotation
from ...errors import InputError
from ..crystals.crystal import Crack, Crystal, DissolvedFace, contact_twin, dissolve, penetration_twin
from ..crystals.habit import Habit
from ..crystals.habits import HABITS
from ..crystals.polyhedron import Polyhedron

TRIES = 200
"""Shapes drawn before a range of aspects is found impossible."""


@dataclass(frozen=True)
class CrystalRanges:
    """Ranges and probabilities that crystals are grown from.

    Parameters
    ----------
    extent_um : (float, float)
        Largest distance between two corners, µm; log-uniform.
    distance_sigma : float
        Spread of the faces' central distances, log-normal, a form at a time.
    face_sigma : float
        The same for each face on its own: no crystal is perfectly symmetric.
    largest_aspect : float
        Ratio of length to thickness at most.
    rounding_um : (float, float)
        Radius of rounded edges, µm; uniform.
    few, cluster : float
        Probabilities of two to four crystals, and of a cluster of five to nine grown from one point; else there is one.
    re_entrant : float
        Probability that a crystal is a twin or bears a bite.
    cracked, dissolved, fragment : float
        Probabilities of cracks, of dissolved faces, and that a piece has broken off.
    crack_width_um : (float, float)
        Width of cracks, µm; log-uniform.
    pit_depth_um : (float, float)
        Depth of pits on dissolved faces, µm; log-uniform, up to a tenth of the extent.
    """

    extent_um: tuple[float, float] = (20.0, 300.0)
    distance_sigma: float = 0.25
    face_sigma: float = 0.05
    largest_aspect: float = 8.0
    rounding_um: tuple[float, float] = (0.0, 2.0)
    few: float = 0.15
    cluster: float = 0.05
    re_entrant: float = 0.15
    cracked: float = 0.15
    dissolved: float = 0.1
    fragment: float = 0.15
    crack_width_um: tuple[float, float] = (0.3, 3.0)
    pit_depth_um: tuple[float, float] = (1.0, 10.0)

    def __post_init__(self) -> None:
        checked: dict[str, Any] = {"rounding_um": checked_range(self.rounding_um, "rounding_um")}
        for name in ("extent_um", "crack_width_um", "pit_depth_um"):
            checked[name] = checked_range(getattr(self, name), name, 1e-6)
        for name in ("few", "cluster", "re_entrant", "cracked", "dissolved", "fragment"):
            checked[name] = checked_number(getattr(self, name), name, 0.0, 1.0)
        for name in ("distance_sigma", "face_sigma"):
            checked[name] = checked_number(getattr(self, name), name, 0.0, 1.0)
        checked["largest_aspect"] = checked_number(self.largest_aspect, "largest_aspect")
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        if self.few + self.cluster > 1:
            raise InputError("The probabilities of few crystals and of a cluster add up to more than 1.")
        if self.largest_aspect < 2:
            raise InputError(f"A largest aspect of {self.largest_aspect} leaves hardly any habit; give 2 or more.")


def grow_crystals(
    rng: np.random.Generator, ranges: CrystalRanges | None = None, habit: Habit | None = None
) -> tuple[tuple[Crystal, ...], dict[str, Any]]:
    """Grow one or several crystals, the largest about the middle of the field.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of every draw.
    ranges : CrystalRanges, optional
        Ranges and probabilities.
    habit : Habit, optional
        Habit; drawn from :data:`napari_crystalseg.phantom.crystals.habits.HABITS` when left out.

    Returns
    -------
    crystals : tuple of Crystal
        Turned at random; further ones lie beside the first or, in a cluster, grow from its middle.
    description : dict
        What was drawn, JSON values.

    Raises
    ------
    InputError
        A habit whose crystals are all longer than the ranges allow.
    """
    ranges = CrystalRanges() if ranges is None else ranges
    habit = HABITS[str(rng.choice(list(HABITS)))] if habit is None else habit
    kind = str(rng.choice(["one", "few", "cluster"], p=[1 - ranges.few - ranges.cluster, ranges.few, ranges.cluster]))
    count = {"one": 1, "few": int(rng.integers(2, 5)), "cluster": int(rng.integers(5, 10))}[kind]
    extent = log_uniform(rng, *ranges.extent_um)
    crystals: list[Crystal] = []
    notes: list[dict[str, Any]] = []
    for n in range(count):
        own = extent if n == 0 else extent * rng.uniform(0.4, 0.9)
        grown, note = _draw_one_crystal(rng, ranges, habit, own)
        if n and kind == "few":
            apart = 0.5 * (extent + own) * rng.uniform(0.6, 1.1)
            grown = [crystal.moved(apart * _direction(rng)) for crystal in grown]
        elif n:
            grown = [crystal.moved(0.35 * own * _direction(rng)) for crystal in grown]
        crystals += grown
        notes.append(note)
    return tuple(crystals), {"habit": habit.name, "count": kind, "crystals": notes}


def _draw_one_crystal(
    rng: np.random.Generator, ranges: CrystalRanges, habit: Habit, extent: float
) -> tuple[list[Crystal], dict[str, Any]]:
    body = _shape(rng, ranges, habit)
    body = body.rotated(random_rotation(rng).as_matrix())
    scale = extent / _extent(body)
    distances = body.distances_um * scale
    # A thin plate cannot be rounded by more than its half thickness, nor each half of a twin by more than a quarter.
    rounding = min(float(rng.uniform(*ranges.rounding_um)), 0.4 * float(distances.min()))
    body = Polyhedron(body.normals, distances, np.zeros(3), rounding)
    note: dict[str, Any] = {"extent_um": extent, "rounding_um": rounding}

    pieces = [body]
    if rng.random() < ranges.fragment:
        normal, offset = _direction(rng), float(rng.uniform(0.2, 0.6) * distances.min())
        gap = float(rng.uniform(0.01, 0.06) * extent)
        pieces = [body.cut(normal, offset), body.cut(-normal, -offset).moved(gap * normal).rotated(_small_turn(rng))]
        note["fragment_gap_um"] = gap
    crystals = []
    for piece in pieces:
        # Fragments are thinner than what they broke from.
        rounded = min(rounding, 0.4 * float(piece.distances_um.min()))
        piece = Polyhedron(piece.normals, piece.distances_um, piece.centre_um, rounded)
        crystals.append(Crystal((piece,)))
    if rng.random() < ranges.re_entrant:
        crystals[0], note["re_entrant"] = _re_entrant(rng, crystals[0].parts[0])
    cracks: tuple[Crack, ...] = ()
    if rng.random() < ranges.cracked:
        cracks = tuple(_crack(rng, ranges, body) for _ in range(int(rng.integers(1, 4))))
        note["crack_widths_um"] = [crack.width_um for crack in cracks]
    eaten: tuple[DissolvedFace, ...] = ()
    if rng.random() < ranges.dissolved:
        faces = rng.choice(len(body.normals), size=int(rng.integers(1, 4)), replace=False)
        depth = min(log_uniform(rng, *ranges.pit_depth_um), 0.1 * extent)
        eaten = tuple(
            dissolve(body, int(face), depth, depth * rng.uniform(3, 8), rng.uniform(0, np.pi)) for face in faces
        )
        note["pit_depth_um"] = depth
    first = crystals[0]
    crystals[0] = Crystal(first.parts, first.bites, cracks, eaten)
    return crystals, note


def _shape(rng: np.random.Generator, ranges: CrystalRanges, habit: Habit) -> Polyhedron:
    for _ in range(TRIES):
        distances = {form.miller: form.distance * rng.lognormal(0, ranges.distance_sigma) for form in habit.forms}
        body = habit.polyhedron(1.0, distances)
        own = body.distances_um * rng.lognormal(0, ranges.face_sigma, len(body.distances_um))
        body = Polyhedron(body.normals, own, np.zeros(3))
        corners = body.vertices_um()
        spread = np.linalg.svd(corners - corners.mean(axis=0), compute_uv=False)
        if spread[0] <= ranges.largest_aspect * spread[-1]:
            return body
    raise InputError(
        f"None of {TRIES} crystals of {habit.name} kept to an aspect of {ranges.largest_aspect:g}; "
        "allow a larger one, or choose another habit."
    )


def _re_entrant(rng: np.random.Generator, body: Polyhedron) -> tuple[Crystal, str]:
    kind = str(rng.choice(["contact twin", "penetration twin", "bite"]))
    if kind == "bite":
        # The imprint of a neighbour: a smaller copy, turned, that reaches in through a corner.
        corners = body.vertices_um()
        corner = corners[int(rng.integers(len(corners)))]
        share = rng.uniform(0.3, 0.5)
        bite = Polyhedron(body.normals, share * body.distances_um, corner).rotated(random_rotation(rng).as_matrix())
        return Crystal((body,), (bite,)), kind
    # Square to an edge between two faces: a direction that the lattice has.
    one, two = rng.choice(len(body.normals), size=2, replace=False)
    axis = body.normals[one] + body.normals[two]
    if np.linalg.norm(axis) < 0.1:
        axis = body.normals[one]
    return (contact_twin if kind == "contact twin" else penetration_twin)(body, axis), kind


def _crack(rng: np.random.Generator, ranges: CrystalRanges, body: Polyhedron) -> Crack:
    normal = _direction(rng)
    width = log_uniform(rng, *ranges.crack_width_um)
    near = body.centre_um + normal * rng.uniform(-0.5, 0.5) * body.distances_um.min()
    if rng.random() < 0.5:
        return Crack(normal, near, width)
    inwards = np.cross(normal, _direction(rng))
    inwards /= np.linalg.norm(inwards)
    radius = body.radius_um()
    return Crack(normal, near - radius * inwards, width, rng.uniform(0.6, 1.4) * radius, inwards)


def _extent(body: Polyhedron) -> float:
    corners = body.vertices_um()
    return float(np.linalg.norm(corners[:, None] - corners[None], axis=-1).max())


def _direction(rng: np.random.Generator) -> NDArray[np.float64]:
    vector = rng.normal(size=3)
    return vector / np.linalg.norm(vector)


def _small_turn(rng: np.random.Generator) -> NDArray[np.float64]:
    from scipy.spatial.transform import Rotation

    turn: NDArray[np.float64] = Rotation.from_rotvec(np.deg2rad(rng.normal(0, 5, 3))).as_matrix()
    return turn
