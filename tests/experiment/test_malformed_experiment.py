"""Experiment and reflection files with values that no model has are refused in a sentence."""

from __future__ import annotations

import copy
import json
import os

import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.experiment.experiment import read_experiment
from napari_crystalseg.experiment.table.reflection_file import read_reflection_file

EYE = [1.0, 0, 0, 0, 1, 0, 0, 0, 1]
RIGHT = {
    "experiment": [{"identifier": "a", "beam": 0, "detector": 0, "goniometer": 0, "scan": 0}],
    "beam": [{"direction": [0.0, 0, 1], "wavelength": 2.0}],
    "detector": [
        {
            "panels": [
                {
                    "fast_axis": [1.0, 0, 0],
                    "slow_axis": [0, -1.0, 0],
                    "origin": [-2.0, 2.0, -2.0],
                    "pixel_size": [0.1, 0.1],
                    "px_mm_strategy": {"type": "ParallaxCorrectedPxMmStrategy"},
                    "mu": 3.9,
                    "thickness": 0.45,
                }
            ]
        }
    ],
    "goniometer": [{"rotation_axis": [1.0, 0, 0], "fixed_rotation": EYE, "setting_rotation": EYE}],
    "scan": [{"image_range": [1, 1800], "oscillation": [0.0, 0.1]}],
}
HUGE = 10**400


def written(tmp_path, change):
    record = copy.deepcopy(RIGHT)
    change(record)
    path = tmp_path / "a.expt"
    path.write_text(json.dumps(record))
    return path


def test_the_right_one_opens(tmp_path):
    assert read_experiment(written(tmp_path, lambda record: None)).sweeps[0].wavelength == 2.0


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r["beam"][0].update(direction=[HUGE, 0, 1]),
        lambda r: r["beam"][0].update(direction=[1e308, 1e308, 1e308]),
        lambda r: r["beam"][0].update(wavelength=HUGE),
        lambda r: r["goniometer"][0].update(rotation_axis=[HUGE, 0, 0]),
        lambda r: r["goniometer"][0].update(fixed_rotation=[HUGE] * 9),
        lambda r: r["scan"][0].update(image_range=[float("inf"), 5]),
        lambda r: r["scan"][0].update(oscillation=[HUGE, 5]),
        lambda r: r["detector"][0]["panels"][0].update(mu=HUGE),
        lambda r: r["detector"][0]["panels"][0].update(origin=[HUGE, 0, 0]),
        lambda r: r["detector"][0].update(hierarchy={"children": 5}),
        lambda r: r["goniometer"][0].update(scan_axis=True, axes=5, angles="x", names=None),
        lambda r: r["experiment"][0].update(beam=HUGE),
    ],
    ids=range(12),
)
def test_values_that_no_model_has(tmp_path, change):
    with pytest.raises(InputError, match=r"a\.expt") as caught:
        read_experiment(written(tmp_path, change))
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("text", ['{"a":' * 50_000, "[" * 100_000, '{"experiment": 1' + "0" * 10_000 + "}", "\ud800"])
def test_text_that_python_cannot_follow(tmp_path, text):
    path = tmp_path / "a.expt"
    path.write_text(text, errors="surrogatepass")
    with pytest.raises(InputError, match=r"a\.expt"):
        read_experiment(path)


def test_pipes_are_refused_at_once(tmp_path):
    for name, read in (("a.expt", read_experiment), ("a.refl", read_reflection_file)):
        os.mkfifo(tmp_path / name)
        with pytest.raises(InputError, match="is a pipe"):
            read(tmp_path / name)
