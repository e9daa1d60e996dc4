"""Angles come out in degrees, whatever their file and unit."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.io.frames.angles import in_degrees, read_angles

TURN = np.linspace(0, 180, 19)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("angles.txt", "\n".join(map(str, TURN))),
        ("angles.txt", "# rotation of the sample\n" + "\n".join(map(str, TURN)) + "\n\n"),
        ("angles.txt", " ".join(map(str, TURN))),
        ("angles.csv", "frame,angle\n" + "\n".join(f"{n},{angle}" for n, angle in enumerate(TURN))),
        ("theta.tsv", "frame\ttheta [deg]\n" + "\n".join(f"{n}\t{angle}" for n, angle in enumerate(TURN))),
        ("angles.txt", "angle (rad)\n" + "\n".join(map(str, np.radians(TURN)))),
        ("angles.txt", "# gradians\n" + "\n".join(map(str, TURN / 0.9))),
        ("angles_gon.txt", "\n".join(map(str, TURN / 0.9))),
        ("angles_rad.txt", "\n".join(map(str, np.radians(TURN)))),
        ("angles.txt", "\ufeff" + "\r\n".join(map(str, np.radians(TURN)))),
    ],
)
def test_text_and_tables(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    np.testing.assert_allclose(read_angles(tmp_path / name)[0], TURN, atol=1e-9)


def test_arrays(tmp_path):
    np.save(tmp_path / "angles.npy", TURN.astype(np.float32).reshape(-1, 1))
    np.testing.assert_allclose(read_angles(tmp_path / "angles.npy")[0], TURN)


@pytest.mark.parametrize("turns", [0.5, 1, 2])
def test_radians_without_a_unit_are_known_by_their_span(turns):
    angles = np.linspace(-1, -1 + turns * 2 * np.pi, 100)
    degrees, assumed = in_degrees(angles)
    np.testing.assert_allclose(np.ptp(degrees), 360 * turns)
    assert "radians" in assumed
    assert in_degrees(angles, "deg")[1] is None
    np.testing.assert_array_equal(in_degrees(angles, "deg")[0], angles)


@pytest.mark.parametrize("angles", [[0, 90, 180], [0, 1, 2], [0, 3.1416], [5.0]])
def test_degrees_without_a_unit_stay(angles):
    degrees, assumed = in_degrees(angles)
    np.testing.assert_array_equal(degrees, angles)
    assert assumed is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no angles"),
        ("angle\n", "holds no angles"),
        ("1\n2\nthree\n", "Line 3 of angles.txt is no angle: 'three'"),
        ("1 2\n3\n", "different numbers of columns"),
        ("1 2\n3 4\n", "2 columns; name the one of the angles"),
        ("1\nnan\ninf\n", "2 of 3 angles that are NaN or infinite, the first at number 1"),
    ],
)
def test_what_is_no_list_of_angles(tmp_path, text, says):
    (tmp_path / "angles.txt").write_text(text)
    with pytest.raises(InputError, match=says):
        read_angles(tmp_path / "angles.txt")
    with pytest.raises(InputError, match="furlong"):
        in_degrees([1, 2], "furlong")
    with pytest.raises(InputError, match="no numbers"):
        in_degrees(["a"])


def test_grad_is_said_to_be_taken_as_degrees(tmp_path):
    (tmp_path / "angles.txt").write_text("angle/grad\n" + "\n".join(map(str, TURN)))
    angles, assumed = read_angles(tmp_path / "angles.txt")
    np.testing.assert_allclose(angles, TURN)
    assert "'grad' in angles.txt is taken as degrees" in assumed
