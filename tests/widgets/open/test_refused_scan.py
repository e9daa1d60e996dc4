"""A scan that does not fit its angles: what the stage Open says of it, and the ways on that it offers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from helpers.scan_in_dock import finished, settled, slice_is_there, take
from napari_crystalseg.scan import Scan
from napari_crystalseg.widgets.layers.layer_record import RECORD
from napari_crystalseg.widgets.open.scan_text import scan_text
from napari_crystalseg.widgets.parts.dock_words import in_dock_words

COLUMNS, ROWS, AIR, MU = 64, 20, 3, 0.02


def two_rods(angles_deg) -> Scan:
    """Two rods beside the axis, which is in the middle: their line integrals are chords of circles."""
    phi = np.deg2rad(angles_deg)
    integrals = np.zeros((phi.size, COLUMNS))
    for y, x, radius in ((10.0, 14.0, 6.0), (-8.0, 5.0, 9.0)):
        centre = (COLUMNS - 1) / 2 + x * np.cos(phi) - y * np.sin(phi)
        away = np.arange(COLUMNS) - centre[:, np.newaxis]
        integrals += MU * 2 * np.sqrt(np.clip(radius**2 - away**2, 0, None))
    frames = np.repeat(np.exp(-integrals)[:, np.newaxis], ROWS, axis=1)
    frames[:, :AIR] = frames[:, -AIR:] = 1.0
    rng = np.random.default_rng(0)
    counts = rng.poisson(4e4 * frames).astype(np.float32) + 100
    flats = rng.poisson(4e4, (5, ROWS, COLUMNS)).astype(np.float32) + 100
    darks = rng.normal(100, 2, (5, ROWS, COLUMNS)).astype(np.float32)
    return Scan(counts, flats, darks, np.asarray(angles_deg, float), pixel_size_um=1.0)


RIGHT = two_rods(np.linspace(0, 180, 90, endpoint=False))
SHUFFLED = replace(RIGHT, angles_deg=np.random.default_rng(1).permutation(RIGHT.angles_deg))
LYING = RIGHT.transposed()


def test_what_a_scan_is_refused_for_is_said_with_what_helps(dock, viewer, qtbot, warnings):
    take(dock, SHUFFLED)
    dock.open.reconstruct_button.click()
    finished(dock, qtbot)
    notes = dock.open.findings
    assert "do not fit their angles" in notes.text() and "--" not in notes.text()
    assert "'Go on all the same'" in notes.text() and not notes.isHidden()
    assert notes.rows_button.isHidden() and not notes.go_on_button.isHidden()
    assert "stage Open" in dock.bar.message.text()
    notes.go_on_button.click()
    assert notes.isHidden()
    finished(dock, qtbot)
    assert "Gone on by force" in notes.text() and "'Go on" not in notes.text() and "--" not in notes.text()
    assert not dock.bar.warns and notes.go_on_button.isHidden()
    # The same is said of its labels before they are exported.
    record = {RECORD: {"provenance": dock.session.image.metadata[RECORD]["provenance"], "fingerprint": 0}}
    viewer.add_labels(np.ones(dock.session.image.data.shape, np.uint8), metadata=record)
    assert any("Gone on by force" in one.text for one in dock.export.light.findings())
    # What was found in this scan is no reason to go on with the next.
    take(dock, RIGHT)
    assert notes.isHidden() and not dock.open.scan_box.options.force.isChecked()
    assert "Found in its scan: Gone on by force" in dock.open.volume_box.voxel_note.text()


def test_slice_and_reconstruction_take_the_axis_along_the_rows(seen, viewer, qtbot, warnings):
    take(seen, LYING)
    settled(seen, qtbot)
    seen.open.reconstruct_button.click()
    finished(seen, qtbot)
    notes, box = seen.open.findings, seen.open.scan_box
    assert "along the rows of the detector" in notes.text() and not notes.rows_button.isHidden()
    assert box.row.maximum() == COLUMNS - 1
    box.options.axis.setCurrentText("rows")
    assert (box.row.maximum(), box.options.last.value()) == (ROWS - 1, ROWS)
    box.show_slice()
    settled(seen, qtbot)
    assert slice_is_there(viewer)
    shown = viewer.layers["slice preview"].data
    assert shown.shape[-2:] == (COLUMNS, COLUMNS)
    assert box.centre.value() == pytest.approx((COLUMNS - 1) / 2, abs=0.3)
    dense = shown.reshape(COLUMNS, COLUMNS)[int(31.5 + 10), int(31.5 + 14)]
    assert dense == pytest.approx(MU, rel=0.15)
    notes.rows_button.click()
    finished(seen, qtbot)
    assert seen.session.image.data.shape == (ROWS, COLUMNS, COLUMNS)
    assert "exchanged" in notes.text()


def test_the_span_of_angles_in_any_order():
    assert "over 178°" in scan_text(SHUFFLED, "it")


def test_options_of_the_command_line_are_said_as_buttons():
    assert in_dock_words("turn it, or give --force to go on all the same.") == (
        "turn it, or tick 'go on in spite of what is found' in the options of the scan (stage Open)."
    )
    assert in_dock_words("It holds 2 volumes (a, b); choose one, such as --dataset 'a b'.") == (
        "It holds 2 volumes (a, b); choose one in the stage Open."
    )
    assert in_dock_words("say which is which by --axes, such as --axes zyx.") == "say which is which in the stage Open."
    assert in_dock_words("needs: distance (--distance-mm), pixel size (--voxel-size-um); give it.") == (
        "needs: distance (in the stage Open), pixel size (in the stage Open); give it."
    )
