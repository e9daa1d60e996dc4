"""HitNetworks: trained networks of hits in a folder, with their card."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....errors import InputError, shortened
from ....provenance import hash_file
from ..hit import Hit
from ..spots import SpotFinder
from .pooled_image import even_features, even_image, pooled_image

if TYPE_CHECKING:
    import torch

BUNDLED = Path(__file__).parents[3] / "models" / "hits"
WEIGHTS, CARD = "weights.pt", "card.json"
LINEAR = tuple(f"{name}.{part}" for name in ("energy", "distance", "regression") for part in ("weights", "offset"))


@dataclass(frozen=True)
class NetworkParameters:
    """What networks say of the energy and the distance of one image.

    Parameters
    ----------
    energies_kev, distances_mm : tuple of float
        The classes that the linear models know.
    energy_probability, distance_probability : tuple of float
        Probability of each class.
    energy_kev, distance_mm : float
        By regression, which gives what is between the classes, too.
    """

    energies_kev: tuple[float, ...]
    distances_mm: tuple[float, ...]
    energy_probability: tuple[float, ...]
    distance_probability: tuple[float, ...]
    energy_kev: float
    distance_mm: float


@dataclass(frozen=True)
class HitNetworks:
    """A folder with ``weights.pt`` and ``card.json``, as ``crystalseg diffraction hits train`` writes it.

    Parameters
    ----------
    path : path
        The folder; the bundled one by default.

    Raises
    ------
    InputError
        No such folder, or files that are missing or damaged.
    """

    path: Path = BUNDLED

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path))
        missing = [name for name in (WEIGHTS, CARD) if not (self.path / name).is_file()]
        if missing:
            raise InputError(
                f"{self.path} is no folder of networks of hits: it has no {' and no '.join(missing)}. Train some with "
                "crystalseg diffraction hits train."
            )

    @cached_property
    def card(self) -> dict[str, Any]:
        """What they were trained on, and how they did.

        Raises
        ------
        InputError
            It cannot be read.
        """
        try:
            card = json.loads((self.path / CARD).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{self.path / CARD} cannot be read ({shortened(error)}).") from None
        if not isinstance(card, dict):
            raise InputError(f"{self.path / CARD} is no card of networks.")
        return card

    @property
    def sha256(self) -> str:
        """Hash of the weights."""
        return hash_file(self.path / WEIGHTS)

    def hit_probability(self, image: ArrayLike, mask: ArrayLike | None = None) -> float:
        """Return the probability that an image, shape (slow, fast), is a hit, as the network gives it."""
        import torch

        with torch.no_grad():
            return float(torch.sigmoid(self._hit_net(_batch(pooled_image(image, mask))))[0])

    def parameters(self, image: ArrayLike, mask: ArrayLike | None = None) -> NetworkParameters:
        """Return what the linear models say of energy and distance of an image, shape (slow, fast)."""
        features = even_features(even_image(image, mask))
        state = {name: self._weights[name].double().numpy() for name in LINEAR}
        classes = [
            _softmax(state[f"{name}.weights"] @ features + state[f"{name}.offset"]) for name in ("energy", "distance")
        ]
        logs = features @ state["regression.weights"] + state["regression.offset"]
        return NetworkParameters(
            tuple(self.card["energies_kev"]),
            tuple(self.card["distances_mm"]),
            tuple(float(p) for p in classes[0]),
            tuple(float(p) for p in classes[1]),
            float(np.exp(np.clip(logs[0], -20, 20))),
            float(np.exp(np.clip(logs[1], -20, 20))),
        )

    def find(self, image: ArrayLike, mask: ArrayLike | None = None, finder: SpotFinder | None = None) -> Hit:
        """Tell whether an image is a hit by the network; spots are the spot finder's."""
        spots = (finder or SpotFinder()).find(image, mask)
        return Hit(self.hit_probability(image, mask), spots, "network")

    @cached_property
    def _weights(self) -> dict[str, torch.Tensor]:
        import torch

        try:
            state = torch.load(self.path / WEIGHTS, map_location="cpu", weights_only=True)
        except Exception as error:  # torch raises many unrelated ones for damaged files
            raise InputError(f"{self.path / WEIGHTS} cannot be read as weights ({shortened(error)}).") from None
        if not isinstance(state, dict) or not all(name in state for name in LINEAR):
            raise InputError(f"{self.path / WEIGHTS} does not hold the networks of hits.")
        return {str(name): tensor.float() for name, tensor in state.items()}

    @cached_property
    def _hit_net(self) -> torch.nn.Module:
        from .architectures import HitNet

        network = HitNet()
        own = {name.removeprefix("hit."): tensor for name, tensor in self._weights.items() if name.startswith("hit.")}
        try:
            network.load_state_dict(own)
        except RuntimeError as error:
            raise InputError(f"{self.path / WEIGHTS} holds a network of another shape ({shortened(error)}).") from None
        return network.eval()


def save_networks(
    folder: Path,
    hit_net: torch.nn.Module,
    linear: Mapping[str, tuple[NDArray[np.float64], NDArray[np.float64]]],
    card: Mapping[str, Any],
) -> HitNetworks:
    """Write networks, that of hits in half precision, and their card to a folder.

    Parameters
    ----------
    folder : path
        Made where it is not there.
    hit_net : torch.nn.Module
        The network of hits.
    linear : mapping of str to (ndarray, ndarray)
        Weights and offsets of the classes ``energy`` and ``distance``, and of the ``regression`` of their logarithms.
    card : mapping
        What is to be known of them; the hash is added.
    """
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    state = {f"hit.{key}": tensor.half() for key, tensor in hit_net.state_dict().items()}
    for name, parts in linear.items():
        for part, values in zip(("weights", "offset"), parts, strict=True):
            state[f"{name}.{part}"] = torch.from_numpy(np.ascontiguousarray(values)).float()
    torch.save(state, folder / WEIGHTS)
    written = {**card, "sha256": hash_file(folder / WEIGHTS)}
    (folder / CARD).write_text(json.dumps(written, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return HitNetworks(folder)


def _batch(image: NDArray[np.float32]) -> torch.Tensor:
    import torch

    return torch.from_numpy(image)[None, None]


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.exp(logits - logits.max())
    shares: NDArray[np.float64] = weights / weights.sum()
    return shares
