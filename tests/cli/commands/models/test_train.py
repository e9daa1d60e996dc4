"""crystalseg train and pack-model: from label maps to a model folder that segments."""

from __future__ import annotations

import json
import os
import signal

import numpy as np
import pytest
import torch

from napari_crystalseg.cli import main
from napari_crystalseg.io import open_labels, save_labels, save_volume
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.volume import Volume


@pytest.fixture(scope="module")
def pool(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pool")
    labels = np.zeros((40, 36, 44), dtype=np.uint8)
    labels[8:30, 6:30, 8:36] = Material.LIQUOR
    labels[14:24, 12:22, 14:28] = Material.CRYSTAL
    save_labels(Labels(labels, 0.5), folder / "case_0000" / "labels.h5")
    return folder


def test_trains_packs_and_segments(pool, tmp_path, capsys):
    model = tmp_path / "model"
    words = ["train", str(model), "--labels", str(pool), "--working-size", "32", "--threads", "1", "--steps", "1"]
    assert main(words) == 0
    card = json.loads((model / "card.json").read_text())
    assert (card["steps"], card["label_maps"], card["working_sizes"]) == (1, 1, [32])
    assert (tmp_path / "model.training" / "training.log").exists()
    assert main([*words, "--continue"]) == 2
    assert "is there already and stays as it is" in capsys.readouterr().err

    again = tmp_path / "again"
    assert main(["pack-model", str(tmp_path / "model.training"), str(again), "--data", "one box in another"]) == 0
    packed = json.loads((again / "card.json").read_text())
    assert (packed["name"], packed["data"]) == ("again", "one box in another")
    weights = [folder / "fold_0" / "checkpoint_final.pth" for folder in (model, again)]
    assert weights[0].read_bytes() == weights[1].read_bytes()

    voxel_values = np.random.default_rng(0).normal(0, 0.1, (40, 36, 44)) + (
        open_labels(pool / "case_0000/labels.h5").data > 0
    )
    save_volume(Volume(voxel_values.astype(np.float32), 0.5), tmp_path / "volume.tif")
    assert main(["segment", str(tmp_path / "volume.tif"), str(tmp_path / "out.tif"), "--model", str(again)]) == 0
    assert open_labels(tmp_path / "out.tif").shape == (40, 36, 44)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--steps", "1"], "something to learn from"),
        (["--labels", "nowhere", "--steps", "1"], "no folder nowhere"),
        (["--labels", "."], "either minutes or steps"),
        (["--labels", ".", "--steps", "1", "--minutes", "1"], "either minutes or steps"),
        (["--share-label-to-image", "2", "--steps", "1"], "less than or equal to 1"),
    ],
)
def test_what_cannot_be_trained_is_told_in_a_line(tmp_path, monkeypatch, capsys, words, named):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "model", *words]) == 2
    message = capsys.readouterr().err.replace("\n", " ")
    assert named in message
    assert not list(tmp_path.iterdir())


def test_asked_to_end_it_ends_at_the_next_line_with_a_checkpoint(pool, tmp_path, monkeypatch):
    from napari_crystalseg.segmentation.training.trainer import CrystalTrainer

    step = CrystalTrainer.train_step

    def asked_for_an_end(self, batch):
        if self.step == 3:
            os.kill(os.getpid(), signal.SIGINT)
        # What is learnt after that is not looked at.
        return step(self, batch) if self.step <= 3 else {"loss": 1.0}

    monkeypatch.setattr(CrystalTrainer, "train_step", asked_for_an_end)
    words = ["train", str(tmp_path / "model"), "--labels", str(pool), "--working-size", "16", "--threads", "1"]
    before = signal.getsignal(signal.SIGINT)
    assert main([*words, "--steps", "40"]) == 130
    assert signal.getsignal(signal.SIGINT) is before
    assert not (tmp_path / "model").exists()
    saved = torch.load(tmp_path / "model.training" / "checkpoint_latest.pth", weights_only=True)
    assert saved["crystalseg"]["step"] == 20
