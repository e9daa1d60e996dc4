"""crystalseg sensitivity, through the door of the shell."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.absorption import Coefficients, Directions, map_sensitivity
from napari_crystalseg.cli import main
from napari_crystalseg.io import open_volume, save_labels
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.samples import sample_data_folder

MU = ("--mu-crystal", "0.03", "--mu-liquor", "0.02", "--mu-loop", "0.018")


@pytest.fixture
def sample(tmp_path):
    data = np.zeros((10, 12, 14), np.uint8)
    data[1:9, 1:11, 1:13] = Material.LIQUOR
    data[3:7, 3:8, 4:9] = Material.CRYSTAL
    data[4:6, 2:10, 10:12] = Material.LOOP
    labels = Labels(data, (1.0, 1.2, 0.8))
    save_labels(labels, tmp_path / "labels.tif")
    return labels


def call(*words):
    return main([str(word) for word in words])


@pytest.mark.parametrize("suffix", [".tif", ".h5", ".npy"])
def test_the_volume_is_that_of_the_library(sample, tmp_path, capsys, suffix):
    out = tmp_path / f"matters{suffix}"
    assert call("sensitivity", tmp_path / "labels.tif", out, *MU, "--sphere", 9) == 0
    found = map_sensitivity(sample, Coefficients(liquor=0.02, loop=0.018, crystal=0.03), Directions.over_sphere(9))
    volume = open_volume(out)
    np.testing.assert_array_equal(volume.data, found.absolute_change)
    assert volume.voxel_size_um == pytest.approx((1.0, 1.2, 0.8))
    steps = {step["step"]: step for step in volume.provenance.steps}
    assert steps["sensitivity"]["coefficients_per_um"]["crystal"] == 0.03 and steps["choose"]["of"] == "absolute"
    assert volume.provenance.seed == 0
    assert f"{len(found.voxels)} voxels at surfaces" in capsys.readouterr().out


def test_what_else_can_be_written(sample, tmp_path):
    found = map_sensitivity(sample, Coefficients(liquor=0.02, loop=0.018, crystal=0.03), Directions.over_sphere(9))
    for of, expected in (
        ("mean", found.mean_change),
        ("spread", found.spread_change),
        ("error", found.standard_error),
    ):
        out = tmp_path / f"{of}.tif"
        assert call("sensitivity", tmp_path / "labels.tif", out, *MU, "--sphere", 9, "--of", of) == 0
        np.testing.assert_array_equal(open_volume(out).data, expected)


def test_with_an_experiment(sample, tmp_path):
    folder = sample_data_folder()
    files = (
        "--experiment",
        folder / "lcyst_01_first10_integrated.expt",
        "--reflections",
        folder / "lcyst_01_first10_integrated.refl",
    )
    assert call("sensitivity", tmp_path / "labels.tif", tmp_path / "out.tif", *MU, *files) == 0
    assert open_volume(tmp_path / "out.tif").data.max() > 0


def test_what_does_not_go_together_is_said(sample, tmp_path, capsys):
    labels = tmp_path / "labels.tif"
    for words, said in (
        ((labels, *MU), "named twice"),
        ((tmp_path / "out.png", *MU), "Save as"),
        ((tmp_path / "out.tif", *MU, "--experiment", "a.expt"), "together"),
        ((tmp_path / "out.tif", *MU, "--experiment", "a.expt", "--reflections", "a.refl", "--sphere", 4), "not both"),
    ):
        assert call("sensitivity", labels, *words) == 2
        assert said in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.tif"]


def test_a_wrong_unit_is_said_with_it_and_with_the_map_and_the_comparison(sample, tmp_path, capsys):
    size = ("--voxel-size-um", 3000)
    labels = tmp_path / "labels.tif"
    for command in (
        ("sensitivity", labels, tmp_path / "large.tif", *MU, "--sphere", 4, *size, "--rays", 100),
        ("compare", labels, labels, tmp_path / "out", *MU, "--sphere", 4, *size),
    ):
        assert call(*command) == 0
        told = capsys.readouterr().out
        assert "LOOK at the voxel size of 3000" in told and "LOOK at the factors: nearly all is absorbed" in told
