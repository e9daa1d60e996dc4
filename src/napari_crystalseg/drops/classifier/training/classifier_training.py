"""ClassifierTraining: how a classifier is trained."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ....errors import InputError


@dataclass(frozen=True)
class ClassifierTraining:
    """Settings of a training.

    Parameters
    ----------
    steps : int
        Batches that the network learns from.
    minutes : float or None
        End sooner or later than by steps, after this time, of which the images take 2/5 at most. What comes out then
        depends on the machine.
    batch : int
        Images in a batch.
    rate : float or None
        Largest learning rate of the cycle; 0.003, or 0.0003 where it begins from a trained network, by default.
    decay : float
        Weight decay of AdamW.
    smoothing : float
        Part of the probability that is spread over all classes.
    mixed : float
        Part of the batches whose images are laid over each other in pairs, with their classes.
    equal_classes : bool
        Whether all classes are drawn alike often, however many images each has.
    head_alone : float
        Part of the training in which only the head learns, where it begins from a trained network.
    seed : int
        Of weights, order and changes of the images.
    threads : int
        Of torch; their number changes the last digits.

    Raises
    ------
    InputError
        A number out of range.
    """

    steps: int = 30000
    minutes: float | None = None
    batch: int = 32
    rate: float | None = None
    decay: float = 0.05
    smoothing: float = 0.05
    mixed: float = 0.0
    equal_classes: bool = True
    head_alone: float = 0.1
    seed: int = 0
    threads: int = 1

    def __post_init__(self) -> None:
        if self.steps < 1 or self.batch < 2 or self.threads < 1 or self.seed < 0:
            raise InputError("A training takes at least 1 step, 2 images in a batch and 1 thread, and a seed from 0.")
        if self.minutes is not None and not self.minutes > 0:
            raise InputError(f"A training takes a positive number of minutes, not {self.minutes}.")
        if self.rate is not None and not 0 < self.rate < 1:
            raise InputError(f"A learning rate lies between 0 and 1, not at {self.rate}.")
        for name in ("smoothing", "mixed", "head_alone"):
            if not 0 <= getattr(self, name) < 1:
                raise InputError(f"{name} is a part from 0 to 1, not {getattr(self, name)}.")

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as JSON-ready values."""
        return asdict(self)
