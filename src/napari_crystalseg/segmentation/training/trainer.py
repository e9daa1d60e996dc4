"""nnU-Net's trainer, made fit for a CPU and a short budget.

Imported only where nnU-Net is wanted.
"""

from __future__ import annotations

import contextlib
import io
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from ...computing.torchvision_operators import provide_missing_operators
from ...errors import Cancelled, InputError
from ...io.files.atomic import replacing
from ..engines.torch_engine import TorchEngine
from ..networks.instance_norm import quicken
from ..networks.plans import CONFIGURATION, coarsest_voxels, dataset_json, plans_json
from ..prediction.sample_prediction import predict_sample
from ..prediction.tiles import tile_about
from ..streams.dataset import TrainingCase
from ..streams.streams import PAINTED_SHARE, Streams
from ..streams.synthesis import LabelPool
from . import curves
from .batches import Batches
from .budget import Budget
from .case_folders import CaseFolders
from .checkpoint import check_is_of, checkpoint_of
from .drawing import Shown, ended_worker
from .interface_loss import interface_loss
from .repeats import joined
from .supply import Supply
from .training_request import TrainingRequest
from .validation.validation_sets import SingleSlice, StackedSlice, ValidationSet
from .validation.validator import Validator
from .weight_average import WeightAverage

provide_missing_operators()
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer  # noqa: E402

_STEPS_BETWEEN_SCANS = 100  # of the folders, for what has appeared
_INTERFACE_WEIGHT = 0.5
_SECONDS_BETWEEN_VALIDATIONS = 600  # at least
_VALIDATION_SHARE = 0.08  # of the time, at most
_SECONDS_BETWEEN_CHECKPOINTS = 150
WORKING_SIZES = (64, 96)
LEARNING_RATE = 1e-3


class CrystalTrainer(nnUNetTrainer):  # type: ignore[misc]  # has no types
    """nnU-Net's trainer with our dataset and augmentation, one prefetching thread and bf16 on the CPU.

    The network, the loss (Dice and cross-entropy with deep supervision) and the form of the checkpoints are nnU-Net's;
    the loss has a term for the crystal's interface, so that the network looks for faces rather than take the core
    of a sample for crystal. A patch is a whole sample, since a part of one does not tell crystal from liquor, on a
    coarse or a fine working grid, less often on the coarse one as the training goes on. Samples are simulated volumes,
    or label maps painted on the spot. The optimiser is AdamW, which gets further than SGD in a few thousand steps, and
    the weights that count are an exponential moving average. Which patches a step sees depends on the seed, the step
    and the cases and label maps known then.

    Made by :meth:`at`. Its own signature is nnU-Net's.
    """

    OF_CONFIGURATION: ClassVar[str] = CONFIGURATION
    STREAMS: ClassVar[type[Streams]] = Streams
    MIRROR_AXES: ClassVar[tuple[int, ...]] = (0, 1, 2)
    USUAL_SIZES: ClassVar[tuple[int, ...]] = WORKING_SIZES

    work_dir: Path
    cases: CaseFolders
    validator: Validator
    average: WeightAverage
    streams: Streams
    seed: int
    budget: Budget
    supply: Supply
    working_sizes: tuple[int, ...]
    initial_lr: float
    report: Callable[[str], None]

    @staticmethod
    def usual_plans() -> dict[str, Any]:
        """Plans of the network, where none are given."""
        return plans_json()

    @classmethod
    def at(
        cls,
        work_dir: Path,
        request: TrainingRequest,
        pool: LabelPool | None = None,
        report: Callable[[str], None] = print,
    ) -> CrystalTrainer:
        """Make a trainer that works in a folder.

        Parameters
        ----------
        work_dir : Path
            Takes checkpoints and all that the training writes.
        request : TrainingRequest
            What to learn from, and how; cases are looked through again at every epoch. The learning rate falls to zero
            at the end of the budget.
        pool : LabelPool, optional
            Label maps to paint; looked through again at every epoch.
        report : callable
            Takes the lines of the log.
        """
        work_dir.mkdir(parents=True, exist_ok=True)
        with _results_in(work_dir / "nnunet"), contextlib.redirect_stdout(io.StringIO()):
            trainer = cls(
                {**(request.plans or cls.usual_plans()), "continue_training": False},
                cls.OF_CONFIGURATION,
                0,
                dataset_json(0),
                torch.device("cuda" if torch.cuda.is_available() else "cpu"),
            )
        sizes = tuple(sorted(request.working_sizes or cls.USUAL_SIZES))
        trainer.work_dir, trainer.report = work_dir, report
        trainer.seed, trainer.working_sizes = request.seed, sizes
        trainer.budget, trainer.supply = Budget(request.minutes, request.steps), request.supply
        trainer.initial_lr = LEARNING_RATE if request.learning_rate is None else request.learning_rate
        share = request.painted_share
        if share is None:
            share = PAINTED_SHARE if request.cases else 1.0
        trainer.streams = cls.STREAMS(request.seed, trainer._coarsest_voxels, pool, share)
        trainer.cases = CaseFolders(request.case_folders, work_dir, sizes, pool, report)
        trainer.validator = Validator(request.validation_paths, work_dir, sizes[-1], trainer, report)
        trainer.initialize()
        return trainer

    def __init__(
        self, plans: dict[str, Any], configuration: str, fold: int, dataset_json: dict[str, Any], device: torch.device
    ) -> None:
        super().__init__(plans, configuration, fold, dataset_json, device)
        self.weight_decay = 1e-2
        self.num_iterations_per_epoch = _STEPS_BETWEEN_SCANS
        self.inference_allowed_mirroring_axes = self.MIRROR_AXES
        self.step, self.seconds = 0, 0.0
        self.began_from_weights = False
        self.validation: dict[str, dict[str, float]] = {}

    def print_to_log_file(self, *args: Any, **options: Any) -> None:
        """Keep nnU-Net's own remarks out of our log."""

    def initialize(self) -> None:
        """Build network, optimiser and loss."""
        torch.manual_seed(self.seed)
        self.batch_size = self.configuration_manager.batch_size
        self.num_input_channels = 1
        self.network = self.build_network_architecture(
            self.plans_manager,
            self.configuration_manager,
            self.num_input_channels,
            self.label_manager.num_segmentation_heads,
            self.enable_deep_supervision,
        ).to(self.device)
        if self.device.type == "cpu":
            quicken(self.network)
        self.optimizer, self.lr_scheduler = self.configure_optimizers()
        self.loss = self._build_loss()
        self.average = WeightAverage(self.network)
        self.was_initialized = True

    def _do_i_compile(self) -> bool:
        return False

    def configure_optimizers(self) -> tuple[torch.optim.Optimizer, None]:
        """AdamW; the rate is set at every step from the budget spent."""
        return torch.optim.AdamW(
            self.network.parameters(),
            lr=self.initial_lr,
            weight_decay=self.weight_decay,
            betas=(0.9, 0.99),
            fused=True,  # on a CPU, a fifth of the time
        ), None

    @property
    def spent(self) -> float:
        """Share of the budget spent, 0 to 1."""
        return self.budget.spent(self.step, self.seconds)

    def learning_rate(self) -> float:
        """Rate of the step to come."""
        return self.budget.learning_rate(self.initial_lr, self.step, self.seconds)

    def _patch_size(self, working_size: int) -> tuple[int, int, int]:
        """Voxels that hold a whole working grid and that the network can halve as often as it must."""
        return tile_about((working_size,) * 3, self._coarsest_voxels)

    @property
    def _coarsest_voxels(self) -> int:
        """Voxels along a side of what the network's last stage takes for one."""
        return coarsest_voxels(self.configuration_manager.configuration)

    def train_step(self, batches: Sequence[Shown]) -> dict[str, torch.Tensor]:
        """One step in bf16 (nnU-Net itself would use it on CUDA only), of the gradients of all batches together."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate()
        self.optimizer.zero_grad(set_to_none=True)
        if self.device.type == "cuda":  # to which a large batch is hardly more work than a small one
            batches = [joined(batches)]
        losses = [self._learn(batch, self.step * len(batches) + n, len(batches)) for n, batch in enumerate(batches)]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5)
        self.optimizer.step()
        self.average.update(self.network, self.step)
        return {"loss": torch.stack(losses).sum()}

    def _learn(self, batch: Shown, number: int, together: int) -> torch.Tensor:
        """Add a batch's part of the gradients; returns its part of the loss, without waiting for a graphics card."""
        data, labels, kept = self.shown(batch, number)
        strides = [round(1 / scale[0]) for scale in self._get_deep_supervision_scales()]
        axes = labels.dim() - 2
        target = [labels[:, :, *(slice(s // 2, None, s),) * axes] for s in strides]
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            scores = self.scores(data, kept)
        loss = self.loss_of([level.float() for level in scores], target, data) / together
        loss.backward()
        return loss.detach()

    def shown(self, batch: Shown, number: int) -> Shown:
        """What the network is shown of a batch.

        Parameters
        ----------
        batch : tuple of tensor
            As :meth:`.Streams.put_together` returns it.
        number : int
            Number of the showing.
        """
        return batch

    def scores(self, data: torch.Tensor, kept: torch.Tensor) -> list[torch.Tensor]:
        """What the network says of a batch, at each depth of supervision."""
        return list(self.network.scores_with_interface(data, kept))

    def loss_of(self, scores: list[torch.Tensor], target: list[torch.Tensor], data: torch.Tensor) -> torch.Tensor:
        """Loss of the classes and of the crystal's interface, whose score is the last channel."""
        loss = self.loss([level[:, :-1] for level in scores], target)
        return torch.as_tensor(loss + _INTERFACE_WEIGHT * interface_loss(scores[0][:, -1:], target[0]))

    def run_training(self) -> None:
        """Train until the budget is spent; checkpoints are written on the way and at the end.

        Raises
        ------
        Cancelled
            As ``report`` raised it; what has been learnt is saved.
        InputError
            A worker process was ended.
        """
        try:
            self._run()
        except Cancelled:
            self.save_checkpoint(str(self.work_dir / "checkpoint_latest.pth"))
            raise
        except RuntimeError as error:
            if (told := ended_worker(error)) is None:
                raise
            raise told from error

    def _run(self) -> None:
        losses: list[torch.Tensor] = []
        since: list[float] = []
        saved = validated = time.monotonic()
        pause: float = _SECONDS_BETWEEN_VALIDATIONS
        began, before, first = time.monotonic(), self.seconds, self.step
        batches = Batches(
            self.streams,
            self.cases,
            self.working_sizes,
            self.seed,
            self.batch_size,
            self.num_iterations_per_epoch,
            self.supply,
            self.device,
        )
        # Closed at once, whatever happens: a traceback would keep the processes that draw.
        with contextlib.closing(batches.until_spent(self)) as steps:
            for drawn in steps:
                losses.append(self.train_step(drawn)["loss"])
                self.step += 1
                self.seconds = before + time.monotonic() - began
                if self.step % 20 == 0:
                    pace = (self.seconds - before) / (self.step - first)
                    since += [float(loss) for loss in losses]
                    self.report(
                        f"step {self.step}  loss {np.mean(since[-len(losses) :]):.4f}  "
                        f"rate {self.learning_rate():.2e}  {self.seconds / 60:.1f} min  {pace:.2f} s/step  "
                        f"{self.spent:.1%}"
                    )
                    losses.clear()
                if time.monotonic() - validated > pause:
                    started = time.monotonic()
                    self.validate(float(np.mean(since)) if since else None)
                    since.clear()
                    validated = time.monotonic()
                    pause = max(_SECONDS_BETWEEN_VALIDATIONS, (validated - started) / _VALIDATION_SHARE)
                if time.monotonic() - saved > _SECONDS_BETWEEN_CHECKPOINTS:
                    self.save_checkpoint(str(self.work_dir / "checkpoint_latest.pth"))
                    saved = time.monotonic()
        # Before, so that a validation that fails does not lose the last steps; after, for its figures.
        self.save_checkpoint(str(self.work_dir / "checkpoint_latest.pth"))
        since += [float(loss) for loss in losses]
        self.validate(float(np.mean(since)) if since else None)
        self.save_checkpoint(str(self.work_dir / "checkpoint_latest.pth"))

    def predict(self, network: torch.nn.Module, voxel_values: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Class of each voxel of normalised voxel values on the finest working grid."""
        size = self._patch_size(self.working_sizes[-1])
        logits = predict_sample(voxel_values, TorchEngine(network), size, self._coarsest_voxels)
        return np.asarray(logits.argmax(0).cpu(), dtype=np.uint8)

    @torch.inference_mode()
    def validate(self, loss: float | None = None) -> dict[str, dict[str, float]]:
        """Dice of the averaged network on each validation set, reported, kept and drawn.

        Parameters
        ----------
        loss : float, optional
            Mean loss since the last validation.
        """
        network = self.averaged_network().eval()
        network.decoder.deep_supervision = False  # type: ignore[union-attr]

        def predict(voxel_values: NDArray[np.float32]) -> NDArray[np.uint8]:
            return self.predict(network, voxel_values)

        self.validation = self.validator.scores(predict, self.cases.held_out, self.step)
        curves.note(self.work_dir, {"step": self.step, "seconds": self.seconds, "loss": loss, "sets": self.validation})
        self.validator.report_mean(self.validation, self.step)
        return self.validation

    def set_of(self, name: str, cases: Sequence[TrainingCase]) -> ValidationSet:
        """Cases to validate on, as the network is to see them."""
        return ValidationSet(name, tuple(cases))

    def slice_of(self, name: str, voxel_values: NDArray[np.float32]) -> StackedSlice | SingleSlice:
        """A slice of shape (y, x) to validate on, as the network is to see it."""
        return StackedSlice(name, voxel_values, self.working_sizes[-1])

    def averaged_network(self) -> torch.nn.Module:
        """A copy of the network with the averaged weights."""
        return self.average.averaged(self.network)

    def save_checkpoint(self, filename: str) -> None:
        """Write all that is needed to go on, in nnU-Net's form; ``network_weights`` are the averaged ones."""
        with replacing(filename) as temporary:
            torch.save(checkpoint_of(self), temporary)

    def begin_from(self, network: torch.nn.Module) -> None:
        """Take the weights of a trained network of the same kind.

        Raises
        ------
        InputError
            The network is of another kind.
        """
        self._take_weights(network.state_dict())

    def _take_weights(self, weights: Mapping[str, torch.Tensor]) -> None:
        try:
            self.network.load_state_dict(weights)
        except RuntimeError as error:
            raise InputError(f"This training cannot begin from a network of another kind: {error}") from error
        self.began_from_weights = True
        self.average = WeightAverage(self.network)

    def load_checkpoint(self, filename_or_checkpoint: dict[str, Any] | str) -> None:
        """Go on from what :meth:`save_checkpoint` wrote.

        Raises
        ------
        InputError
            Its seed, working sizes, or what it learns from are others than this training's, or an earlier version made
            it.
        """
        checkpoint = filename_or_checkpoint
        if isinstance(checkpoint, str):
            checkpoint = torch.load(checkpoint, map_location=self.device, weights_only=True)
        check_is_of(checkpoint, self)
        theirs = checkpoint["crystalseg"]
        self.network.load_state_dict(checkpoint["network_weights"])
        self.average = WeightAverage(self.network)
        self.network.load_state_dict(checkpoint["raw_weights"])
        self.optimizer.load_state_dict(checkpoint["optimizer_state"])
        self.step, self.seconds, self.validation = theirs["step"], theirs["seconds"], theirs["validation"]
        self.initial_lr = theirs.get("learning_rate", self.initial_lr)
        self.began_from_weights = theirs.get("began_from_weights", False)


@contextlib.contextmanager
def _results_in(folder: Path) -> Iterator[None]:
    """Have nnU-Net's constructor make its result folder here: it goes by a variable of the environment."""
    before = os.environ.get("nnUNet_results")
    os.environ["nnUNet_results"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["nnUNet_results"]
        else:
            os.environ["nnUNet_results"] = before
