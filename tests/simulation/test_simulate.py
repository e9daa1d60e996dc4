import json

import numpy as np
import pytest

from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.io import open_labels, open_scan, open_volume
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.provenance import hash_file
from napari_crystalseg.simulation.requests.case_request import CaseRequest
from napari_crystalseg.simulation.shown_sample import majority
from napari_crystalseg.simulation.simulate import simulate, simulate_case
from napari_crystalseg.tomography import find_centre, transmission_of

FILES = ("labels.tif", "manifest.json", "scan.h5", "volume.tif")


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    folder = tmp_path_factory.mktemp("series")
    simulate(folder, 2, CaseRequest(7, size=48, angles=60))
    return folder


def test_same_seed_same_bytes(series, tmp_path):
    simulate(tmp_path, 2, CaseRequest(7, size=48, angles=60))
    for case in ("case_0000", "case_0001"):
        for name in FILES:
            assert (tmp_path / case / name).read_bytes() == (series / case / name).read_bytes(), name


def test_a_case_does_not_depend_on_the_others(series, tmp_path):
    simulate(tmp_path, 1, CaseRequest(7, size=48, angles=60), first=1)
    assert hash_file(tmp_path / "case_0001/volume.tif") == hash_file(series / "case_0001/volume.tif")
    assert hash_file(series / "case_0000/volume.tif") != hash_file(series / "case_0001/volume.tif")


def test_files_agree_with_each_other(series):
    for case in sorted(series.iterdir()):
        scan, volume, labels = (open_scan(case / "scan.h5"), *_open(case))
        manifest = json.loads((case / "manifest.json").read_text())
        assert volume.shape == labels.shape == (48, 48, 48)
        assert scan.shape == (60, 48, 48)
        assert volume.voxel_size_um == pytest.approx(labels.voxel_size_um)
        assert volume.voxel_size_um[0] == pytest.approx(scan.pixel_size_um)
        assert manifest["files"]["volume.tif"] == hash_file(case / "volume.tif")
        assert labels.provenance.seed == 7


def _open(case):
    return open_volume(case / "volume.tif"), open_labels(case / "labels.tif")


def test_labels_lie_on_their_volume(series):
    """The sample is brighter than air where the labels say, and no shift of the labels by two voxels fits better."""
    for case in sorted(series.iterdir()):
        volume, labels = _open(case)
        sample = labels.data > 0
        contrast = {}
        for axis in range(3):
            for shift in (-2, 0, 2):
                moved = np.roll(sample, shift, axis)
                contrast[axis, shift] = volume.data[moved].mean() - volume.data[~moved].mean()
        for axis in range(3):
            assert contrast[axis, 0] > max(contrast[axis, -2], contrast[axis, 2])


def test_finished_cases_are_kept_and_an_interrupted_one_leaves_nothing(tmp_path):
    def cancel(fraction, message):
        if fraction > 0.6:
            raise Cancelled

    with pytest.raises(Cancelled):
        simulate(tmp_path, 2, CaseRequest(3, size=32, angles=24), progress=cancel)
    assert [p.name for p in tmp_path.iterdir()] == ["case_0000"]
    before = (tmp_path / "case_0000/manifest.json").stat().st_mtime_ns
    simulate(tmp_path, 2, CaseRequest(3, size=32, angles=24))
    assert (tmp_path / "case_0000/manifest.json").stat().st_mtime_ns == before
    assert (tmp_path / "case_0001/manifest.json").exists()


def test_a_folder_made_otherwise_is_refused(series):
    with pytest.raises(InputError, match="was made with"):
        simulate(series, 1, CaseRequest(8, size=48, angles=60))


def test_varied_volumes_share_the_grid(tmp_path):
    (folder,) = simulate(tmp_path, 1, CaseRequest(5, size=32, angles=24, varied=True))
    volume, labels = _open(folder)
    for name in ("volume_varied.tif", "volume_painted.tif", "volume_phase.tif", "volume_iterative.tif"):
        assert open_volume(folder / name).shape == labels.shape == volume.shape


def test_majority():
    data = np.zeros((2, 2, 4), np.uint8)
    data[..., :2] = Material.CRYSTAL
    data[0, 0, 0] = Material.LIQUOR
    data[0, 0, 2:] = Material.LOOP
    coarse = majority(Labels(data, 0.5), 2)
    np.testing.assert_array_equal(coarse.data, [[[Material.CRYSTAL, Material.AIR]]])
    assert coarse.voxel_size_um == (1.0, 1.0, 1.0)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"size": 16}, "32 voxels"),
        ({"angles": 1}, "two angles"),
        ({"habit": "granite"}, "Unknown habit 'granite'; choose one of lysozyme"),
        ({"liquor": "water"}, "^liquor must be one of draped, capillary, blender, not 'water'"),
        ({"propagation": "multislice"}, "number of slices"),
    ],
)
def test_bad_requests_are_refused(options, match, tmp_path):
    with pytest.raises(InputError, match=match):
        simulate_case(CaseRequest(0, **{"size": 32, **options}), 0)
    # Of a series before anything is made, be it a folder.
    with pytest.raises(InputError, match=match):
        simulate(tmp_path / "cases", 1, CaseRequest(0, **{"size": 32, **options}), scheduler="local")
    assert not (tmp_path / "cases").exists()


def test_bad_series_are_refused(tmp_path):
    with pytest.raises(InputError, match="one case"):
        simulate(tmp_path, 0, CaseRequest(0))
    with pytest.raises(InputError, match="negative"):
        simulate(tmp_path, 1, CaseRequest(-1))


@pytest.mark.parametrize("case", [0, 1, 6])
def test_rotation_centre_of_a_small_noisy_scan_is_found(case):
    scan = simulate_case(CaseRequest(11, size=40, angles=80), case).scan
    found = find_centre(transmission_of(scan), scan.angles_deg)
    assert found == pytest.approx(scan.rotation_centre_px, abs=1)


def test_a_case_that_cannot_be_written_leaves_nothing(tmp_path, monkeypatch):
    from napari_crystalseg import io

    def full(*given):
        raise InputError("the disk is full")

    monkeypatch.setattr(io, "save_labels", full)
    with pytest.raises(InputError, match="full"):
        simulate(tmp_path, 1, CaseRequest(7, size=32, angles=20))
    assert list(tmp_path.iterdir()) == []
