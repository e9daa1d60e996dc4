"""Random crystals in a mount."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..crystals.crystal import Crystal
from ..crystals.habit import PRESETS
from ..crystals.habits import HABITS
from ..crystals.polyhedron import Polyhedron
from .crystal_ranges import TRIES, CrystalRanges, grow_crystals
from .frame import Frame
from .sample_priors import SamplePriors

LARGEST_EXTENT = 0.84
"""Largest crystal that is grown in true micrometres, in units of the field."""


def draw_crystals(
    rng: np.random.Generator,
    priors: SamplePriors,
    frame: Frame,
    placement: str,
    preset: str | None,
) -> tuple[tuple[Polyhedron, ...], str]:
    """Draw crystals sized by the field, each in a place of its own; return them and the name of their habit."""
    count = int(rng.choice([1, 2, 3, 4], p=priors.crystal_count))
    probabilities = [(1 - priors.shapeless) / len(PRESETS)] * len(PRESETS) + [priors.shapeless]
    habit = preset or str(rng.choice([*PRESETS, "convex"], p=probabilities))
    largest = float(np.exp(rng.uniform(*np.log(priors.crystal_reach)))) * frame.field_um
    crystals = []
    for n in range(count):
        circumradius_um = largest if n == 0 else largest * rng.uniform(0.25, 0.9)
        shape = draw_crystal(rng, priors, habit, circumradius_um)
        along, across = rng.uniform(-0.45, 0.45, 2) * np.asarray(frame.opening_um) * (1 if n == 0 else 1.6)
        place = _place(rng, frame, placement, circumradius_um, along, across)
        crystals.append(Polyhedron(shape.normals, shape.distances_um, place, shape.rounding_um))
    return tuple(crystals), habit


def grow_crystals_in(
    rng: np.random.Generator,
    ranges: CrystalRanges,
    frame: Frame,
    placement: str,
    preset: str | None,
) -> tuple[tuple[Crystal, ...], str]:
    """Grow crystals in true micrometres, and put all of them to one place; return them and the name of their habit."""
    low, high = (min(extent, LARGEST_EXTENT * frame.field_um) for extent in ranges.extent_um)
    habit = HABITS[preset] if preset else None
    crystals, drawn = grow_crystals(rng, replace(ranges, extent_um=(low, high)), habit)
    circumradius_um = 0.5 * drawn["crystals"][0]["extent_um"]
    along, across = rng.uniform(-0.45, 0.45, 2) * np.asarray(frame.opening_um)
    place = _place(rng, frame, placement, circumradius_um, along, across)
    return tuple(crystal.moved(place) for crystal in crystals), str(drawn["habit"])


def _place(
    rng: np.random.Generator,
    frame: Frame,
    placement: str,
    circumradius_um: float,
    along: float,
    across: float,
) -> NDArray[np.float64]:
    # A crystal in the liquor sits near the mount's plane, a flush one sticks out, an outside one lies on top.
    lift = {
        "inside": rng.normal(0, 0.25) * circumradius_um,
        "flush": frame.depth_um * rng.uniform(0.6, 1.0),
        "outside": frame.depth_um + circumradius_um * rng.uniform(0.25, 0.5),
    }
    side = 1 if rng.random() < 0.5 else -1
    if placement == "outside" and rng.random() < 0.3:
        along = -side * rng.uniform(0.9, 1.3) * frame.opening_um[0]
    place = frame.place([along, side * lift[placement], across])
    limit = max(0.46 * frame.field_um - 0.5 * circumradius_um, 0.0)
    return np.clip(place, -limit, limit)


def draw_crystal(rng: np.random.Generator, priors: SamplePriors, habit: str, circumradius_um: float) -> Polyhedron:
    """Grow one crystal, turned at random, whose farthest corner lies at ``circumradius_um`` from its centre."""
    rounding = rng.uniform(*priors.rounding) * circumradius_um if rng.random() < priors.rounded else 0.0
    if habit == "convex":
        grown = _convex(rng, priors.largest_aspect)
    else:
        grown = _of_habit(rng, priors, habit)
    grown = grown.rotated(_random_rotation(rng))
    scale = circumradius_um / grown.radius_um()
    return Polyhedron(grown.normals, grown.distances_um * scale, np.zeros(3), rounding)


def _of_habit(rng: np.random.Generator, priors: SamplePriors, habit: str) -> Polyhedron:
    for _ in range(TRIES):
        distances = {
            form.miller: form.distance * float(np.exp(rng.normal(0, priors.distance_sigma)))
            for form in HABITS[habit].forms
        }
        grown = HABITS[habit].polyhedron(1.0, distances)
        # Each face grows a little on its own, so that no crystal is perfectly symmetric.
        own = grown.distances_um * np.exp(rng.normal(0, priors.face_sigma, len(grown.distances_um)))
        grown = Polyhedron(grown.normals, own, np.zeros(3))
        if _aspect(grown) < priors.largest_aspect:
            return grown
    raise _too_long(habit, priors.largest_aspect)


def _convex(rng: np.random.Generator, largest_aspect: float) -> Polyhedron:
    """Draw a crystal of no particular habit: a stretched box with some of its corners cut."""
    for _ in range(TRIES):
        extra = rng.normal(size=(int(rng.integers(0, 9)), 3))
        normals = np.vstack([np.eye(3), -np.eye(3), extra])
        stretch = np.exp(rng.uniform(np.log(0.3), 0, 3))
        normals = normals / stretch
        lengths = np.linalg.norm(normals, axis=1)
        distances = rng.uniform(0.7, 1.1, len(normals)) / lengths
        grown = Polyhedron(normals / lengths[:, None], distances, np.zeros(3))
        if _aspect(grown) < largest_aspect:
            return grown
    raise _too_long("no particular habit", largest_aspect)


def _too_long(habit: str, largest_aspect: float) -> InputError:
    return InputError(
        f"None of {TRIES} crystals of {habit} kept to an aspect of {largest_aspect:g}; "
        "allow a larger largest_aspect, or choose another habit."
    )


def _aspect(crystal: Polyhedron) -> float:
    spread = np.linalg.svd(crystal.vertices_um() - crystal.vertices_um().mean(axis=0), compute_uv=False)
    return float(spread[0] / spread[-1])


def _random_rotation(rng: np.random.Generator) -> NDArray[np.float64]:
    # A uniform rotation from a random unit quaternion (Shoemake 1992).
    w, x, y, z = (q := rng.normal(size=4)) / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )
