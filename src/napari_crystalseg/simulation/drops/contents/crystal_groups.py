"""Crystals of one drop: how many, how large, how they lie together, and what is outlined of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ....drops.objects import CRYSTAL, DropObject
from ..drop_outline import DropOutline, Places
from ..random_fields import draw_between
from ..view import View
from .crystal_marks import convex_mask, draw_look, put_crystal
from .crystal_shapes import Facets, ProjectedCrystal, draw_body, project, turned

ARRANGEMENTS = ("few", "many", "shower", "needles", "plates", "spray", "urchin", "intergrowth")
"""Few large ones; up to 25; microcrystals; needles; plates; fans of needles; balls of them; crystals grown together."""

_Group = list[ProjectedCrystal]


def put_crystals(
    rng: np.random.Generator,
    view: View,
    drop: DropOutline,
    arrangement: str,
    coloured: bool,
    faint: bool,
    smallest_outline_px: int,
) -> list[DropObject]:
    """Put crystals into a drop.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    view : View
        View with the drop.
    drop : DropOutline
        Drop.
    arrangement : str
        One of :data:`ARRANGEMENTS`.
    coloured : bool
        Whether colours between polarisers may be seen.
    faint : bool
        Whether the crystals hardly bend light.
    smallest_outline_px : int
        Fewest pixels of the image that are outlined.

    Returns
    -------
    list of DropObject
        Full silhouettes within the image, as people draw them: of two that overlap, neither hides a part of the other.
        A fan or ball of needles is one object, all of its needles together. Smaller ones than
        ``smallest_outline_px``, and those of which less than half lies in the image, or in the drop as far as walls let
        it be seen, are not outlined.
    """
    places = drop.places
    radius = max(min(drop.radius_px, 1.6 * places.widest_px), 2.0)
    groups = _ARRANGED[arrangement](rng, places, radius, view.unit_px)
    look = draw_look(rng, coloured, faint)
    seen = drop.mask[:: view.factor, :: view.factor]
    objects = []
    for group in groups:
        for crystal in group:
            put_crystal(rng, view, crystal, look)
        outlined = outline_of(view, group, smallest_outline_px)
        if outlined is not None and 2 * _area_in(outlined, seen) >= outlined.area_px:
            objects.append(outlined)
    return objects


def outline_of(view: View, group: Sequence[ProjectedCrystal], smallest_px: int) -> DropObject | None:
    """Outline what was grown together: the pixels of the image whose centres lie in a silhouette of it.

    Parameters
    ----------
    view : View
        View that it lies in.
    group : sequence of ProjectedCrystal
        Crystals, pixels of the view's grid.
    smallest_px : int
        Fewest pixels.

    Returns
    -------
    DropObject or None
        None where fewer pixels, or less than half of it, are in the image.
    """
    # Pixels may be a few more than the area, of a small or thin one half as many more.
    if sum(crystal.area_px for crystal in group) / view.factor**2 < 0.5 * smallest_px:
        return None
    parts = [convex_mask(view.in_image(crystal.outline), view.shape) for crystal in group]
    whole_px = max(crystal.area_px for crystal in group) / view.factor**2
    parts = [(mask, origin) for mask, origin in parts if mask.any()]
    if not parts:
        return None
    low = np.min([origin for _, origin in parts], axis=0)
    high = np.max([np.add(origin, mask.shape) for mask, origin in parts], axis=0)
    together: NDArray[np.bool_] = np.zeros(tuple(high - low), bool)
    for mask, origin in parts:
        row, column = np.subtract(origin, low)
        together[row : row + mask.shape[0], column : column + mask.shape[1]] |= mask
    if together.sum() < max(smallest_px, 0.5 * whole_px):
        return None
    return DropObject(CRYSTAL, together, (int(low[0]), int(low[1])))


def _area_in(one: DropObject, seen: NDArray[np.bool_]) -> int:
    row, column = one.origin_px
    rows, columns = one.mask.shape
    return int((one.mask & seen[row : row + rows, column : column + columns]).sum())


def _place(rng: np.random.Generator, places: Places, body: Facets, at_edge: float) -> ProjectedCrystal:
    half = 0.5 * float(np.ptp(body.corners[:, 1:], axis=0).max())
    # Crystals like to grow where the drop is thin and dries first.
    near = rng.random() < at_edge
    place = places.draw(rng, (0.55 if near else 0.85) * half, 2.0 * half if near else math.inf)
    return project(body, place)


def _few(rng: np.random.Generator, places: Places, radius: float, unit: float) -> list[_Group]:
    kind = str(rng.choice(["block", "rod", "plate"], p=[0.6, 0.25, 0.15]))
    length = min(draw_between(rng, (0.25, 0.9)) * radius, 0.4 * unit)
    count = int(rng.integers(1, 5))
    return [[_place(rng, places, draw_body(rng, kind, length * rng.uniform(0.6, 1)), 0.2)] for _ in range(count)]


def _many(rng: np.random.Generator, places: Places, radius: float, unit: float) -> list[_Group]:
    kind = str(rng.choice(["block", "rod"], p=[0.7, 0.3]))
    length = max(draw_between(rng, (0.1, 0.4)) * radius, 0.03 * unit)
    count = int(rng.integers(4, 26))
    return [[_place(rng, places, draw_body(rng, kind, length * rng.uniform(0.4, 1)), 0.3)] for _ in range(count)]


def _shower(rng: np.random.Generator, places: Places, radius: float, unit: float) -> list[_Group]:
    kind = str(rng.choice(["block", "rod", "plate"], p=[0.7, 0.2, 0.1]))
    length = max(draw_between(rng, (0.025, 0.08)) * radius, 0.012 * unit)
    count = int(draw_between(rng, (20, 110)))
    return [[_place(rng, places, draw_body(rng, kind, length * rng.uniform(0.6, 1.3)), 0.1)] for _ in range(count)]


def _needles(rng: np.random.Generator, places: Places, radius: float, unit: float) -> list[_Group]:
    length = min(draw_between(rng, (0.3, 1.2)) * radius, 0.5 * unit)
    count = int(draw_between(rng, (3, 30)))
    return [[_place(rng, places, draw_body(rng, "needle", length * rng.uniform(0.4, 1)), 0.1)] for _ in range(count)]


def _plates(rng: np.random.Generator, places: Places, radius: float, unit: float) -> list[_Group]:
    length = min(draw_between(rng, (0.12, 0.6)) * radius, 0.4 * unit)
    stacked = rng.random() < 0.3
    groups: list[_Group] = []
    for _ in range(int(rng.integers(1, 4)) if stacked else int(rng.integers(2, 13))):
        body = draw_body(rng, "plate", length * rng.uniform(0.5, 1))
        first = _place(rng, places, body, 0.15)
        groups.append([first])
        if stacked:
            step = rng.normal(0, 0.12, 2) * length
            for number in range(1, int(rng.integers(2, 5))):
                again = body.moved(rng.uniform(0.7, 1.05) * turned(rng.normal(0, 0.12)))
                place = first.outline.mean(0) + number * step
                groups.append([project(again, (float(place[0]), float(place[1])))])
    return groups


def _spray(rng: np.random.Generator, places: Places, radius: float, unit: float) -> list[_Group]:
    groups = []
    for _ in range(int(rng.integers(1, 5))):
        length = min(draw_between(rng, (0.2, 0.7)) * radius, 0.35 * unit)
        place = places.draw(rng, 0.7 * length)
        groups.append(_fan(rng, place, length, int(rng.integers(5, 16)), rng.uniform(0.15, 0.7)))
    return groups


def _urchin(rng: np.random.Generator, places: Places, radius: float, unit: float) -> list[_Group]:
    groups = []
    length = min(draw_between(rng, (0.1, 0.4)) * radius, 0.25 * unit)
    for _ in range(int(rng.integers(1, 8))):
        own = length * rng.uniform(0.6, 1)
        groups.append(_fan(rng, places.draw(rng, 0.8 * own), own, int(rng.integers(14, 32)), math.pi))
    return groups


def _fan(
    rng: np.random.Generator, place: tuple[float, float], length: float, count: int, spread: float
) -> list[ProjectedCrystal]:
    """Needles from one point, of angles within ``spread`` to both sides of a direction; half the fans go both ways."""
    middle, both = rng.uniform(0, 2 * math.pi), rng.random() < 0.5
    straight = draw_body(rng, "needle", 1.0)
    # Laid along the columns, however it was turned.
    centred = straight.corners[:, 1:] - straight.corners[:, 1:].mean(0)
    direction = np.linalg.svd(centred, full_matrices=False)[2][0]
    straight = straight.moved(turned(-math.atan2(direction[0], direction[1])))
    needles = []
    for _ in range(count):
        own = length * rng.uniform(0.55, 1)
        angle = middle + rng.uniform(-spread, spread) + (math.pi if both and rng.random() < 0.5 else 0.0)
        lean = rng.uniform(0.5, 1) if spread > 1 else 1.0
        body = straight.moved(turned(angle) @ np.diag([own, own, own * lean]))
        away = 0.5 * own * lean
        needles.append(project(body, (place[0] + away * math.sin(angle), place[1] + away * math.cos(angle))))
    return needles


def _intergrowth(rng: np.random.Generator, places: Places, radius: float, unit: float) -> list[_Group]:
    groups: list[_Group] = []
    kind = str(rng.choice(["block", "rod", "plate"]))
    for _ in range(int(rng.integers(1, 5))):
        length = min(draw_between(rng, (0.15, 0.55)) * radius, 0.35 * unit)
        place = np.array(places.draw(rng, 0.8 * length))
        for _ in range(int(rng.integers(2, 6))):
            body = draw_body(rng, kind, length * rng.uniform(0.5, 1))
            row, column = place + rng.normal(0, 0.3 * length, 2)
            groups.append([project(body, (float(row), float(column)))])
    return groups


_ARRANGED: dict[str, Callable[[np.random.Generator, Places, float, float], list[_Group]]] = dict(
    zip(ARRANGEMENTS, (_few, _many, _shower, _needles, _plates, _spray, _urchin, _intergrowth), strict=True)
)
