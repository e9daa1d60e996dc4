"""Training of the networks for beam centre and tilt on simulated images."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ....checks import checked_number
from ....errors import InputError
from ....progress import Progress, part, silent
from .network_image import GRID
from .training_images import LARGEST_TILT_DEG, training_image

if TYPE_CHECKING:
    from torch import nn

TARGETS = {"centre": 300, "tilt": 200}
"""What is learnt, and the units of the layer before the last."""

HELD_OUT_SEED = 10_000_000
"""Seeds from here on are of images that no training sees."""


@dataclass(frozen=True)
class GeometryTraining:
    """How the networks are trained.

    Parameters
    ----------
    images : int
        Simulated images.
    epochs : int
        How often each is seen, turned and mirrored in another way each time.
    depth : {18, 34}
        Layers of the residual network.
    width : int
        Channels of its first stage.
    groups : bool
        Group instead of batch normalisation.
    pooled : int
        Cells of the grid along a side that the network averages first; training takes this times less, squared.
    batch : int
        Images a step.
    rate : float
        Largest learning rate, of stochastic gradient descent with momentum 0.9; it rises at first and falls to none.
    seed : int
        Of images, weights and order.

    Raises
    ------
    InputError
        A number outside its bounds.
    """

    images: int = 2200
    epochs: int = 20
    depth: int = 18
    width: int = 16
    groups: bool = False
    pooled: int = 2
    batch: int = 32
    rate: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        checked_number(self.images, "The number of training images", 16, 1_000_000)
        checked_number(self.epochs, "The number of epochs", 1, 10_000)
        checked_number(self.pooled, "The cells that are averaged", 1, 4)
        checked_number(self.batch, "The images of a step", 2, 4096)
        checked_number(self.rate, "The learning rate", 1e-7, 10.0)
        if self.seed < 0 or self.seed + self.images >= HELD_OUT_SEED:
            raise InputError(
                f"The seed is from 0 to below {HELD_OUT_SEED}, with the images counted on, not {self.seed}."
            )


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Images for the networks, with what they show.

    Parameters
    ----------
    values : ndarray of float16, shape (n, grid, grid)
        As the networks are shown them.
    centre, tilt : ndarray of float32, shape (n, 2)
        Beam centre in half widths of the grid from its middle; tilt in parts of the largest.
    """

    values: NDArray[np.float16]
    centre: NDArray[np.float32]
    tilt: NDArray[np.float32]

    @classmethod
    def simulated(cls, count: int, seed: int, kind: str = "counts", progress: Progress = silent) -> TrainingSet:
        """Simulate images of the seeds ``seed`` to ``seed + count``."""
        values = np.empty((count, GRID, GRID), np.float16)
        centre, tilt = np.empty((count, 2), np.float32), np.empty((count, 2), np.float32)
        for number in range(count):
            image = training_image(seed + number)
            values[number], centre[number], tilt[number] = image.values(kind), image.centre, image.tilt
            progress((number + 1) / count, f"image {number + 1} of {count}")
        return cls(values, centre, tilt)


def train_geometry(
    folder: str | Path,
    training: GeometryTraining,
    images: TrainingSet | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Train both networks, and write their folder: weights and card.

    Parameters
    ----------
    folder : path
        Folder to write, which need not be there.
    training : GeometryTraining
        How.
    images : TrainingSet, optional
        In place of the simulated images of ``training``.
    progress : Progress, optional
        Told how far it is.

    Returns
    -------
    dict
        What the card holds.

    Raises
    ------
    InputError
        The folder cannot be written.
    """
    import torch

    from ....io import replacing, save_json, writing_into
    from ....provenance import hash_file, package_version

    images = images or TrainingSet.simulated(training.images, training.seed, progress=part(progress, 0.0, 0.4))
    folder = Path(folder)
    losses: dict[str, list[float]] = {}
    with writing_into(folder):
        for number, (name, hidden) in enumerate(TARGETS.items()):
            share = (0.4 + 0.3 * number, 0.7 + 0.3 * number)
            network, losses[name] = _trained(
                images.values, getattr(images, name), hidden, name, training, part(progress, *share)
            )
            state = network.state_dict()
            weights = {key: value.half() if value.is_floating_point() else value for key, value in state.items()}
            with replacing(folder / f"{name}.pt") as temporary:
                torch.save(weights, temporary)
        card = {
            "name": folder.name,
            "licence": "BSD-3-Clause",
            "data": f"{len(images.values)} simulated images on {GRID} x {GRID} cells, with varied backgrounds",
            "grid": GRID,
            "largest_tilt_deg": LARGEST_TILT_DEG,
            "training": asdict(training),
            "loss": {name: [round(value, 5) for value in loss] for name, loss in losses.items()},
            "sha256": {name: hash_file(folder / f"{name}.pt") for name in TARGETS},
            "software_version": package_version(),
        }
        save_json(card, folder / "card.json")
    return card


def _trained(
    values: NDArray[np.float16], target: NDArray[np.float32], hidden: int, name: str, training: GeometryTraining,
    progress: Progress,
) -> tuple[nn.Module, list[float]]:  # fmt: skip
    import torch

    from .resnet import resnet

    torch.manual_seed(training.seed)
    rng = np.random.default_rng(training.seed)
    network = resnet(training.depth, training.width, hidden, groups=training.groups, pooled=training.pooled)
    steps = max(1, len(values) // training.batch)
    # Group normalisation and the small width stand a lower rate.
    optimiser = torch.optim.SGD(network.parameters(), lr=training.rate, momentum=0.9, nesterov=True, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, training.rate, total_steps=steps * training.epochs)
    network.train()
    losses = []
    for epoch in range(training.epochs):
        order = rng.permutation(len(values))
        total = 0.0
        for step in range(steps):
            rows = order[step * training.batch : (step + 1) * training.batch]
            shown, wanted = turned(values[rows].astype(np.float32), target[rows], name, rng)
            found = network(torch.from_numpy(shown[:, np.newaxis]))
            loss = torch.nn.functional.smooth_l1_loss(found, torch.from_numpy(wanted), beta=0.05)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimiser.step()
            schedule.step()
            total += float(loss.detach())
        losses.append(total / steps)
        said = f"{name}: epoch {epoch + 1} of {training.epochs}, loss {losses[-1]:.4f}"
        progress((epoch + 1) / training.epochs, said)
    return network.eval(), losses


def turned(
    values: NDArray[np.float32], target: NDArray[np.float32], name: str, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return images mirrored and transposed at random, with what they show.

    A mirror that turns the rows round turns the sign of a place along them, and that of the yaw; one of the columns
    that of the pitch. Transposing changes rows with columns, and pitch with yaw (to second order in the tilt).
    """
    values, target = values.copy(), target.copy()
    # A tilt is (pitch, yaw): pitch goes with the columns, which the second number of a centre does.
    along_fast = 0 if name == "centre" else 1
    for number in range(len(values)):
        if rng.random() < 0.5:
            values[number] = values[number][:, ::-1]
            target[number, along_fast] *= -1
        if rng.random() < 0.5:
            values[number] = values[number][::-1]
            target[number, 1 - along_fast] *= -1
        if rng.random() < 0.5:
            values[number] = values[number].T
            target[number] = target[number][::-1]
    return values, target
