"""DropClassifier: a network of micrographs' classes, from a folder with its card or from CHiMP's checkpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, shortened
from ...io import check_input
from ...io.drop_images import DropImage
from ...provenance import hash_file
from ..classes import DROP_CLASSES
from ..preprocessing.padded_square import normalised, padded_square
from ..torch_file import read_torch_file

if TYPE_CHECKING:
    import torch

BUNDLED = Path(__file__).parents[2] / "models" / "drop_classifier"
WEIGHTS, CARD = "weights.pt", "card.json"
BATCH = 16
"""Images that the network sees at once."""


@dataclass(frozen=True)
class DropClassifier:
    """A classifier of micrographs.

    Parameters
    ----------
    path : path
        A folder with ``weights.pt`` and ``card.json``, as ``crystalseg drops train classifier`` writes it, or a
        checkpoint that CHiMP's training wrote, such as the published one; the bundled folder by default.
    size_px : int, optional
        Side of the square that images are brought to; that of the training by default, 384 of a published checkpoint.

    Raises
    ------
    InputError
        No such file or folder, or one that holds no classifier.
    """

    path: Path = BUNDLED
    size_px: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path))
        if self.size_px is not None and self.size_px < 32:
            raise InputError(f"A classifier sees images of at least 32 by 32 pixels, not {self.size_px}.")
        check_input(self.path)
        missing = [name for name in (WEIGHTS, CARD) if not (self.path / name).is_file()] if self.path.is_dir() else []
        if missing:
            raise InputError(
                f"{self.path} is no folder of a classifier: it has no {' and no '.join(missing)}. Train one with "
                "crystalseg drops train classifier, or name a checkpoint of CHiMP."
            )

    @cached_property
    def card(self) -> dict[str, Any]:
        """What is known of it: its type, classes and size, what it was trained on, and how it did.

        Raises
        ------
        InputError
            It cannot be read, or lacks a type or classes.
        """
        if not self.path.is_dir():
            return {"type": self._loaded[1], "class_names": list(self._loaded[2]), "size_px": _chimp_size_px()}
        try:
            card = json.loads((self.path / CARD).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{self.path / CARD} cannot be read ({shortened(error)}).") from None
        whole = (
            isinstance(card, dict)
            and isinstance(card.get("type"), str)
            and isinstance(card.get("class_names"), list)
            and all(isinstance(name, str) for name in card["class_names"])
            and isinstance(card.get("size_px"), int)
            and 32 <= card["size_px"] <= 4096
        )
        if not whole:
            raise InputError(f"{self.path / CARD} is no card of a classifier.")
        return dict(card)

    @property
    def sha256(self) -> str:
        """Hash of the weights."""
        return hash_file(self.path / WEIGHTS if self.path.is_dir() else self.path)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Classes in the order of the outputs, each one of :data:`~napari_crystalseg.drops.classes.DROP_CLASSES`.

        Raises
        ------
        InputError
            It tells others, or one of them twice.
        """
        return known_classes(self.card["class_names"], self.path.name)

    @property
    def kind(self) -> str:
        """Type of the network, as :func:`~.architectures.drop_network` takes it."""
        return str(self.card["type"])

    @property
    def side_px(self) -> int:
        """Side of the square that images are brought to."""
        return int(self.size_px or self.card["size_px"])

    def prepared(self, values: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return pixels, shape (row, column, 3), as the network sees them before normalising, (size, size, 3)."""
        return padded_square(values, self.side_px, averaged=self.averages)

    def probabilities(self, images: Sequence[DropImage]) -> NDArray[np.float32]:
        """Return the probability of each class, shape (image, class), in the order of :attr:`class_names`.

        Raises
        ------
        InputError
            Weights that are damaged or of another network, or classes that are none of CHiMP's.
        """
        parts = [
            self.of_prepared(np.stack([self.prepared(image.values) for image in images[first : first + BATCH]]))
            for first in range(0, len(images), BATCH)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, len(self.class_names)), np.float32)

    def of_prepared(self, squares: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the probabilities, shape (image, class), of prepared images, shape (image, size, size, 3).

        The small network is asked of each image turned and mirrored in all eight ways, and the mean is taken: how a
        drop lies says nothing of its class. CHiMP's networks are asked once, as CHiMP does.

        Raises
        ------
        InputError
            As for :meth:`probabilities`.
        """
        import torch

        names, network = self.class_names, self.network
        device = next(network.parameters()).device
        seen = torch.from_numpy(normalised(squares)).to(device)
        ways = _eight_ways(seen) if self.averages else [seen]
        with torch.inference_mode():
            each = [torch.softmax(network(way).float(), dim=1) for way in ways]
            found: NDArray[np.float32] = torch.stack(each).mean(dim=0).cpu().numpy()
        assert found.shape == (len(squares), len(names))
        return found

    @cached_property
    def network(self) -> torch.nn.Module:
        """The network, ready to be asked, on a GPU where there is one.

        Raises
        ------
        InputError
            Its weights are damaged, or of another network.
        """
        import torch

        network = self._loaded[0].eval()
        return network.to("cuda" if torch.cuda.is_available() else "cpu")

    @property
    def averages(self) -> bool:
        """Whether images are averaged where they become smaller, and answers over how they lie: of the small network.

        CHiMP interpolates, and asks once.
        """
        from .architectures import DEMO

        return self.kind == DEMO

    @cached_property
    def _loaded(self) -> tuple[torch.nn.Module, str, tuple[str, ...]]:
        from .architectures import drop_network
        from .published_checkpoint import load_strictly, read_published_checkpoint

        if not self.path.is_dir():
            found = read_published_checkpoint(self.path)
            network = drop_network(found.kind, len(found.class_names))
            load_strictly(network, found.weights, self.path.name)
            return network, found.kind, found.class_names
        weights = read_torch_file(self.path / WEIGHTS)
        if not isinstance(weights, dict) or not all(hasattr(one, "shape") for one in weights.values()):
            raise InputError(f"{self.path / WEIGHTS} does not hold the weights of a network.")
        network = drop_network(self.kind, len(self.class_names))
        load_strictly(network, weights, str(self.path / WEIGHTS))
        return network, self.kind, self.class_names


def _eight_ways(images: torch.Tensor) -> list[torch.Tensor]:
    """Images, shape (image, 3, size, size), in all ways in which a square can lie."""
    import torch

    turned = [torch.rot90(images, quarters, (2, 3)) for quarters in range(4)]
    return turned + [one.flip(3) for one in turned]


def known_classes(names: Sequence[str], of: str) -> tuple[str, ...]:
    """Return names of classes as this package has them, whether their letters are capital or small.

    Raises
    ------
    InputError
        One is none of :data:`~napari_crystalseg.drops.classes.DROP_CLASSES`, comes twice, or there are fewer than two.
    """
    found = tuple(name.strip().lower() for name in names)
    foreign = [name for name, plain in zip(names, found, strict=True) if plain not in DROP_CLASSES]
    if foreign:
        raise InputError(
            f"{of} tells classes that are not known here ({', '.join(foreign[:4])}); known are "
            f"{', '.join(DROP_CLASSES)}."
        )
    if len(set(found)) < max(len(found), 2):
        raise InputError(f"{of} names a class twice, or fewer than two classes.")
    return found


def save_classifier(folder: Path, network: torch.nn.Module, card: Mapping[str, Any]) -> DropClassifier:
    """Write a network, in half precision, and its card to a folder.

    Parameters
    ----------
    folder : path
        Made where it is not there.
    network : torch.nn.Module
        Of :func:`~.architectures.drop_network`.
    card : mapping
        Its ``type``, ``class_names`` and ``size_px``, and what else is to be known of it; the hash is added.
    """
    import torch

    from ...io import replacing, save_json

    folder.mkdir(parents=True, exist_ok=True)
    # As they lie in memory of themselves: a training may have laid them out otherwise.
    plain = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    state = {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in plain.items()}
    # By way of memory: torch notes the name of a file in it, and the same weights are to give the same bytes.
    written = BytesIO()
    torch.save(state, written)
    with replacing(folder / WEIGHTS) as temporary:
        temporary.write_bytes(written.getvalue())
    save_json({**card, "sha256": hash_file(folder / WEIGHTS)}, folder / CARD)
    return DropClassifier(folder)


def _chimp_size_px() -> int:
    from .architectures import CHIMP_SIZE_PX

    return CHIMP_SIZE_PX
