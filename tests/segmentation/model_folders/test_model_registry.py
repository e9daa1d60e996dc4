from __future__ import annotations

import json
import os
import resource
import shutil
import threading
import zipfile

import pytest
import torch

from helpers.untrained_model import save_weights, write_untrained_model
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.io.files.lock import exclusive_writing
from napari_crystalseg.provenance import hash_file
from napari_crystalseg.segmentation.model_folders import model_registry
from napari_crystalseg.segmentation.model_folders.model_registry import ENVIRONMENT, ModelRegistry, find_model

BUNDLED = ["compact2d", "compact3d", "guided3d"]


@pytest.fixture
def registry(tmp_path):
    return ModelRegistry((tmp_path / "models",))


def names(registry):
    return [model.name for model in registry.models()]


def content(folder):
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def archive(folder, path, kind):
    return shutil.make_archive(str(path), kind, folder.parent, folder.name)


def test_bundled_models_are_listed_first_and_stay(registry):
    models = registry.models()
    assert names(registry) == BUNDLED
    assert [model.sees for model in models] == ["slices", "volumes", "volumes and clicks"]
    assert {model.problem for model in models} == {""}
    with pytest.raises(InputError, match="comes with the package and stays"):
        registry.remove("compact3d")
    assert names(registry) == BUNDLED


@pytest.mark.parametrize("kind", [None, "zip", "tar", "gztar"])
def test_installed_is_what_was_offered(registry, untrained, tmp_path, kind):
    source = untrained if kind is None else archive(untrained, tmp_path / "a", kind)
    model, told = registry.install(source)
    assert (model.name, model.origin, told) == ("tiny", "installed", ())
    found = content(model.path)
    assert set(json.loads(found.pop("installed.json"))["files"]) == set(found)
    assert found == content(untrained)
    assert names(registry) == [*BUNDLED, "tiny"]
    assert registry.find("tiny").folder.sha256 == hash_file(untrained / "fold_0/checkpoint_final.pth")
    assert registry.remove("tiny") == model.path
    assert list(registry.places[0].iterdir()) == []


def test_archive_as_nnunet_exports_it(registry, untrained, tmp_path):
    """``nnUNetv2_export_model_to_zip``: under data set and trainer, with other folds, pictures and summaries."""
    path = tmp_path / "export.zip"
    inside = "Dataset017_Crystals/nnUNetTrainer__nnUNetPlans__3d_fullres"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as export:
        for name, data in content(untrained).items():
            if name != "card.json":
                export.writestr(f"{inside}/{name}", data)
        export.writestr(f"{inside}/fold_1/checkpoint_final.pth", b"another")
        for name in ("fold_0/debug.json", "fold_0/progress.png", "fold_0/validation/summary.json", "run.py"):
            export.writestr(f"{inside}/{name}", "{}")
        export.writestr(f"{inside}/crossval_results_folds_0_1/postprocessing.pkl", b"\x80")
        export.writestr(f"{inside}/dataset_fingerprint.json", "{}")
    model, told = registry.install(path)
    assert model.name == "nnUNetTrainer__nnUNetPlans__3d_fullres".strip("_")
    files = {"dataset.json", "plans.json", "dataset_fingerprint.json", "fold_0/checkpoint_final.pth", "installed.json"}
    assert set(content(model.path)) == files
    assert any("6 files" in text for text in told) and any("no hash" in text for text in told)


def test_name_that_is_taken_is_never_taken_over_silently(registry, untrained):
    registry.install(untrained)
    before = content(registry.places[0])
    for name, words in (
        ("tiny", "installed already"),
        ("TINY", "take for the same name"),
        ("compact3d", "comes with the package"),
        ("Compact3D", "comes with the package"),
    ):
        with pytest.raises(InputError, match=words):
            registry.install(untrained, name)
    assert content(registry.places[0]) == before
    with pytest.raises(InputError, match="did you mean tiny"):
        registry.find("Tiny")


def test_replacing_takes_the_new_one(registry, untrained, tmp_path):
    registry.install(untrained)
    other = write_untrained_model(tmp_path / "other", licence="CC0-1.0")
    model, _ = registry.install(other, replace=True)
    assert model.folder.card["licence"] == "CC0-1.0"
    assert names(registry) == [*BUNDLED, "tiny"]


@pytest.mark.parametrize(
    "name", ["", ".hidden", "a/b", "..", "nul", "COM1.x", "a\\b", "a:b", "x" * 65, "ends.", "a\nb"]
)
def test_names_that_no_system_takes(registry, untrained, name):
    with pytest.raises(InputError, match="cannot be the name of a model"):
        registry.install(untrained, name)


def test_folder_put_there_by_hand_is_used_and_never_touched(registry, untrained, tmp_path):
    by_hand = shutil.copytree(untrained, registry.places[0] / "own")
    linked = registry.places[0] / "linked"
    installed, _ = ModelRegistry((tmp_path / "elsewhere",)).install(untrained)
    linked.symlink_to(installed.path, target_is_directory=True)
    assert [registry.find(name).origin for name in ("own", "linked")] == ["by hand", "by hand"]
    before = content(tmp_path)
    for name in ("own", "linked"):
        with pytest.raises(InputError, match="was not installed by this program"):
            registry.remove(name)
        with pytest.raises(InputError, match="was not installed by this program"):
            registry.install(untrained, name, replace=True)
    assert content(tmp_path) == before and by_hand.is_dir() and linked.is_symlink()


@pytest.mark.parametrize("change", ["added", "edited", "linked"])
def test_model_that_was_changed_is_not_removed(registry, untrained, change):
    path = registry.install(untrained)[0].path
    if change == "added":
        (path / "notes.txt").write_text("mine")
    elif change == "linked":
        (path / "results").symlink_to("/", target_is_directory=True)
    else:
        (path / "card.json").write_text('{"name": "mine"}')
    before = content(path) if change != "linked" else None
    with pytest.raises(InputError, match="or was changed since"):
        registry.remove("tiny")
    assert path.is_dir() and (before is None or content(path) == before)


def test_damaged_model_is_not_installed(registry, model_copy, tmp_path):
    weights = model_copy / "fold_0/checkpoint_final.pth"
    save_weights(weights, {"a": torch.zeros(3)}, configuration="3d_fullres")
    with pytest.raises(InputError, match="not those that") as told:
        registry.install(model_copy)
    assert str(model_copy) in str(told.value)
    (model_copy / "card.json").unlink()
    with pytest.raises(InputError, match="cannot be used"):
        registry.install(model_copy)
    weights.unlink()
    with pytest.raises(InputError, match=r"has no fold_0/checkpoint_final\.pth"):
        registry.install(model_copy)
    assert list(registry.places[0].iterdir()) == []


def test_weights_that_hold_code_are_not_run(registry, model_copy, tmp_path):
    class Harm:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "was run"),)

    torch.save({"network_weights": Harm()}, model_copy / "fold_0/checkpoint_final.pth")
    (model_copy / "card.json").unlink()
    with pytest.raises(InputError, match="which is not run"):
        registry.install(model_copy)
    assert not (tmp_path / "was run").exists()


def test_archive_of_two_models_is_refused(registry, untrained, tmp_path):
    for name in ("one", "two"):
        shutil.copytree(untrained, tmp_path / "both" / name)
    with pytest.raises(InputError, match=r"2 models \(both/one, both/two\)"):
        registry.install(archive(tmp_path / "both", tmp_path / "a", "zip"))
    with pytest.raises(InputError, match="holds no model"):
        registry.install(tmp_path / "both" / "one" / "fold_0")


def test_disk_that_is_full_leaves_nothing(registry, untrained, tmp_path):
    path = archive(untrained, tmp_path / "a", "zip")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
    try:
        with pytest.raises(InputError, match=r"tiny cannot be written \(File too large\)"):
            registry.install(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(registry.places[0].iterdir()) == []
    registry.install(path)


def test_place_that_cannot_be_written(untrained, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        ModelRegistry((tmp_path / "file" / "models",)).install(untrained)
    assert names(ModelRegistry((tmp_path / "file",))) == BUNDLED


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_place_that_is_read_only(registry, untrained):
    registry.install(untrained)
    registry.places[0].chmod(0o555)
    try:
        for work in (lambda: registry.install(untrained, "other"), lambda: registry.remove("tiny")):
            with pytest.raises(InputError, match="cannot be written"):
                work()
    finally:
        registry.places[0].chmod(0o755)
    assert names(registry) == [*BUNDLED, "tiny"]


def test_cancelled_leaves_nothing(registry, untrained):
    def cancel(fraction, text):
        if fraction > 0.5:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        registry.install(untrained, progress=cancel)
    assert list(registry.places[0].iterdir()) == []


def test_installs_at_the_same_time(registry, untrained):
    """Of one name one is installed, and the others are told so; of several names all are."""
    outcomes = []

    def work(name):
        try:
            outcomes.append(registry.install(untrained, name)[0].name)
        except InputError as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=work, args=(name,)) for name in ("same", "same", "same", "other")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert outcomes.count("same") == outcomes.count("other") == 1
    refused = [text for text in outcomes if text not in ("same", "other")]
    assert all("another run" in text or "installed already" in text for text in refused)
    assert names(registry) == [*BUNDLED, "other", "same"]
    with exclusive_writing(registry.places[0] / "same"), pytest.raises(InputError, match="another run"):
        registry.remove("same")


def test_places_are_those_of_the_environment(untrained, tmp_path, monkeypatch):
    own, shared = tmp_path / "own", tmp_path / "shared"
    ModelRegistry((shared,)).install(untrained, "beamline")
    ModelRegistry((shared,)).install(untrained, "both")
    monkeypatch.setenv(ENVIRONMENT, f"{own}{os.pathsep}{shared}")
    registry = ModelRegistry.of_user()
    assert registry.places == (own, shared)
    assert registry.install(untrained, "both")[0].path == own / "both"
    assert [(one.name, one.path.parent) for one in registry.models()[3:]] == [("both", own), ("beamline", shared)]
    assert ModelRegistry.of_user(shared).places == (shared,)
    monkeypatch.delenv(ENVIRONMENT)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    assert ModelRegistry.of_user().places[0].is_relative_to(tmp_path)


def test_which_of_folder_and_model_is_taken_is_said(registry, untrained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    installed = registry.install(untrained)[0].path
    assert find_model("tiny", registry).folder.path == installed and find_model("tiny", registry).told == ""
    (tmp_path / "tiny").mkdir()
    found = find_model("tiny", registry)
    assert found.folder.path == installed and "is no model: the installed model tiny" in found.told
    shutil.copytree(untrained, tmp_path / "tiny", dirs_exist_ok=True)
    found = find_model("tiny", registry)
    assert found.folder.path.resolve() == (tmp_path / "tiny").resolve() and str(installed) in found.told
    for place in ("./tiny", str(tmp_path / "tiny")):
        assert find_model(place, registry).told == ""
    with pytest.raises(InputError, match="There is no model 'nowhere': there are compact2d"):
        find_model("nowhere", registry)
    with pytest.raises(InputError, match="There is no model folder"):
        find_model("./nowhere", registry)


def test_model_that_cannot_be_used_says_why(registry, untrained):
    shutil.copytree(untrained, registry.places[0] / "broken")
    (registry.places[0] / "broken" / "plans.json").write_text("{")
    assert "is not JSON" in registry.find("broken").problem


def test_bundled_place_is_that_of_the_package():
    assert (model_registry.BUNDLED_MODELS / "compact3d" / "card.json").is_file()
