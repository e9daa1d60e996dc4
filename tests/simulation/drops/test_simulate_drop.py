"""Simulated drops: the same again, whole outlines, and refusals."""

from __future__ import annotations

import json
from itertools import islice

import numpy as np
import pytest

from napari_crystalseg.drops.classes import DROP_CLASSES
from napari_crystalseg.drops.objects import CRYSTAL, DROP
from napari_crystalseg.errors import InputError
from napari_crystalseg.simulation.drops import DropConditions, classified_drops, outlined_drops, simulated_drop

SMALL = DropConditions(shape=(96, 96))


def test_the_same_number_gives_the_same_bytes_in_any_order() -> None:
    first = [simulated_drop(7, number, SMALL) for number in range(4)]
    again = [simulated_drop(7, number, SMALL) for number in (3, 2, 1, 0)][::-1]
    for one, two in zip(first, again, strict=True):
        assert one.drop_class == two.drop_class
        np.testing.assert_array_equal(one.image.values, two.image.values)
        assert [mark.box_px for mark in one.objects.objects] == [mark.box_px for mark in two.objects.objects]
        assert one.image.pixel_size_um == two.image.pixel_size_um
    assert not np.array_equal(first[0].image.values, simulated_drop(8, 0, SMALL).image.values)


@pytest.mark.parametrize("shape", [(96, 96), (97, 133), (201, 150), (512, 611)])
def test_images_and_outlines_have_the_size_that_was_asked_for(shape: tuple[int, int]) -> None:
    made = simulated_drop(1, 5, DropConditions(shape=shape), "crystals")
    assert made.image.values.shape == (*shape, 3)
    assert made.objects.shape == shape


def test_crystals_are_outlined_in_their_drop_and_nothing_else_is() -> None:
    conditions = DropConditions(shape=(192, 192))
    crystals = 0
    for number in range(16):
        made = simulated_drop(2, number, conditions, "crystals" if number % 2 else None)
        drop = made.objects.mask(DROP)
        assert len(made.objects.of_kind(DROP)) <= 1
        outlined = made.objects.of_kind(CRYSTAL)
        assert made.drop_class == "crystals" or not outlined
        for one in outlined:
            whole = one.whole_mask(conditions.shape)
            rows, columns = np.nonzero(whole)
            assert one.box_px == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
            assert one.area_px >= conditions.smallest_outline_px
            assert (whole & drop).sum() > 0.4 * one.area_px
        crystals += len(outlined)
    assert crystals > 10


def test_another_class_changes_only_what_lies_in_the_drop() -> None:
    made = {name: simulated_drop(4, 1, SMALL, name) for name in DROP_CLASSES}
    drops = [one.objects.mask(DROP) for one in made.values()]
    for drop in drops[1:]:
        np.testing.assert_array_equal(drop, drops[0])
    assert {name: one.drop_class for name, one in made.items()} == {name: name for name in DROP_CLASSES}
    assert not np.array_equal(made["clear"].image.values, made["precipitate"].image.values)


def test_classes_are_drawn_by_their_shares() -> None:
    conditions = DropConditions(shape=(32, 32), class_shares=(0.0, 0.5, 0.0, 0.5))
    drawn = [simulated_drop(0, number, conditions).drop_class for number in range(40)]
    assert set(drawn) == {"crystals", "precipitate"}
    assert 8 <= drawn.count("crystals") <= 32


def test_an_empty_vessel_has_no_outline_and_is_clear() -> None:
    conditions = DropConditions(shape=(64, 64), no_drop=1.0)
    assert simulated_drop(0, 0, conditions, "clear").objects.objects == ()
    assert simulated_drop(0, 0, conditions, "crystals").objects.of_kind(DROP)


def test_the_scale_is_that_of_a_drop_of_the_size_that_was_drawn() -> None:
    conditions = DropConditions(
        shape=(256, 256),
        vessels=(0.0, 0.0, 0.0, 1.0),
        drop_shapes=(1.0, 0.0, 0.0, 0.0),
        drop_size=(0.4, 0.4),
        drop_um=(1000.0, 1000.0),
        no_drop=0.0,
    )
    made = simulated_drop(3, 0, conditions, "clear")
    assert made.image.pixel_size_um is not None
    diameter_px = 2 * np.sqrt(made.objects.of_kind(DROP)[0].area_px / np.pi)
    assert diameter_px * made.image.pixel_size_um == pytest.approx(1000, rel=0.06)


def test_provenance_holds_all_that_is_needed_to_make_it_again() -> None:
    made = simulated_drop(5, 2, SMALL)
    record = json.loads(json.dumps(made.image.provenance.to_dict()))
    step = record["steps"][0]
    again = simulated_drop(record["seed"], step["number"], DropConditions.from_dict(step["conditions"]))
    np.testing.assert_array_equal(again.image.values, made.image.values)


def test_streams_give_each_class_as_often_and_mostly_crystals() -> None:
    conditions = DropConditions(shape=(48, 48))
    classes = [name for _, name in islice(classified_drops(1, conditions), 8)]
    assert sorted(classes) == sorted(2 * DROP_CLASSES)
    shared = [*islice(classified_drops(1, conditions, 1, 2), 2)]
    np.testing.assert_array_equal(shared[1][0], simulated_drop(1, 3, conditions, DROP_CLASSES[3]).image.values)
    outlined = [*islice(outlined_drops(1, conditions, with_crystals=0.7), 10)]
    assert all(values.shape == (48, 48, 3) and objects.shape == (48, 48) for values, objects in outlined)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"shape": (8, 256)}, "32 to 4096 pixels"),
        ({"shape": (256,)}, "two whole numbers"),
        ({"shape": ("wide", 256)}, "two whole numbers"),
        ({"shape": (float("nan"), 256)}, "two whole numbers"),
        ({"smallest_outline_px": 2.7}, "a whole number"),
        ({"smallest_outline_px": float("inf")}, "a whole number"),
        ({"class_shares": (0.5, 0.5, 0.5, 0.5)}, "add up to 1"),
        ({"vessels": (1.0,)}, "4 probabilities"),
        ({"drop_size": (0.9, 0.4)}, "low at most high"),
        ({"glare": 2.0}, "between 0 and 1"),
    ],
)
def test_conditions_that_cannot_be_met_are_refused(changed: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        DropConditions(**changed)  # type: ignore[arg-type]


def test_other_seeds_classes_and_names_are_refused() -> None:
    with pytest.raises(InputError, match="0 or more"):
        simulated_drop(-1, 0)
    with pytest.raises(InputError, match="clear, crystals, other, precipitate"):
        simulated_drop(0, 0, drop_class="crystal")
    with pytest.raises(InputError, match="no colours"):
        DropConditions.from_dict({"colours": 1})


@pytest.mark.parametrize("drop_class", ["crystals", "other", "precipitate"])
def test_what_lies_in_a_drop_is_seen_against_the_same_drop_that_is_clear(drop_class: str) -> None:
    conditions = DropConditions(shape=(96, 96), no_drop=0.0, jpeg=0.0, noise_electrons=(1e6, 1e6), strays=0.0)
    changed = []
    for number in range(10):
        clear, full = (simulated_drop(11, number, conditions, name) for name in ("clear", drop_class))
        change = np.abs(full.image.values.astype(int) - clear.image.values).max(axis=2)
        changed.append((change > 10).sum())
        # Outside the drop, and a few pixels of blur about it, nothing changes but noise and a dust grain of the drop.
        assert np.median(change[~clear.objects.mask(DROP)]) <= 6 if not clear.objects.mask(DROP).all() else True
    assert min(changed) >= 10
