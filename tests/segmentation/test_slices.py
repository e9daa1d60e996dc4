"""Slices drawn and learnt from: on their labels, seldom empty, and a training that goes on as if never broken off."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from helpers.trainings import trained
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.segmentation.networks.plans import coarsest_voxels, plans_json, slice_plans_json
from napari_crystalseg.segmentation.streams.dataset import TrainingCase
from napari_crystalseg.segmentation.streams.slice_augmentation import draw_slice, turned_about
from napari_crystalseg.segmentation.streams.slice_streams import SliceStreams
from napari_crystalseg.segmentation.streams.synthesis import LabelPool, draw_painted_slices, slab
from napari_crystalseg.segmentation.streams.synthesis.slab import THICKNESS, draw_slab

CPU = torch.device("cpu")


def sample(shape=(40, 36, 44)) -> np.ndarray:
    labels = np.zeros(shape, dtype=np.uint8)
    labels[8:30, 6:30, 8:36] = Material.LIQUOR
    labels[14:24, 12:22, 14:28] = Material.CRYSTAL
    labels[26:34, 16:20, 16:20] = Material.LOOP
    return labels


def case() -> TrainingCase:
    return TrainingCase(sample().astype(np.float16), sample())


class TestSlab:
    def test_is_thin_and_its_middle_holds_the_sample(self):
        lengths, classes = set(), np.zeros(5)
        for seed in range(60):
            made = draw_slab(np.random.default_rng(seed), sample(), 32, CPU)
            assert made.shape[0] == THICKNESS
            assert max(made.shape) == 32
            lengths.add(made.shape[1:])
            classes += [bool((made == code).any()) for code in range(5)]
        assert len(lengths) > 10
        # The loop takes a hundredth of the sample, and yet it is met as often as the rest is.
        assert classes[Material.LOOP] > 20
        assert classes[Material.OTHER] == 0

    def test_slices_without_a_sample_are_rare(self):
        empty = [
            not (draw_painted_slices(np.random.default_rng(seed), sample(), 32, 1)[0].labels > 0).any()
            for seed in range(100)
        ]
        assert np.mean(empty) <= 0.05

    def test_painted_slices_lie_on_their_labels(self, monkeypatch):
        # Painted with the codes themselves, voxel values are labels.
        monkeypatch.setattr(slab, "paint", lambda rng, labels, **options: labels.float())
        for seed in range(10):
            made = draw_painted_slices(np.random.default_rng(seed), sample(), 40, 3)
            assert len(made) == 3
            assert all(
                torch.equal(each.voxel_values, each.labels.float()) and each.voxel_values.shape[0] == 1 for each in made
            )

    def test_of_an_unwarped_sample_the_classes_keep_their_shares(self, monkeypatch):
        ball = np.zeros((48, 48, 48), dtype=np.uint8)
        z, y, x = np.ogrid[:48, :48, :48]
        ball[(z - 23.5) ** 2 + (y - 23.5) ** 2 + (x - 23.5) ** 2 < 20**2] = Material.CRYSTAL
        monkeypatch.setattr(slab, "warp_matrix", lambda rng: np.eye(3))
        monkeypatch.setattr(slab, "draw_share", lambda rng: 0.5)
        monkeypatch.setattr(slab, "draw_bend", lambda *given: None)
        monkeypatch.setattr(slab, "_random_voxel", lambda rng, labels: np.array([23.5, 0, 0]))
        monkeypatch.setattr(slab, "_FULLER", 1.0)
        for seed in range(5):
            made = draw_slab(np.random.default_rng(seed), ball, 96, CPU)
            middle = (made[THICKNESS // 2] > 0).float()
            if made.shape[1] == made.shape[2] and not (middle[0].any() or middle[:, 0].any()):
                assert float(middle.sum()) == pytest.approx(np.pi * 24**2, rel=0.05)

    def test_same_generator_same_bytes(self):
        one, other = (draw_painted_slices(np.random.default_rng(4), sample(), 40, 2) for _ in range(2))
        for first, second in zip(one, other, strict=True):
            assert first.voxel_values.numpy().tobytes() == second.voxel_values.numpy().tobytes()
            assert torch.equal(first.labels, second.labels)

    def test_a_map_of_air_is_no_trouble(self):
        made = draw_painted_slices(np.random.default_rng(0), np.zeros((12, 12, 12), np.uint8), 24, 1)
        assert not made[0].labels.any()
        assert bool(torch.isfinite(made[0].voxel_values).all())


class TestSlicesOfCases:
    def test_labels_stay_on_their_voxel_values(self, monkeypatch):
        name = "napari_crystalseg.segmentation.streams.slice_augmentation"
        monkeypatch.setattr(
            f"{name}.vary_voxel_values", lambda rng, voxel_values, labels, plainness: voxel_values.copy()
        )
        monkeypatch.setattr(f"{name}._OWN_LEVELS", 0.0)
        for seed in range(30):
            voxel_values, labels = draw_slice(np.random.default_rng(seed), case(), 48)
            assert voxel_values.shape == labels.shape
            assert voxel_values.shape[0] == 1
            assert max(voxel_values.shape) <= 48
            whole = np.isin(voxel_values, (0, 1, 2, 3))
            assert whole.mean() > 0.5
            assert np.mean(voxel_values[whole] == labels[whole]) > 0.99

    def test_slices_without_a_sample_are_rare_and_voxel_values_are_clipped(self):
        empty = []
        for seed in range(200):
            voxel_values, labels = draw_slice(np.random.default_rng(seed), case(), 48, 0.5)
            empty.append(not labels.any())
            assert np.isfinite(voxel_values).all()
            assert -3 <= voxel_values.min() <= voxel_values.max() <= 5
        assert np.mean(empty) <= 0.05

    def test_all_eight_ways_to_lay_a_slice_are_met(self):
        voxel_values = np.arange(6, dtype=np.float32).reshape(1, 2, 3)
        ways = set()
        for seed in range(100):
            turned, labels = turned_about(np.random.default_rng(seed), voxel_values, voxel_values.astype(np.uint8))
            assert np.array_equal(turned, labels)
            ways.add((turned.shape, turned.tobytes()))
        assert len(ways) == 8


class TestStreams:
    def test_a_batch_is_of_slices_of_one_shape(self, tiny_labels):
        streams = SliceStreams(1, 4, LabelPool(tiny_labels))
        drawn = streams.draw(0, None, 30, 5, 0.0)
        voxel_values, labels, kept = streams.put_together(drawn, CPU)
        assert voxel_values.shape == labels.shape
        assert voxel_values.shape[:2] == (5, 1)
        assert all(length % 4 == 0 and 12 <= length <= 32 for length in voxel_values.shape[2:])
        assert voxel_values.dtype == torch.float32
        assert labels.dtype == torch.uint8
        assert len(kept) == 5

    def test_a_step_is_decided_by_seed_and_number(self, tiny_labels):
        def drawn(seed, step):
            streams = SliceStreams(seed, 4, LabelPool(tiny_labels))
            return streams.put_together(streams.draw(step, None, 24, 3, 0.0), CPU)[0].numpy().tobytes()

        assert drawn(1, 2) == drawn(1, 2)
        assert len({drawn(1, 2), drawn(2, 2), drawn(1, 3)}) == 3


class TestPlans:
    def test_the_networks_coarsest_voxel_is_what_its_last_stage_sees(self):
        assert coarsest_voxels(plans_json()["configurations"]["3d_fullres"]) == 16
        assert coarsest_voxels(slice_plans_json()["configurations"]["2d"]) == 32

    def test_the_usual_network_of_slices_is_small(self):
        from napari_crystalseg.computing.torchvision_operators import provide_missing_operators

        provide_missing_operators()
        from nnunetv2.utilities.get_network_from_plans import get_network_from_plans

        architecture = slice_plans_json()["configurations"]["2d"]["architecture"]
        imports = architecture["_kw_requires_import"]
        network = get_network_from_plans(
            architecture["network_class_name"], architecture["arch_kwargs"], imports, 1, 5, deep_supervision=True
        )
        assert type(network).__name__ == "PlainConvUNet"
        assert sum(parameter.numel() for parameter in network.parameters()) < 2e6
        scores = network(torch.zeros(1, 1, 96, 64))
        assert [tuple(level.shape[1:]) for level in scores[:2]] == [(5, 96, 64), (5, 48, 32)]


class TestTraining:
    def test_interrupted_training_ends_where_an_uninterrupted_one_does(
        self, tiny_cases, tiny_labels, tiny_slice_plans, tiny_slice_training, tmp_path, monkeypatch
    ):
        from napari_crystalseg.segmentation.training.slice_trainer import SliceTrainer

        step = SliceTrainer.train_step

        def dying(self, batch):
            if self.step == 3:
                self.save_checkpoint(str(self.work_dir / "checkpoint_latest.pth"))
                raise KeyboardInterrupt
            return step(self, batch)

        def run(**options):
            return trained(
                tiny_cases,
                tmp_path,
                steps=6,
                seed=3,
                plans=tiny_slice_plans,
                labels=tiny_labels,
                painted_share=0.5,
                configuration="2d",
                working_sizes=(16, 24),
                **options,
            )

        with monkeypatch.context() as patch:
            patch.setattr(SliceTrainer, "train_step", dying)
            with pytest.raises(KeyboardInterrupt):
                run()
        resumed = torch.load(run(resume=True), weights_only=True)["network_weights"]
        whole = torch.load(tiny_slice_training / "checkpoint_latest.pth", weights_only=True)["network_weights"]
        assert all(torch.equal(whole[name], resumed[name]) for name in whole)

    def test_validates_on_slices(self, tiny_cases, tiny_labels, tiny_slice_plans, tmp_path):
        np.save(tmp_path / "slice.npy", np.random.default_rng(0).normal(size=(20, 12)))
        trained(
            [],
            tmp_path / "work",
            steps=1,
            plans=tiny_slice_plans,
            labels=tiny_labels,
            configuration="2d",
            working_sizes=(24,),
            validate=[tiny_cases, tmp_path / "slice.npy"],
        )
        (entry,) = [json.loads(line) for line in (tmp_path / "work" / "curves.jsonl").read_text().splitlines()]
        assert set(entry["sets"]["slice"]) == {"liquor", "loop", "crystal"}
        assert set(entry["sets"][tiny_cases.name]) >= {"liquor", "crystal", "mean"}

    def test_what_is_packed_says_what_it_sees(self, tiny_slice_model):
        card = tiny_slice_model.card
        assert (card["configuration"], card["coarsest_voxels"], card["working_sizes"]) == ("2d", 4, [24])
        assert (tiny_slice_model.configuration, tiny_slice_model.sees_slices) == ("2d", True)
        assert (tiny_slice_model.patch_size, tiny_slice_model.mirror_axes) == ((1, 24, 24), (1, 2))
        assert card["label_maps"] == 3

    def test_a_training_of_volumes_is_not_gone_on_with_in_slices(self, tiny_cases, tiny_training, tiny_slice_plans):
        with pytest.raises(InputError, match="configuration 3d_fullres, not 2d"):
            trained(
                tiny_cases,
                tiny_training,
                steps=8,
                seed=3,
                plans=tiny_slice_plans,
                configuration="2d",
                working_sizes=(12, 16),
                resume=True,
            )

    def test_from_the_command_line_to_a_model_folder(self, tiny_labels, tmp_path):
        from typer.testing import CliRunner

        from napari_crystalseg.cli.entry import app
        from napari_crystalseg.segmentation import ModelFolder

        options = ["--labels", str(tiny_labels), "--steps", "1", "--configuration", "2d", "--working-size", "32"]
        ran = CliRunner().invoke(app, ["train", str(tmp_path / "made"), *options])
        assert ran.exit_code == 0, ran.output
        made = ModelFolder(tmp_path / "made")
        assert (made.configuration, made.patch_size, made.coarsest_voxels) == ("2d", (1, 96, 96), 32)

    def test_there_are_two_configurations(self, tiny_cases, tmp_path):
        with pytest.raises(InputError, match="3d, 2d or guided, not 4d"):
            trained(tiny_cases, tmp_path / "work", steps=1, configuration="4d")
