"""What lies in a drop of a class, drawn again where nobody could see it."""

from __future__ import annotations

import numpy as np

from ...drops.classes import DROP_CLASSES
from ...drops.objects import DropObject
from .contents.crystal_groups import ARRANGEMENTS, put_crystals
from .contents.precipitates import put_precipitate
from .contents.round_bodies import put_bubbles, put_phase_separation, put_spherulites
from .contents.skins import put_skin
from .contents.strays import put_dust, put_fibres
from .drop_conditions import OTHERS, DropConditions
from .drop_outline import DropOutline
from .microscope import Microscope, expected_signal, noise_of
from .random_fields import Plane
from .view import View

CLEAR, CRYSTALS, OTHER, PRECIPITATE = DROP_CLASSES

TRIES = 3
_LEAST_CHANGE = 0.07
"""Change of the signal that is seen, parts of the largest value that is recorded."""
_LEAST_AREA = 0.0025
"""Area that has to change so, parts of the square of the image's shorter side."""


def put_contents(
    rng: np.random.Generator,
    view: View,
    drop: DropOutline,
    drop_class: str,
    conditions: DropConditions,
    microscope: Microscope,
    background: Plane,
) -> list[DropObject]:
    """Put into the drop what its class says, and at times what does not change the class.

    What would be seen by nobody, as it is too faint, too small or in the dark, is drawn again, up to twice: experts
    give classes by what they see.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the draws.
    view : View
        View with the drop.
    drop : DropOutline
        Drop.
    drop_class : str
        Class.
    conditions : DropConditions
        What is drawn from.
    microscope : Microscope
        What it will be looked at with.
    background : ndarray of float32, shape (row, column) of the image
        Light without the drop: that of the vessel.

    Returns
    -------
    list of DropObject
        Outlined crystals.
    """
    coloured = not microscope.grey
    if drop_class == CLEAR:
        put_dust(rng, view, lambda: drop.places.draw(rng, 0.0), int(rng.poisson(0.8)), 0.005)
        return []
    _put_beside(rng, view, drop, drop_class, conditions, coloured)
    bare, before = view.copied(), expected_signal(view, microscope, background)
    for left in reversed(range(TRIES)):
        objects: list[DropObject] = []
        if drop_class == PRECIPITATE:
            put_precipitate(rng, view, drop, float(rng.uniform(0.1, 1.0)), coloured)
        elif drop_class == OTHER:
            _put_other(rng, view, drop, str(rng.choice(OTHERS, p=conditions.others)), coloured)
        else:
            arrangement = str(rng.choice(ARRANGEMENTS, p=conditions.arrangements))
            # Small ones that hardly bend light are lost.
            large = arrangement in ("few", "many", "plates", "intergrowth")
            faint = bool(rng.random() < conditions.faint) and large
            objects = put_crystals(rng, view, drop, arrangement, coloured, faint, conditions.smallest_outline_px)
        if not left or _is_seen(before, expected_signal(view, microscope, background), microscope):
            break
        view.become(bare)
    return objects


def _is_seen(before: Plane, after: Plane, microscope: Microscope) -> bool:
    change = np.abs(after - before)
    limit = np.maximum(_LEAST_CHANGE, 2 * noise_of(before, microscope))
    return bool((change > limit).sum() >= max(5.0, _LEAST_AREA * min(before.shape) ** 2))


def _put_beside(
    rng: np.random.Generator,
    view: View,
    drop: DropOutline,
    drop_class: str,
    conditions: DropConditions,
    coloured: bool,
) -> None:
    """Put what the drop holds besides: what its class says is more easily seen."""
    if drop_class == CRYSTALS:
        if rng.random() < conditions.precipitate_beside:
            put_precipitate(rng, view, drop, float(rng.uniform(0.0, 0.3)), coloured, evenly=0.15)
        if rng.random() < conditions.skin_beside:
            put_skin(rng, view, drop, float(rng.uniform(0.05, 0.2)))
    elif drop_class == PRECIPITATE and rng.random() < 0.06:
        put_skin(rng, view, drop, float(rng.uniform(0.1, 0.3)))
    elif drop_class == OTHER and rng.random() < 0.12:
        put_precipitate(rng, view, drop, float(rng.uniform(0.0, 0.1)), coloured, evenly=0.1)
    if drop_class != OTHER and rng.random() < 0.06:
        put_bubbles(rng, view, drop, int(rng.integers(1, 3)))


def _put_other(rng: np.random.Generator, view: View, drop: DropOutline, kind: str, coloured: bool) -> None:
    if kind == "phase separation":
        put_phase_separation(rng, view, drop)
    elif kind == "spherulites":
        put_spherulites(rng, view, drop, coloured)
    elif kind == "skin":
        put_skin(rng, view, drop, float(rng.uniform(0.8, 1.5)))
    elif kind == "bubbles":
        put_bubbles(rng, view, drop, int(rng.integers(2, 12)))
    else:
        put_fibres(rng, view, lambda: drop.places.draw(rng, 0.0), int(rng.integers(1, 5)))
        put_dust(rng, view, lambda: drop.places.draw(rng, 0.0), int(rng.integers(2, 12)), 0.02)
