"""Each lamp tells what was built into a sample, and where."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.absorption.coefficients import Coefficients
from napari_crystalseg.errors import InputError
from napari_crystalseg.judgement.lamps.lit_lamps import LAMP_NAMES, lit_lamps
from napari_crystalseg.judgement.lamps.value_sample import ValueSample
from napari_crystalseg.judgement.mean_uncertainty import MeanUncertainty
from napari_crystalseg.judgement.plausibility import findings
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.provenance import Provenance
from napari_crystalseg.volume import Quantity, Volume

VOXEL_UM = (0.4, 0.5, 0.7)
MU = np.array([0.0, 0.010, 0.015, 0.020, 0.0], dtype=np.float32)
COEFFICIENTS = Coefficients(0.010, 0.015, 0.020, energy_kev=4.0)


def sample() -> np.ndarray:
    """A crystal of 9 × 11 × 13 voxels in liquor, and a bar of loop below: nothing to doubt."""
    data = np.zeros((31, 35, 41), dtype=np.uint8)
    data[6:25, 7:28, 6:33] = Material.LIQUOR
    data[20:25, 7:28, 14:22] = Material.LOOP
    data[9:18, 11:22, 11:24] = Material.CRYSTAL
    return data


def twice(data: np.ndarray) -> np.ndarray:
    """The same in half the voxel size: thick enough to be clear of its surfaces."""
    return data.repeat(2, 0).repeat(2, 1).repeat(2, 2)


def lit(data, lamp, provenance=None, voxel_um=VOXEL_UM, **known):
    labels = Labels(data, voxel_um, provenance or Provenance())
    lamps = lit_lamps(labels, **known)
    assert tuple(one.name for one in lamps) == LAMP_NAMES
    return lamps[LAMP_NAMES.index(lamp)]


def test_a_good_sample_lights_no_lamp():
    labels = Labels(twice(sample()), VOXEL_UM, Provenance().then("segment", model_voxel_range_um=[0.25, 4.0]))
    values = ValueSample.of_volume(Volume(MU[labels.data], VOXEL_UM, Quantity.LINEAR_ATTENUATION), 4.0)
    lamps = lit_lamps(labels, values, COEFFICIENTS, MeanUncertainty(0.05, 0.1))
    assert [lamp.level for lamp in lamps] == ["good"] * 8
    assert {finding.level for finding in findings(labels, lamps=lamps)} == {"good"}
    assert {lamp.sentence for lamp in lamps} <= {finding.text for finding in findings(labels, lamps=lamps)}


def test_without_anything_no_lamp_breaks():
    for shape in ((1, 1, 1), (3, 4, 5), (1, 9, 7)):
        for code in Material:
            lamps = lit_lamps(Labels(np.full(shape, code, dtype=np.uint8), None))
            assert len(lamps) == 8
    assert lit(np.zeros((3, 4, 5), np.uint8), "one piece").level == "problem"
    assert lit(np.zeros((3, 4, 5), np.uint8), "air inside").level == "unknown"


def test_a_second_piece_of_crystal_is_told_with_its_place():
    data = sample()
    data[9:13, 24:27, 27:30] = Material.CRYSTAL
    lamp = lit(data, "one piece")
    assert lamp.level == "warning" and "in 2 pieces" in lamp.sentence
    assert lamp.place.box == (slice(9, 13), slice(24, 27), slice(27, 30))
    assert data[lamp.place.centre] == Material.CRYSTAL


def test_of_a_small_crystal_a_tenth_is_a_piece_and_less_is_a_speck():
    data = sample()
    data[data == Material.CRYSTAL] = Material.LIQUOR
    data[9:14, 11:15, 11:16] = Material.CRYSTAL  # 100 voxels
    data[20, 8, 8:17] = Material.CRYSTAL
    assert lit(data, "one piece").level == "good"
    data[20, 8, 17] = Material.CRYSTAL
    assert lit(data, "one piece").level == "warning"


def test_the_largest_contact_with_air_is_where_it_leads():
    data = sample()
    data[:, 22:, :][data[:, 22:, :] == Material.LIQUOR] = Material.AIR  # one whole side of the crystal
    data[13:15, 7:11, 15:17] = Material.AIR  # and a small hole in the liquor at the other
    lamp = lit(data, "air contact")
    sides = 9 * 11 * 0.4 * 0.5, 9 * 13 * 0.4 * 0.7, 11 * 13 * 0.5 * 0.7
    share = (sides[1] + 4 * 0.4 * 0.7) / (2 * sum(sides))
    assert lamp.sentence == f"{100 * share:.0f} % of the crystal's surface touches air."
    assert lamp.level == "good"
    assert lamp.place.box == (slice(9, 18), slice(21, 22), slice(11, 24)) and lamp.place.centre == (13, 21, 17)
    data[data == Material.LIQUOR] = Material.AIR
    data[6, 7, 6] = Material.LIQUOR
    assert lit(data, "air contact").level == "warning"


def test_a_floating_piece_of_loop_is_told_and_one_that_leaves_the_field_is_not():
    data = sample()
    data[7:9, 24:27, 28:31] = Material.LOOP
    lamp = lit(data, "loop parts")
    assert lamp.level == "warning" and "A piece of loop" in lamp.sentence
    assert lamp.place.box == (slice(7, 9), slice(24, 27), slice(28, 31))
    assert data[lamp.place.centre] == Material.LOOP
    data[7:9, 24:27, 28:31] = Material.LIQUOR
    data[28:31, 20:25, 20:25] = Material.LOOP
    assert lit(data, "loop parts").level == "good"
    assert lit(data, "field edge").sentence.endswith("the loop leaves it (end of axis z), as mounts do.")


def test_a_crystal_across_the_loop_parts_it_and_nothing_floats():
    data = sample()
    data[data == Material.LOOP] = Material.LIQUOR
    data[12:15, 7:10, 13:20] = data[12:15, 22:27, 13:20] = Material.LOOP
    assert lit(data, "loop parts").level == "warning"  # liquor is between the smaller and the crystal
    data[12:15, 10, 13:20] = Material.LOOP
    assert lit(data, "loop parts").level == "good"


def test_what_leaves_the_field_is_told_with_its_place():
    data = sample()
    data[10:14, 12:16, 33:] = Material.LIQUOR
    lamp = lit(data, "field edge")
    assert lamp.level == "warning" and "Liquor touches the edge of the volume (end of axis x)" in lamp.sentence
    assert lamp.place.box == (slice(10, 14), slice(12, 16), slice(40, 41))
    data[10:12, :12, 15:18] = Material.CRYSTAL
    lamp = lit(data, "field edge")
    assert lamp.level == "problem" and "(start of axis y)" in lamp.sentence
    assert lamp.place.box == (slice(10, 12), slice(0, 1), slice(15, 18))


def test_an_enclosed_bubble_is_told_with_its_volume_and_place_and_a_dent_is_not():
    data = sample()
    data[8:11, 23:26, 25:28] = Material.AIR
    lamp = lit(data, "air inside")
    assert lamp.level == "warning" and f"({27 * 0.14:.3g} µm³)" in lamp.sentence
    assert lamp.place.box == (slice(8, 11), slice(23, 26), slice(25, 28)) and lamp.place.centre == (9, 24, 26)
    assert "(27 voxels)" in lit(data, "air inside", voxel_um=None).sentence
    data[6:8, 24, 26] = Material.AIR  # the way out
    assert lit(data, "air inside").level == "good"


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_film_of_one_voxel_is_told_and_one_of_three_is_not(axis):
    def coated(thickness):
        data = np.zeros((29, 31, 33), dtype=np.uint8)
        data[8:20, 9:22, 10:24] = Material.CRYSTAL
        wet = np.moveaxis(data, axis, 0)
        side = wet[18 if axis == 0 else 20 if axis == 1 else 22]
        first = int(np.flatnonzero((wet == Material.CRYSTAL).any(axis=(1, 2)))[-1]) + 1
        wet[first : first + thickness][:, side == Material.CRYSTAL] = Material.LIQUOR
        return data, first

    data, first = coated(1)
    lamp = lit(data, "thin film")
    assert lamp.level == "warning" and "thinner than two voxels" in lamp.sentence
    assert lamp.place.box[axis] == slice(first, first + 1) and data[lamp.place.centre] == Material.LIQUOR
    assert lit(coated(3)[0], "thin film").level == "good"


def values(data, quantity=Quantity.LINEAR_ATTENUATION, energy_kev=4.0):
    noise = np.random.default_rng(3).normal(0, 0.002, data.shape).astype(np.float32)
    return ValueSample.of_volume(Volume(MU[data] + noise, VOXEL_UM, quantity), energy_kev)


def test_voxel_values_are_held_against_coefficients_where_both_are_known():
    data = twice(sample())
    assert lit(data, "values", values=values(data), coefficients=COEFFICIENTS).level == "good"
    swapped = data.copy()
    swapped[data == Material.CRYSTAL] = Material.LIQUOR
    swapped[14:36, 23:55, 48:65] = Material.CRYSTAL  # liquor
    lamp = lit(swapped, "values", values=values(data), coefficients=COEFFICIENTS)
    assert lamp.level == "warning" and "crystal 0.01 instead of 0.02" in lamp.sentence.replace("0.00999", "0.01")
    assert swapped[lamp.place.centre] == Material.CRYSTAL


def test_a_thin_class_is_not_judged_as_fringes_make_its_values():
    data = twice(sample())
    bright = MU[data].copy()
    bright[data == Material.LOOP] = 0.06
    data[data == Material.LOOP], loop = Material.LIQUOR, data == Material.LOOP
    data[40:48][loop[40:48]] = Material.LOOP  # 8 voxels thick
    bright[(data == Material.LIQUOR)] = MU[Material.LIQUOR]
    found = ValueSample.of(bright, Quantity.LINEAR_ATTENUATION)
    lamp = lit(data, "values", values=found, coefficients=COEFFICIENTS)
    assert lamp.level == "good" and "loop" not in lamp.sentence


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"values": None}, "no volume"),
        ({"coefficients": None}, "there are none"),
        ({"quantity": Quantity.ARBITRARY}, "in 1/µm"),
        ({"energy_kev": 7.0}, "the tomogram was taken at 7 keV"),
        ({"coefficients": Coefficients(0.01, 0.015, 0.02, origin="example")}, "an example"),
    ],
)
def test_what_cannot_be_compared_is_unknown(change, reason):
    data = sample()
    known = {"values": values(data), "coefficients": COEFFICIENTS}
    if "quantity" in change or "energy_kev" in change:
        known["values"] = values(data, **change)
    else:
        known |= change
    lamp = lit(data, "values", **known)
    assert lamp.level == "unknown" and reason in lamp.sentence


def test_where_the_tomograms_energy_is_not_known_nobody_is_warned_of_another():
    data = sample()
    found = values(data, energy_kev=None)
    assert lit(data, "values", values=found, coefficients=COEFFICIENTS).level == "good"
    half = Coefficients(0.005, 0.0075, 0.010, energy_kev=5.0)
    lamp = lit(data, "values", values=found, coefficients=half)
    assert lamp.level == "unknown" and "liquor 0.0101 for 0.005" in lamp.sentence and "cannot be told" in lamp.sentence
    # Of the same energy it is warned, and so it is where they were measured in such a tomogram.
    assert lit(data, "values", values=values(data, energy_kev=5.0), coefficients=half).level == "warning"
    measured = Coefficients(0.005, 0.0075, 0.010, origin="measured")
    assert lit(data, "values", values=found, coefficients=measured).level == "warning"
    # Air is as dark at every energy.
    bright = MU[data] + 0.02
    lamp = lit(data, "values", values=ValueSample.of(bright, Quantity.LINEAR_ATTENUATION), coefficients=half)
    assert lamp.level == "warning" and "air 0.02 instead of 0" in lamp.sentence


def test_a_sample_of_values_knows_its_labels_on_a_coarser_grid():
    data = sample().repeat(5, 0).repeat(5, 1).repeat(5, 2)
    found = values(data)
    assert found.step == 2 and found.values.size <= 2_000_000
    levels = found.levels(data)
    np.testing.assert_allclose(levels[:4], MU[:4], atol=2e-4)
    assert np.isnan(levels[Material.OTHER])
    with pytest.raises(InputError, match="of one grid"):
        found.levels(data[:-1])


@pytest.mark.parametrize(
    ("voxel_um", "shape", "level"),
    [(0.3, None, "good"), (0.1, None, "warning"), (5.0, None, "warning"), (0.1, [10, 11, 13], "good")],
)
def test_the_voxel_size_is_held_against_the_models_card(voxel_um, shape, level):
    step = {"model_voxel_range_um": [0.25, 4.0]} | ({} if shape is None else {"working_shapes": [shape]})
    made = Provenance().then("segment", **step)
    lamp = lit(sample(), "training", made, voxel_um=voxel_um)
    assert lamp.level == level and "0.25 to 4 µm" in lamp.sentence


def test_the_training_range_asks_values_and_network_too():
    data, made = twice(sample()), Provenance().then("segment", model_voxel_range_um=[0.25, 4.0])
    assert lit(data, "training").level == "unknown"
    inverted = ValueSample.of(-MU[data], Quantity.ARBITRARY)
    assert "darker than air" in lit(data, "training", made, values=inverted).sentence
    bright = ValueSample.of(np.where(data == Material.LOOP, np.float32(1.0), MU[data]), Quantity.ARBITRARY)
    assert "values of loop are far outside" in lit(data, "training", made, values=bright).sentence
    assert lit(data, "training", uncertainty=MeanUncertainty(0.5, None)).level == "warning"
    damaged = Provenance().then("segment", model_voxel_range_um="all", working_shapes=7)
    assert lit(data, "training", damaged).level == "unknown"


def test_the_training_range_says_what_the_record_says():
    data, range_um = twice(sample()), {"model_voxel_range_um": [0.25, 4.0]}
    alike = lit(data, "training", Provenance().then("segment", **range_um, unlike_training=[]))
    assert alike.level == "good" and "looks like those of the training" in alike.sentence
    noisy = lit(data, "training", Provenance().then("segment", **range_um, unlike_training=["Noise is 40 %."]))
    assert (noisy.level, noisy.sentence) == ("warning", "Noise is 40 %.")
    damaged = lit(data, "training", Provenance().then("segment", **range_um, unlike_training=7))
    assert damaged.level == "good"
