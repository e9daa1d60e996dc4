from __future__ import annotations

import json
import os
import shutil

import h5py
import numpy as np
import pytest

from helpers.known_sample import VOXEL_VALUES, sample_labels, volume_of
from napari_crystalseg.absorption import Coefficients, Directions, absorb
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.io import open_labels, open_volume, save_volume
from napari_crystalseg.labels import Material
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.segmentation.model_folders.model_folder import REFINER
from napari_crystalseg.segmentation.postprocessing import physics
from napari_crystalseg.segmentation.postprocessing.physics import Physics
from napari_crystalseg.volume import Quantity, Volume
from napari_crystalseg.workflows.process.process import process

GIVEN = Coefficients(liquor=0.01, loop=0.02, crystal=0.03)


def run(volume_file, folder, **options):
    return process(volume_file, folder, **{"directions": Directions.over_sphere(20), **options})


def test_the_whole_job_on_a_volume(network, volume_file, tmp_path):
    result = run(volume_file, tmp_path / "out", coefficients=GIVEN)
    truth = sample_labels()
    assert np.array_equal(open_labels(result.labels).data, truth.data)
    expected = absorb(truth, GIVEN, Directions.over_sphere(20))
    written = json.loads(result.factors.read_text())
    np.testing.assert_allclose(written["A"], expected.absorption, rtol=2e-3)
    for name in (
        "absorption.cif",
        "factors.csv",
        "histogram.csv",
        "histogram.png",
        "masks/crystal.tif",
        "masks/labels.tif",
        "uncertainty.tif",
        "volume.tif",
        "report.html",
        "manifest.json",
    ):
        assert (tmp_path / "out" / name).stat().st_size > 0, name
    assert list((tmp_path / "out" / "anacor").rglob("*.npy"))
    assert not list((tmp_path / "out").rglob("*.part*"))
    rows = (tmp_path / "out" / "factors.csv").read_text().splitlines()
    assert rows[0] == "A,standard_error,path_liquor_um,path_loop_um,path_crystal_um,path_other_um"
    assert len(rows) == 21


def test_a_second_run_does_nothing_and_changes_nothing(network, sketches, volume_file, tmp_path):
    first = run(volume_file, tmp_path / "out", coefficients=GIVEN)
    before = {p: p.stat().st_mtime_ns for p in first.folder.rglob("*") if p.is_file()}
    second = run(volume_file, tmp_path / "out", coefficients=GIVEN)
    assert second.skipped == ("reconstruct", "segment", "absorb", "export", "report")
    assert {p: p.stat().st_mtime_ns for p in first.folder.rglob("*") if p.is_file()} == before
    assert network.calls == 1


def test_a_folder_is_an_input_like_a_file(network, sketches, volume_file, tmp_path):
    """An OME-Zarr image is told by its content: the same is not done again, another one is."""
    volume = open_volume(volume_file)
    save_volume(volume, tmp_path / "v.zarr")
    run(tmp_path / "v.zarr", tmp_path / "out")
    assert "reconstruct" in run(tmp_path / "v.zarr", tmp_path / "out").skipped
    save_volume(Volume(volume.data + 1, volume.voxel_size_um), tmp_path / "v.zarr")
    assert "reconstruct" not in run(tmp_path / "v.zarr", tmp_path / "out").skipped
    with pytest.raises(InputError, match=r"lies in the input .*v\.zarr; name a folder outside"):
        run(tmp_path / "v.zarr", tmp_path / "v.zarr" / "out")


def test_values_in_a_file_that_the_input_refers_to_are_input(network, sketches, volume_file, tmp_path):
    volume = open_volume(volume_file)

    def save(name, data):
        with h5py.File(tmp_path / name, "w") as file:
            file["data"] = data
            file["data"].attrs["element_size_um"] = list(volume.voxel_size_um)

    save("values.h5", volume.data)
    with h5py.File(tmp_path / "between.h5", "w") as file:
        file["x"] = h5py.ExternalLink("values.h5", "data")
    with h5py.File(tmp_path / "master.h5", "w") as file:
        file["entry/y"] = h5py.ExternalLink("between.h5", "x")
    first = run(tmp_path / "master.h5", tmp_path / "out")
    assert "reconstruct" in run(tmp_path / "master.h5", tmp_path / "out").skipped
    assert "values.h5" in open_volume(first.volume).provenance.inputs
    save("values.h5", volume.data * 2)
    assert "reconstruct" not in run(tmp_path / "master.h5", tmp_path / "out").skipped


def test_other_coefficients_do_not_segment_again(network, sketches, volume_file, tmp_path):
    first = json.loads(run(volume_file, tmp_path / "out", coefficients=GIVEN).factors.read_text())
    none = Coefficients(liquor=0.0, loop=0.0, crystal=0.0)
    second = run(volume_file, tmp_path / "out", coefficients=none)
    assert second.skipped == ("reconstruct", "segment")
    assert network.calls == 1
    assert max(first["A"]) < 1
    assert json.loads(second.factors.read_text())["A"] == [1.0] * 20


def test_another_refiner_segments_again(network, sketches, volume_file, tmp_path):
    refiner = tmp_path / "model" / REFINER
    refiner.parent.mkdir(parents=True)
    for content, calls in ((b"one", 1), (b"one", 1), (b"another", 2)):
        refiner.write_bytes(content)
        run(volume_file, tmp_path / "out", coefficients=GIVEN, model=tmp_path / "model")
        assert network.calls == calls


def test_other_pieces_of_crystal_segment_again(network, sketches, volume_file, tmp_path, monkeypatch):
    """Labels of another rule are not those that would be made now."""
    run(volume_file, tmp_path / "out", coefficients=GIVEN)
    assert network.physics == Physics() and network.physics.crystals == "large"
    monkeypatch.setattr(physics, "Physics", lambda: Physics(crystals="largest"))
    second = run(volume_file, tmp_path / "out", coefficients=GIVEN)
    assert network.calls == 2 and network.physics.crystals == "largest" and "segment" not in second.skipped


def test_a_result_that_was_damaged_is_made_again(network, sketches, volume_file, tmp_path):
    first = run(volume_file, tmp_path / "out", coefficients=GIVEN)
    whole = first.labels.read_bytes()
    first.labels.write_bytes(whole[: len(whole) // 2])
    second = run(volume_file, tmp_path / "out", coefficients=GIVEN)
    assert "segment" not in second.skipped
    assert first.labels.read_bytes() == whole


def test_a_run_that_stopped_goes_on_with_the_same_bytes(network, sketches, volume_file, tmp_path):
    network.fail = True
    with pytest.raises(RuntimeError):
        run(volume_file, tmp_path / "out", coefficients=GIVEN)
    network.fail = False
    resumed = run(volume_file, tmp_path / "out", coefficients=GIVEN)
    assert resumed.skipped == ("reconstruct",)
    straight = run(volume_file, tmp_path / "straight", coefficients=GIVEN)
    for name in ("labels.tif", "factors.json", "factors.csv", "histogram.png"):
        assert (resumed.folder / name).read_bytes() == (straight.folder / name).read_bytes(), name


def test_cancelling_leaves_no_half_file(network, sketches, volume_file, tmp_path):
    def cancel_late(fraction, message):
        if fraction > 0.85:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        run(volume_file, tmp_path / "out", coefficients=GIVEN, progress=cancel_late)
    stages = json.loads((tmp_path / "out" / "manifest.json").read_text())["stages"]
    assert "segment" in stages
    assert "report" not in stages
    assert not [p for p in (tmp_path / "out").rglob("*") if ".part" in p.name]


@pytest.mark.parametrize("manifest_lost", [False, True])
def test_without_a_crystal_the_run_ends_well_and_says_so(network, sketches, volume_file, tmp_path, manifest_lost):
    run(volume_file, tmp_path / "out", coefficients=GIVEN)
    if manifest_lost:
        (tmp_path / "out" / "manifest.json").unlink()
    network.blind_to = {Material.CRYSTAL}
    shutil.rmtree(volume_file.parent)
    other = sample_labels()
    volume = volume_of(other)
    save_volume(Volume(volume.data * 1.0001, volume.voxel_size_um, volume.quantity), volume_file)
    result = run(volume_file, tmp_path / "out", coefficients=GIVEN)
    assert not result.crystal_found
    assert result.factors is None
    # Nothing of the earlier run, which had a crystal, is left to be taken for a result of this one.
    assert not (result.folder / "factors.json").exists()
    assert not (result.folder / "histogram.png").exists()
    assert not list((result.folder / "anacor").rglob("*.npy"))
    assert "No crystal was found" in result.report.read_text()
    assert any("No crystal" in statement for statement in result.statements)


@pytest.mark.parametrize(
    ("options", "shouted"),
    [
        ({"coefficients": GIVEN}, "as given"),
        ({"energy_kev": 3.5}, "typical materials, not this sample"),
        ({}, "measured in this volume"),
    ],
)
def test_the_report_shouts_which_coefficients_were_used(network, sketches, volume_file, tmp_path, options, shouted):
    result = run(volume_file, tmp_path / "out", **options)
    assert shouted in result.report.read_text()


def test_the_real_i13_scan_flows_through(network, sketches, tmp_path):
    scan = sample_data_folder() / "i13_24737_raw_flat_dark_angles.npz"
    with pytest.raises(InputError, match="how large its pixels are; give --voxel-size-um"):
        process(scan, tmp_path / "out", directions=Directions.over_sphere(5))
    assert not (tmp_path / "out" / "volume.tif").exists()
    result = process(scan, tmp_path / "out", voxel_size_um=2.6, directions=Directions.over_sphere(5))
    assert result.report.stat().st_size > 10_000


def test_dials_files_name_the_energy(network, sketches, volume_file, tmp_path):
    folder = sample_data_folder()
    result = run(
        volume_file,
        tmp_path / "out",
        directions=Directions.of_files(
            folder / "lcyst_01_first10_integrated.expt", folder / "lcyst_01_first10_integrated.refl"
        ),
    )
    written = json.loads(result.factors.read_text())
    assert len(written["A"]) == 92
    assert len(written["miller_index"]) == 92
    table = tmp_path / "out" / "lcyst_01_first10_integrated_absorption.refl"
    assert b"analytical_correction" in table.read_bytes()
    assert "dials.scale" in table.with_name(f"{table.stem}_README.txt").read_text()
    assert any("23 of 92 reflections" in statement for statement in result.statements)
    # 0.6889 Å is 18.0 keV.
    assert any("18 keV" in statement and "experiment file" in statement for statement in result.statements)


def test_refusals(network, volume_file, tmp_path):
    with pytest.raises(InputError, match="results folder"):
        run(volume_file, volume_file.parent)
    with pytest.raises(InputError, match="no file"):
        run(tmp_path / "absent.tif", tmp_path / "out")
    with pytest.raises(InputError, match="rotation centre"):
        run(volume_file, tmp_path / "out", centre_px=3.0)
    with pytest.raises(InputError, match="is a file"):
        run(volume_file, volume_file / "out" if volume_file.is_dir() else _file(tmp_path))


def _file(folder):
    path = folder / "taken"
    path.write_text("")
    return path


def test_a_single_slice_ends_well_without_factors(network, tmp_path):
    voxel_values = volume_of(sample_labels()).data[18]
    np.save(tmp_path / "slice.npy", voxel_values)
    result = run(tmp_path / "slice.npy", tmp_path / "out", coefficients=GIVEN, voxel_size_um=0.5)
    assert open_volume(result.volume).shape == (1, *voxel_values.shape)
    np.testing.assert_array_equal(open_labels(result.labels).data, sample_labels().data[18:19])
    assert result.crystal_found and result.factors is None
    assert not list((tmp_path / "out").rglob("factors*")) and not (tmp_path / "out" / "anacor").exists()
    assert (tmp_path / "out" / "masks" / "crystal.tif").is_file()
    said = "Assumed: a single slice, read as a volume one voxel thick along the rotation axis (z)"
    assert sum(statement.startswith(said) for statement in result.statements) == 1
    assert sum("no absorption factors" in statement for statement in result.statements) == 1
    page = result.report.read_text()
    assert "A single slice: no absorption factors" in page and "one voxel thick along the rotation axis" in page


def corrected(labels_file, codes=None):
    """Save labels over a file as a program that knows nothing of ours does."""
    import tifffile

    data = open_labels(labels_file).data.copy() if codes is None else codes
    if codes is None:
        data[data == Material.LOOP] = Material.LIQUOR
    tifffile.imwrite(labels_file, data)
    return data


def contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_corrected_labels_are_gone_on_with_and_said(network, sketches, volume_file, tmp_path):
    first = run(volume_file, tmp_path / "out", coefficients=GIVEN)
    before = json.loads(first.factors.read_text())
    codes = corrected(first.labels)
    whole = first.labels.read_bytes()
    for skipped in (("reconstruct", "segment"), ("reconstruct", "segment", "absorb", "export", "report")):
        second = run(volume_file, tmp_path / "out", coefficients=GIVEN)
        assert second.skipped == skipped, second.statements
        assert any("labels.tif was changed since it was written" in text for text in second.statements)
        assert any("gone on with as corrected labels" in text for text in second.statements)
        assert second.labels.read_bytes() == whole and network.calls == 1
    after = json.loads(second.factors.read_text())
    wanted = absorb(
        open_labels(second.labels, voxel_size_um=sample_labels().voxel_size_um), GIVEN, Directions.over_sphere(20)
    )
    np.testing.assert_allclose(after["A"], wanted.absorption, rtol=2e-3)
    assert after["A"] != before["A"]
    assert after["provenance"]["steps"][-2]["step"] == "correct labels" or any(
        step["step"] == "correct labels" for step in after["provenance"]["steps"]
    )
    assert np.array_equal(open_labels(tmp_path / "out" / "masks" / "labels.tif").data, codes)
    assert "corrected by hand" in second.report.read_text()
    assert not list((tmp_path / "out").rglob("*.kept*"))


def test_corrected_labels_of_another_volume_are_kept_and_said(network, sketches, volume_file, tmp_path):
    first = run(volume_file, tmp_path / "out", coefficients=GIVEN)
    corrected(first.labels)
    run(volume_file, tmp_path / "out", coefficients=GIVEN)
    whole = first.labels.read_bytes()
    volume = open_volume(volume_file)
    save_volume(Volume(volume.data * 1.00001, volume.voxel_size_um, volume.quantity), volume_file)
    second = run(volume_file, tmp_path / "out", coefficients=GIVEN)
    assert network.calls == 2
    assert (tmp_path / "out" / "labels.kept.tif").read_bytes() == whole
    assert any("labels.tif" in text and "kept as labels.kept.tif" in text for text in second.statements)
    assert np.array_equal(open_labels(second.labels).data, sample_labels().data)


@pytest.mark.parametrize("manifest_lost", [False, True])
def test_nothing_that_a_user_changed_or_added_is_lost(network, sketches, volume_file, tmp_path, manifest_lost):
    out = tmp_path / "out"
    run(volume_file, out, coefficients=GIVEN)
    theirs = {
        "anacor/my_notes.txt": "mine",
        "anacor/sample_save_data/notes.txt": "mine too",
        "masks/crystal.tif": "a mask of mine",
        "factors.csv": "A",
        "volume.tif": "another volume",
        "uncertainty.tif": "x",
        "report.html": "annotated",
    }
    for name, text in theirs.items():
        (out / name).write_text(text)
    if manifest_lost:
        (out / "manifest.json").unlink()
    result = run(volume_file, out, coefficients=Coefficients(liquor=0.02, loop=0.02, crystal=0.02))
    there = {text for text in contents(out).values()}
    assert {text.encode() for text in theirs.values()} <= there
    assert (out / "anacor/my_notes.txt").exists() and (out / "anacor/sample_save_data/notes.txt").exists()
    for name in ("masks/crystal.tif", "factors.csv", "volume.tif", "report.html"):
        assert any(text.startswith(f"{name} ") and "kept as" in text for text in result.statements), name
    straight = run(volume_file, tmp_path / "new", coefficients=Coefficients(liquor=0.02, loop=0.02, crystal=0.02))
    for name in ("masks/crystal.tif", "factors.csv", "volume.tif"):
        assert (out / name).read_bytes() == (straight.folder / name).read_bytes(), name


def test_a_new_version_goes_on_with_corrected_labels(network, sketches, volume_file, tmp_path, monkeypatch):
    from napari_crystalseg.workflows.process import stages

    first = run(volume_file, tmp_path / "out", coefficients=GIVEN)
    corrected(first.labels)
    whole = first.labels.read_bytes()
    for version in ("later", "later still"):
        monkeypatch.setattr(stages, "code_fingerprint", lambda version=version: version)
        again = run(volume_file, tmp_path / "out", coefficients=GIVEN)
        assert again.skipped == ("segment",)
        assert again.labels.read_bytes() == whole and network.calls == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"energy_kev": 4500}, "in keV, not eV"),
        ({"energy_kev": 1e300}, "in keV, not eV"),
        ({"voxel_size_um": -1.0}, "voxel size"),
        ({"centre_px": float("nan")}, "column"),
        ({"other_per_um": -0.01}, "of other must be zero or positive"),
        ({"other_per_um": 12.0}, "in 1/mm"),
        ({"other_per_um": 0.0, "coefficients": GIVEN}, "class 4 is part of the coefficients"),
        ({"axis": "rows"}, "is a volume, and --axis would have no effect"),
        ({"force": True, "centre_px": 3.0}, "is a volume, and --centre and --force would have no effect"),
    ],
)
def test_what_can_be_judged_is_judged_before_the_work(network, volume_file, tmp_path, options, said):
    with pytest.raises(InputError, match=said):
        process(volume_file, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists() and network.calls == 0


def test_a_disk_without_room_is_told_before_the_work(network, volume_file, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: type("Disk", (), {"free": 1000})())
    with pytest.raises(InputError, match=r"voxels take .* GB, and the disk of .* has .* free"):
        process(volume_file, tmp_path / "out")
    assert network.calls == 0 and not (tmp_path / "out").exists()


def test_a_name_that_is_not_utf_8_nor_one_line(network, sketches, volume_file, tmp_path):
    odd = volume_file.with_name(os.fsdecode(b"prot\xe9ine <b>\n&.tif"))
    volume_file.rename(odd)
    result = run(odd, tmp_path / "out", coefficients=GIVEN)
    shown = "prot\\xe9ine <b>\\n&.tif"
    assert shown in json.loads(result.factors.read_text(encoding="utf-8"))["provenance"]["inputs"]
    page = result.report.read_text(encoding="utf-8")
    assert "prot\\xe9ine &lt;b&gt;\\n&amp;.tif" in page and "<b>\\n" not in page
    assert shown in open_labels(result.labels).provenance.inputs
    assert len(run(odd, tmp_path / "out", coefficients=GIVEN).skipped) == 5


def test_voxel_values_are_held_against_the_coefficients_that_are_used(network, sketches, tmp_path):
    """The lamps of the report have the volume: with its own coefficients they say so, with others they warn."""
    labels = sample_labels()
    given = [VOXEL_VALUES.get(material, 0.0) for material in (Material.LIQUOR, Material.LOOP, Material.CRYSTAL)]
    save_volume(Volume(volume_of(labels).data, labels.voxel_size_um, Quantity.LINEAR_ATTENUATION), tmp_path / "v.tif")

    def findings_with(factor):
        coefficients = Coefficients(*(factor * value for value in given))
        run(tmp_path / "v.tif", tmp_path / "out", coefficients=coefficients)
        manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
        return [one["text"] for one in manifest["stages"]["report"]["facts"]["findings"]]

    assert any(text.startswith("Voxel values are those of the coefficients") for text in findings_with(1.0))
    assert any(text.startswith("Voxel values are not those of the coefficients") for text in findings_with(2.0))
