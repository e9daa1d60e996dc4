from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from helpers.three_discs import counts, scan, transmission, voxel_values
from napari_crystalseg import io
from napari_crystalseg.errors import InputError
from napari_crystalseg.scan import Scan
from napari_crystalseg.tomography import Recipe, reconstruct
from napari_crystalseg.tomography.preprocessing.flat_field import FlatField
from napari_crystalseg.tomography.scan_checks.consistency import check_consistency

HALF_TURN = np.linspace(0, 180, 181)
GOLDEN = np.array([(111.2461 * i) % 180 for i in range(89)])
SAMPLE_DATA = Path(__file__).parents[3] / "sample_data"


def found(scan):
    return check_consistency(FlatField.of(scan))


def random_scan(seed):
    """Discs of any size, place and thickness, in a field with any axis, with any angles, drift, decay and noise."""
    rng = np.random.default_rng(seed)
    width = int(rng.integers(64, 128))
    turn, count = rng.choice([180, 360, 180 - rng.uniform(0, 80)]), int(rng.integers(40, 120))
    steps = np.arange(count) * turn / count if rng.random() < 0.8 else (111.2461 * np.arange(count)) % turn
    angles = rng.uniform(-180, 180) + steps
    centre = (width - 1) / 2 + rng.uniform(-0.1, 0.1) * width
    cut_off = rng.random() < 0.15
    radius = rng.uniform(0.5, 0.8) * width if cut_off else rng.uniform(0.1, 0.38) * width
    off = rng.uniform(0, max(min(centre, width - 1 - centre) - radius, 0.1)) * rng.choice([0, 0.1, 1])
    depth, turned = 10 ** rng.uniform(-2, 1), rng.uniform(0, 2 * np.pi)
    discs = [(off * np.cos(turned), off * np.sin(turned), radius, depth / 2 / radius)]
    for _ in range(int(rng.integers(0, 4))):
        r, turned = radius * rng.uniform(0.05, 0.5), rng.uniform(0, 2 * np.pi)
        away = rng.uniform(0, radius - r)
        y, x = discs[0][0] + away * np.cos(turned), discs[0][1] + away * np.sin(turned)
        discs.append((y, x, r, rng.uniform(-0.3, 2) * depth / 2 / radius))
    clean = transmission(angles, 16, width, centre, discs)
    clean *= 1 - 0.2 * np.linspace(0, 1, count)[:, None, None] * (rng.random() < 0.3)
    projections, flats, darks = counts(clean, seed=seed, photons=10 ** rng.uniform(2, 4.7))
    return Scan(projections, flats, darks, angles)


COUNT = np.arange(181)


def moved(first, last):
    """Return the order in which a part stands at the very end."""
    return np.concatenate([COUNT[:first], COUNT[last:], COUNT[first:last]])


@pytest.mark.parametrize(
    ("order", "says"),
    [
        (np.concatenate([COUNT[:60], COUNT[60:78][::-1], COUNT[78:]]), "at frames 59 and 60 (59.0° and 60.0°), 77 and"),
        (np.concatenate([COUNT[:18][::-1], COUNT[18:]]), "at frames 17 and 18"),
        (
            np.concatenate([COUNT[:18], COUNT[36:54], COUNT[18:36], COUNT[54:]]),
            "17 and 18 (17.0° and 18.0°), 35",
        ),
        (np.append(COUNT[:180].reshape(-1, 2)[:, ::-1].ravel(), 180), "more pairs; some seem to be reversed"),
        (np.roll(COUNT, 18), "at frames 17 and 18"),
        (moved(80, 100), "at frames 79 and 80"),
    ],
)
def test_blocks_in_another_order(order, says):
    fault = found(scan(HALF_TURN, order)).fault
    assert "do not follow each other in the order of their angles" in fault and says in fault


@pytest.mark.parametrize("angles", [HALF_TURN, np.arange(0, 360, 2.0), np.linspace(-90, 90, 721)])
def test_gradians_for_degrees_and_the_other_way_round(angles):
    right = scan(angles)
    assert found(right).fault is None
    for factor, says in ((1 / 0.9, "hold gradians (200 in half a turn)"), (0.9, "converted from gradians")):
        assert says in found(replace(right, angles_deg=angles * factor)).fault


def test_a_scan_over_200_or_162_degrees_is_right():
    for angles in (np.linspace(0, 200, 201), np.linspace(0, 162, 163), np.linspace(0, 324, 163)):
        assert found(scan(angles)).fault is None


@pytest.mark.parametrize("seed", range(24))
def test_no_right_scan_is_refused(seed):
    assert found(random_scan(seed)).fault is None


def test_real_scans_fit_their_angles(i13_scan, tooth_scan):
    for one in (i13_scan, tooth_scan, io.open_scan(SAMPLE_DATA / "simulated_scan.h5")):
        assert found(one).fault is None and found(one).explained > 0.95
        wrong = np.random.default_rng(0).permutation(one.angles_deg)
        spoilt = found(Scan(one.projections, one.flats, one.darks, wrong))
        assert spoilt.explained < 0.2 and "frames do not fit their angles" in spoilt.fault


@pytest.mark.parametrize("angles", [HALF_TURN, GOLDEN, np.arange(360.0), np.linspace(90, -90, 181)])
def test_right_angles_in_any_order_and_sense(angles):
    assert found(scan(angles)).explained > 0.98


@pytest.mark.parametrize(
    ("order", "given", "says"),
    [
        (np.argsort(GOLDEN), GOLDEN, "sorted from the least to the largest they would explain 100 %"),
        (None, GOLDEN[::-1], "in reversed order they would explain 100 %"),
        (None, np.deg2rad(GOLDEN), "taken as radians they would explain 100 %"),
        (None, np.rad2deg(GOLDEN), "taken as degrees and not radians they would explain 100 %"),
        (sorted(range(89), key=str), GOLDEN, "in the order in which their numbers sort as text"),
    ],
)
def test_a_wrong_pairing_is_named(order, given, says):
    right = scan(GOLDEN, order)
    fault = found(Scan(right.projections, right.flats, right.darks, given)).fault
    assert says in fault and "--force" in fault


def test_names_with_signs_that_sort_the_positive_ones_first():
    angles = np.linspace(-90, 90, 181)
    order = np.concatenate([np.arange(90, 181), np.arange(90)[::-1]])
    assert "with the positive ones first" in found(scan(angles, order)).fault


def test_a_sample_in_the_middle_is_not_judged_but_right():
    round_ = [(0, 0, 30, 0.004)]
    projections, flats, darks = counts(transmission(HALF_TURN, discs=round_))
    verdict = found(Scan(projections, flats, darks, HALF_TURN))
    assert verdict.explained is None and verdict.fault is None
    assert verdict.remark.startswith(
        "Whether the frames belong to their angles could not be judged: the sample changes"
    )
    volume = reconstruct(Scan(projections, flats, darks, HALF_TURN), Recipe(47.5, rows=(10, 12)))
    assert verdict.remark in volume.provenance.findings


def test_half_of_a_sample_in_a_full_turn_is_not_judged():
    angles = np.arange(360.0)
    projections, flats, darks = counts(transmission(angles, width=64, centre=12.0))
    verdict = found(Scan(projections, flats, darks, angles))
    assert verdict.fault is None and verdict.explained is None


def test_an_axis_along_the_rows():
    upright = transmission(HALF_TURN, height=96)
    projections, flats, darks = counts(upright.transpose(0, 2, 1))
    lying = Scan(projections, flats, darks, HALF_TURN)
    with pytest.raises(InputError, match=r"axis seems to lie along the rows .*--axis rows"):
        reconstruct(lying)
    volume = reconstruct(lying, Recipe(axis="rows"))
    body, dense = voxel_values(volume)
    assert body == pytest.approx(0.004, rel=0.03) and dense == pytest.approx(0.02, rel=0.05)
    assert "exchanged" in volume.provenance.findings[0]
    forced = reconstruct(lying, Recipe(force=True, rows=(40, 42)))
    assert "by force: The rotation axis seems to lie along the rows" in forced.provenance.findings[-1]


def test_a_scan_that_does_not_fit_goes_on_by_force_and_says_so():
    wrong = scan(GOLDEN, np.argsort(GOLDEN))
    with pytest.raises(InputError, match="do not fit their angles"):
        reconstruct(wrong, Recipe(47.5))
    volume = reconstruct(wrong, Recipe(47.5, force=True, rows=(10, 12)))
    assert "do not fit" in volume.provenance.findings[0]
    assert volume.provenance.steps[-1]["consistency"]["explained_by_angles"] < 0.1


def test_frames_without_the_sample():
    clean = transmission(HALF_TURN)
    clean[120:, :, 40:] = 1
    projections, flats, darks = counts(clean)
    assert "changes by" in found(Scan(projections, flats, darks, HALF_TURN)).fault


def test_angles_twice_as_large_are_not_taken_for_another_unit():
    right = scan(HALF_TURN[::2])
    fault = found(Scan(right.projections, right.flats, right.darks, 2 * HALF_TURN[::2])).fault
    assert "half as large they would explain" in fault and "radians" not in fault


def with_pin(height=64, width=96, columns=slice(None)):
    """Return a crystal, and below it a pin that is wider than the field."""
    clean = transmission(HALF_TURN, height=height, width=width)
    clean[:, height * 2 // 3 :] = 0.2
    return counts(clean[..., columns])


def test_rows_off_a_pin_that_leaves_the_field_are_judged():
    projections, flats, darks = with_pin()
    assert found(Scan(projections, flats, darks, HALF_TURN)).explained > 0.98
    wrong = np.random.default_rng(0).permutation(HALF_TURN)
    assert "do not fit their angles" in found(Scan(projections, flats, darks, wrong)).fault
    assert "taken as radians" in found(Scan(projections, flats, darks, np.deg2rad(HALF_TURN))).fault


def test_an_axis_along_the_rows_with_a_pin_that_leaves_the_field():
    projections, flats, darks = with_pin()
    lying = Scan(projections, flats, darks, HALF_TURN).transposed()
    assert "--axis rows" in found(lying).fault


def test_frames_at_random_of_a_sample_that_leaves_the_field_in_all_rows():
    projections, flats, darks = with_pin(columns=slice(34, 62))
    right = found(Scan(projections, flats, darks, HALF_TURN))
    assert right.fault is None and right.explained is None and right.unlike_neighbours < 0.2
    wrong = np.random.default_rng(0).permutation(HALF_TURN)
    assert "neighbours in angle differ as much as any two" in found(Scan(projections, flats, darks, wrong)).fault


def test_frames_that_are_missing_or_a_detector_that_moved_are_said():
    wide = scan(np.linspace(0, 190, 191))
    lost = replace(wide, projections=np.delete(wide.projections, np.s_[90:100], axis=0), angles_deg=HALF_TURN)
    moved = np.array(scan(HALF_TURN).projections)
    moved[120:] = np.roll(moved[120:], 48, axis=2)
    for spoilt, where in ((lost, "89 and 90"), (replace(scan(HALF_TURN), projections=moved), "119 and 120")):
        verdict = found(spoilt)
        assert verdict.fault is None and f"Between the frames {where} the picture changes" in verdict.remark
