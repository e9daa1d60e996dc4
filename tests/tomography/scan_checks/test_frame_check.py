import warnings
from dataclasses import replace

import numpy as np
import pytest

from helpers.three_discs import counts, scan, transmission, voxel_values
from napari_crystalseg.errors import InputError
from napari_crystalseg.scan import Scan
from napari_crystalseg.tomography import Recipe, reconstruct
from napari_crystalseg.tomography.scan_checks.frame_check import check_frames

ANGLES = np.linspace(0, 180, 181)


@pytest.fixture(scope="module")
def right():
    return scan(ANGLES)


def spoilt(scan, kind, where, values, dtype=None):
    frames = np.array(getattr(scan, kind), dtype=dtype)
    frames[where] = values
    return replace(scan, **{kind: frames})


def test_a_right_scan_stays_as_it_is(right):
    checked = check_frames(right)
    assert checked.scan is right and not checked.statements and not checked.unmeasured.any()


@pytest.mark.parametrize(
    ("kind", "where", "like", "says"),
    [
        ("projections", [60, 61, 120], 0, "3 of 181 projections have no light (60, 61, 120): left out"),
        ("projections", [7], "darks", "1 of 181 projections has no light (7): left out"),
        ("projections", [7, 8, 9], 65535, "3 of 181 projections hold no counts (7 to 9): left out"),
        ("projections", np.s_[9, 12:], 0, "1 of 181 projections was written in part (9): left out"),
        ("projections", np.s_[9, :, :30], 0, "1 of 181 projections was written in part (9): left out"),
        ("projections", np.s_[9:12, :12], 100, "3 of 181 projections have no light in part (9 to 11): left out"),
        ("projections", [50], "flats", "1 of 181 projections looks like a flat (50): left out"),
        ("projections", [30], 5000, "1 of 181 projections holds the same value everywhere (30): left out"),
        ("flats", [3], "projections", "1 of 10 flats looks like a projection (3): left out"),
        ("flats", [0, 3], "darks", "2 of 10 flats have no light (0, 3): left out"),
        ("darks", [2], "flats", "1 of 10 darks shows the beam (2): left out"),
        ("darks", [2], 65535, "1 of 10 darks holds no counts (2): left out"),
    ],
)
def test_frames_that_are_not_what_they_should_be(right, kind, where, like, says):
    values = like if isinstance(like, int) else getattr(right, like)[5]
    checked = check_frames(spoilt(right, kind, where, values))
    assert checked.statements == (says,)
    out = checked.left_out[kind]
    assert len(getattr(checked.scan, kind)) == len(getattr(right, kind)) - len(out)
    if kind == "projections":
        np.testing.assert_array_equal(checked.scan.angles_deg, np.delete(ANGLES, out))


def test_copies_of_the_frame_before(right):
    stuck = spoilt(right, "projections", slice(100, 105), right.projections[99])
    assert check_frames(stuck).statements == (
        "5 of 181 projections are copies of the frame before (100 to 104): left out",
    )


def test_a_frame_of_nan(right):
    frames = spoilt(right, "projections", 7, np.nan, np.float32)
    frames.projections.flags.writeable = True
    frames.projections[:, 5, 6], frames.projections[11, 9, 9] = np.nan, np.inf
    checked = check_frames(frames)
    assert checked.left_out == {"projections": [7]}
    np.testing.assert_array_equal(np.argwhere(checked.unmeasured), [[5, 6], [9, 9]])
    assert np.isfinite(reconstruct(frames, Recipe(47.5)).data).all()


def test_flats_keep_their_moments():
    taken = replace(scan(ANGLES), flat_positions=np.repeat([0.0, 100.0, 181.0], [4, 3, 3]))
    checked = check_frames(spoilt(taken, "projections", [60, 61, 120], 0))
    np.testing.assert_array_equal(checked.scan.flat_positions, np.repeat([0.0, 98.0, 178.0], [4, 3, 3]))
    # The first of the middle group.
    checked = check_frames(spoilt(taken, "flats", [4], taken.darks[0]))
    np.testing.assert_array_equal(checked.scan.flat_positions, np.repeat([0.0, 100.0, 181.0], [4, 2, 3]))


def test_frames_without_light_do_no_harm(right):
    body, dense = voxel_values(reconstruct(spoilt(right, "projections", [60, 61, 120], 0)))
    assert body == pytest.approx(0.004, rel=0.03) and dense == pytest.approx(0.02, rel=0.05)


def test_a_scan_that_was_broken_off(right):
    broken = spoilt(right, "projections", slice(120, None), 0)
    says = r"61 of 181 projections have no light \(120 to 180\): the scan seems to have been broken off after frame 119"
    with pytest.raises(InputError, match=says + r" \(119\.0°\).*--force to go on with the 120"):
        reconstruct(broken)
    volume = reconstruct(broken, Recipe(47.5, force=True, rows=(10, 12)))
    assert volume.provenance.findings == ("61 of 181 projections have no light (120 to 180): left out",)
    assert volume.provenance.steps[-1]["frames_left_out"]["projections"] == list(range(120, 181))


def test_many_bad_frames_here_and_there(right):
    with pytest.raises(InputError, match=r"16 of 181 projections have no light .* more than a few in a hundred"):
        check_frames(spoilt(right, "projections", slice(3, 179, 11), 0))
    with pytest.raises(InputError, match="181 of 181 projections have no light"):
        check_frames(replace(right, projections=np.repeat(right.darks[:1], 181, axis=0)))
    with pytest.raises(InputError, match="6 of 10 flats have no light"):
        check_frames(spoilt(right, "flats", slice(0, 6), right.darks[:6]))


def test_a_scan_without_noise_is_right(right):
    clean = replace(right, flats=np.full((10, 24, 96), 4e4), darks=np.zeros((2, 24, 96)))
    checked = check_frames(replace(clean, projections=np.float32(right.projections)))
    assert not checked.statements and not checked.unmeasured.any()


GAPS = [
    ("u2", 65535),
    ("u2", 65534),
    ("i4", -1),
    ("i4", -2),
    ("u4", 2**32 - 1),
    ("u4", 2**32 - 2),
    ("i4", 2**31 - 1),
    ("i2", -(2**15)),
    ("f4", np.nan),
    ("f4", 65535),
    ("f4", -1),
    ("u2", 0),
    ("u2", 12345),
]


@pytest.mark.parametrize(("dtype", "value"), GAPS)
def test_every_value_for_not_there_is_found(dtype, value):
    gaps = scan(ANGLES[::12], dtype=dtype, photons=2e4)
    for where in (np.s_[:, 10:13], np.s_[:, :, 40:44]):
        for kind in ("projections", "flats"):
            gaps = spoilt(gaps, kind, where, value)
    wanted = np.zeros((24, 96), dtype=bool)
    wanted[10:13], wanted[:, 40:44] = True, True
    checked = check_frames(replace(gaps, darks=np.zeros((1, 24, 96), dtype)))
    np.testing.assert_array_equal(checked.unmeasured, wanted)
    assert not checked.statements


@pytest.mark.parametrize("where", [np.s_[:, 10:12], np.s_[:, :, 40:44]])
def test_a_gap_is_filled_across_it(right, where):
    gap = spoilt(spoilt(right, "projections", where, 65535), "flats", where, 65535)
    volume = reconstruct(replace(gap, darks=0 * right.darks + 100))
    body, dense = voxel_values(volume)
    assert body == pytest.approx(0.004, rel=0.03) and dense == pytest.approx(0.02, rel=0.05)
    means = volume.data[8:14].mean(axis=(1, 2))
    np.testing.assert_allclose(means, means[0], rtol=0.02)
    pixels = gap.projections[0][where[1:]].size
    assert volume.provenance.findings == (
        f"{pixels} of 2304 pixels lie in gaps that hold no measurement: filled by interpolation across the gap",
    )


def test_a_detector_that_is_mostly_masked(right):
    with pytest.raises(InputError, match="38% of the pixels hold no measurement"):
        check_frames(spoilt(spoilt(right, "projections", np.s_[:, :9], 65535), "flats", np.s_[:, :9], 65535))


@pytest.mark.parametrize(
    ("where", "value", "says"),
    [
        (np.s_[60:65, :, 40], 100, "5 of 181 projections have dark rows or columns (60 to 64): left out"),
        (np.s_[60:65, :, 40:44], 60000, "5 of 181 projections have hot rows or columns (60 to 64): left out"),
        (np.s_[60, 10], 60000, "1 of 181 projections has hot rows or columns (60): left out"),
        (np.s_[60:65, 8:16, 40:56], 100, "5 of 181 projections have no light in part (60 to 64): left out"),
        (np.s_[60:65, 8:16, 40:56], 0, "5 of 181 projections have no light in part (60 to 64): left out"),
        (np.s_[60:64, :, :48], 100, "4 of 181 projections have no light in part (60 to 63): left out"),
        (np.s_[60:64, :, 40:44], 65535, "4 of 181 projections hold no counts in part (60 to 63): left out"),
    ],
)
def test_lines_and_blocks_that_are_dark_or_hot_in_some_frames(right, where, value, says):
    assert check_frames(spoilt(right, "projections", where, value)).statements == (says,)


def test_a_beam_that_fails_for_some_frames_is_no_fault_where_air_tells_its_level(right):
    dumped = right.projections.astype(np.float64)
    dumped[60:80] = 100 + 0.4 * (dumped[60:80] - 100)
    low = replace(right, projections=dumped.round().astype("u2"))
    assert not check_frames(low).statements
    body, dense = voxel_values(reconstruct(low, Recipe(47.5)))
    assert body == pytest.approx(0.004, rel=0.03) and dense == pytest.approx(0.02, rel=0.05)


def test_projections_among_nearly_half_of_the_flats(right):
    mixed = check_frames(spoilt(right, "flats", slice(6, None), right.projections[50:54]))
    assert mixed.statements == ("4 of 10 flats look like projections (6 to 9): left out",)


def test_an_overexposed_detector_is_said(right):
    clipped = replace(right, flats=np.minimum(right.flats, 41000), projections=np.minimum(right.projections, 41000))
    statements = check_frames(clipped).statements
    assert "of the pixels of the flats hold their largest value, 41000" in statements[0]
    assert "of the pixels of the projections hold" in statements[1] and len(statements) == 2


def test_an_opaque_pin_that_moves_is_no_dark_column():
    pin = scan(ANGLES, photons=2e4)
    column = np.arange(96) - 47.5
    moved = 20 * np.cos(np.deg2rad(ANGLES))
    shadow = np.abs(column - moved[:, None])[:, None] < 3
    frames = np.where(shadow, np.random.default_rng(3).normal(100, 2, pin.projections.shape).round(), pin.projections)
    assert not check_frames(replace(pin, projections=frames.astype("u2"))).statements


def test_flats_clipped_to_one_value(right):
    clipped = spoilt(right, "flats", slice(None), 30000)
    with pytest.raises(InputError, match="All pixels of all flats hold 30000, though the darks vary: the detector was"):
        check_frames(clipped)
    assert "overexposed in them" in check_frames(clipped, force=True).statements[0]
    # Stand-ins of flats, in frames that were divided by them already, are no mistake.
    divided = spoilt(clipped, "darks", slice(None), 0)
    assert check_frames(divided).statements == (
        "All pixels of all flats hold 30000, as flats do that were not measured, or were overexposed: taken as they "
        "are",
    )


def test_darks_of_another_exposure(right):
    dense = Scan(*counts(transmission(ANGLES) ** 12), ANGLES)
    assert not check_frames(dense).statements
    brighter = replace(dense, darks=dense.darks + np.uint16(2000))
    assert "darker than the darks in places, by " in check_frames(brighter).statements[0]
    half = replace(right, darks=right.darks + np.uint16(20000))
    assert "The darks hold 50% of the flats' counts" in check_frames(half).statements[0]


def test_frames_without_a_finite_value_are_judged_without_a_warning(right):
    nothing = replace(right, projections=np.full(right.projections.shape, np.inf))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError):
            check_frames(nothing, force=True)
