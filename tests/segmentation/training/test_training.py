from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
import torch

from helpers.trainings import trained
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.segmentation.training.export import export

TINY_SIZES = (12, 16)


def weights(path):
    return torch.load(path, weights_only=True)["network_weights"]


def test_four_steps_and_their_record(tiny_training):
    checkpoint = torch.load(tiny_training / "checkpoint_latest.pth", weights_only=True)
    assert checkpoint["crystalseg"]["step"] == 4
    assert checkpoint["trainer_name"] == "nnUNetTrainer"
    assert "held out (Dice of 1 cases)" in (tiny_training / "training.log").read_text()


def test_interrupted_training_ends_where_an_uninterrupted_one_does(
    tiny_cases, tiny_training, tiny_plans, tmp_path, monkeypatch
):
    from napari_crystalseg.segmentation.training.trainer import CrystalTrainer

    step = CrystalTrainer.train_step

    def dying(self, batch):
        if self.step == 2:
            self.save_checkpoint(str(self.work_dir / "checkpoint_latest.pth"))
            raise KeyboardInterrupt
        return step(self, batch)

    with monkeypatch.context() as patch:
        patch.setattr(CrystalTrainer, "train_step", dying)
        with pytest.raises(KeyboardInterrupt):
            trained(tiny_cases, tmp_path, steps=4, seed=3, plans=tiny_plans, working_sizes=TINY_SIZES)
    path = trained(tiny_cases, tmp_path, steps=4, seed=3, plans=tiny_plans, working_sizes=TINY_SIZES, resume=True)
    whole, resumed = weights(tiny_training / "checkpoint_latest.pth"), weights(path)
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


@pytest.mark.parametrize(("seed", "sizes", "named"), [(4, TINY_SIZES, "seed 3, not 4"), (3, (16,), r"\[12, 16\]")])
def test_going_on_as_another_training_is_refused(tiny_cases, tiny_training, tiny_plans, seed, sizes, named):
    with pytest.raises(InputError, match=named):
        trained(tiny_cases, tiny_training, steps=8, seed=seed, plans=tiny_plans, working_sizes=sizes, resume=True)


def test_going_on_with_a_training_of_an_earlier_version_is_refused(tiny_cases, tiny_training, tiny_plans, tmp_path):
    checkpoint = torch.load(tiny_training / "checkpoint_latest.pth", weights_only=True)
    del checkpoint["crystalseg"]["working_sizes"]
    torch.save(checkpoint, tmp_path / "checkpoint_latest.pth")
    with pytest.raises(InputError, match="earlier version"):
        trained(tiny_cases, tmp_path, steps=8, seed=3, plans=tiny_plans, working_sizes=TINY_SIZES, resume=True)


def test_going_on_keeps_the_rate(tiny_cases, tiny_plans, tmp_path):
    for steps, rate, kept in ((1, 1e-9, 1e-9), (2, None, 1e-9), (3, 1e-8, 1e-8)):
        path = trained(
            tiny_cases,
            tmp_path,
            steps=steps,
            plans=tiny_plans,
            working_sizes=(16,),
            learning_rate=rate,
            resume=steps > 1,
        )
        assert torch.load(path, weights_only=True)["crystalseg"]["learning_rate"] == kept


def test_what_is_validated_on_is_read_before_the_first_step(tiny_cases, tmp_path):
    slices = {
        "text.txt": b"no slice",
        "damaged.npy": b"no array",
        "volume.npy": np.zeros((2, 3, 4)),
        "constant.npy": np.zeros((20, 20)),
        "nan.npy": np.full((20, 20), np.nan),
    }
    for name, content in slices.items():
        path = tmp_path / name
        path.write_bytes(content) if isinstance(content, bytes) else np.save(path, content)
        with pytest.raises(InputError, match=name):
            trained(tiny_cases, tmp_path / "work", steps=1, validate=[path])
    with pytest.raises(InputError, match="to be validated on"):
        trained(tiny_cases, tmp_path / "work", steps=1, validate=[tiny_cases])
    for name in ("one", "two"):
        (tmp_path / name / "unseen").mkdir(parents=True)
    with pytest.raises(InputError, match="same name"):
        trained(tiny_cases, tmp_path / "work", steps=1, validate=[tmp_path / "one/unseen", tmp_path / "two/unseen"])
    assert not (tmp_path / "work").exists()


def test_going_on_with_other_data_is_refused(tiny_cases, tiny_labels, tiny_plans, tmp_path):
    same = {"plans": tiny_plans, "working_sizes": (16,), "labels": tiny_labels, "painted_share": 0.5}
    trained(tiny_cases, tmp_path, steps=1, **same)
    with pytest.raises(InputError, match=r"painted share 0\.5, not 0\.1"):
        trained(tiny_cases, tmp_path, steps=2, resume=True, **same | {"painted_share": 0.1})
    with pytest.raises(InputError, match=r"labels .*, not None"):
        trained(tiny_cases, tmp_path, steps=2, resume=True, **same | {"labels": None, "painted_share": None})


def test_labels_of_held_out_cases_are_not_painted(tiny_cases, tiny_plans, tmp_path):
    from napari_crystalseg.segmentation.streams.synthesis import LabelPool
    from napari_crystalseg.segmentation.training.trainer import CrystalTrainer
    from napari_crystalseg.segmentation.training.training_request import TrainingRequest

    pool = LabelPool(tiny_cases)
    trainer = CrystalTrainer.at(
        tmp_path,
        TrainingRequest([tiny_cases], labels=tiny_cases, plans=tiny_plans, steps=1, working_sizes=(16,)),
        pool,
        lambda line: None,
    )
    assert len(pool) == 7
    trainer.cases.look_again()
    assert len(pool) == 6
    pool.look_again()
    assert len(pool) == 6


def test_a_model_folder_is_whole_or_absent(tiny_training, tmp_path):
    for options, named in (
        ({"working_sizes": [0]}, "from 8 to 512"),
        ({"voxel_range_um": (4.0, 0.2)}, "range of voxel sizes"),
    ):
        with pytest.raises(InputError, match=named):
            export(tiny_training, tmp_path / "model", name="none", data="none", **options)
        assert not list(tmp_path.iterdir())
    (tmp_path / "taken").mkdir()
    with pytest.raises(InputError, match="stays as it is"):
        export(tiny_training, tmp_path / "taken", name="none", data="none")
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    whole = (tiny_training / "checkpoint_latest.pth").read_bytes()
    for content in (b"", b"junk", whole[: len(whole) // 2]):
        (damaged / "checkpoint_latest.pth").write_bytes(content)
        with pytest.raises(InputError):
            export(damaged, tmp_path / "model", name="none", data="none")
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("sizes", [(), (0,), (-64, 96), (48, 64, 96)])
def test_working_sizes_are_one_or_two(tiny_cases, tmp_path, sizes):
    with pytest.raises(InputError, match="working size"):
        trained(tiny_cases, tmp_path / "work", steps=1, working_sizes=sizes)


def test_painted_and_simulated_samples_resume_exactly(tiny_cases, tiny_labels, tiny_plans, tmp_path, monkeypatch):
    # So that the averages now and then, and another look through the folders, fall within the few steps.
    monkeypatch.setattr("napari_crystalseg.segmentation.training.weight_average._YOUNG_STEPS", 2)
    monkeypatch.setattr("napari_crystalseg.segmentation.training.weight_average._STEPS_BETWEEN_UPDATES", 2)
    monkeypatch.setattr("napari_crystalseg.segmentation.training.trainer._STEPS_BETWEEN_SCANS", 2)

    def run(work, steps, resume=False):
        return trained(
            tiny_cases,
            work,
            steps=steps,
            seed=3,
            plans=tiny_plans,
            working_sizes=TINY_SIZES,
            labels=tiny_labels,
            painted_share=0.5,
            resume=resume,
        )

    from napari_crystalseg.segmentation.training.trainer import CrystalTrainer

    step = CrystalTrainer.train_step

    def dying(self, batch):
        if self.step == 3:
            self.save_checkpoint(str(self.work_dir / "checkpoint_latest.pth"))
            raise KeyboardInterrupt
        return step(self, batch)

    whole = weights(run(tmp_path / "whole", 6))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CrystalTrainer, "train_step", dying)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "parts", 6)
    resumed = weights(run(tmp_path / "parts", 6, resume=True))
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_a_training_that_is_cancelled_keeps_what_it_has_learnt(tiny_cases, tiny_training, tiny_plans, tmp_path):
    def report(line):
        if line.startswith("step 20 "):
            raise Cancelled

    options = {"seed": 3, "plans": tiny_plans, "working_sizes": (12,)}
    with pytest.raises(Cancelled):
        trained(tiny_cases, tmp_path / "parts", steps=22, report=report, **options)
    stopped = torch.load(tmp_path / "parts" / "checkpoint_latest.pth", weights_only=True)
    assert stopped["crystalseg"]["step"] == 20
    resumed = weights(trained(tiny_cases, tmp_path / "parts", steps=22, resume=True, **options))
    whole = weights(trained(tiny_cases, tmp_path / "whole", steps=22, **options))
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_label_maps_alone_are_enough(tiny_labels, tiny_cases, tiny_plans, tmp_path, monkeypatch):
    monkeypatch.setattr("napari_crystalseg.segmentation.training.validation.validation_sets.COPIES", (5, 10))
    lines: list[str] = []
    validate = [tiny_cases, tmp_path / "slice.npy"]
    np.save(tmp_path / "slice.npy", np.random.default_rng(0).normal(size=(20, 12)))
    trained(
        [],
        tmp_path / "work",
        steps=2,
        plans=tiny_plans,
        working_sizes=(16,),
        labels=tiny_labels,
        validate=validate,
        threads=1,
        report=lines.append,
    )
    assert "3 label maps" in "\n".join(lines)
    (entry,) = [json.loads(line) for line in (tmp_path / "work" / "curves.jsonl").read_text().splitlines()]
    assert entry["step"] == 2
    assert set(entry["sets"]) == {tiny_cases.name, "slice"}
    assert set(entry["sets"][tiny_cases.name]) >= {"liquor", "crystal", "mean"}
    assert 0 <= entry["sets"]["slice"]["agreement"] <= 1
    assert (tmp_path / "work" / "slice.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "work" / "curves.png").stat().st_size > 5000
    card = export(tmp_path / "work", tmp_path / "model", name="painted", data="painted balls").card
    assert (card["training_volumes"], card["label_maps"], card["painted_share"]) == (0, 3, 1.0)
    assert card["metrics"]["validation"] == entry["sets"]


def test_folders_of_the_same_case_names_are_both_learnt_from(tiny_cases, tiny_plans, tmp_path):
    for name in ("one", "two"):
        shutil.copytree(tiny_cases, tmp_path / name)
    trained([tmp_path / "one", tmp_path / "two"], tmp_path / "work", steps=1, plans=tiny_plans, working_sizes=(16,))
    (splits,) = json.loads((tmp_path / "work" / "splits_final.json").read_text())
    assert len(splits["train"]) + len(splits["val"]) == 14
    with pytest.raises(InputError, match="same name"):
        trained([tmp_path / "one", tmp_path / "one"], tmp_path / "work2", steps=1)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"cases": []}, "something to learn from"),
        ({"painted_share": 0.5}, "needs both"),
        ({"painted_share": 1.5}, "between 0 and 1"),
        ({"threads": 0}, "one thread"),
        ({"validate": ["nowhere"]}, "no nowhere"),
        ({"labels": "nowhere"}, "no folder nowhere"),
        ({"working_sizes": (1,)}, "from 8 to 512"),
        ({"working_sizes": (16, 100_000)}, "from 8 to 512"),
        ({"configuration": "4d"}, "3d, 2d or guided"),
    ],
)
def test_what_no_training_can_be_made_of_is_refused_at_once(tiny_cases, tmp_path, options, named):
    cases = options.pop("cases", tiny_cases)
    with pytest.raises(InputError, match=named):
        trained(cases, tmp_path / "work", steps=1, **options)
    assert not (tmp_path / "work").exists()


def test_begins_with_the_weights_of_a_model(tiny_cases, tiny_model, tiny_plans, tmp_path):
    path = trained(
        tiny_cases,
        tmp_path,
        steps=1,
        seed=5,
        plans=tiny_plans,
        working_sizes=(16,),
        begin_from=tiny_model,
        learning_rate=1e-9,
    )
    begun, made = tiny_model.network().state_dict(), weights(path)
    assert all(torch.allclose(begun[name], made[name], atol=1e-6) for name in begun)


def test_beginning_with_another_kind_of_network_is_refused(tiny_cases, tiny_model, tmp_path):
    with pytest.raises(InputError, match="another kind"):
        trained(tiny_cases, tmp_path, steps=1, working_sizes=(16,), begin_from=tiny_model)


def test_weights_move(tiny_cases, tiny_training, tiny_plans, tmp_path):
    other = weights(trained(tiny_cases, tmp_path, steps=1, seed=3, plans=tiny_plans, working_sizes=TINY_SIZES))
    whole = weights(tiny_training / "checkpoint_latest.pth")
    assert any(not torch.equal(whole[name], other[name]) for name in whole)


def test_new_cases_are_taken_in_and_none_changes_sides(tiny_cases, write_case, tiny_plans, tmp_path):
    cases = shutil.copytree(tiny_cases, tmp_path / "cases")
    trained(cases, tmp_path / "work", steps=1, plans=tiny_plans, working_sizes=TINY_SIZES)
    splits = tmp_path / "work" / "splits_final.json"
    before = json.loads(splits.read_text())[0]
    assert before["val"] == ["case_0006~12__volume", "case_0006~16__volume"]
    for number in range(7, 20):
        write_case(cases, number)
    shutil.copy(cases / "case_0006" / "volume.tif", cases / "case_0006" / "volume_again.tif")
    trained(cases, tmp_path / "work", steps=2, plans=tiny_plans, working_sizes=TINY_SIZES, resume=True)
    after = json.loads(splits.read_text())[0]
    assert set(before["train"]) <= set(after["train"])
    held_out = {"case_0006", "case_0018"}
    assert {name.split("~")[0] for name in after["val"]} == held_out
    assert {name.split("~")[0] for name in after["train"]}.isdisjoint(held_out)
    assert "case_0006~16__volume_again" in after["val"]


def test_a_case_that_cannot_be_read_is_named_and_left_out(tiny_cases, tiny_plans, tmp_path):
    cases = shutil.copytree(tiny_cases, tmp_path / "cases")
    (cases / "case_0002" / "volume.tif").write_bytes(b"not a tiff")
    lines: list[str] = []
    trained(cases, tmp_path / "work", steps=1, plans=tiny_plans, working_sizes=TINY_SIZES, report=lines.append)
    assert any("case_0002" in line and "left out" in line for line in lines)


def test_budget_is_one_of_two(tiny_cases, tmp_path):
    for budget in ({}, {"minutes": 1, "steps": 1}, {"steps": 0}):
        with pytest.raises(InputError, match="budget"):
            trained(tiny_cases, tmp_path, **budget)


def test_other_training_is_not_overwritten(tiny_cases, tiny_training):
    with pytest.raises(InputError, match="already holds a training"):
        trained(tiny_cases, tiny_training, steps=1)


def test_export_needs_a_training(tmp_path):
    with pytest.raises(InputError, match="no checkpoint"):
        export(tmp_path, tmp_path / "out", name="none", data="none")
