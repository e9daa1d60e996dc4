"""Each rule on labels of which it is known what is to come out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.segmentation.postprocessing.physics import Correction, Physics, apply_physics

AIR, LIQUOR, LOOP, CRYSTAL, OTHER = map(int, Material)
NONE = Physics.none()


def sample() -> np.ndarray:
    """A crystal in liquor in air, with a bar of loop along the whole field."""
    data = np.zeros((24, 24, 24), np.uint8)
    data[3:21, 3:21, 3:15] = LIQUOR
    data[6:12, 6:12, 6:12] = CRYSTAL
    data[18:20, 18:20, :] = LOOP
    return data


def put_right(data, values=None, size_um=1.0, **rules):
    return apply_physics(Labels(data, size_um), replace(NONE, **rules), values)


def test_what_is_right_stays_the_same_array():
    labels = Labels(sample(), 1.0)
    data, corrections = apply_physics(labels, Physics.every())
    assert data is labels.data and corrections == ()
    assert apply_physics(labels, NONE)[0] is labels.data


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_further_crystals_take_the_class_around_them(order):
    data = sample()
    data[14, 14, 5:7] = CRYSTAL  # in liquor
    data[1, 22, 17] = CRYSTAL  # in air
    data[0, 0, 0] = data[23, 23, 23] = CRYSTAL
    data[12, 12, 12] = CRYSTAL  # touches the crystal with a corner alone
    found, corrections = put_right(data.transpose(order), crystals="largest")
    assert np.array_equal(found, sample().transpose(order))
    assert corrections == (Correction("one_crystal", 5, 6),)


def test_two_crystals_of_one_size_stay_but_where_one_alone_is_asked_for():
    data = sample()
    data[14:17, 6:12, 3:15] = CRYSTAL  # 216 voxels, as the first
    for choice in ("all", "large"):
        found, corrections = put_right(data, crystals=choice)
        assert np.array_equal(found, data) and corrections == ()
    found, corrections = put_right(data, crystals="largest")
    assert np.array_equal(found, sample())
    assert corrections == (Correction("one_crystal", 1, 216),)


@pytest.mark.parametrize("size_um", [(1.0, 1.0, 1.0), (0.3, 0.9, 2.0), None])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_fragments_of_less_than_a_tenth_of_the_largest_are_small(size_um, order):
    small, large = 9, 11  # per cent of the crystal of 200 voxels
    data = np.full((13, 15, 34), LIQUOR, np.uint8)
    data[2:7, 3:11, 4:9] = CRYSTAL
    without = data.copy()
    without[10, 2, 5 : 5 + 2 * large] = CRYSTAL
    with_both = without.copy()
    with_both[10, 8, 5 : 5 + 2 * small] = CRYSTAL
    given = with_both.transpose(order)
    found, corrections = put_right(given, size_um=size_um, crystals="large")
    assert np.array_equal(found, without.transpose(order))
    assert corrections == (Correction("small_crystals", 1, 2 * small),)
    found, corrections = put_right(given, size_um=size_um, crystals="largest")
    assert np.array_equal(found, data.transpose(order))
    assert corrections == (Correction("one_crystal", 2, 2 * (small + large)),)
    assert put_right(given, size_um=size_um, crystals="all")[1] == ()


def test_by_default_small_pieces_go_and_an_exact_tenth_is_none():
    data = np.full((9, 9, 30), LIQUOR, np.uint8)
    data[1:6, 1:6, 1:9] = CRYSTAL  # 200 voxels
    data[7, 7, 5:24] = CRYSTAL
    assert apply_physics(Labels(data, 1.0))[1] == (Correction("small_crystals", 1, 19),)
    data[7, 7, 24] = CRYSTAL
    assert apply_physics(Labels(data, 1.0))[1] == ()


def test_labels_that_are_given_are_not_written_into():
    data = sample()
    data[1, 1, 17] = CRYSTAL
    data.flags.writeable = False
    labels = Labels(data, 1.0)
    assert put_right(data, crystals="largest")[0][1, 1, 17] == AIR
    assert labels.data[1, 1, 17] == CRYSTAL


def test_labels_that_nobody_else_needs_are_written_into():
    data = np.zeros((6, 7, 8), np.uint8)
    data[1:4, 1:4, 1:4] = Material.CRYSTAL
    data[5, 6, 7] = Material.CRYSTAL
    copied, _ = apply_physics(Labels(data, 1.0), replace(NONE, crystals="largest"))
    written, _ = apply_physics(Labels(data, 1.0), replace(NONE, crystals="largest"), out=data)
    assert written is data and np.array_equal(copied, data)


def test_no_crystal_and_one_slice():
    data = np.full((4, 4, 4), LIQUOR, np.uint8)
    assert apply_physics(Labels(data, 1.0))[1] == ()
    flat = sample()[8:9].copy()
    flat[0, 15, 5] = CRYSTAL
    found, _ = apply_physics(Labels(flat, 1.0))
    assert np.array_equal(found, sample()[8:9])


def test_islands_go_to_their_surroundings_also_one_in_another():
    data = sample()
    data[14:17, 14:17, 6:9] = CRYSTAL
    data[15, 15, 7] = LOOP
    found, corrections = put_right(data, islands=True, island_voxels=28)
    assert np.array_equal(found, sample())
    # The voxel within went to the crystal about it, once that was no island any more, or with it.
    assert {one.rule for one in corrections} == {"islands"}
    kept, corrections = put_right(data, islands=True, island_voxels=2)
    assert corrections == (Correction("islands", 1, 1),)
    assert (kept[14:17, 14:17, 6:9] == CRYSTAL).all()


def test_the_largest_of_a_class_is_no_island():
    data = sample()
    data[6:12, 6:12, 6:12] = LIQUOR
    data[8, 8, 8:10] = CRYSTAL
    assert put_right(data, islands=True, island_voxels=27)[1] == ()


def test_size_of_islands_in_cubic_micrometres():
    data = sample()
    data[14, 14, 5:9] = CRYSTAL  # four voxels of 0.5 × 2 × 3 µm, 12 µm³
    rules = {"islands": True, "island_voxels": 1}
    assert put_right(data, size_um=(0.5, 2.0, 3.0), island_um3=12.0, **rules)[1] == ()
    found, corrections = put_right(data, size_um=(0.5, 2.0, 3.0), island_um3=12.1, **rules)
    assert np.array_equal(found, sample()) and "12 µm³" in corrections[0].text((0.5, 2.0, 3.0))
    # Of voxels of unknown size it is not asked.
    assert put_right(data, size_um=None, island_um3=1e6, **rules)[1] == ()


def test_surface_and_not_voxels_says_what_is_around():
    """A piece between loop and liquor: of flat voxels the large faces count."""
    data = np.full((9, 9, 9), LIQUOR, np.uint8)
    data[4, 4, 4] = CRYSTAL
    data[3, 4, 4] = data[5, 4, 4] = LOOP  # across axis 0
    data[0, 0, :3] = CRYSTAL
    assert put_right(data, crystals="largest")[0][4, 4, 4] == LIQUOR
    assert put_right(data, size_um=(0.2, 1.0, 1.0), crystals="largest")[0][4, 4, 4] == LOOP
    data[0, 0, :] = data[0, 1, :4] = CRYSTAL  # 13 voxels: the one is less than a tenth
    assert put_right(data, crystals="large")[0][4, 4, 4] == LIQUOR
    assert put_right(data, size_um=(0.2, 1.0, 1.0), crystals="large")[0][4, 4, 4] == LOOP


def test_enclosed_air_by_its_voxel_values():
    data = sample()
    data[14:17, 14:17, 5:8] = AIR
    data[14:16, 6:8, 5:7] = AIR
    levels = np.array([0.0, 1.0, 0.8, 0.9, 0.1], np.float32)
    values = levels[sample()] + np.random.default_rng(0).normal(0, 0.05, data.shape).astype(np.float32)
    values[14:16, 6:8, 5:7] -= 1  # a bubble of gas
    values[0, 0, 0] = values[15, 15, 6] = np.nan
    found, corrections = put_right(data, values, enclosed_air=True)
    expected = sample()
    expected[14:16, 6:8, 5:7] = OTHER
    assert np.array_equal(found, expected)
    assert set(corrections) == {Correction("enclosed_air", 1, 27), Correction("bubbles", 1, 8)}
    assert "became a bubble (other)" in next(one for one in corrections if one.rule == "bubbles").text(None)
    without, _ = put_right(data, enclosed_air=True)
    assert np.array_equal(without, sample())


def test_air_that_reaches_an_end_of_the_field_is_not_enclosed():
    data = np.full((8, 8, 8), LIQUOR, np.uint8)
    data[3:5, 3:5, 3:5] = AIR
    # A field that the sample fills shows no air outside.
    assert put_right(data, enclosed_air=True)[1] == ()
    data[0, 0, 0] = AIR
    assert put_right(data, enclosed_air=True)[1] == (Correction("enclosed_air", 1, 8),)
    data[3, 3, :] = AIR
    assert put_right(data, enclosed_air=True)[1] == ()


def test_small_detached_loop_but_not_at_an_end():
    data = sample()
    data[18:20, 18:20, 0] = AIR
    data[5, 15, 5:7] = LOOP  # in liquor
    data[0, 2, 20:22] = LOOP  # at an end of the field
    data[2:4, 22, 17:20] = LOOP  # 6 of 92: not small
    found, corrections = put_right(data, detached_loop=True)
    assert corrections == (Correction("detached_loop", 1, 2),)
    data[5, 15, 5:7] = LIQUOR
    assert np.array_equal(found, data)


def test_sentences_say_how_much():
    assert Correction("islands", 1, 1).text(None) == "1 island was given to what is around it (1 voxel)."
    assert Correction("small_crystals", 2, 30).text(None) == (
        "2 small pieces of crystal were given to what is around them (30 voxels)."
    )
    assert Correction("one_crystal", 1200, 50_000).text((2.0, 1.0, 1.0)) == (
        "1,200 pieces of crystal beside the largest were given to what is around them (50,000 voxels, 1e+05 µm³)."
    )


def test_refusals_and_cancelling():
    labels = Labels(sample(), 1.0)
    with pytest.raises(InputError, match="island_voxels"):
        Physics(island_voxels=-1)
    with pytest.raises(InputError, match="island_um3"):
        Physics(island_um3=float("nan"))
    with pytest.raises(InputError, match="one of largest, large, all, not 'big'"):
        Physics(crystals="big")
    with pytest.raises(InputError, match="voxel values have shape"):
        apply_physics(labels, values=np.zeros((2, 2, 2), np.float32))

    def cancel(fraction, text):
        raise Cancelled("enough")

    with pytest.raises(Cancelled):
        apply_physics(labels, progress=cancel)


def test_same_call_same_bytes():
    data = np.random.default_rng(5).integers(0, 5, (20, 21, 22)).astype(np.uint8)
    first, second = (apply_physics(Labels(data.copy(), (1.0, 2.0, 3.0)), Physics.every()) for _ in range(2))
    assert np.array_equal(first[0], second[0]) and first[1] == second[1]
