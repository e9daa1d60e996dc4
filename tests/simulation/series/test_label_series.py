"""Label maps without scans: packed, the same bytes for the same seed, and no sample without a crystal."""

import json

import numpy as np
import pytest

from napari_crystalseg.cli import main
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.io import open_labels
from napari_crystalseg.labels import Material
from napari_crystalseg.simulation.priors import PRESETS, TYPICAL
from napari_crystalseg.simulation.requests.label_map_request import LabelMapRequest
from napari_crystalseg.simulation.series.label_series import simulate_label_map, simulate_labels


@pytest.fixture(scope="module")
def two_cases(tmp_path_factory):
    """Folder of a series of two cases; a test adds a third."""
    folder = tmp_path_factory.mktemp("series")
    simulate_labels(folder, 2, LabelMapRequest(3, size=40, liquor="draped"))
    return folder


def test_a_series_is_packed_and_goes_on(two_cases):
    before = {path: path.stat().st_mtime_ns for path in two_cases.glob("*/*")}
    folders = simulate_labels(two_cases, 3, LabelMapRequest(3, size=40, liquor="draped"))
    assert len(before) == 4
    assert [folder.name for folder in folders] == ["case_0000", "case_0001", "case_0002"]
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    for folder in folders:
        assert sorted(path.name for path in folder.iterdir()) == ["labels.h5", "manifest.json"]
        labels = open_labels(folder / "labels.h5")
        assert labels.shape == (40, 40, 40)
        assert (labels.data == Material.CRYSTAL).any()
        assert (folder / "labels.h5").stat().st_size < labels.data.size / 2


def test_the_same_seed_gives_the_same_labels_and_another_case_others(two_cases):
    again = simulate_label_map(LabelMapRequest(3, size=40, liquor="draped"), 1)
    other, one = (open_labels(two_cases / f"case_000{case}" / "labels.h5") for case in (0, 1))
    assert np.array_equal(one.data, again.data)
    assert not np.array_equal(one.data, other.data)


def test_all_presets_and_surfaces_are_drawn_unless_told(monkeypatch):
    drawn = []

    def seen(rng, size, voxel_size_um, priors, *, habit):
        drawn.append((priors.name, priors.sample.liquor_surface))
        raise Cancelled  # what is drawn of them is known elsewhere

    monkeypatch.setattr("napari_crystalseg.simulation.series.label_series.draw_shown_sample", seen)
    for case in range(300):
        with pytest.raises(Cancelled):
            simulate_label_map(LabelMapRequest(2, size=32), case)
    presets, surfaces = zip(*drawn, strict=True)
    for name in PRESETS:
        assert presets.count(name) / 300 == pytest.approx(1 / 3, abs=0.08)
    assert set(surfaces) == {"draped", "capillary"}
    assert surfaces.count("capillary") / 300 == pytest.approx(0.04, abs=0.03)
    for options in ({"priors": TYPICAL}, {"liquor": "blender"}):
        with pytest.raises(Cancelled):
            simulate_label_map(LabelMapRequest(2, size=32, **options), 0)
    assert drawn[-2] == ("typical", "draped")
    assert drawn[-1][1] == "blender"


def test_a_folder_of_other_labels_is_refused(two_cases):
    with pytest.raises(InputError, match="size 40 instead of 48"):
        simulate_labels(two_cases, 1, LabelMapRequest(3, size=48, liquor="draped"))


def test_command(tmp_path, capsys):
    words = ["simulate", str(tmp_path), "--n", "1", "--seed", "3", "--labels-only", "--liquor", "draped"]
    assert main([*words, "--size", "40"]) == 0
    manifest = json.loads((tmp_path / "case_0000" / "manifest.json").read_text())
    assert manifest["request"]["labels_only"]
    assert main([*words, "--angles", "90", "--partial-volumes"]) == 2
    assert "--angles, --partial-volumes would have no effect" in capsys.readouterr().err
