from __future__ import annotations

import ast
import json
from pathlib import Path

import msgpack
import numpy as np
import pytest
import yaml

from napari_crystalseg.absorption import Coefficients, Directions, export_anacor, path_lengths
from napari_crystalseg.absorption.anacor.anacor_volume import anacor_volume, isotropic
from napari_crystalseg.errors import InputError
from napari_crystalseg.experiment.goniometer import rotation_matrices
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.provenance import Provenance
from napari_crystalseg.samples import sample_data_folder

MU = Coefficients(0.02, 0.018, 0.019)
EXPT, REFL = "lcyst_01_first10_integrated.expt", "lcyst_01_first10_integrated.refl"


def horseshoe():
    """A crystal in liquor with air between the arms of a loop."""
    data = np.zeros((30, 20, 8), np.uint8)
    data[2:28, 4:7, 2:6] = Material.LOOP
    data[2:28, 14:17, 2:6] = Material.LOOP
    data[24:28, 4:17, 2:6] = Material.LIQUOR
    data[25, 8:10, 3:5] = Material.CRYSTAL
    return data


def settings(store):
    return yaml.safe_load((store / "default_mpprocess_input.yaml").read_text())


def test_volume_keeps_the_rules(tmp_path):
    data = horseshoe()
    store = export_anacor(Labels(data, 0.3), tmp_path / "out", "lyso", MU)
    volume = np.load(store / "lyso_save_data" / "lyso_.npy", allow_pickle=False)
    nz, ny, nx = volume.shape
    assert volume.dtype == np.int8
    assert volume.flags.c_contiguous
    assert max(nz, ny) <= 1.7 * nx
    assert (nz, ny) == (50, 40)
    left = (nx - 28) // 2 + 10
    inner = volume[10:-10, 10:-10, left : left + 8]
    assert volume.astype(bool).sum() == inner.astype(bool).sum()  # nothing but air in the padding
    changed = inner != data
    assert set(inner[changed]) == {Material.OTHER}
    assert (data[changed] == Material.AIR).all()
    assert inner[10, 10, 4] == Material.OTHER  # between the arms
    assert (store / "lyso_save_data" / "Logging").is_dir()
    assert (store / "lyso_save_data" / "ResultData" / "absorption_factors").is_dir()
    assert len(list((store / "lyso_save_data").glob("*.npy"))) == 1
    assert not list(store.glob("*.part*"))


def test_no_ray_meets_air_before_it_has_left_the_sample():
    """What the marking is for: a tracer that stops at the first air voxel loses nothing."""
    data = horseshoe()
    volume = anacor_volume(Labels(data, 1.0), mark_inner_air=True)
    original = anacor_volume(Labels(data, 1.0), mark_inner_air=False)
    rng = np.random.default_rng(0)
    start = np.argwhere(volume.data == Material.CRYSTAL)[0] + 0.5
    for heading in rng.normal(size=(300, 3)):
        heading /= np.linalg.norm(heading)
        voxels = np.floor(start + np.arange(0, 80, 0.05)[:, np.newaxis] * heading).astype(int)
        voxels = voxels[((voxels >= 0) & (voxels < volume.data.shape)).all(axis=1)]
        marked, plain = volume.data[tuple(voxels.T)], original.data[tuple(voxels.T)]
        first_air = np.argmax(marked == Material.AIR)
        assert not plain[first_air:].any()


def test_resampling_keeps_lengths():
    data = horseshoe()
    labels = Labels(data, (0.6, 0.3, 0.9))
    volume = anacor_volume(labels, mark_inner_air=False)
    assert volume.voxel_size_um == 0.3
    assert [n - 20 for n in volume.data.shape[:2]] == [60, 20]
    counts = np.bincount(volume.data.reshape(-1), minlength=5)[1:]
    assert counts.tolist() == (6 * np.bincount(data.reshape(-1), minlength=5)[1:]).tolist()
    crystal = np.argwhere(volume.data == Material.CRYSTAL)[0]
    fine = path_lengths(Labels(volume.data, 0.3), crystal, [0, 1, 0])
    coarse = path_lengths(labels, [25, 8, 3], [0, 1, 0])
    assert fine[:, 1:] == pytest.approx(coarse[:, 1:])


def test_resampling_to_the_same_size_changes_nothing():
    data = horseshoe()
    assert isotropic(data, (0.3, 0.3, 0.3), 0.3) is data
    assert isotropic(data, (0.5, 0.5, 0.5), 0.3).shape == (50, 34, 14)


def test_inputs_are_absolute_and_complete(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = sample_data_folder()
    directions = Directions.of_files(folder / EXPT, folder / REFL, 5)
    store = export_anacor(Labels(horseshoe(), 0.3), "here", "lyso", MU, directions)
    values = settings(store)
    assert set(values) == set(
        "store_dir dataset liac loac crac buac num_cores hour minute second sampling_ratio dials_dependancy "
        "hpc_dependancies offset refl_path expt_path model_storepath post_process full_iteration full_iter "
        "with_scaling anomalous gpu openmp bisection sampling_method full_reflection absorption_map multidataset "
        "mtz2sca_dependancy".split()
    )
    assert [values[k] for k in ("liac", "loac", "crac", "buac", "offset")] == [0.02, 0.018, 0.019, 0.0, 5.0]
    assert values["sampling_method"] == "evenrandom"
    for key in ("store_dir", "refl_path", "expt_path", "model_storepath"):
        assert Path(values[key]).is_absolute()
        assert Path(values[key]).exists()
    before = yaml.safe_load((store / "default_preprocess_input.yaml").read_text())
    assert before["dataset"] == "lyso"
    assert before["model_storepath"] == values["model_storepath"]


@pytest.mark.parametrize("name", ["\U0001d4b3", 'a"b\\', "\u2028", "é: #", "yes no"])
def test_yaml_reads_back_what_was_used(tmp_path, name):
    small = Coefficients(2e-05, 1.5e-05, 3e-05, 1e-05, energy_kev=18.0)
    data = horseshoe()
    data[26, 5, 3] = Material.OTHER
    store = export_anacor(Labels(data, 0.3), tmp_path / name, "lyso", small)
    values = settings(store)
    # 2e-05 without a point is text to YAML.
    assert [values[k] for k in ("liac", "loac", "crac", "buac")] == [2e-05, 1.5e-05, 3e-05, 1e-05]
    assert values["store_dir"] == str(tmp_path / name) and Path(values["model_storepath"]).exists()


def test_tables_give_the_rotation_and_the_vectors_back(tmp_path):
    folder = sample_data_folder()
    directions = Directions.of_files(folder / EXPT, folder / REFL)
    store = export_anacor(Labels(horseshoe(), 0.3), tmp_path, "lyso", MU, directions)
    values = settings(store)
    (goniometer, beam), rows = (json.loads(Path(values[k]).read_text()) for k in ("expt_path", "refl_path"))
    table, sweep = directions.rows, directions.sweeps[0]
    assert len(rows) == len(table)
    assert [len(list((store / "lyso_save_data").glob(f"*_{k}_False.json"))) for k in ("refl", "expt")] == [1, 1]
    # As AnACor reads it: R = Omega(phi) K Phi, directions R^T s.
    phi_axis, kappa_axis, omega_axis = goniometer["axes"]
    fixed = rotation_matrices(kappa_axis, np.deg2rad(goniometer["angles"][1])) @ rotation_matrices(
        phi_axis, np.deg2rad(goniometer["angles"][0])
    )
    for row, s1, phi, hkl in zip(rows, table.s1, table.phi_rad, directions.miller_index, strict=True):
        assert ast.literal_eval(row["miller_index"]) == tuple(hkl)
        angle = ast.literal_eval(row["xyzobs.mm.value"])[2]
        theirs = rotation_matrices(omega_axis, angle) @ fixed
        ours = sweep.goniometer.rotation(phi)
        assert np.allclose(theirs.T @ ast.literal_eval(row["s1"]), ours.T @ s1, atol=1e-7)
        assert np.allclose(theirs.T @ beam["direction"], ours.T @ sweep.source_direction, atol=1e-7)
        assert ast.literal_eval(row["s1"])[1] != 0
    assert beam["direction"][1] != 0


def test_setting_rotation_is_honoured(tmp_path):
    folder = sample_data_folder()
    record = json.loads((folder / EXPT).read_text())
    record["goniometer"][0] = {
        "axes": [[0, 1, 0], [1, 0, 0], [0, 0, 1]],
        "angles": [10.0, 0.0, 25.0],
        "names": ["a", "b", "c"],
        "scan_axis": 1,
    }
    (tmp_path / "x.expt").write_text(json.dumps(record))
    directions = Directions.of_files(tmp_path / "x.expt", folder / REFL)
    store = export_anacor(Labels(horseshoe(), 0.3), tmp_path, "lyso", MU, directions)
    values = settings(store)
    (goniometer, _), rows = (json.loads(Path(values[k]).read_text()) for k in ("expt_path", "refl_path"))
    table, sweep = directions.rows, directions.sweeps[0]
    fixed = rotation_matrices(goniometer["axes"][0], np.deg2rad(goniometer["angles"][0]))
    theirs = (rotation_matrices(goniometer["axes"][2], table.phi_rad[0]) @ fixed).T @ ast.literal_eval(rows[0]["s1"])
    assert np.allclose(theirs, sweep.goniometer.rotation(table.phi_rad[0]).T @ table.s1[0], atol=1e-7)


def test_absorbing_class_four_is_not_mixed_with_air(tmp_path):
    data = horseshoe()
    data[26, 10, 3] = Material.OTHER
    store = export_anacor(Labels(data, 0.3), tmp_path, "lyso", Coefficients(0.02, 0.02, 0.02, other=0.03))
    values = settings(store)
    assert values["buac"] == 0.03
    assert values["full_iter"] == 1
    assert (np.load(values["model_storepath"]) == Material.OTHER).sum() == 1


def test_unknown_coefficients_are_left_open(tmp_path):
    store = export_anacor(Labels(horseshoe(), 0.5), tmp_path)
    assert [settings(store)[k] for k in ("liac", "loac", "crac")] == [None] * 3
    text = (store / "README.txt").read_text()
    assert "--crac FILL_IN" in text
    assert "--pixel-size-x 0.5" in text


def test_exporting_again_replaces_what_was_written_and_nothing_of_the_user(tmp_path):
    folder = sample_data_folder()
    export_anacor(Labels(horseshoe(), 0.3), tmp_path, "a", MU, Directions.of_files(folder / EXPT, folder / REFL))
    data = tmp_path / "a_save_data"
    assert list(data.glob("*_refl_False.json"))
    (data / "notes").touch()
    (tmp_path / "default_mpprocess_input.yaml").write_text("num_workers: 8\n")
    store = export_anacor(Labels(horseshoe(), 0.6), tmp_path, "a", MU, voxel_size_um=0.3)
    assert not list(data.glob("*_False.json")), "the reflections of the export before"
    assert (data / "notes").exists()
    assert (store / "default_mpprocess_input.kept.yaml").read_text() == "num_workers: 8\n"
    assert np.load(data / "a_.npy").shape[0] == 80
    assert "anacor.mp_lite --input-file" in (store / "README.txt").read_text()


def test_results_of_anacor_are_not_replaced(tmp_path):
    store = export_anacor(Labels(horseshoe(), 0.3), tmp_path, "a", MU)
    result = store / "a_save_data" / "ResultData" / "absorption_factors" / "a_refl.json"
    result.write_text("{}")
    with pytest.raises(InputError, match="what AnACor computed"):
        export_anacor(Labels(horseshoe(), 0.3), tmp_path, "a", MU)
    assert result.exists()


@pytest.mark.parametrize("through_air", [False, True])
@pytest.mark.parametrize("shape", [(60, 8, 8), (8, 60, 8), (40, 40, 6), (12, 12, 12)])
def test_no_path_is_longer_than_anacor_bears(shape, through_air):
    """It aborts on a path of more than 1.73 times axis 2; the crystal lies in a corner, the worst place."""
    data = np.full(shape, Material.LIQUOR, np.uint8)
    data[:2, :2, :2] = Material.CRYSTAL
    volume = anacor_volume(Labels(data, 1.0), mark_inner_air=not through_air).data
    low = np.argwhere(volume == Material.CRYSTAL)[0]
    ends = np.array(volume.shape) if through_air else np.argwhere(volume)[-1] + 1
    assert np.linalg.norm(np.maximum(low, ends - low)) <= 1.73 * volume.shape[2]


def test_each_sweep_gets_a_store_of_its_own(tmp_path):
    folder = sample_data_folder()
    record = json.loads((folder / EXPT).read_text())
    record["goniometer"].append({"rotation_axis": [1.0, 0.05, 0.0]})
    record["experiment"].append({**record["experiment"][0], "identifier": "second", "goniometer": 1})
    (tmp_path / "two.expt").write_text(json.dumps(record))
    table = msgpack.unpackb((folder / REFL).read_bytes(), strict_map_key=False)
    ids = np.frombuffer(table[2]["data"]["id"][1][1], "<i4").copy()
    ids[:30] = 1
    table[2]["data"]["id"][1][1] = ids.tobytes()
    table[2]["identifiers"][1] = "second"
    (tmp_path / "two.refl").write_bytes(msgpack.packb(table))
    out = tmp_path / "out"
    assert (
        export_anacor(
            Labels(horseshoe(), 0.3), out, "lyso", MU, Directions.of_files(tmp_path / "two.expt", tmp_path / "two.refl")
        )
        == out
    )
    assert sorted(path.name for path in out.iterdir()) == [".written.json", "README.txt", "sweep_1", "sweep_2"]
    whole = Directions.of_files(folder / EXPT, folder / REFL)
    for name, number, axis in (("sweep_1", 0, [1, 0, 0]), ("sweep_2", 1, [1, 0.05, 0])):
        store = out / name
        values = settings(store)
        assert values["store_dir"] == str(store)
        rows = json.loads((store / "rows.json").read_text())["rows"]
        assert rows == np.flatnonzero(ids == number).tolist()
        written = json.loads(Path(values["refl_path"]).read_text())
        hkl = [list(ast.literal_eval(row["miller_index"])) for row in written]
        assert hkl == whole.miller_index[rows].tolist()
        goniometer, _ = json.loads(Path(values["expt_path"]).read_text())
        assert goniometer["axes"][2] == pytest.approx(axis / np.linalg.norm(axis))
        assert f"{len(rows)} reflections of experiment" in (out / "README.txt").read_text()


def test_reflections_without_a_direction_are_left_out(tmp_path):
    folder = sample_data_folder()
    table = msgpack.unpackb((folder / REFL).read_bytes(), strict_map_key=False)
    for name in ("s1", "xyzobs.mm.value", "xyzobs.px.value", "xyzcal.mm", "xyzcal.px"):
        vectors = np.frombuffer(table[2]["data"][name][1][1], "<f8").reshape(-1, 3).copy()
        vectors[[4, 7]] = 0
        table[2]["data"][name][1][1] = vectors.tobytes()
    (tmp_path / "x.refl").write_bytes(msgpack.packb(table))
    directions = Directions.of_files(folder / EXPT, tmp_path / "x.refl")
    store = export_anacor(Labels(horseshoe(), 0.3), tmp_path / "o", "a", MU, directions)
    assert json.loads((store / "rows.json").read_text())["rows"] == [i for i in range(92) if i not in (4, 7)]
    assert len(json.loads(Path(settings(store)["refl_path"]).read_text())) == 90
    assert "90 of 92 reflections" in (store / "README.txt").read_text()
    directions = Directions.of_files(folder / EXPT, folder / REFL)
    export_anacor(Labels(horseshoe(), 0.3), tmp_path / "o", "a", MU, directions)
    assert not (store / "rows.json").exists()  # all are there again


@pytest.mark.parametrize("name", ["a-1", "my_dict", "overall", "refl", "a/b", "", "..", "-x"])
def test_names_that_anacor_trips_over_are_refused(tmp_path, name):
    with pytest.raises(InputError, match="dataset name"):
        export_anacor(Labels(horseshoe(), 0.3), tmp_path, name, MU)


def test_what_cannot_be_exported_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(InputError, match="no crystal"):
        export_anacor(Labels(np.ones((4, 4, 4), np.uint8), 0.3), tmp_path, "a", MU)
    assert not list(tmp_path.iterdir())


def test_record_of_how_the_folder_was_made(tmp_path):
    folder = sample_data_folder()
    labels = Labels(horseshoe(), 0.3, Provenance(inputs={"scan.h5": "0" * 64}).then("segment", model_sha256="1" * 64))
    store = export_anacor(
        labels, tmp_path, coefficients=MU, directions=Directions.of_files(folder / EXPT, folder / REFL)
    )
    record = json.loads((store / "provenance.json").read_text())
    assert list(record["inputs"]) == ["scan.h5", EXPT, REFL]
    assert [step["step"] for step in record["steps"]] == ["segment", "check the reflections", "export to AnACor"]
    assert record["steps"][-1]["coefficients_per_um"] == MU.to_dict()
    assert record["model_sha256"] == "1" * 64
