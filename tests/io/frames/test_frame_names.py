"""Which frame goes with which angle, by what the names of a folder's files say."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import tifffile

from napari_crystalseg import io
from napari_crystalseg.errors import InputError
from napari_crystalseg.io.frames.frame_names import paired_with_angles

GOLDEN = np.array([(111.2461 * i) % 180 for i in range(40)])
SIGNED = np.linspace(-90, 90, 37)


def opened(folder, names, angles):
    """The frames' own numbers in the order in which a folder of files with these names gives them, and its text."""
    (folder / "projections").mkdir(parents=True)
    (folder / "flats").mkdir()
    for number, name in enumerate(names):
        tifffile.imwrite(folder / "projections" / f"{name}.tif", np.full((3, 4), number, np.uint16))
    tifffile.imwrite(folder / "flats" / "a.tif", np.full((3, 4), 60000, np.uint16))
    np.savetxt(folder / "angles.txt", angles)
    scan = io.open_scan(folder)
    return np.asarray(scan.projections)[:, 0, 0].tolist(), " ".join(scan.provenance.assumptions)


@pytest.mark.parametrize(
    ("names", "angles"),
    [
        ([f"GRtomo_{a:.4f}_{i:03d}" for i, a in enumerate(GOLDEN)], GOLDEN),
        ([f"{i}_GRtomo_{a:.2f}deg" for i, a in enumerate(GOLDEN)], GOLDEN),
        ([f"GRtomo_{a:.4f}" for a in GOLDEN], GOLDEN),
        ([f"scan_{a:+.1f}" for a in SIGNED], SIGNED),
        ([f"scan_{a:.0f}" for a in SIGNED], SIGNED),
        ([f"scan_m{-a:.1f}" if a < 0 else f"scan_p{a:.1f}" for a in SIGNED], SIGNED),
        ([f"scan-{i:04d}_{a:06.2f}".replace(".", "p") for i, a in enumerate(GOLDEN)], GOLDEN),
        ([f"a_{1000 * a:.0f}_mdeg" for a in GOLDEN], GOLDEN),
        ([f"a_{a:03.0f}" for a in np.arange(0, 180, 5.0)], np.arange(0, 180, 5.0)),
    ],
)
def test_names_that_hold_the_angles(tmp_path, names, angles):
    count = len(angles)
    assert opened(tmp_path / "as_taken", names, angles)[0] == list(range(count))
    # In whatever order the list is.
    order = np.random.default_rng(0).permutation(count)
    frames, assumed = opened(tmp_path / "mixed", names, angles[order])
    assert frames == order.tolist() and "paired with the angles that their names hold" in assumed


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ([f"p{i}" for i in range(40)], ""),
        ([f"scan-{i}" for i in range(40)], ""),
        ([f"run_7_2026.5_{i:03d}" for i in range(40)], ""),
        ([f"scan1.{i}" for i in range(40)], ""),
        ([f"{(7 * i) % 40:02d}_{i:03d}_x" for i in range(40)], "order of the last number"),
        ([f"t{100000 - 37 * i}_{i}" for i in range(40)], r"(0 to 39, from t100000_0.tif on)"),
        ([f"t{100000 - 37 * i}_{i + (i > 20)}" for i in range(40)], "order of the last number"),
        # Times of the day: the seconds, and their parts, start anew, and count nothing.
        ([f"{9 + i // 20}-{i % 20 * 3}-{13 * i % 60}" for i in range(40)], ""),
        ([f"img_09-{i // 20:02d}-{i % 20 * 3:02d}_{(137000 * i) % 1000003:06d}" for i in range(40)], ""),
    ],
)
def test_names_that_only_count(tmp_path, names, says):
    angles = np.linspace(0, 180, 40) ** 1.01
    frames, assumed = opened(tmp_path, names, angles)
    assert frames == list(range(40)) and says in assumed
    assert bool(says) == ("order" in assumed)


START = datetime(2026, 11, 30, 23, 59, 40)


@pytest.mark.parametrize(
    ("pattern", "step_s", "says"),
    [
        ("a_%H%M%S", 1, "run over midnight: from a_235940.tif on"),
        ("a_%H%M%S", 37, "run over midnight"),
        ("a_%H-%M-%S", 60, "run over midnight"),
        ("a_%H_%M_%S_%f", 1.25, "run over midnight"),
        ("%H%M%S%f", 1.25, "run over midnight"),
        # The date that the scan began, the same in all.
        ("30112026_%H%M%S", 1, "run over midnight"),
        # The date settles it, over the end of the month too.
        ("%d%m%Y_%H%M%S", 1, "order of the dates and times"),
        ("%d%m%Y_%H%M%S", 2000, "order of the dates and times"),
        ("%d-%m-%Y_%H.%M.%S", 5, "order of the dates and times"),
        ("%d%m%Y%H%M%S", 5, "order of the dates and times"),
        ("%Y%m%d_%H%M%S", 1, ""),
        ("%Y%m%dT%H%M%S", 7, ""),
    ],
)
def test_times_over_midnight(tmp_path, pattern, step_s, says):
    names = [(START + timedelta(seconds=i * step_s)).strftime(pattern) for i in range(40)]
    frames, assumed = opened(tmp_path, names, np.linspace(0, 360, 40))
    assert frames == list(range(40))
    assert says in assumed and bool(says) == ("order" in assumed)


@pytest.mark.parametrize("pattern", ["a_%I-%M-%S %p", "a_%I%M%S%p", "%Y-%m-%d %I.%M.%S %p", "%p_%I-%M-%S_%f"])
@pytest.mark.parametrize(("start", "step_s"), [((30, 12, 59, 40), 1), ((30, 23, 59, 40), 1), ((30, 9, 0, 0), 900)])
def test_a_clock_of_twelve_hours(tmp_path, pattern, start, step_s):
    # Over one o'clock, over midnight, and through the whole day.
    begun = datetime(2026, 11, *start)
    names = [(begun + timedelta(seconds=i * step_s)).strftime(pattern) for i in range(40)]
    frames, assumed = opened(tmp_path, names, np.linspace(0, 360, 40))
    assert frames == list(range(40))
    assert "order" not in assumed or "times in their names" in assumed


def test_a_clock_of_twelve_hours_that_does_not_say_so(tmp_path):
    begun = datetime(2026, 11, 30, 12, 59, 40)
    names = [f"a_{begun + timedelta(seconds=i):%I-%M-%S}" for i in range(40)]
    frames, assumed = opened(tmp_path / "noon", names, np.linspace(0, 360, 40))
    assert frames == list(range(40)) and "over the hour 12 of a clock of 12 hours" in assumed
    # Over noon with 24 hours nothing of the kind is seen.
    day = [f"a_{begun + timedelta(seconds=i):%H-%M-%S}" for i in range(40)]
    frames, assumed = opened(tmp_path / "day", day, np.linspace(0, 360, 40))
    assert frames == list(range(40)) and "order" not in assumed


@pytest.mark.parametrize("form", ["{i:04d}_{t:%H%M%S}", "{t:%H%M%S}_{i:04d}", "{t:%d%m%Y_%H%M%S}_{i}"])
def test_a_count_beside_times_over_midnight(tmp_path, form):
    names = [form.format(i=i, t=START + timedelta(seconds=i)) for i in range(40)]
    assert opened(tmp_path, names, np.linspace(0, 360, 40))[0] == list(range(40))


def test_times_without_a_gap_and_counts_like_times_stay_as_they_are(tmp_path):
    angles = np.linspace(0, 360, 40)
    day = [f"a_{START - timedelta(hours=9) + timedelta(seconds=i):%H%M%S}" for i in range(40)]
    frames, assumed = opened(tmp_path / "day", day, angles)
    assert frames == list(range(40)) and "order" not in assumed
    count = [f"a_{i:06d}" for i in range(40)]
    assert opened(tmp_path / "count", count, angles)[0] == list(range(40))


def test_whole_angles_in_another_order_are_paired_by_the_count():
    angles = np.concatenate([np.arange(0, 180, 2.0), np.arange(1, 180, 2.0)])
    files = [Path(f"/a/p_{i:03d}.tif") for i in range(180)]
    assert paired_with_angles(files, angles, "angles.txt") == (files, None)


@pytest.mark.parametrize(
    ("held", "angles"),
    [(GOLDEN, np.linspace(0, 179, 40)), (SIGNED, np.abs(SIGNED) * 2 - 90 + np.arange(37) % 2)],
)
def test_names_that_hold_other_angles_than_the_list(tmp_path, held, angles):
    with pytest.raises(InputError, match=r"names of the projections hold other angles .* than angles\.txt"):
        opened(tmp_path, [f"a_{i:03d}_{a:.3f}" for i, a in enumerate(held)], angles)


def test_another_zero_or_sense_is_no_contradiction(tmp_path):
    names = [f"a_{i:03d}_{a:+.3f}" for i, a in enumerate(SIGNED)]
    assert opened(tmp_path / "zero", names, SIGNED + 33.3)[0] == list(range(37))
    # The same numbers the other way round: what the names say counts.
    assert opened(tmp_path / "sense", names, -SIGNED)[0] == list(range(37))[::-1]
