"""A voxel size that no file states stays unknown, and is asked for where a length is needed."""

import numpy as np
import pytest
import tifffile

from napari_crystalseg import io
from napari_crystalseg.absorption import Coefficients, Directions, absorb, export_anacor
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.scan import Scan
from napari_crystalseg.tomography import Recipe, reconstruct
from napari_crystalseg.volume import Quantity, Volume
from napari_crystalseg.workflows.evaluate.two_files import evaluate_files

VOXEL_VALUES = np.random.default_rng(0).random((4, 5, 6), dtype=np.float32)
CODES = np.pad(np.full((4, 4, 4), 3, np.uint8), 1)


@pytest.mark.parametrize("suffix", [".tif", ".zarr", ".h5", ".npy"])
def test_unknown_stays_unknown_through_a_file(tmp_path, suffix):
    io.save_volume(Volume(VOXEL_VALUES, None), tmp_path / f"v{suffix}")
    volume = io.open_volume(tmp_path / f"v{suffix}")
    assert volume.voxel_size_um is None
    np.testing.assert_array_equal(volume.data, VOXEL_VALUES)
    assert io.open_file(tmp_path / f"v{suffix}").voxel_size_um is None
    io.save_labels(Labels(CODES, None), tmp_path / f"l{suffix}")
    labels = io.open_labels(tmp_path / f"l{suffix}")
    assert labels.voxel_size_um is None and labels.voxel_counts()[Material.CRYSTAL] == 64
    assert "Voxels of unknown size: give --voxel-size-um." in io.describe(tmp_path / f"l{suffix}").lines
    assert io.open_labels(tmp_path / f"l{suffix}", 2.0).volumes_um3()[Material.CRYSTAL] == 64 * 8


def test_an_unknown_size_of_a_large_tiff_stays_unknown(tmp_path, monkeypatch):
    monkeypatch.setattr("napari_crystalseg.io.formats.tiff.stack_writing.LARGEST_IMAGEJ_BYTES", 0)
    io.save_volume(Volume(VOXEL_VALUES, None), tmp_path / "v.tif")
    assert io.open_volume(tmp_path / "v.tif").voxel_size_um is None


def test_what_needs_a_length_asks_for_it_in_one_sentence(tmp_path):
    tifffile.imwrite(tmp_path / "lab.tif", CODES, photometric="minisblack")
    labels = io.open_labels(tmp_path / "lab.tif")
    sentence = "lab.tif does not say how large its voxels are; give --voxel-size-um"
    coefficients = Coefficients(liquor=0.01, loop=0.01, crystal=0.02)
    for work in (
        labels.volumes_um3,
        lambda: absorb(labels, coefficients, Directions.over_sphere(3)),
        lambda: export_anacor(labels, tmp_path / "anacor", coefficients=coefficients),
    ):
        with pytest.raises(InputError, match=sentence):
            work()
    assert not (tmp_path / "anacor").exists()


def test_scores_need_no_size(tmp_path):
    tifffile.imwrite(tmp_path / "lab.tif", CODES, photometric="minisblack")
    assert evaluate_files(tmp_path / "lab.tif", tmp_path / "lab.tif")["classes"]["crystal"]["iou"] == 1


def test_a_scan_without_a_pixel_size_makes_a_volume_of_unknown_voxel_size():
    rng = np.random.default_rng(0)
    frames = rng.uniform(0.5, 1.0, (6, 2, 8)).astype(np.float32)
    scan = Scan(frames, np.ones((1, 2, 8)), np.zeros((1, 2, 8)), np.arange(6) * 30.0)
    unknown, known = (
        reconstruct(one, Recipe(3.5))
        for one in (scan, Scan(frames, scan.flats, scan.darks, scan.angles_deg, pixel_size_um=1.0))
    )
    assert unknown.voxel_size_um is None and unknown.quantity is Quantity.ARBITRARY
    assert known.voxel_size_um == (1.0, 1.0, 1.0) and known.quantity is Quantity.LINEAR_ATTENUATION
    np.testing.assert_array_equal(unknown.data, known.data)
    with pytest.raises(InputError, match="The scan does not say how large its pixels are"):
        _ = scan.required_pixel_size_um
