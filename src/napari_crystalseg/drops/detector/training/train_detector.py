"""Train the small detector on outlined micrographs."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....computing.torch_threads import torch_threads
from ....errors import InputError
from ...objects import KINDS, DropObjects
from ..drop_detector import DropDetector, save_detector
from .training_example import TrainingExample
from .training_settings import TrainingSettings

if TYPE_CHECKING:
    import torch

    from .checkpoint import Position

Examples = Callable[[int], Iterator[tuple[NDArray[np.uint8], DropObjects]]]
"""``examples(first)``: outlined micrographs from a number on, each (row, column, 3) with its outlines."""

LICENCE = "BSD-3-Clause"
NETWORK = "Mask R-CNN, the first three stages of a ResNet-18, feature pyramid"
CHECKPOINT = "checkpoint.pt"

CHECKPOINT_SECONDS = 120.0
REPORT_STEPS = 20
POOL = 256
"""Examples that are kept for variants."""

FILLED = 32
"""Below so many kept examples, all of a step are new."""

LONGEST_GRADIENT = 5.0
WEIGHT_DECAY = 0.01


def train_detector(
    examples: Examples,
    folder: Path,
    settings: TrainingSettings,
    *,
    work: Path | None = None,
    go_on: bool = False,
    about: Mapping[str, Any] | None = None,
    report: Callable[[str], None] = print,
) -> DropDetector:
    """Train the small detector of drops and crystals from scratch, and write it with a card.

    Parameters
    ----------
    examples : callable
        ``examples(first)`` gives outlined micrographs from a number on. A training that goes on asks from where it was
        ended; the examples that it had kept for variants are then new ones.
    folder : path
        To write: ``weights.pt`` and ``card.json``.
    settings : TrainingSettings
        Budget and course.
    work : path, optional
        Folder of the checkpoint, which is written after the first step, every two minutes and at the end; ``folder``
        with ``.training`` by default.
    go_on : bool
        Go on from the checkpoint there.
    about : mapping, optional
        Goes into the card: what the examples are.
    report : callable
        Told a line every 20 steps. If it raises, a checkpoint is written first.

    Returns
    -------
    DropDetector

    Raises
    ------
    InputError
        The examples ended before the first step, or there is no checkpoint to go on from, or one of other settings.
    """
    work = Path(f"{folder}.training") if work is None else work
    with torch_threads(settings.threads):
        return _train(examples, folder, settings, work, go_on, about, report)


def _train(
    examples: Examples,
    folder: Path,
    settings: TrainingSettings,
    work: Path,
    go_on: bool,
    about: Mapping[str, Any] | None,
    report: Callable[[str], None],
) -> DropDetector:
    import torch

    from ....computing.half_precision import half_precision_is_faster
    from ..architectures import parameters_of, small_network
    from .checkpoint import Position, load_checkpoint, save_checkpoint
    from .half_precision import use_half_precision

    torch.manual_seed(settings.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = small_network(len(KINDS) + 1, settings.longest_side_px).to(device)
    optimiser = torch.optim.AdamW(network.parameters(), lr=settings.learning_rate, weight_decay=WEIGHT_DECAY)
    position = Position(0, 0.0, 0, [])
    if go_on:
        position = load_checkpoint(work / CHECKPOINT, network, optimiser, settings)
    if half := device.type == "cpu" and half_precision_is_faster():
        use_half_precision(network)
    precision = "bfloat16" if half else "float32"
    report(
        f"network of {parameters_of(network) / 1e6:.2f} M parameters, {torch.get_num_threads()} threads, {precision}, "
        f"seed {settings.seed}" + (f", on from step {position.step}" if go_on else "")
    )
    pool = _Pool(examples(position.examples), settings)
    network.train()
    last, saved, since = time.monotonic(), -math.inf, _Losses()
    try:
        while settings.spent(position.step, position.seconds) < 1:
            # From seed and step alone, so that a training that goes on draws as one that was never ended.
            torch.manual_seed((settings.seed << 32) + position.step)
            drawn = pool.batch(np.random.default_rng([settings.seed, position.step]))
            if not drawn:
                break
            position.examples += pool.taken
            rate = settings.rate(settings.spent(position.step, position.seconds))
            since.add(_step(network, optimiser, drawn, rate))
            position.step += 1
            now = time.monotonic()
            position.seconds, last = position.seconds + now - last, now
            if position.step % REPORT_STEPS == 0:
                position.losses.append((position.step, round(since.total, 4)))
                report(
                    f"step {position.step}, {position.seconds / 60:.1f} min, rate {rate:.1e}, {since.text}, "
                    f"{position.examples} examples"
                )
                since = _Losses()
            if now - saved > CHECKPOINT_SECONDS:
                save_checkpoint(work / CHECKPOINT, position, network, optimiser, settings)
                saved = now
    finally:
        if position.step:
            save_checkpoint(work / CHECKPOINT, position, network, optimiser, settings)
    if position.step == 0:
        raise InputError("There is not one example to train a detector on.")
    learnt = {
        "parameters": parameters_of(network),
        "threads": torch.get_num_threads(),
        "precision": precision,
        **_course(settings, position),
    }
    card = {"name": folder.name, "licence": LICENCE, **(about or {}), "network": NETWORK, **learnt}
    return save_detector(folder, network.eval(), card)


def _course(settings: TrainingSettings, position: Position) -> dict[str, Any]:
    """What a card says of a training."""
    return {
        "kinds": list(KINDS),
        "longest_side_px": settings.longest_side_px,
        "seed": settings.seed,
        "steps": position.step,
        "batch": settings.batch,
        "examples": position.examples,
        "learning_rate": settings.learning_rate,
        "minutes": round(position.seconds / 60, 1),
        "losses": [list(entry) for entry in _thinned(position.losses)],
    }


def _step(
    network: torch.nn.Module, optimiser: torch.optim.Optimizer, drawn: list[TrainingExample], rate: float
) -> dict[str, float]:
    """Learn from a batch; return the parts of its loss."""
    import torch

    device = next(network.parameters()).device
    images = [torch.from_numpy(one.network_values.transpose(2, 0, 1).copy()).to(device) for one in drawn]
    targets = [
        {
            "boxes": torch.from_numpy(one.boxes).to(device),
            "labels": torch.from_numpy(one.labels).to(device),
            "masks": torch.from_numpy(one.masks.astype(np.uint8)).to(device),
        }
        for one in drawn
    ]
    for group in optimiser.param_groups:
        group["lr"] = rate
    losses: dict[str, torch.Tensor] = network(images, targets)
    loss = torch.stack(list(losses.values())).sum()
    optimiser.zero_grad()
    # A batch that cannot be judged teaches nothing, and would spoil all weights.
    if torch.isfinite(loss):
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), LONGEST_GRADIENT)
        optimiser.step()
    return {name: float(value.detach()) for name, value in losses.items()}


class _Pool:
    """Examples as they come, and the latest of them for variants."""

    def __init__(self, stream: Iterator[tuple[NDArray[np.uint8], DropObjects]], settings: TrainingSettings) -> None:
        self._stream, self._settings = stream, settings
        self._kept: deque[TrainingExample] = deque(maxlen=POOL)
        self.taken = 0
        """New ones in the last batch."""

    def batch(self, rng: np.random.Generator) -> list[TrainingExample]:
        """Return the variants to learn from next; none when there are no examples."""
        settings = self._settings
        wanted = settings.new if len(self._kept) >= FILLED else settings.batch
        new = []
        for _ in range(wanted):
            if (given := next(self._stream, None)) is None:
                break
            new.append(TrainingExample.of(*given, settings.longest_side_px))
        self.taken = len(new)
        if not new and not self._kept:
            return []
        earlier = (
            [self._kept[int(n)] for n in rng.integers(len(self._kept), size=settings.batch - len(new))]
            if (self._kept and len(new) < settings.batch)
            else []
        )
        self._kept.extend(new)
        return [one.varied(rng) for one in (*new, *earlier)]


class _Losses:
    """Means of the parts of the loss over some steps."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._number = 0

    def add(self, losses: Mapping[str, float]) -> None:
        """Add those of a step."""
        self._number += 1
        for name, value in losses.items():
            self._sums[name] = self._sums.get(name, 0.0) + value

    @property
    def total(self) -> float:
        """Mean loss."""
        return sum(self._sums.values()) / max(self._number, 1)

    @property
    def text(self) -> str:
        """Loss and its parts."""
        parts = (
            f"{name.removeprefix('loss_').replace('_', ' ')} {value / self._number:.3f}"
            for name, value in self._sums.items()
        )
        return f"loss {self.total:.3f} ({', '.join(parts)})"


def _thinned(losses: list[tuple[int, float]], number: int = 40) -> list[tuple[int, float]]:
    """Return about ``number`` entries, the last among them."""
    stride = max(1, len(losses) // number)
    return losses[::-1][::stride][::-1]
