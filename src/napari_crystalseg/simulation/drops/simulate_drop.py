"""One drop from a seed and a number: vessel, drop, what lies in it, and the picture that the microscope takes."""

from __future__ import annotations

import numpy as np

from ...drops.classes import DROP_CLASSES
from ...drops.objects import DROP, DropObject, DropObjects
from ...errors import InputError
from ...io.drop_images import DropImage
from ...provenance import Provenance
from .contents.strays import put_dust, put_fibres, put_scratches
from .drop_conditions import DropConditions
from .drop_contents import put_contents
from .drop_outline import DropOutline
from .drop_surface import put_drop
from .microscope import draw_microscope, record
from .simulated_drop import SimulatedDrop
from .vessels import VESSELS, draw_vessel
from .view import View


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
    drop = put_drop(of_drop, view, vessel, conditions, empty and drop_class == "clear")
    microscope = draw_microscope(of_microscope, conditions)
    objects: list[DropObject] = []
    if drop.is_there:
        objects += put_contents(of_contents, view, drop, drop_class, conditions, microscope, vessel.light)
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
