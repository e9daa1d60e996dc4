"""Training on a GPU: losses as on the processor, an end and a beginning again, a model that any machine reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from helpers.tiny_cases import write_tiny_case
from napari_crystalseg.errors import Cancelled
from napari_crystalseg.io import open_labels, open_volume, save_labels

torch = pytest.importorskip("torch", reason="PyTorch is not installed here.")
pytest.importorskip("nnunetv2", reason="nnU-Net is not installed here.")

SIZES = (12, 16)


def plans_of(configuration: str) -> dict:
    from napari_crystalseg.segmentation.guidance.marks import GUIDES
    from napari_crystalseg.segmentation.networks.plans import plans_json, slice_plans_json

    if configuration == "2d":
        return slice_plans_json(patch_size=(24, 24), features=(4, 8, 8), batch_size=4)
    guides = {"guides": GUIDES} if configuration == "guided" else {}
    return plans_json(patch_size=(24, 24, 24), features=(4, 8, 8), **guides)


@pytest.fixture(scope="module")
def cases(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("cases")
    for number in range(4):
        write_tiny_case(folder, number)
    return folder


@pytest.fixture(scope="module")
def label_maps(tmp_path_factory, cases) -> Path:
    folder = tmp_path_factory.mktemp("pool")
    for number in range(2):
        save_labels(
            open_labels(cases / f"case_{number:04d}" / "labels.tif"), folder / f"case_{number:04d}" / "labels.h5"
        )
    return folder


def losses(work: Path, cases: Path) -> list[float]:
    """Of three steps on the same samples from the same weights."""
    from napari_crystalseg.segmentation.training.batches import Batches
    from napari_crystalseg.segmentation.training.trainer import CrystalTrainer
    from napari_crystalseg.segmentation.training.training_request import TrainingRequest

    request = TrainingRequest([cases], steps=8, seed=5, plans=plans_of("3d"), working_sizes=SIZES)
    trainer = CrystalTrainer.at(work, request, None, lambda line: None)
    trainer.began_from_weights = True  # no plainer contrasts at the beginning
    batches = Batches(trainer.streams, trainer.cases, SIZES, 5, trainer.batch_size, 100, trainer.supply, trainer.device)
    found = []
    for drawn in batches.until_spent(trainer):
        found.append(float(trainer.train_step(drawn)["loss"]))
        trainer.step += 1
        if len(found) == 3:
            break
    return found


def test_losses_are_those_of_the_processor(cuda, on_processor, cases, tmp_path):
    with on_processor():
        here = losses(tmp_path / "here", cases)
    there = losses(tmp_path / "there", cases)
    assert len(set(here)) == 3
    # Both compute in bfloat16, of eight bits; the steps bring weights apart.
    np.testing.assert_allclose(there[0], here[0], rtol=0.01)
    np.testing.assert_allclose(there, here, rtol=0.03)


@pytest.mark.parametrize("configuration", ["3d", "2d", "guided"])
def test_ended_and_gone_on_with_it_is_a_model_for_any_machine(
    cuda, on_processor, cases, label_maps, tmp_path, configuration
):
    from napari_crystalseg.segmentation import ModelFolder, segment
    from napari_crystalseg.segmentation.training import trainer as module
    from napari_crystalseg.segmentation.training.export import export
    from napari_crystalseg.segmentation.training.training import train
    from napari_crystalseg.segmentation.training.training_request import TrainingRequest

    request = TrainingRequest(
        [cases],
        labels=label_maps,
        painted_share=0.5,
        steps=4,
        seed=3,
        configuration=configuration,
        plans=plans_of(configuration),
        working_sizes=(16, 24) if configuration == "2d" else SIZES,
    )
    step = module.CrystalTrainer.train_step

    def ends(self, batch):
        assert next(self.network.parameters()).device.type == cuda.type
        if self.step == 2 and not told:
            raise Cancelled
        return step(self, batch)

    told: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.CrystalTrainer, "train_step", ends)
        with pytest.raises(Cancelled):
            train(request, tmp_path / "work")
    path = train(request, tmp_path / "work", resume=True, report=told.append)
    assert "going on from step 2" in told
    kept = torch.load(path, map_location="cpu", weights_only=True)
    assert kept["crystalseg"]["step"] == 4
    assert all(bool(torch.isfinite(values).all()) for values in kept["network_weights"].values())
    model: ModelFolder = export(tmp_path / "work", tmp_path / "model", name="tiny", data="balls with boxes")
    with on_processor():
        weights = model.network().state_dict()
        assert {values.device.type for values in weights.values()} == {"cpu"}
        if configuration != "guided":
            volume = open_volume(cases / "case_0000" / "volume.tif")
            assert segment(volume, model, mirror=False).labels.shape == volume.shape
