"""Trainer of the network that refines: a loop that can be interrupted and gone on with.

Imported only where a training runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from ....errors import Cancelled, InputError
from ....io.files.atomic import replacing
from ....labels import Material
from ...engines.choice import engine_of
from ...engines.engine import Engine
from ...model_folders.checkpoint_file import load_checkpoint
from ...model_folders.refiner import Refiner
from ...networks.refinement_network import FEATURES, RefinementNetwork
from ...prediction.sample_prediction import predict_sample
from ...prediction.tile_prediction import predict_logits
from ..weight_average import WeightAverage
from .patches import EDGE_VOXELS, Patches, draw_batch
from .prepared import names, prepare
from .refinement_loss import refinement_loss
from .refinement_request import RefinementRequest

CHECKPOINT = "checkpoint_latest.pth"
LEARNING_RATE = 1e-3
_STEPS_BETWEEN_SCANS = 500
_SECONDS_BETWEEN_CHECKPOINTS = 180
_AHEAD = 3


class RefinementTrainer:
    """Trains a refiner for a coarse model.

    Parameters
    ----------
    work_dir : Path
        Takes prepared cases and checkpoints.
    request : RefinementRequest
        What to learn from, and how.
    report : callable
        Takes the lines of the log.
    """

    def __init__(self, work_dir: Path, request: RefinementRequest, report: Callable[[str], None] = print) -> None:
        self.work_dir, self.request, self.report = work_dir, request, report
        self.budget, self.seed, self.repeats = request.budget, request.seed, request.repeats
        self.initial_rate = LEARNING_RATE if request.learning_rate is None else request.learning_rate
        self.prepared = work_dir / "cases"
        self.step, self.seconds = 0, 0.0
        torch.manual_seed(self.seed)
        self.network = RefinementNetwork(len(Material), FEATURES).to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=self.initial_rate, weight_decay=1e-2, betas=(0.9, 0.99), fused=True
        )
        self.average = WeightAverage(self.network)
        self._coarse_engine: Engine | None = None

    def run(self) -> None:
        """Train until the budget is spent; a checkpoint is written now and then, and at the end.

        Raises
        ------
        Cancelled
            As ``report`` raised it; what has been learnt is saved.
        InputError
            No case can be used.
        """
        try:
            self._run()
        except Cancelled:
            self.save()
            raise
        self.save()

    def _run(self) -> None:
        known = self._look(None)
        if not known:
            raise InputError("None of the cases can be used; name folders with labels.tif and volume*.tif.")
        losses: list[float] = []
        began = saved = time.monotonic()
        before, first = self.seconds, self.step
        with closing(_Ahead(self, known)) as ahead:
            while self.budget.spent(self.step, self.seconds) < 1:
                losses.append(self._learn(*self._shown(ahead.take(self.step // self.repeats))))
                self.step += 1
                self.seconds = before + time.monotonic() - began
                if self.step % 50 == 0:
                    pace = (self.seconds - before) / (self.step - first)
                    self.report(
                        f"step {self.step}  loss {np.mean(losses):.4f}  {self.seconds / 60:.1f} min  "
                        f"{pace:.2f} s/step  {self.budget.spent(self.step, self.seconds):.1%}"
                    )
                    losses.clear()
                if self.step % _STEPS_BETWEEN_SCANS == 0:
                    ahead.known = self._look(3)
                if time.monotonic() - saved > _SECONDS_BETWEEN_CHECKPOINTS:
                    self.save()
                    saved = time.monotonic()

    def _look(self, most: int | None) -> tuple[str, ...]:
        """Prepare what has appeared, some of it at a time, and name all."""
        size = self.request.coarse.working_sizes[-1]
        return tuple(prepare(self.request.case_folders, self.prepared, size, self._predict, self.report, most))

    def _predict(self, voxel_values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Class probabilities that the coarse model gives, by the code of each class."""
        model = self.request.coarse
        if self._coarse_engine is None:
            self._coarse_engine = engine_of(model)
        if model.coarsest_voxels is None:
            scores = predict_logits(voxel_values, self._coarse_engine, model.patch_size)
        else:
            scores = predict_sample(voxel_values, self._coarse_engine, model.patch_size, model.coarsest_voxels)
        found = torch.zeros((len(Material), *voxel_values.shape))
        found[list(self.request.coarse.codes)] = scores.float().softmax(0)
        return np.asarray(found.numpy())

    def _shown(self, patches: Patches) -> tuple[torch.Tensor, torch.Tensor]:
        """What the network is shown of a batch, and the truth; the first patch comes after its own earlier answer."""
        rng = np.random.default_rng((self.seed, self.step, 1))
        values = torch.from_numpy(patches.voxel_values).float()
        probabilities = torch.from_numpy(patches.probabilities).float() / 255
        if patches.earlier is not None and rng.random() < 0.85:
            earlier_values, said = (torch.from_numpy(one).float() for one in patches.earlier)
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
                scores = self.network(torch.cat([earlier_values[None], said / 255])[None])
            quarter = EDGE_VOXELS // 4
            near = slice(quarter - 1, -quarter + 1)
            answer = scores.float().softmax(1)[:, :, near, near, near]
            answer = functional.interpolate(answer, scale_factor=2, mode="trilinear", align_corners=False)
            probabilities[0] = answer[0, :, 2:-2, 2:-2, 2:-2]
        shown = torch.cat([values[:, None], probabilities], 1)
        labels = torch.from_numpy(patches.labels).long()
        order = [0, *(1 + rng.permutation(3))]
        flips = [axis for axis in (1, 2, 3) if rng.random() < 0.5]
        labels = labels.permute(*order).flip(flips)
        shown = shown.permute(0, 1, *(axis + 1 for axis in order[1:])).flip([axis + 1 for axis in flips])
        return shown.contiguous(memory_format=torch.channels_last_3d), labels.contiguous()

    def _learn(self, shown: torch.Tensor, labels: torch.Tensor) -> float:
        """One step."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.budget.learning_rate(self.initial_rate, self.step, self.seconds)
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast("cpu", torch.bfloat16):
            scores = self.network(shown)
        loss = refinement_loss(scores.float(), labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        self.average.update(self.network, self.step)
        return float(loss.detach())

    @property
    def volumes(self) -> int:
        """Number of volumes that patches are drawn from."""
        return len(names(self.prepared))

    def refiner(self) -> Refiner:
        """The refiner with averaged weights."""
        averaged = self.average.averaged(self.network).state_dict()
        weights = {name: tensor.contiguous() for name, tensor in averaged.items()}
        first, second, third = FEATURES
        return Refiner(tuple(int(material) for material in Material), (first, second, third), weights)

    def save(self) -> None:
        """Write all that is needed to go on."""
        record = {
            "network_weights": self.average.averaged(self.network).state_dict(),
            "raw_weights": self.network.state_dict(),
            "optimizer_state": self.optimizer.state_dict(),
            "refinement": {
                "step": self.step,
                "seconds": self.seconds,
                "seed": self.seed,
                "repeats": self.repeats,
                "cases": self._learnt_from(),
                "volumes": self.volumes,
                "learning_rate": self.initial_rate,
            },
        }
        with replacing(self.work_dir / CHECKPOINT) as temporary, open(temporary, "wb") as stream:
            torch.save(record, stream)

    def _learnt_from(self) -> list[str]:
        labels = self.request.labels
        painted = [] if labels is None else [Path(labels).resolve().name]
        return [*(folder.resolve().name for folder in self.request.case_folders), *painted]

    def go_on(self) -> None:
        """Take up what :meth:`save` wrote.

        Raises
        ------
        InputError
            It is of a training with another seed, other cases or another number of showings.
        """
        record = load_checkpoint(self.work_dir / CHECKPOINT)
        theirs = record.get("refinement")
        if not isinstance(theirs, dict):
            raise InputError(f"The training in {self.work_dir} is not one of a refiner; begin this in a new folder.")
        ours = {"seed": self.seed, "repeats": self.repeats, "cases": self._learnt_from()}
        for name, given in ours.items():
            if theirs[name] != given:
                raise InputError(
                    f"The training in {self.work_dir} was begun with {name} {theirs[name]}, not {given}; go on with "
                    "the same, or begin another in a new folder."
                )
        self.network.load_state_dict(record["network_weights"])
        self.average = WeightAverage(self.network)
        self.network.load_state_dict(record["raw_weights"])
        self.optimizer.load_state_dict(record["optimizer_state"])
        self.step, self.seconds = theirs["step"], theirs["seconds"]


class _Ahead:
    """Batches drawn ahead by a thread or by processes."""

    def __init__(self, trainer: RefinementTrainer, known: tuple[str, ...]) -> None:
        self.known = known
        self._seed, self._prepared, self._pool = trainer.seed, trainer.prepared, trainer.request.labels
        self._number_ahead = _AHEAD * max(1, trainer.request.workers)
        self._drawn: dict[int, Future[Patches]] = {}
        self._executor: Executor = (
            ProcessPoolExecutor(trainer.request.workers, mp_context=get_context("spawn"), initializer=_one_thread)
            if trainer.request.workers
            else ThreadPoolExecutor(1)
        )

    def take(self, number: int) -> Patches:
        """Return a batch, and have those after it drawn; may be asked for again until the next."""
        for one in range(number, number + self._number_ahead):
            if one not in self._drawn:
                self._drawn[one] = self._executor.submit(
                    draw_batch, self._seed, one, self._prepared, self.known, self._pool
                )
        for one in [one for one in self._drawn if one < number]:
            del self._drawn[one]
        return self._drawn[number].result()

    def close(self) -> None:
        """End what draws."""
        self._executor.shutdown(wait=True, cancel_futures=True)


def _one_thread() -> None:
    torch.set_num_threads(1)
