from dataclasses import replace

import numpy as np
import pytest

from helpers.analytic import counted, discs
from napari_crystalseg.errors import InputError
from napari_crystalseg.tomography import (
    PLAIN,
    Recipe,
    SlicePreview,
    reconstruct,
    reconstruct_into,
    reconstruct_on_disk,
    rotation_axis,
    volume_shape,
)
from napari_crystalseg.tomography.axis.half_acquisition import HalfAcquisition, half_acquisition, missing_turn_deg

# y, x, radius and attenuation: a body of 0.004 in which a dense disc of 0.020 lies.
DISCS = [(0, 0, 30, 0.004), (-12, 8, 6, 0.016), (10, 14, 4, 0.024)]
TURN = np.arange(360.0)


def half_scan(angles=TURN, width=64, centre=12.0, rows=4, **known):
    return counted(discs(angles, width, centre, DISCS, rows=rows), angles, rng=np.random.default_rng(2), **known)


def voxel_values(slices):
    side = slices.shape[-1]
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    around = (np.hypot(y, x) < 28) & (np.hypot(y + 12, x - 8) > 8) & (np.hypot(y - 10, x - 14) > 6)
    mean = slices.mean(axis=0)
    return mean[around].mean(), mean[np.hypot(y + 12, x - 8) < 4].mean(), np.abs(mean[np.hypot(y, x) > 34]).mean()


def check_values(slices):
    body, dense, beside = voxel_values(slices)
    assert body == pytest.approx(0.004, rel=0.02)
    assert dense == pytest.approx(0.020, rel=0.02)
    assert beside < 2e-4


@pytest.mark.parametrize(
    ("angles", "width", "centre", "side"),
    [
        (TURN, 64, 12.0, 104),
        (TURN, 64, 51.0, 104),  # the other hand
        (TURN, 63, 12.3, 102),  # an odd width, an axis between columns
        (37.3 + np.arange(361.0), 64, 12.0, 104),  # from anywhere, and with its end
        (-np.arange(0, 360, 360 / 359), 64, 12.0, 104),  # descending, an odd number: none is just half a turn on
        (TURN + np.random.default_rng(1).normal(0, 0.1, 360), 50, 20.0, 60),  # wider than the field at one side only
    ],
)
def test_full_width_with_right_voxel_values(angles, width, centre, side):
    scan = half_scan(angles, width, centre)
    volume = reconstruct(scan)
    step = volume.provenance.steps[-1]
    assert step["rotation_centre_px"] == pytest.approx(centre, abs=0.1)
    assert volume.shape == (4, side, side)
    assert f"of {width}, stitched to {side} columns" in step["half_acquisition"]
    check_values(volume.data)


@pytest.mark.parametrize("method", ["fbp", "fourier", "astra-fbp", "astra-sirt"])
def test_methods(method):
    if method.startswith("astra"):
        pytest.importorskip("astra")
    check_values(reconstruct(half_scan(), Recipe(12.0, preprocessing=PLAIN, method=method)).data)


def test_said_by_the_file_alone():
    # The sample ends before the nearer edge, so that nothing but the file tells.
    angles, small = TURN, [(0, 0, 10, 0.004)]
    scan = counted(discs(angles, 64, 16.0, small, rows=4), angles)
    assert reconstruct(scan, Recipe(16.0, preprocessing=PLAIN)).shape == (4, 64, 64)
    stated = replace(scan, half_acquisition=True)
    volume = reconstruct(stated, Recipe(preprocessing=PLAIN))
    assert volume.shape == (4, 96, 96)
    assert volume.provenance.steps[-1]["rotation_centre_px"] == pytest.approx(16.0, abs=0.1)


def test_axis_in_the_middle_stays_as_it_is():
    angles = np.arange(0, 360, 2.0)
    wide = counted(discs(angles, 50, 24.5, DISCS, rows=2), angles)
    volume = reconstruct(wide, Recipe(24.5, preprocessing=PLAIN))
    assert volume.shape == (2, 50, 50) and "half_acquisition" not in volume.provenance.steps[-1]
    # A sample within the field may be seen off the middle.
    inside = counted(discs(angles, 96, 40.0, DISCS, rows=2), angles)
    assert reconstruct(inside, Recipe(40.0, preprocessing=PLAIN)).shape == (2, 96, 96)


def test_on_disk_and_into_an_array(tmp_path):
    scan = half_scan()
    recipe = Recipe(preprocessing=PLAIN)
    whole = reconstruct(scan, Recipe(preprocessing=PLAIN)).data
    assert volume_shape(scan, recipe) == whole.shape == (4, 104, 104)
    kept = reconstruct_on_disk(tmp_path / "volume.npy", scan, recipe)
    np.testing.assert_array_equal(kept.data, whole)
    target = np.zeros(whole.shape, np.float32)
    reconstruct_into(target, scan, recipe)
    np.testing.assert_array_equal(target, whole)
    with pytest.raises(InputError, match=r"\(4, 64, 64\) but the volume is \(4, 104, 104\)"):
        reconstruct_into(np.zeros((4, 64, 64), np.float32), scan, recipe)
    cut = reconstruct(scan, Recipe(12.0, preprocessing=PLAIN, width=80)).data
    assert cut.shape == (4, 80, 80)


def test_binned():
    volume = reconstruct(half_scan(), Recipe(preprocessing=PLAIN, binning=2))
    assert volume.shape == (2, 52, 52)
    assert "axis at column 12 of 64, stitched to 104 columns" in volume.provenance.steps[-1]["half_acquisition"]
    assert volume.data.max() == pytest.approx(2 * 0.028, rel=0.15)


def test_live_slice_is_that_of_the_reconstruction():
    scan = half_scan(pixel_size_um=2.0)
    preview = SlicePreview(scan, 1)
    assert preview.find_centre() == pytest.approx(12.0, abs=0.1)
    wanted = reconstruct(scan, Recipe(12.0, preprocessing=PLAIN, method="fourier")).data[1]
    found = preview.at(12.0)
    assert found.shape == (104, 104)
    assert np.abs(found - wanted).max() < 0.02 * wanted.max()
    assert preview.half_acquisition(12.0) == "Half acquisition: axis at column 12 of 64, stitched to 104 columns"
    assert preview.half_acquisition(31.0) == ""


def test_less_than_a_full_turn_is_refused():
    angles = np.arange(0, 270.0)
    scan = half_scan(angles)
    with pytest.raises(InputError, match=r"column 12 of 64 is near the edge of the field, and 9.° of a full turn are"):
        reconstruct(scan, Recipe(12.0, preprocessing=PLAIN))
    with pytest.raises(InputError, match="full turn"):
        HalfAcquisition(np.arange(180.0), 64, 12.0)


def test_half_a_turn_of_half_a_sample_is_refused():
    angles = np.arange(0, 181.0)
    with pytest.raises(InputError, match=r"beyond the left edge of the field at all angles .* turns by 180° only"):
        reconstruct(half_scan(angles), Recipe(preprocessing=PLAIN))
    # A sample that is a little wider than the field is estimated beyond it, as ever.
    wide = counted(discs(angles, 56, 26.0, DISCS, rows=2), angles)
    assert reconstruct(wide, Recipe(preprocessing=PLAIN)).shape == (2, 56, 56)


def test_air_at_one_side_is_air():
    level = 0.8 + 0.05 * np.sin(TURN / 50)
    seen = discs(TURN, 64, 12.0, DISCS, rows=4) - np.log(level)[:, np.newaxis, np.newaxis]
    volume = reconstruct(counted(seen, TURN), Recipe(preprocessing=PLAIN))
    assert volume.provenance.steps[-1]["air_rescale"]["transmission_of_air"] == pytest.approx(0.8, abs=0.05)
    check_values(volume.data)


def test_a_few_frames_may_be_absent():
    angles = np.delete(TURN, [3, 4, 5, 100, *range(200, 206), 301])
    check_values(reconstruct(half_scan(angles), Recipe(preprocessing=PLAIN)).data)


@pytest.mark.parametrize(
    ("angles", "missing"),
    [(TURN, 0), (np.arange(361.0), 0), (np.arange(180.0), 180), (np.arange(0, 270.0), 90), (np.arange(350.0), 10)],
)
def test_missing_part_of_the_turn(angles, missing):
    assert missing_turn_deg(angles) == pytest.approx(missing, abs=1.1)


def test_halves_of_a_constant_make_a_constant():
    # What both see fades from one into the other: the shares are one everywhere.
    half = half_acquisition(TURN, 41, 9.4, (True, False), None)
    assert half is not None and len(half.angles_deg) == 180
    np.testing.assert_allclose(half.stitched(np.ones((360, 2, 41), np.float32)), 1, rtol=1e-6)


def test_a_record_of_the_axis_is_a_hint():
    angles = np.arange(0, 180.0)
    scan = counted(discs(angles, 96, 53.5, DISCS, rows=4), angles)
    for recorded, used, said in (
        (53.4, "recorded", None),
        (6.0, "recorded", "from the middle of the detector"),
        (5.5, "recorded", "from the middle of the detector"),
        (54.5, "found", None),
        (20.0, "found", "is not where it is"),
        (-30.0, "found", "is not where it is"),
    ):
        axis = rotation_axis(replace(scan, rotation_centre_px=recorded))
        assert axis.centre_px == pytest.approx(53.5, abs=0.2)
        assert axis.source == used
        assert (axis.remark is None) if said is None else (said in str(axis.remark))
    step = reconstruct(replace(scan, rotation_centre_px=20.0), Recipe(preprocessing=PLAIN)).provenance.steps[-1]
    assert step["rotation_centre"] == "found" and "at 20" in step["rotation_centre_remark"]
    with pytest.raises(InputError, match="outside the detector"):
        rotation_axis(scan, 96.0)
