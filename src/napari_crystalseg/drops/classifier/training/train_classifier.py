"""Train a classifier on labelled micrographs, and write it with its card."""

from __future__ import annotations

import math
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....computing.torch_threads import torch_threads
from ....errors import InputError
from ....io import replacing, writing_into
from ....progress import Progress, part, silent
from ...classes import DROP_CLASSES
from ...preprocessing.padded_square import normalised, padded_square
from ..drop_classifier import DropClassifier, save_classifier
from .augmentation import augmented
from .classifier_training import ClassifierTraining
from .examples import ExamplePool, Examples
from .figures import ClassifierFigures, judge_classifier

if TYPE_CHECKING:
    import torch

WORK = "training"
"""Folder, in that of the model, of a training that is not at its end."""

CHECKPOINT = "checkpoint.pt"
LICENCE = "BSD-3-Clause"
_IMAGES_SHARE = 0.4
_RISING = 0.25
_SAVED_EVERY_S = 60.0
_DROPPED_PATHS = 0.02
_SMALL_PART, _SMALL_SIDE_PX = 0.25, 64
"""Part of a training from random weights, its beginning, in which images are smaller, as in CHiMP's: it is faster."""


def train_classifier(
    folder: str | Path,
    examples: Examples,
    held_out: Examples,
    training: ClassifierTraining | None = None,
    *,
    begin_from: DropClassifier | None = None,
    resume: bool = False,
    progress: Progress = silent,
) -> tuple[DropClassifier, ClassifierFigures]:
    """Train a classifier.

    All that is random follows from the seed and the number of the step: a training that was killed and goes on gives
    the same bytes as one that was not, where it ends by steps.

    Parameters
    ----------
    folder : path
        To write: ``weights.pt`` and ``card.json``, and until the training is at its end what it needs to go on.
    examples : Examples
        To learn from.
    held_out : Examples
        To judge the classifier on; none of them is learnt from.
    training : ClassifierTraining, optional
        How.
    begin_from : DropClassifier, optional
        Network to go on from; without one, the small network begins with random weights.
    resume : bool
        Go on with the training in the folder.
    progress : Progress, optional
        Told what is done; raises :class:`~napari_crystalseg.errors.Cancelled` to stop, when all is saved.

    Returns
    -------
    DropClassifier
    ClassifierFigures
        On the images held out.

    Raises
    ------
    InputError
        The folder holds a training and ``resume`` is not asked for, or one of other settings; or there are images of
        fewer than two classes.
    """
    training = training or ClassifierTraining()
    folder = Path(folder)
    work = folder / WORK
    if work.exists() and not resume:
        raise InputError(f"{folder} already holds a training; go on with it (--continue) or choose another folder.")
    with writing_into(folder), torch_threads(training.threads):
        run = _Run(work, training, begin_from, examples.origin)
        run.check_is_the_same()
        begun = time.monotonic() - run.seconds_before
        run.pool.fill(
            examples,
            run.prepare,
            part(progress, 0.0, _IMAGES_SHARE),
            enough=lambda: (
                training.minutes is not None and time.monotonic() - begun > 60 * _IMAGES_SHARE * training.minutes
            ),
        )
        run.learn(part(progress, _IMAGES_SHARE, 0.95), begun)
        card = {
            "name": "drop_classifier",
            "licence": LICENCE,
            "type": run.kind,
            "class_names": list(run.class_names),
            "size_px": run.size_px,
            "data": examples.origin,
            "images": len(run.pool.classes),
            "left_out": run.pool.problems,
            "began_from": None if begin_from is None else begin_from.sha256,
            "training": training.to_dict(),
            "steps": run.step,
            "last_loss": round(run.loss, 4),
        }
        # Written before it is judged: what is judged is what was written, in half precision, and stays if that fails.
        classifier = save_classifier(folder, run.network, card)
        figures = judge_classifier(classifier, held_out, part(progress, 0.95, 1.0))
        classifier = save_classifier(
            folder, run.network, {**card, "metrics": {"what": held_out.origin, **figures.to_dict()}}
        )
        shutil.rmtree(work, ignore_errors=True)
    return classifier, figures


class _Run:
    """A training under way: network, optimiser, and how far it is."""

    def __init__(
        self, work: Path, training: ClassifierTraining, begin_from: DropClassifier | None, origin: str
    ) -> None:
        import torch

        from ....computing.half_precision import half_precision_is_faster
        from ..architectures import DEMO, DEMO_SIZE_PX, drop_network

        self.work, self.training, self.begun_from, self.origin = work, training, begin_from, origin
        torch.manual_seed(training.seed)
        self.class_names: tuple[str, ...] = DROP_CLASSES
        if begin_from is None:
            self.kind, self.size_px = DEMO, DEMO_SIZE_PX
            self.network = drop_network(DEMO, len(DROP_CLASSES), rate_of_dropped_paths=_DROPPED_PATHS)
        else:
            self.kind, self.size_px = begin_from.kind, begin_from.side_px
            self.class_names = begin_from.class_names
            self.network = drop_network(self.kind, len(self.class_names), rate_of_dropped_paths=_DROPPED_PATHS)
            self.network.load_state_dict(begin_from.network.state_dict())
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        # What is learnt so is used in single precision.
        self.half = self.device.type == "cpu" and self.kind == DEMO and half_precision_is_faster()
        self.pool = ExamplePool(work, self.size_px, self.class_names)
        self.optimiser = torch.optim.AdamW(_groups(self.network, training.decay), lr=1e-3)
        self.step, self.seconds_before, self.loss = 0, 0.0, math.nan
        self._load()

    def prepare(self, values: NDArray[np.uint8]) -> NDArray[np.uint8]:
        from ..architectures import DEMO

        return padded_square(values, self.size_px, averaged=self.kind == DEMO)

    @property
    def _facts(self) -> dict[str, Any]:
        """What a training that goes on must have in common with the one before."""
        begun_from = None if self.begun_from is None else self.begun_from.sha256
        return {**self.training.to_dict(), "learns from": self.origin, "begins from": begun_from}

    def check_is_the_same(self) -> None:
        """Refuse to go on with other settings than those that the training was begun with."""
        theirs = self._saved.get("facts", self._facts)
        for name, ours in self._facts.items():
            if theirs.get(name) != ours:
                raise InputError(
                    f"The training in {self.work.parent} was begun with {name} {theirs.get(name)}, not {ours}; go on "
                    "with the same, or begin another in a new folder."
                )
        if not self._saved:
            self.save(0.0)

    def _load(self) -> None:
        import torch

        self._saved: dict[str, Any] = {}
        path = self.work / CHECKPOINT
        if not path.is_file():
            return
        try:
            self._saved = torch.load(path, map_location="cpu", weights_only=True)
            self.network.load_state_dict(self._saved["network"])
            self.optimiser.load_state_dict(self._saved["optimiser"])
            self.step, self.seconds_before, self.loss = (self._saved[key] for key in ("step", "seconds", "loss"))
        except Exception as error:
            raise InputError(
                f"The training in {self.work.parent} cannot be gone on with ({type(error).__name__}); begin another in "
                "a new folder."
            ) from error

    def save(self, seconds: float) -> None:
        """Write all that is needed to go on."""
        import torch

        held = {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "seconds": seconds,
            "loss": self.loss,
            "facts": self._facts,
        }
        with replacing(self.work / CHECKPOINT) as temporary:
            torch.save(held, temporary)

    def learn(self, progress: Progress, begun: float) -> None:
        """Take the steps that are left."""
        begins, saved = time.monotonic() - begun, time.monotonic()
        shown = math.log(len(self.class_names)) if math.isnan(self.loss) else self.loss
        done = self._done(begins, begins)
        while done < 1:
            try:
                progress(done, f"step {self.step + 1}, loss {shown:.3f}")
            except BaseException:
                self.save(time.monotonic() - begun)
                raise
            shown += 0.02 * (self._take_step(done) - shown)
            self.loss = shown
            self.step += 1
            if time.monotonic() - saved > _SAVED_EVERY_S:
                self.save(time.monotonic() - begun)
                saved = time.monotonic()
            done = self._done(time.monotonic() - begun, begins)
        self.save(time.monotonic() - begun)
        self.network.eval()

    def _done(self, seconds: float, begins: float) -> float:
        """Part of the training that is done."""
        if self.training.minutes is None:
            return self.step / self.training.steps
        left = 60 * self.training.minutes - begins
        return 1.0 if left <= 0 else (seconds - begins) / left

    def _smaller(self, square: NDArray[np.uint8], done: float) -> NDArray[np.uint8]:
        """An image as it is seen at this part of the training."""
        if self.begun_from is not None or done >= _SMALL_PART:
            return square
        return padded_square(square, _SMALL_SIDE_PX)

    def _take_step(self, done: float) -> float:
        import torch

        training = self.training
        rng = np.random.default_rng((training.seed, 11, self.step))
        torch.manual_seed(int(rng.integers(2**62)))
        numbers = self.pool.draw(rng, training.batch, training.equal_classes)
        images = np.stack([self._smaller(augmented(self.pool.squares[number], rng), done) for number in numbers])
        inputs = torch.from_numpy(normalised(images)).to(self.device, memory_format=torch.channels_last)
        targets = torch.nn.functional.one_hot(
            torch.from_numpy(self.pool.classes[numbers]), len(self.class_names)
        ).float()
        targets = targets * (1 - training.smoothing) + training.smoothing / len(self.class_names)
        if rng.random() < training.mixed:
            share = float(rng.beta(0.4, 0.4))
            other = torch.from_numpy(rng.permutation(len(numbers)))
            inputs = share * inputs + (1 - share) * inputs[other]
            targets = share * targets + (1 - share) * targets[other]
        head_alone = self.begun_from is not None and done < training.head_alone
        highest = training.rate or (3e-3 if self.begun_from is None else 3e-4)
        for group in self.optimiser.param_groups:
            group["lr"] = highest * one_cycle(done)
        self.network.train()
        for name, parameter in self.network.named_parameters():
            parameter.requires_grad_(not head_alone or ".fc." in f".{name}")
        self.optimiser.zero_grad()
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            logits = self.network(inputs)
        loss = torch.nn.functional.cross_entropy(logits.float(), targets.to(self.device))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        return float(loss.detach())


def one_cycle(done: float) -> float:
    """Return the learning rate as a part of its largest: up in the first quarter, then down to 0, both as a cosine."""
    if done < _RISING:
        return 0.04 + 0.96 * (1 - math.cos(math.pi * done / _RISING)) / 2
    return (1 + math.cos(math.pi * min((done - _RISING) / (1 - _RISING), 1.0))) / 2


def _groups(network: torch.nn.Module, decay: float) -> list[dict[str, Any]]:
    """Weights of matrices, which decay, and offsets and scales, which do not."""
    named = list(network.named_parameters())
    return [
        {"params": [one for _, one in named if one.ndim > 1], "weight_decay": decay},
        {"params": [one for _, one in named if one.ndim <= 1], "weight_decay": 0.0},
    ]
