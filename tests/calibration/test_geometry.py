"""Orientations that are known, as labels and scans were turned on purpose."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from helpers.small_scan import PIXEL_UM, SIZE, sample, scan_of
from napari_crystalseg.calibration.geometry import geometry_score, scan_geometry
from napari_crystalseg.calibration.geometry_overlay import geometry_overlay
from napari_crystalseg.calibration.label_projection import Orientation
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.pictures.projection_pictures import overlay_png
from napari_crystalseg.scan import Scan
from napari_crystalseg.tomography import transmission_of
from napari_crystalseg.xray import thickness_maps


@pytest.fixture(scope="module")
def scan() -> Scan:
    return scan_of(sample(), rotation_centre_offset_px=1.5)


def turned(change) -> Labels:
    return Labels(np.ascontiguousarray(change(sample().data)), PIXEL_UM)


def test_labels_of_the_scan_match_as_they_are(scan):
    found = scan_geometry(sample(), scan)
    assert found.decided
    assert found.best.orientation.is_turned_only
    assert abs(found.best.orientation.offset_deg) < 0.2
    assert found.given.score > 0.99
    assert found.findings == ()


def test_frames_without_light_are_left_out_and_said(scan):
    projections = np.array(scan.projections)
    projections[7] = 0
    found = scan_geometry(sample(), replace(scan, projections=projections))
    assert found.given.score > 0.99
    (said,) = found.scan_statements
    assert "1 of 40 projections" in said and "7" in said


@pytest.mark.parametrize("offset", [-40.0, 0.6, 123.4])
def test_a_known_offset_is_found(scan, offset):
    found = scan_geometry(sample(), replace(scan, angles_deg=scan.angles_deg - offset))
    assert found.best.orientation.offset_deg == pytest.approx(offset, abs=0.2)
    assert found.best.orientation.is_turned_only
    assert found.offset_error_deg < 0.3


def test_a_reversed_rotation_is_noticed(scan):
    found = scan_geometry(sample(), replace(scan, angles_deg=-scan.angles_deg))
    assert (found.best.orientation.sense, found.best.orientation.flipped) == (-1, False)
    assert found.best.orientation.offset_deg == pytest.approx(0, abs=0.3)
    assert "rotation is reversed" in found.findings[0]


@pytest.mark.parametrize(
    ("change", "expected", "sentence"),
    [
        (lambda d: d[:, ::-1], (0, -1, False, 0.0), "mirrored"),
        (lambda d: d[:, :, ::-1], (0, -1, False, 180.0), "mirrored"),
        (lambda d: d[::-1], (0, 1, True, 0.0), "upside down"),
        (lambda d: d[:, ::-1, ::-1], (0, 1, False, 180.0), "° is added to the angles"),
        (lambda d: d.transpose(2, 0, 1), (1, 1, False, 0.0), "axis 1 of the labels is the rotation axis"),
        (lambda d: d.transpose(1, 2, 0), (2, 1, False, 0.0), "axis 2 of the labels is the rotation axis"),
    ],
)
def test_labels_turned_or_mirrored_are_recognised(scan, change, expected, sentence):
    found = scan_geometry(turned(change), scan)
    best = found.best.orientation
    assert (best.axis, best.sense, best.flipped) == expected[:3]
    assert abs((best.offset_deg - expected[3] + 180) % 360 - 180) < 0.3
    assert found.decided
    assert found.best.score > found.given.score
    assert sentence in found.findings[0]


def test_labels_on_a_finer_grid_match_as_well(scan):
    fine = Labels(sample().data.repeat(2, 0).repeat(2, 1).repeat(2, 2), PIXEL_UM / 2)
    found = scan_geometry(fine, scan)
    assert found.given.score > 0.99
    assert found.best.orientation.is_turned_only


def test_a_cylinder_is_undecidable_rather_than_wrongly_decided():
    _, y, x = np.indices((SIZE,) * 3) - (SIZE - 1) / 2
    data = np.where(np.hypot(y, x) < 14, Material.LIQUOR, Material.AIR).astype(np.uint8)
    labels = Labels(data, PIXEL_UM)
    found = scan_geometry(labels, scan_of(labels))
    assert not found.decided
    assert found.offset_error_deg == np.inf
    assert found.to_dict()["offset_error_deg"] is None
    assert any("looks the same from all sides" in finding for finding in found.findings)
    assert any("not decided" in finding for finding in found.findings)
    assert found.given.score > 0.99
    assert not any("match the projections best when" in finding for finding in found.findings)


def test_a_box_looks_the_same_after_half_a_turn():
    data = np.zeros((SIZE,) * 3, dtype=np.uint8)
    data[8:40, 19:29, 10:38] = Material.CRYSTAL
    labels = Labels(data, PIXEL_UM)
    found = scan_geometry(labels, scan_of(labels))
    assert not found.decided
    assert found.offset_error_deg < 0.5
    assert any(abs(abs(rival.orientation.offset_deg) - 180) < 1 for rival in found.rivals)
    said = " ".join(found.findings)
    assert "The zero of the angles cannot be decided" in said and "180.0° is added to the angles" in said
    assert "+0.0°" not in said and "-0.0°" not in said


def test_one_picture_at_a_known_angle_gives_the_offset(scan):
    picture = -np.log(transmission_of(scan)[14])
    moved = np.roll(picture, (3, -2), (0, 1))
    angle = scan.angles_deg[14] - 33.3
    found = geometry_score(
        sample(), moved, angle, pixel_size_um=PIXEL_UM, centre_px=scan.rotation_centre_px, most_shift_px=6
    )
    assert found.best.orientation.offset_deg == pytest.approx(33.3, abs=0.5)
    assert found.shift_px == pytest.approx((3, -2), abs=0.3)
    assert any("does not tell the sense" in finding for finding in found.findings)


def test_the_outline_alone_gives_the_offset():
    angles = np.arange(0, 180, 15.0)
    outline = thickness_maps(sample(), angles).sum(axis=1) > PIXEL_UM / 2
    found = geometry_score(sample(), outline, angles - 12, outline=True)
    assert found.best.orientation.offset_deg == pytest.approx(12, abs=0.5)
    assert found.best.orientation.is_turned_only


def test_the_overlay_shows_the_labels_where_the_projection_has_them(scan):
    overlay = geometry_overlay(sample(), scan, angle_deg=100)
    assert overlay.angle_deg == pytest.approx(scan.angles_deg[np.argmin(np.abs(scan.angles_deg - 100))])
    measured = -np.log(overlay.projection)
    assert measured[overlay.silhouette > 0].mean() > 20 * abs(measured[overlay.silhouette == 0].mean())
    assert overlay.score > 0.99
    assert overlay.axis_line == ((-0.5, scan.rotation_centre_px), (SIZE - 0.5, scan.rotation_centre_px))
    # The outline of the crystal is where the picture changes from crystal to what is behind.
    line = np.concatenate(overlay.outlines[Material.CRYSTAL])
    row, column = np.argwhere(overlay.silhouette == Material.CRYSTAL).T
    assert (line[:, 0].min(), line[:, 0].max()) == pytest.approx((row.min(), row.max()), abs=1)
    assert (line[:, 1].min(), line[:, 1].max()) == pytest.approx((column.min(), column.max()), abs=1)
    assert b"PNG" in overlay_png(overlay)[:8]


def test_the_beam_of_the_overlay_goes_as_the_convention_says(scan):
    # At 0 from high to low axis 1; what is at x cos φ − y sin φ = const along the beam must stay in one column.
    assert geometry_overlay(sample(), scan, angle_deg=0).beam_direction == pytest.approx((-1, 0))
    overlay = geometry_overlay(sample(), scan, angle_deg=50)
    y, x = overlay.beam_direction
    radians = np.deg2rad(overlay.angle_deg)
    assert x * np.cos(radians) - y * np.sin(radians) == pytest.approx(0, abs=1e-12)


def test_labels_of_another_sample_match_nowhere(scan):
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((8, SIZE, SIZE))
    found = geometry_score(sample(), noise, np.arange(8) * 20.0, pixel_size_um=PIXEL_UM)
    assert not found.decided
    assert "match the projections nowhere" in found.findings[0]


def test_what_cannot_be_compared_is_refused(scan):
    with pytest.raises(InputError, match="all air"):
        scan_geometry(Labels(np.zeros((4, 4, 4), np.uint8), 1.0), scan)
    with pytest.raises(InputError, match="how large its pixels are"):
        scan_geometry(sample(), replace(scan, pixel_size_um=None))
    with pytest.raises(InputError, match="1 projections but 2 angles"):
        geometry_score(sample(), np.zeros((4, 4)), [0, 1])
    with pytest.raises(InputError, match="one value"):
        geometry_score(sample(), np.zeros((4, 4)), 0)


def test_labels_of_another_sample_are_said_to_match_poorly(scan):
    data = np.zeros((40, 44, 36), np.uint8)
    data[2:38, 8:14, 20:34] = Material.LIQUOR
    data[30:36, 10:40, 4:16] = Material.CRYSTAL
    found = scan_geometry(Labels(data, PIXEL_UM), scan)
    assert any("poorly" in finding or "nowhere" in finding for finding in found.findings)
    assert not found.decided or found.best.score < 0.75


def test_a_scan_of_one_row_can_be_compared(monkeypatch):
    """A slice of 48 columns is binned by two, but a row is but one."""
    monkeypatch.setattr("napari_crystalseg.calibration.orientation_search._COARSE_PX", SIZE // 2)
    middle = Labels(sample().data[20:21], PIXEL_UM)
    scan = scan_of(middle)
    assert scan.shape[1] == 1
    found = scan_geometry(middle, scan, centre_px=(SIZE - 1) / 2)
    assert found.given.score > 0.97


def test_an_orientation_is_described_without_an_offset_of_nothing():
    assert Orientation().described() == "they are as given"
    assert Orientation(offset_deg=359.97).described() == "they are as given"
    assert Orientation(flipped=True).described() == "the labels are upside down along the rotation axis"
    assert Orientation(offset_deg=-8.0).described() == "-8.0° is added to the angles"
