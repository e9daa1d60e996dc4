"""Each command against a known answer, through the same door as the shell's."""

from __future__ import annotations

import json

import numpy as np
import pytest

from napari_crystalseg.absorption import Coefficients
from napari_crystalseg.cli import main
from napari_crystalseg.io import open_labels, open_volume, save_labels, save_scan, save_volume
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.scan import Scan
from napari_crystalseg.volume import Quantity, Volume


@pytest.fixture
def slab(tmp_path):
    """A crystal that fills the field but for a layer of air: 40 µm of it along the beam, axis 1."""
    data = np.full((6, 40, 6), Material.CRYSTAL, dtype=np.uint8)
    path = tmp_path / "slab.tif"
    save_labels(Labels(data, 1.0), path)
    return path


def call(*words):
    return main([str(word) for word in words])


def test_info_tells_what_a_file_holds_or_why_it_cannot_be_used(slab, tmp_path, capsys):
    assert call("info", slab) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Labels (TIFF): 6 × 40 × 6 voxels (z × y × x), uint8, 1.44 kB")
    assert lines[1] == "Voxels of 1 × 1 × 1 µm."
    (tmp_path / "folder").mkdir()
    real = sample_data_folder() / "lcyst_01_first10_integrated.expt"
    for path, words in (
        (tmp_path / "folder", "with nothing in it"),
        (tmp_path / "absent.nxs", "There is no file"),
        (real, "is a DIALS experiment list"),
        (real.with_suffix(".refl"), "is a DIALS reflection table"),
    ):
        assert call("info", path) == 2
        told = capsys.readouterr()
        assert words in told.err and told.out == ""


def test_absorb_writes_its_columns(slab, tmp_path, capsys):
    out = tmp_path / "factors.json"
    code = call("absorb", slab, out, "--mu-crystal", 0.02, "--mu-liquor", 0.01, "--mu-loop", 0.01, "--sphere", 7)
    assert code == 0
    record = json.loads(out.read_text())
    assert list(record) == ["A", "standard_error", "path_length_um", "miller_index", "provenance"]
    assert list(record["path_length_um"]) == ["liquor", "loop", "crystal", "other"]
    assert {len(column) for column in record["path_length_um"].values()} == {7}
    assert len(record["A"]) == len(record["standard_error"]) == 7
    assert record["miller_index"] is None
    assert all(0 < a < 1 for a in record["A"])
    assert "7 factors" in capsys.readouterr().out


def test_absorb_without_absorption_gives_one(slab, tmp_path):
    out = tmp_path / "factors.json"
    assert call("absorb", slab, out, "--mu-crystal", 0, "--mu-liquor", 0, "--mu-loop", 0, "--sphere", 5) == 0
    assert json.loads(out.read_text())["A"] == [1.0] * 5


def test_absorb_scales_with_the_voxel_size(slab, tmp_path):
    lengths = []
    for size in (1.0, 3.0):
        out = tmp_path / f"{size}.json"
        options = ("--mu-crystal", 0.001, "--mu-liquor", 0, "--mu-loop", 0, "--sphere", 4, "--voxel-size-um", size)
        assert call("absorb", slab, out, *options, "--tolerance", 0) == 0
        lengths.append(json.loads(out.read_text())["path_length_um"]["crystal"])
    np.testing.assert_allclose(lengths[1], 3 * np.array(lengths[0]), rtol=1e-6)


def test_evaluate_of_equal_labels_is_perfect_and_of_half_is_known(tmp_path, capsys):
    data = np.zeros((4, 4, 12), dtype=np.uint8)
    data[..., :4], data[..., 4:8], data[..., 8:] = 1, 2, 3
    half = data.copy()
    half[..., 10:] = 0  # half of the crystal is missed
    save_labels(Labels(data, 1.0), tmp_path / "truth.tif")
    save_labels(Labels(half, 1.0), tmp_path / "half.tif")
    out = tmp_path / "scores.json"
    assert call("evaluate", tmp_path / "truth.tif", tmp_path / "truth.tif", "--json", out) == 0
    perfect = json.loads(out.read_text())
    assert set(perfect) == {"classes", "mean", "assumed"} and perfect["assumed"] == []
    assert set(perfect["classes"]) == {"liquor", "loop", "crystal"}
    assert set(perfect["mean"]) == {"recall", "precision", "iou", "f1", "f2", "dice"}
    assert perfect["mean"]["dice"] == 1
    assert call("evaluate", tmp_path / "half.tif", tmp_path / "truth.tif", "--json", out) == 0
    crystal = json.loads(out.read_text())["classes"]["crystal"]
    assert crystal["recall"] == pytest.approx(0.5)
    assert crystal["precision"] == pytest.approx(1)
    assert crystal["iou"] == pytest.approx(0.5)
    assert crystal["f1"] == pytest.approx(2 / 3)
    assert crystal["f2"] == pytest.approx(5 * 0.5 / (4 + 0.5))
    assert crystal["dice"] == pytest.approx(2 / 3)
    assert "crystal" in capsys.readouterr().out


def test_export_masks_and_anacor(slab, tmp_path):
    assert call("export", slab, tmp_path / "masks", "--to", "masks") == 0
    assert (tmp_path / "masks" / "crystal.tif").is_file()
    assert call("export", slab, tmp_path / "anacor", "--to", "anacor") == 0
    (volume,) = (tmp_path / "anacor").rglob("*.npy")
    assert np.load(volume).dtype == np.int8


def test_reconstruct_finds_the_attenuation_of_a_cylinder(tmp_path, capsys):
    mu, radius, columns, centre = 0.01, 20.0, 64, 31.5
    chord = 2 * np.sqrt(np.clip(radius**2 - (np.arange(columns) - centre) ** 2, 0, None))
    counts = np.round(50000 * np.exp(-mu * chord))
    projections = np.broadcast_to(counts, (90, 3, columns)).astype(np.uint16)
    scan = Scan(
        projections,
        np.full((1, 3, columns), 50000, np.uint16),
        np.zeros((1, 3, columns), np.uint16),
        np.arange(90) * 2.0,
        pixel_size_um=1.0,
    )
    save_scan(scan, tmp_path / "scan.h5")
    assert call("reconstruct", tmp_path / "scan.h5", tmp_path / "out.tif", "--centre", centre) == 0
    volume = open_volume(tmp_path / "out.tif")
    assert volume.shape == (3, 64, 64)
    assert volume.quantity is Quantity.LINEAR_ATTENUATION
    assert np.median(volume.data[1, 26:38, 26:38]) == pytest.approx(mu, rel=0.02)
    assert "3 × 64 × 64 voxels of 1 µm" in capsys.readouterr().out
    part = ("--centre", centre, "--rows", "0:2", "--bin", 2, "--method", "fbp")
    assert call("reconstruct", tmp_path / "scan.h5", tmp_path / "part.tif", *part) == 0
    small = open_volume(tmp_path / "part.tif")
    assert small.shape == (1, 32, 32) and small.voxel_size_um == (2.0, 2.0, 2.0)
    assert np.median(small.data[0, 13:19, 13:19]) == pytest.approx(mu, rel=0.02)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.tif", "part.tif", "scan.h5"]
    capsys.readouterr()
    for words, said in ((("--rows", "2"), "100:200"), (("--rows", "0:4"), "0:3"), (("--method", "x"), "choose one of")):
        assert call("reconstruct", tmp_path / "scan.h5", tmp_path / "no.tif", *words) == 2
        assert said in capsys.readouterr().err


def test_reconstruct_retrieves_the_phase_and_leaves_stripes_where_told(tmp_path, capsys):
    counts = np.broadcast_to(np.round(5e4 - 2e4 * np.exp(-((np.arange(32) - 15.5) ** 2) / 40)), (60, 4, 32))
    dark, flat = np.zeros((1, 4, 32), np.uint16), np.full((1, 4, 32), 50000, np.uint16)
    save_scan(Scan(counts.astype(np.uint16), flat, dark, np.arange(60) * 3.0, 1.0), tmp_path / "scan.h5")

    def run(name, *options):
        return call("reconstruct", tmp_path / "scan.h5", tmp_path / name, "--centre", 15.5, *options)

    assert run("none.npy", "--stripes", "none") == 0
    beam = ("--energy-kev", 10, "--distance-mm", 20)
    assert run("phase.npy", "--phase-retrieval", "liquor", *beam) == 0
    record = json.loads((tmp_path / "phase.npy.json").read_text())
    step = next(one for one in record["provenance"]["steps"] if one["step"] == "reconstruct")
    assert 300 < step["delta_beta"] < 1000
    smooth, sharp = (np.load(tmp_path / name)[1, 12:20, 12:20] for name in ("phase.npy", "none.npy"))
    assert smooth.max() < sharp.max()
    capsys.readouterr()
    for words, said in (
        (("--phase-retrieval", "liquor"), "--energy-kev"),
        (("--phase-retrieval", "200", "--energy-kev", 10), "--distance-mm"),
        (("--phase-retrieval", "water"), "liquor"),
        (("--stripes", "some"), "median, sorting, all, none"),
    ):
        assert run("no.npy", *words) == 2
        assert said in capsys.readouterr().err
    assert not list(tmp_path.glob("no.npy*"))


def test_relative_paths(slab, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert call("export", "slab.tif", "here", "--to", "masks") == 0
    assert (tmp_path / "here" / "loop.tif").is_file()


def test_process_refuses_labels_and_segment_a_line(slab, tmp_path, capsys):
    assert call("process", slab, tmp_path / "out") == 2
    np.save(tmp_path / "slice.npy", np.zeros(8, np.float32))
    assert call("segment", tmp_path / "slice.npy", tmp_path / "out.tif", "--voxel-size-um", 1) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("Error: slab.tif holds labels")
    assert len(lines) == 2


def test_segment_takes_voxels_of_unknown_size_for_cubes_and_says_so(tmp_path, capsys):
    np.save(tmp_path / "grey.npy", np.random.default_rng(0).random((8, 8, 8), np.float32))
    assert call("segment", tmp_path / "grey.npy", tmp_path / "out.tif", "--no-mirror") == 0
    said = capsys.readouterr()
    assert "taken for cubes; give --voxel-size-um" in said.err and "voxels\n" in said.out
    assert open_labels(tmp_path / "out.tif").voxel_size_um is None


def test_process_asks_for_a_missing_voxel_size(tmp_path, capsys):
    np.save(tmp_path / "grey.npy", np.random.default_rng(0).random((8, 8, 8), np.float32))
    assert call("process", tmp_path / "grey.npy", tmp_path / "out") == 2
    assert "grey.npy does not say how large its voxels are; give --voxel-size-um" in capsys.readouterr().err
    assert not (tmp_path / "out" / "volume.tif").exists()


def test_process_tells_where_the_results_are(tmp_path, monkeypatch, capsys):
    """The command's own part; the workflow is tested beside it."""
    from napari_crystalseg.workflows.process import process as workflow

    asked = {}

    def process(path, out_dir, **options):
        asked.update(options)
        names = ("report.html", "volume.tif", "labels.tif", "uncertainty.tif")
        files = [out_dir / name for name in names]
        return workflow.ProcessResult(
            out_dir, *files, None, False, Coefficients(0.0, 0.0, 0.0), "", (), ("No crystal was found.",), ()
        )

    monkeypatch.setattr(workflow, "process", process)
    save_volume(Volume(np.ones((4, 4, 4), np.float32), 1.0), tmp_path / "v.tif")
    options = ("--mu-crystal", 0.1, "--mu-liquor", 0.2, "--mu-loop", 0.3, "--centre", 85.9, "--sphere", 9)
    assert call("process", tmp_path / "v.tif", tmp_path / "out", *options) == 0
    told = capsys.readouterr().out
    assert "! No crystal was found." in told
    assert str(tmp_path / "out" / "report.html") in told
    assert asked["coefficients"].to_dict() == {"liquor": 0.2, "loop": 0.3, "crystal": 0.1}
    assert asked["centre_px"] == 85.9
    assert len(asked["directions"]) == 9


def test_a_place_for_the_results_is_judged_before_the_work(slab, tmp_path, capsys, monkeypatch):
    from napari_crystalseg import io

    def untimely(path, **options):
        raise AssertionError("the input was opened first")

    for opener in ("open_scan", "open_volume", "open_labels"):
        monkeypatch.setattr(io, opener, untimely)
    content = slab.read_bytes()
    mu = ("--mu-crystal", 0.1, "--mu-liquor", 0.1, "--mu-loop", 0.1)
    for words, said in (
        (("segment", slab, slab), "named twice"),
        (("segment", slab, "a.tif", "--uncertainty", "a.tif"), "named twice"),
        (("segment", slab, tmp_path / "a.nii"), "Save as .tif, .zarr, .h5 or .npy"),
        (("segment", slab, "a.tif", "--uncertainty", "a.png"), "Save as .tif, .zarr, .h5 or .npy"),
        (("reconstruct", slab, slab / "a.tif"), "slab.tif is a file"),
        (("absorb", slab, slab, *mu), "named twice"),
        (("absorb", slab, tmp_path, *mu), "is a folder"),
        (("evaluate", slab, slab, "--json", slab), "named twice"),
    ):
        assert call(*words) == 2
        assert said in capsys.readouterr().err
    assert slab.read_bytes() == content


def test_pixel_size_of_the_user_is_in_the_record(tmp_path):
    frames = np.random.default_rng(0).integers(500, 900, (20, 2, 32)).astype(np.uint16)
    flat, dark = np.full((1, 2, 32), 1000, np.uint16), np.zeros((1, 2, 32), np.uint16)
    save_scan(Scan(frames, flat, dark, np.arange(20) * 9.0), tmp_path / "scan.h5")
    words = ("reconstruct", tmp_path / "scan.h5", tmp_path / "v.npy", "--centre", 15.5, "--voxel-size-um", 0.7)
    assert call(*words) == 0
    volume = open_volume(tmp_path / "v.npy")
    assert volume.voxel_size_um == (0.7, 0.7, 0.7)
    (opened,) = (step for step in volume.provenance.steps if step["step"] == "open")
    assert opened == {"step": "open", "pixel_size_um": 0.7, "pixel_size_from": "the user"}


def test_evaluate_refuses_a_voxel_size_of_nothing_and_tells_an_absent_class(tmp_path, capsys):
    np.save(tmp_path / "a.npy", np.ones((2, 3, 4), np.uint8))
    out = tmp_path / "scores.json"
    assert call("evaluate", tmp_path / "a.npy", tmp_path / "a.npy", "--json", out) == 0
    scores = json.loads(out.read_text())
    assert set(scores["classes"]["crystal"].values()) == {None}
    assert set(scores["mean"].values()) == {1.0}
    assert call("evaluate", tmp_path / "a.npy", tmp_path / "a.npy", "--voxel-size-um", 0) == 2
    assert "positive" in capsys.readouterr().err


def test_segment_looks_at_the_voxel_values_too(tmp_path, monkeypatch, capsys):
    """That a sample is darker than air is told from the volume alone."""
    from helpers.known_sample import sample_labels, volume_of
    from helpers.workflow_fixtures import Segmented
    from napari_crystalseg import segmentation
    from napari_crystalseg.io import save_volume
    from napari_crystalseg.labels import Labels
    from napari_crystalseg.volume import Volume

    truth = sample_labels()
    labels = Labels(truth.data, truth.voxel_size_um, truth.provenance.then("segment"))
    made = Segmented(labels, np.full(truth.shape, 25, np.uint8))
    monkeypatch.setattr(segmentation, "segment", lambda volume, model, **options: made)
    right = volume_of(truth)
    for name, data in (("right", right.data), ("inverted", 1 - right.data)):
        save_volume(Volume(data, truth.voxel_size_um), tmp_path / f"{name}.tif")
        assert call("segment", tmp_path / f"{name}.tif", tmp_path / "out.tif") == 0
        assert ("darker than air" in capsys.readouterr().out) == (name == "inverted")


@pytest.mark.parametrize(
    ("options", "stay"),
    [("", "large"), ("--crystals largest", "largest"), ("--crystals all", "all"), ("--no-physics", "all")],
)
def test_segment_is_told_which_pieces_of_crystal_stay(tmp_path, monkeypatch, options, stay):
    from helpers.known_sample import sample_labels, volume_of
    from helpers.workflow_fixtures import Segmented
    from napari_crystalseg import segmentation
    from napari_crystalseg.io import save_volume

    truth, asked = sample_labels(), []
    made = Segmented(truth, np.zeros(truth.shape, np.uint8))
    monkeypatch.setattr(segmentation, "segment", lambda *given, physics, **options: asked.append(physics) or made)
    save_volume(volume_of(truth), tmp_path / "grey.tif")
    assert call("segment", tmp_path / "grey.tif", tmp_path / "out.tif", *options.split()) == 0
    assert asked[0].crystals == stay


def test_evaluate_of_folders(tmp_path, capsys):
    crystal = np.pad(np.full((6, 6, 6), 3, np.uint8), 3)
    for side in ("pred", "true"):
        (tmp_path / side).mkdir()
        np.save(tmp_path / side / "a.npy", crystal)
    words = ("evaluate", tmp_path / "pred", tmp_path / "true", "--out", tmp_path / "out")
    coefficients = ("--mu-crystal", 0.02, "--mu-liquor", 0.02, "--mu-loop", 0.02, "--voxel-size-um", 1, "--sphere", 5)
    assert call(*words, *coefficients) == 0
    shown = capsys.readouterr().out
    assert "true: cases 1" in shown and "|ΔA| / A (cases 1): mean 0.00 %" in shown
    assert shown.rstrip().endswith("report.html") and (tmp_path / "out" / "report.html").is_file()
    (tmp_path / "true" / "b.npy").write_bytes((tmp_path / "true" / "a.npy").read_bytes())
    assert call(*words) == 2
    assert "b (true alone)" in capsys.readouterr().err
    assert call(*words, "--only-complete") == 0
    assert "No absorption factors of 1 case: no attenuation coefficients" in capsys.readouterr().out
    assert call(*words, "--json", tmp_path / "x.json") == 2
    assert call("evaluate", tmp_path / "pred", "--model", "bundled") == 2
    assert "--out" in capsys.readouterr().err
    assert call("evaluate", tmp_path / "pred", tmp_path / "true", "--out", tmp_path / "pred" / "out") == 2
    assert call("evaluate", tmp_path / "pred" / "a.npy", tmp_path / "true" / "a.npy", "--mu-crystal", 0.1) == 2


def test_experiment_asks_for_a_budget_and_for_cases(tmp_path, capsys):
    (tmp_path / "hand").mkdir()
    words = ("experiment", tmp_path / "hand", tmp_path / "out", "--synthetic", tmp_path / "hand")
    assert call(*words) == 2
    assert "minutes or steps" in capsys.readouterr().err
    assert call(*words, "--steps-each", 1) == 2
    assert "No case was found" in capsys.readouterr().err
    assert call("experiment", tmp_path / "out", "--synthetic", tmp_path / "hand", "--steps-each", 1) == 2
    assert "Name folders of real cases" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
