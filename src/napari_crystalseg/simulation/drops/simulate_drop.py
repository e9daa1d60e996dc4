"""One drop from a seed and a number: vessel, drop, what lies in it, and the picture that the microscope takes."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ...drops.classes import DROP_CLASSES
from ...drops.objects import DROP, DropObject, DropObjects
from ...errors import InputError
from ...io.drop_images import DropImage
from ...provenance import Provenance
from .contents.crystal_groups import ARRANGEMENTS, put_crystals
from .contents.precipitates import put_precipitate
from .contents.round_bodies import put_bubbles, put_phase_separation, put_spherulites
from .contents.skins import put_skin
from .contents.strays import put_dust, put_fibres, put_scratches
from .drop_conditions import OTHERS, SHAPES, DropConditions
from .drop_outline import DropOutline, draw_drop
from .microscope import draw_microscope, record
from .random_fields import draw_between
from .simulated_drop import SimulatedDrop
from .vessels import VESSELS, Vessel, draw_vessel
from .view import View

CLEAR, CRYSTALS, OTHER, PRECIPITATE = DROP_CLASSES

_LEVELS = 4096


def simulated_drop(
    seed: int, number: int, conditions: DropConditions | None = None, drop_class: str | None = None
) -> SimulatedDrop:
    """Simulate one micrograph of a crystallisation drop.

    Parameters
    ----------
    seed : int
        Seed of a series, 0 or more.
    number : int
        Number in the series, 0 or more: each is drawn by itself, in any order, and the same one gives the same bytes.
    conditions : DropConditions, optional
        What is drawn from, and the size of the image.
    drop_class : str, optional
        Class; drawn by the conditions' shares when left out. With another class, vessel, drop and microscope of a
        number stay the same.

    Returns
    -------
    SimulatedDrop

    Raises
    ------
    InputError
        A negative seed or number, or another class.
    """
    conditions = DropConditions() if conditions is None else conditions
    if seed < 0 or number < 0:
        raise InputError(f"Seed and number of a simulated drop are 0 or more, not {seed} and {number}.")
    if drop_class is not None and drop_class not in DROP_CLASSES:
        raise InputError(f"A drop is {', '.join(DROP_CLASSES)}, not '{drop_class}'.")
    # One source for each part, so that what lies in the drop changes nothing about the rest.
    of_class, of_vessel, of_drop, of_contents, of_strays, of_microscope = (
        np.random.default_rng(source) for source in np.random.SeedSequence([seed, number]).spawn(6)
    )
    drawn = str(of_class.choice(DROP_CLASSES, p=conditions.class_shares))
    drop_class = drawn if drop_class is None else drop_class
    view = View(conditions.shape)
    vessel = draw_vessel(of_vessel, view, str(of_vessel.choice(VESSELS, p=conditions.vessels)))
    empty = bool(of_drop.random() < conditions.no_drop)
    drop = _put_drop(of_drop, view, vessel, conditions, empty and drop_class == CLEAR)
    microscope = draw_microscope(of_microscope, conditions)
    objects: list[DropObject] = []
    if drop.is_there:
        objects += _contents(of_contents, view, drop, drop_class, conditions, not microscope.grey)
    _put_strays(of_strays, view, conditions, drop)
    values = record(of_microscope, view, microscope, vessel.light)
    outlined = _outline(view, drop)
    objects = ([] if outlined is None else [outlined]) + objects
    pixel_size_um = float(of_drop.uniform(*conditions.drop_um)) / (2 * drop.radius_px / view.factor)
    provenance = Provenance(seed=seed).then(
        "simulate_drop", number=number, drop_class=drop_class, conditions=conditions.to_dict()
    )
    image = DropImage(values, pixel_size_um, provenance=provenance)
    return SimulatedDrop(image, drop_class, DropObjects(conditions.shape, tuple(objects)))


def _put_drop(
    rng: np.random.Generator, view: View, vessel: Vessel, conditions: DropConditions, empty: bool
) -> DropOutline:
    """Draw the drop, and put its surface into the view: a lens with a meniscus at its rim."""
    share = draw_between(rng, conditions.drop_size)
    if vessel.kind == "none":
        share *= rng.uniform(1.0, 1.7)
    radius = share * vessel.reach_px
    kind = str(rng.choice(SHAPES, p=conditions.drop_shapes))
    if kind in ("merged", "tailed"):
        radius *= 0.75
    # Some lie against a wall, which cuts them; the middle of most stays well inside.
    free = max(vessel.reach_px - radius, 0.0)
    leaning = rng.random() < 0.25 and vessel.kind != "none"
    away = (free + rng.uniform(0.1, 0.5) * radius) if leaning else free * math.sqrt(rng.random()) * 0.9
    direction = rng.uniform(0, 2 * math.pi)
    centre = (
        vessel.centre[0] + away * math.sin(direction),
        vessel.centre[1] + away * math.cos(direction),
    )
    towards = direction if leaning else rng.uniform(0, 2 * math.pi)
    level, (along_rows, along_columns) = draw_drop(rng, view, centre, radius, kind, towards)
    # Through a wall that is not quite dark, the part of the drop behind it may be seen.
    through = vessel.kind == "square" and rng.random() < 0.3
    if empty:
        return DropOutline(level, np.zeros(view.grid, bool), radius, (along_rows, along_columns))
    within = level < 1
    mask = within if through else within & vessel.inside
    strength, power = draw_between(rng, (0.12, 2.2)), draw_between(rng, (1.0, 6.0))
    if rng.random() < 0.12:
        strength *= 0.15
    index = np.minimum(level * np.float32(_LEVELS / 2), np.float32(_LEVELS - 1)).astype(np.int16)
    levels = np.linspace(0, 2, _LEVELS)
    bend = (strength * np.minimum(levels, 1) ** power).astype(np.float32)[index]
    bend *= mask
    view.tilt(view.whole, bend * along_rows, bend * along_columns)
    seen = _profile(rng, levels, strength, radius)[index]
    if not through:
        np.putmask(seen, ~vessel.inside, 1)
    view.light *= seen
    return DropOutline(level, mask, radius, (along_rows, along_columns))


def _profile(
    rng: np.random.Generator, level: NDArray[np.float64], strength: float, radius_px: float
) -> NDArray[np.float32]:
    """Light by the level, from 0 in the middle of the drop to 2: less inside, and the meniscus as a line at the rim."""
    width = max(draw_between(rng, (0.004, 0.035)), 0.5 / radius_px)
    inside = 1 / (1 + np.exp(np.clip((level - 1) / (0.35 * width), -50, 50)))
    gain = rng.uniform(0.55, 1.08) if rng.random() < 0.6 else rng.uniform(0.9, 1.03)
    focus = rng.uniform(0, 0.35) * np.exp(-((level / rng.uniform(0.25, 0.7)) ** 2))
    light = 1 + inside * (gain * (1 + focus) - 1)
    dark = rng.uniform(0.1, 0.85) if strength > 0.1 else rng.uniform(0.03, 0.25)
    light *= 1 - dark * np.exp(-(((level - 1) / width) ** 2))
    for _ in range(int(rng.integers(0, 3))):
        # Bright and dark lines beside it, where the meniscus images the lamp.
        place = 1 + rng.uniform(-3.5, 2.5) * width
        light *= 1 + rng.normal(0, 0.25) * np.exp(-(((level - place) / (0.8 * width)) ** 2))
    return np.clip(light, 0.02, 3).astype(np.float32)


def _contents(
    rng: np.random.Generator,
    view: View,
    drop: DropOutline,
    drop_class: str,
    conditions: DropConditions,
    coloured: bool,
) -> list[DropObject]:
    """Put into the drop what its class says, and at times what does not change the class; return what is outlined."""
    places = drop.places

    def inside() -> tuple[float, float]:
        return places.draw(rng, 0.0)

    objects: list[DropObject] = []
    if drop_class == CLEAR:
        put_dust(rng, view, inside, int(rng.poisson(0.8)), 0.005)
    elif drop_class == PRECIPITATE:
        put_precipitate(rng, view, drop, float(rng.uniform(0.1, 1.0)), coloured)
        if rng.random() < 0.06:
            put_skin(rng, view, drop, float(rng.uniform(0.1, 0.3)))
        if rng.random() < 0.06:
            put_bubbles(rng, view, drop, int(rng.integers(1, 4)))
    elif drop_class == OTHER:
        _put_other(rng, view, drop, str(rng.choice(OTHERS, p=conditions.others)), coloured, inside)
        if rng.random() < 0.12:
            put_precipitate(rng, view, drop, float(rng.uniform(0.0, 0.1)), coloured, evenly=0.1)
    else:
        if rng.random() < conditions.precipitate_beside:
            put_precipitate(rng, view, drop, float(rng.uniform(0.0, 0.3)), coloured, evenly=0.15)
        if rng.random() < conditions.skin_beside:
            put_skin(rng, view, drop, float(rng.uniform(0.1, 0.4)))
        arrangement = str(rng.choice(ARRANGEMENTS, p=conditions.arrangements))
        faint = bool(rng.random() < conditions.faint) and arrangement in ("few", "many", "plates", "intergrowth")
        objects = put_crystals(rng, view, drop, arrangement, coloured, faint, conditions.smallest_outline_px)
        if rng.random() < 0.06:
            put_bubbles(rng, view, drop, int(rng.integers(1, 3)))
    return objects


def _put_other(
    rng: np.random.Generator,
    view: View,
    drop: DropOutline,
    kind: str,
    coloured: bool,
    inside: Callable[[], tuple[float, float]],
) -> None:
    if kind == "phase separation":
        put_phase_separation(rng, view, drop)
    elif kind == "spherulites":
        put_spherulites(rng, view, drop, coloured)
    elif kind == "skin":
        put_skin(rng, view, drop, float(rng.uniform(0.8, 1.5)))
    elif kind == "bubbles":
        put_bubbles(rng, view, drop, int(rng.integers(2, 12)))
    else:
        put_fibres(rng, view, inside, int(rng.integers(1, 5)))
        put_dust(rng, view, inside, int(rng.integers(2, 12)), 0.02)


def _put_strays(rng: np.random.Generator, view: View, conditions: DropConditions, drop: DropOutline) -> None:
    """Put what lies on the plate, in any class: dust, scratches, and now and then a hair beside the drop."""

    def anywhere() -> tuple[float, float]:
        row, column = rng.uniform(0, 1, 2) * view.grid
        return float(row), float(column)

    def beside() -> tuple[float, float]:
        for _ in range(8):
            row, column = anywhere()
            if not drop.mask[int(row), int(column)]:
                break
        return row, column

    if conditions.strays:
        put_scratches(rng, view, int(rng.poisson(0.35 * conditions.strays)))
        put_dust(rng, view, anywhere, int(rng.poisson(2.0 * conditions.strays)), 0.006)
        put_dust(rng, view, beside, int(rng.poisson(0.5 * conditions.strays)), 0.015)
        if rng.random() < 0.08 * conditions.strays:
            put_fibres(rng, view, beside, 1, 0.6)


def _outline(view: View, drop: DropOutline) -> DropObject | None:
    """Outline the drop where at least half of a pixel lies in it."""
    mask = drop.mask
    if view.factor > 1:
        rows, columns = view.shape
        mask = mask.reshape(rows, view.factor, columns, view.factor).sum((1, 3)) * 2 >= view.factor**2
    return DropObject(DROP, mask) if mask.any() else None
