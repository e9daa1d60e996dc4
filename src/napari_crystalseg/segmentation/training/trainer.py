"""nnU-Net's trainer, made fit for a CPU and a short budget.

Imported only where nnU-Net is wanted.
"""

from __future__ import annotations

import contextlib
import copy
import io
import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from ...errors import Cancelled, InputError
from ...io.files.atomic import replacing
from ..inference import predict_sample
from ..networks.instance_norm import quicken
from ..networks.plans import CONFIGURATION, TRAINER_NAME, coarsest_voxels, dataset_json, plans_json
from ..networks.torchvision_ops import declare_missing_operators
from ..streams.dataset import Case, CaseDataset, prepare, read_cases, split, working_size_of
from ..streams.streams import PAINTED_SHARE, DrawnBatch, Streams
from ..streams.synthesis import LabelPool
from ..tiles import tile_about
from . import curves
from .interface_loss import interface_loss
from .validation import SingleSlice, StackedSlice, ValidationSet, mean_dice, read_slice

declare_missing_operators()
from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer  # noqa: E402

_EMA_DECAY = 0.999  # a step
_STEPS_BETWEEN_AVERAGES = 8
_YOUNG_STEPS = 1000
_STEPS_BETWEEN_SCANS = 100  # of the folders, for what has appeared
_WARM_UP_STEPS = 200
_PLAIN = 0.5  # chance of plain contrast at the beginning of a training from nothing
_PLAIN_SHARE = 0.3  # of the budget, over which it falls to zero
_INTERFACE_WEIGHT = 0.5
_LEVEL_SHARE = 0.7  # of the budget, over which the rate stays
_MOST_HELD_OUT = 12
_MOST_VALIDATED = 24  # cases of a set
_SECONDS_BETWEEN_VALIDATIONS = 600  # at least
_VALIDATION_SHARE = 0.08  # of the time, at most
_SECONDS_BETWEEN_CHECKPOINTS = 150
WORKING_SIZES = (64, 96)
LEARNING_RATE = 1e-3
COARSE_SHARES = (0.6, 0.25)
"""Chance that a step is on the coarser of two working grids, where a sample costs a third: at first, and at the end."""


class CrystalTrainer(nnUNetTrainer):
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
    case_folders: tuple[Path, ...]
    streams: Streams
    seed: int
    minutes: float | None
    steps: int | None
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
        case_folders: Sequence[Path],
        plans: dict[str, Any],
        *,
        seed: int,
        minutes: float | None = None,
        steps: int | None = None,
        working_sizes: tuple[int, ...] = WORKING_SIZES,
        learning_rate: float = LEARNING_RATE,
        pool: LabelPool | None = None,
        painted_share: float = PAINTED_SHARE,
        validate: Sequence[Path] = (),
        report: Callable[[str], None] = print,
    ) -> CrystalTrainer:
        """Make a trainer that works in a folder.

        Parameters
        ----------
        work_dir : Path
            Takes prepared cases and checkpoints.
        case_folders : sequence of Path
            Cases to learn from; looked through again at every epoch. None, and all is painted.
        plans : dict
            As :func:`.plans.plans_json` makes them, or what makes those of another configuration.
        seed : int
            Seed of weights and patches.
        minutes, steps : float or int, optional
            Budget: wall-clock time over all runs, or steps. Exactly one; the learning rate falls to zero at its end.
        working_sizes : tuple of int
            Most voxels along an axis of the working grid: one for the whole training, or a coarse and a fine one.
        learning_rate : float
            Rate at the beginning.
        pool : LabelPool, optional
            Label maps to paint; looked through again at every epoch.
        painted_share : float
            Chance that a sample is painted, where there is a pool.
        validate : sequence of Path
            Folders of cases, or slices in ``.npy`` files, that are never trained on.
        report : callable
            Takes the lines of the log.
        """
        work_dir.mkdir(parents=True, exist_ok=True)
        # nnU-Net's constructor makes a result folder where this variable says.
        before = os.environ.get("nnUNet_results")
        os.environ["nnUNet_results"] = str(work_dir / "nnunet")
        try:
            with contextlib.redirect_stdout(io.StringIO()):
                trainer = cls(
                    {**plans, "continue_training": False},
                    cls.OF_CONFIGURATION,
                    0,
                    dataset_json(0),
                    torch.device("cuda" if torch.cuda.is_available() else "cpu"),
                )
        finally:
            if before is None:
                del os.environ["nnUNet_results"]
            else:
                os.environ["nnUNet_results"] = before
        trainer.work_dir, trainer.case_folders = work_dir, tuple(case_folders)
        trainer.seed, trainer.minutes, trainer.steps = seed, minutes, steps
        trainer.working_sizes, trainer.report = tuple(sorted(working_sizes)), report
        trainer.initial_lr = learning_rate
        trainer.streams = cls.STREAMS(seed, trainer._coarsest_voxels, pool, painted_share)
        trainer.validate_on = tuple(validate)
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
        self.average: list[torch.Tensor] = []
        self.began_from_weights = False
        self.training_set: CaseDataset | None = None
        self.validation_set: CaseDataset | None = None
        self.validate_on: tuple[Path, ...] = ()
        self.validation: dict[str, dict[str, float]] = {}
        self._damaged = 0

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
        self.average = [parameter.detach().clone() for parameter in self.network.parameters()]
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
        return self.spent_before(self.step)

    def spent_before(self, step: int) -> float:
        """Share of the budget spent before a step, 0 to 1; of a budget in minutes, the share spent by now."""
        if self.steps is not None:
            return min(step / self.steps, 1.0)
        assert self.minutes is not None
        return min(self.seconds / (60 * self.minutes), 1.0)

    def learning_rate(self) -> float:
        """Linear warm-up, level for most of the budget, then linearly down to zero."""
        falling = (1 - self.spent) / (1 - _LEVEL_SHARE)
        return self.initial_lr * min(1.0, (self.step + 1) / _WARM_UP_STEPS, falling)

    def scan_cases(self) -> None:
        """Prepare cases and label maps that appeared and take them in."""
        pool = self.streams.pool
        if pool is not None:
            pool.look_again()
            if len(pool.damaged) > self._damaged:
                self._damaged = len(pool.damaged)
                self.report(f"label maps that cannot be read are left out: {', '.join(pool.damaged)}")
        if not self.case_folders:
            return
        prepared = self.work_dir / "cases"
        for folder in self.case_folders:
            identifiers = prepare(folder, prepared, self.working_sizes, self.report, self._prefix(folder))
        training, held_out = split(identifiers, self.work_dir / "splits_final.json")
        for name, chosen in (("training_set", training), ("validation_set", held_out)):
            known: CaseDataset | None = getattr(self, name)
            if known is None:
                setattr(self, name, CaseDataset(str(self.work_dir / "cases"), chosen))
            else:
                known.identifiers = sorted(chosen)
        if pool is not None and (same := self._folder_of_pool()) is not None:
            pool.leave_out({name.split("~")[0].removeprefix(self._prefix(same)) for name in held_out})

    def _prefix(self, folder: Path) -> str:
        """What is put before the names of a folder's cases: those of several folders may have the same."""
        return f"{folder.resolve().name}-" if len(self.case_folders) > 1 else ""

    def _folder_of_pool(self) -> Path | None:
        """The folder of cases whose labels are painted, too, if there is one."""
        assert self.streams.pool is not None
        pool = self.streams.pool.folder.resolve()
        return next((folder for folder in self.case_folders if folder.resolve() == pool), None)

    def draw(self, step: int, spent: float) -> DrawnBatch:
        """Draw what one step learns from.

        Parameters
        ----------
        step : int
            Number of the step.
        spent : float
            Share of the budget spent before it.
        """
        first, last = COARSE_SHARES
        rng = np.random.default_rng((self.seed, step, 2**31))
        coarse = len(self.working_sizes) > 1 and rng.random() < first + (last - first) * spent
        working_size = self.working_sizes[0 if coarse else -1]
        # One sample of the finest grid is more work than two of a coarse one.
        count = -(-self.batch_size // 2) if working_size == self.working_sizes[-1] else self.batch_size
        plainness = 0.0 if self.began_from_weights else _PLAIN * max(0.0, 1 - spent / _PLAIN_SHARE)
        return self.streams.draw(step, self.training_set, working_size, count, plainness)

    def _patch_size(self, working_size: int) -> tuple[int, int, int]:
        """Voxels that hold a whole working grid and that the network can halve as often as it must."""
        return tile_about((working_size,) * 3, self._coarsest_voxels)

    @property
    def _coarsest_voxels(self) -> int:
        """Voxels along a side of what the network's last stage takes for one."""
        return coarsest_voxels(self.configuration_manager.configuration)

    def train_step(self, batch: DrawnBatch) -> dict[str, float]:  # type: ignore[override]
        """One step in bf16 (nnU-Net itself would use it on CUDA only)."""
        data, labels, kept = self.streams.put_together(batch, self.device)
        strides = [round(1 / scale[0]) for scale in self._get_deep_supervision_scales()]
        axes = labels.dim() - 2
        target = [labels[:, :, *(slice(s // 2, None, s),) * axes] for s in strides]
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate()
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            scores = self.scores(data, kept)
        loss = self.loss_of([level.float() for level in scores], target)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5)
        self.optimizer.step()
        # At first, while the average is young, at every step.
        apart = 1 if self.step < _YOUNG_STEPS else _STEPS_BETWEEN_AVERAGES
        if self.step % apart == 0:
            decay = min(_EMA_DECAY**apart, (1 + self.step) / (10 + self.step))
            with torch.no_grad():
                torch._foreach_lerp_(self.average, list(self.network.parameters()), 1 - decay)
        return {"loss": float(loss.detach())}

    def scores(self, data: torch.Tensor, kept: torch.Tensor) -> list[torch.Tensor]:
        """What the network says of a batch, at each depth of supervision."""
        return list(self.network.scores_with_interface(data, kept))

    def loss_of(self, scores: list[torch.Tensor], target: list[torch.Tensor]) -> torch.Tensor:
        """Loss of the classes and of the crystal's interface, whose score is the last channel."""
        loss = self.loss([level[:, :-1] for level in scores], target)
        return torch.as_tensor(loss + _INTERFACE_WEIGHT * interface_loss(scores[0][:, -1:], target[0]))

    def run_training(self) -> None:
        """Train until the budget is spent; checkpoints are written on the way and at the end.

        Raises
        ------
        Cancelled
            As ``report`` raised it; what has been learnt is saved.
        """
        try:
            self._run()
        except Cancelled:
            self.save_checkpoint(str(self.work_dir / "checkpoint_latest.pth"))
            raise

    def _run(self) -> None:
        losses: list[float] = []
        since: list[float] = []
        saved = validated = time.monotonic()
        pause: float = _SECONDS_BETWEEN_VALIDATIONS
        began, before, first = time.monotonic(), self.seconds, self.step
        for batch in self._batches():
            losses.append(self.train_step(batch)["loss"])
            self.step += 1
            self.seconds = before + time.monotonic() - began
            if self.step % 20 == 0:
                pace = (self.seconds - before) / (self.step - first)
                self.report(
                    f"step {self.step}  loss {np.mean(losses):.4f}  rate {self.learning_rate():.2e}  "
                    f"{self.seconds / 60:.1f} min  {pace:.2f} s/step  {self.spent:.1%}"
                )
                since += losses
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
        # Before, lest a validation that fails takes the last steps with it; after, for its figures.
        self.save_checkpoint(str(self.work_dir / "checkpoint_latest.pth"))
        self.validate(float(np.mean(since + losses)) if since + losses else None)
        self.save_checkpoint(str(self.work_dir / "checkpoint_latest.pth"))

    def _batches(self) -> Iterator[DrawnBatch]:
        """Batches until the budget is spent, the next one drawn in a thread meanwhile."""
        with ThreadPoolExecutor(1) as thread:
            waiting = None
            while self.spent < 1:
                if waiting is None or self.step % self.num_iterations_per_epoch == 0:
                    if waiting is not None:
                        waiting.result()
                    self.scan_cases()
                    if self.streams.pool is None and not (self.training_set and self.training_set.identifiers):
                        self.report("no cases yet, waiting")
                        time.sleep(10)
                        continue
                    waiting = thread.submit(self.draw, self.step, self.spent_before(self.step))
                batch = waiting.result()
                waiting = thread.submit(self.draw, self.step + 1, self.spent_before(self.step + 1))
                yield batch

    def predict(self, network: torch.nn.Module, greys: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Class of each voxel of normalised greys on the finest working grid."""
        size = self._patch_size(self.working_sizes[-1])
        return np.asarray(predict_sample(greys, network, size, self._coarsest_voxels).argmax(0), dtype=np.uint8)

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

        def predict(greys: NDArray[np.float32]) -> NDArray[np.uint8]:
            return self.predict(network, greys)

        self.validation = {}
        for each in (*self._held_out(), *self._validation_sets()):
            found = each.scores(predict, self.work_dir)
            self.validation[each.name] = {name: round(value, 4) for name, value in found.items()}
            told = "  ".join(f"{name} {value:.3f}" for name, value in found.items())
            self.report(f"step {self.step}  {each.name} ({each.kind})  {told}")
        curves.note(self.work_dir, {"step": self.step, "seconds": self.seconds, "loss": loss, "sets": self.validation})
        if (mean := mean_dice(self.validation)) is not None:
            self.report(f"step {self.step}  mean over the sets {mean:.3f}")
        return self.validation

    def _held_out(self) -> list[ValidationSet]:
        """Some cases of the training's own folder that it is not shown; nothing without a folder."""
        if self.validation_set is None:
            return []
        finest = self.working_sizes[-1]
        names = [name for name in self.validation_set.identifiers if working_size_of(name) == finest]
        chosen = _some(names, _MOST_HELD_OUT)
        return [self.set_of("held out", [self.validation_set.case(name) for name in chosen])]

    def _validation_sets(self) -> list[ValidationSet | StackedSlice | SingleSlice]:
        """What was asked to be validated on; a folder may still be filling."""
        sets: list[ValidationSet | StackedSlice | SingleSlice] = []
        finest = self.working_sizes[-1]
        for path in self.validate_on:
            if not path.is_dir():
                sets.append(self.slice_of(path.stem, read_slice(path)))
                continue
            cases = read_cases(path, self.work_dir / "validation" / path.name, finest, self.report)
            if cases:
                sets.append(self.set_of(path.name, _some(cases, _MOST_VALIDATED)))
            else:
                self.report(f"{path} holds no case to validate on")
        return sets

    def set_of(self, name: str, cases: Sequence[Case]) -> ValidationSet:
        """Cases to validate on, as the network is to see them."""
        return ValidationSet(name, tuple(cases))

    def slice_of(self, name: str, greys: NDArray[np.float32]) -> StackedSlice | SingleSlice:
        """A slice of shape (y, x) to validate on, as the network is to see it."""
        return StackedSlice(name, greys, self.working_sizes[-1])

    def averaged_network(self) -> torch.nn.Module:
        """A copy of the network with the averaged weights."""
        network = copy.deepcopy(self.network)
        for parameter, average in zip(network.parameters(), self.average, strict=True):
            parameter.data.copy_(average)
        return network

    def save_checkpoint(self, filename: str) -> None:
        """Write all that is needed to go on, in nnU-Net's form; ``network_weights`` are the averaged ones."""
        checkpoint = {
            "network_weights": self.averaged_network().state_dict(),
            "raw_weights": self.network.state_dict(),
            "optimizer_state": self.optimizer.state_dict(),
            "grad_scaler_state": None,
            "logging": self.logger.get_checkpoint(),
            "_best_ema": None,
            "current_epoch": self.step // self.num_iterations_per_epoch,
            "init_args": {k: v for k, v in self.my_init_kwargs.items() if k != "device"},
            "trainer_name": TRAINER_NAME,
            "inference_allowed_mirroring_axes": self.inference_allowed_mirroring_axes,
            "crystalseg": {
                "step": self.step,
                "seconds": self.seconds,
                "seed": self.seed,
                "minutes": self.minutes,
                "steps": self.steps,
                "working_sizes": list(self.working_sizes),
                "learning_rate": self.initial_lr,
                **self._learnt_from(),
                "label_maps": len(self.streams.pool) if self.streams.pool is not None else 0,
                "began_from_weights": self.began_from_weights,
                "validation": self.validation,
            },
        }
        with replacing(filename) as temporary:
            torch.save(checkpoint, temporary)

    def _learnt_from(self) -> dict[str, Any]:
        """What this training learns from; one that goes on must go on with the same."""
        pool = self.streams.pool
        return {
            "cases": [folder.resolve().name for folder in self.case_folders],
            "labels": None if pool is None else pool.folder.resolve().name,
            "painted_share": 0.0 if pool is None else self.streams.painted_share,
        }

    def begin_from(self, network: torch.nn.Module) -> None:
        """Take the weights of a trained network of the same kind.

        Raises
        ------
        InputError
            The network is of another kind.
        """
        try:
            self.network.load_state_dict(network.state_dict())
        except RuntimeError as error:
            raise InputError(f"This training cannot begin from a network of another kind: {error}") from error
        self.began_from_weights = True
        self.average = [parameter.detach().clone() for parameter in self.network.parameters()]

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
        theirs = checkpoint["crystalseg"]
        if (configuration := checkpoint["init_args"]["configuration"]) != self.OF_CONFIGURATION:
            raise InputError(
                f"The training in {self.work_dir} is of the configuration {configuration}, not "
                f"{self.OF_CONFIGURATION}; go on with the same, or begin another in a new folder."
            )
        if "working_sizes" not in theirs:
            raise InputError(
                f"The training in {self.work_dir} was begun by an earlier version, which drew other patches; begin "
                "another in a new folder."
            )
        ours = {"seed": self.seed, "working_sizes": list(self.working_sizes), **self._learnt_from()}
        for name, given in ours.items():
            # Earlier checkpoints do not say what they learnt from.
            if theirs.get(name, given) != given:
                raise InputError(
                    f"The training in {self.work_dir} was begun with {name.replace('_', ' ')} {theirs[name]}, not "
                    f"{given}; go on with the same, or begin another in a new folder."
                )
        self.network.load_state_dict(checkpoint["network_weights"])
        self.average = [parameter.detach().clone() for parameter in self.network.parameters()]
        self.network.load_state_dict(checkpoint["raw_weights"])
        self.optimizer.load_state_dict(checkpoint["optimizer_state"])
        self.step, self.seconds, self.validation = theirs["step"], theirs["seconds"], theirs["validation"]
        self.initial_lr = theirs.get("learning_rate", self.initial_lr)
        self.began_from_weights = theirs.get("began_from_weights", False)


def _some(values: Sequence[Any], most: int) -> tuple[Any, ...]:
    """So many of a sequence, evenly spread over it."""
    if len(values) <= most:
        return tuple(values)
    return tuple(values[number * len(values) // most] for number in range(most))
