"""DropDetector: a trained detector of drops and crystals, from a folder with its card or a file of CHiMP's weights."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, shortened
from ...io.drop_images import DropImage
from ...provenance import hash_file
from ..objects import CRYSTAL, DROP, KINDS, DropObject, DropObjects
from ..preprocessing.contrast import equalised_contrast, min_max_scaled
from ..preprocessing.size import fitting_shape, resized
from ..torch_file import read_torch_file
from .closer_windows import closer_windows, each_once, is_cut
from .drawn_mask import drawn_mask
from .published import SHAPE, open_published

if TYPE_CHECKING:
    from torchvision.models.detection import MaskRCNN

BUNDLED = Path(__file__).parents[2] / "models" / "drop_detector"
WEIGHTS, CARD = "weights.pt", "card.json"


@dataclass(frozen=True)
class DropDetector:
    """A detector: a folder that ``crystalseg drops train detector`` writes, or weights that CHiMP's authors published.

    Parameters
    ----------
    path : path
        A folder with ``weights.pt`` and ``card.json``, the bundled one by default; or a file of weights of CHiMP's
        Mask R-CNN (Zenodo 11164787 of VMXi, 11165194 of XChem), which is loaded strictly.

    Raises
    ------
    InputError
        No such folder or file, or a folder in which one of the two files is missing.
    """

    path: Path = BUNDLED

    def __post_init__(self) -> None:
        object.__setattr__(self, "path", Path(self.path))
        if self.path.is_file():
            return
        missing = [name for name in (WEIGHTS, CARD) if not (self.path / name).is_file()]
        if missing:
            raise InputError(
                f"{self.path} is no detector of drops: it has no {' and no '.join(missing)}. Name a folder that "
                "crystalseg drops train detector wrote, or a file of CHiMP's weights."
            )

    @property
    def published(self) -> bool:
        """Whether it is one of CHiMP's networks."""
        return self.path.is_file()

    @cached_property
    def card(self) -> dict[str, Any]:
        """What it was trained on, and how it did; of CHiMP's, what can be told from the file.

        Raises
        ------
        InputError
            It cannot be read.
        """
        if self.published:
            return {"name": self.path.name, "kinds": list(self.kinds), "sha256": self.sha256}
        try:
            card = json.loads((self.path / CARD).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{self.path / CARD} cannot be read ({shortened(error)}).") from None
        sides = card.get("longest_side_px") if isinstance(card, dict) else None
        if not isinstance(sides, int) or not 32 <= sides <= 4096:
            raise InputError(f"{self.path / CARD} is no card of a detector of drops: it does not say longest_side_px.")
        return dict(card)

    @cached_property
    def sha256(self) -> str:
        """Hash of the weights."""
        return hash_file(self.path if self.published else self.path / WEIGHTS)

    @property
    def kinds(self) -> tuple[str, ...]:
        """What it can find: drops and crystals, or crystals alone.

        Raises
        ------
        InputError
            The weights cannot be read, or are those of another network.
        """
        return self._network[1]

    def detect(self, image: DropImage) -> DropObjects:
        """Outline drops and crystals in a micrograph.

        Parameters
        ----------
        image : DropImage
            Of any size: a folder's detector sees it with its longer side as the card says, and looks closer at the
            surest drop of a larger one, in up to nine windows, for crystals; CHiMP's sees it at 1352 by 1688 pixels.
            Contrast is equalised (CLAHE) and values scaled from 0 to 1 first.

        Returns
        -------
        DropObjects
            All with a score of at least 0.05, best first, at the size of the image. CHiMP draws its masks at 1352 by
            1688 pixels and enlarges them: here they are drawn at the image's own size, so that outlines may differ by
            a pixel or two. One without a pixel of a probability above a half is left out.

        Raises
        ------
        InputError
            The weights cannot be read, or are those of another network.
        """
        if self.published:
            return DropObjects(image.shape, tuple(self._seen(image.values, SHAPE)))
        seen_px = self.card["longest_side_px"]
        found = self._seen(image.values, fitting_shape(image.shape, seen_px))
        drops = [one for one in found if one.kind == DROP]
        box = drops[0].box_px if drops else (0, 0, image.shape[1], image.shape[0])
        closer = []
        for left, top, right, bottom in closer_windows(box, image.shape, seen_px):
            part = image.values[top:bottom, left:right]
            for one in self._seen(part, fitting_shape(part.shape[:2], seen_px)):
                moved = replace(one, origin_px=(one.origin_px[0] + top, one.origin_px[1] + left))
                if one.kind == CRYSTAL and not is_cut(moved, (left, top, right, bottom), image.shape):
                    closer.append(moved)
        if closer:
            crystals = [one for one in found if one.kind == CRYSTAL]
            found = drops + each_once(crystals, closer, image.shape, seen_px)
        return DropObjects(image.shape, tuple(sorted(found, key=lambda one: -one.score)))

    def _seen(self, values: NDArray[np.uint8], shape: tuple[int, int]) -> list[DropObject]:
        """What the network finds in an image that it sees with these rows and columns, the surest first."""
        import torch

        from .architectures import detections

        network, kinds = self._network
        whole = values.shape[:2]
        wanted = network_values(values, shape)
        boxes, labels, scores, masks = detections(network, torch.from_numpy(wanted.transpose(2, 0, 1).copy()))
        scale = np.array([whole[1] / shape[1], whole[0] / shape[0]] * 2, np.float32)
        # The centre of the first pixel stays that of the first pixel.
        edges = (boxes.numpy() + np.float32(0.5)) * scale - np.float32(0.5)
        found = []
        for box, label, score, probability in zip(edges, labels.tolist(), scores.tolist(), masks.numpy(), strict=True):
            mask, origin = drawn_mask(probability, tuple(box), whole)
            if mask.any():
                found.append(DropObject(kinds[label - 1], mask, origin, min(max(score, 0.0), 1.0)))
        return found

    @cached_property
    def _network(self) -> tuple[MaskRCNN, tuple[str, ...]]:
        """The network, on a GPU where there is one, and what it finds."""
        import torch

        network, kinds = self._loaded
        return network.to("cuda" if torch.cuda.is_available() else "cpu"), kinds

    @cached_property
    def _loaded(self) -> tuple[MaskRCNN, tuple[str, ...]]:
        if self.published:
            return open_published(self.path)
        from .architectures import small_network

        state = read_torch_file(self.path / WEIGHTS)
        network = small_network(len(KINDS) + 1, self.card["longest_side_px"])
        try:
            network.load_state_dict(
                {name: values.float() if values.is_floating_point() else values for name, values in state.items()}
            )
        except (RuntimeError, AttributeError, TypeError) as error:
            raise InputError(f"{self.path / WEIGHTS} holds a network of another shape ({shortened(error)}).") from None
        return network.eval(), KINDS


def network_values(values: NDArray[np.uint8], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return what a detector sees of a micrograph.

    Parameters
    ----------
    values : ndarray of uint8, shape (row, column, 3)
        A micrograph.
    shape : (int, int)
        Rows and columns that the network wants.

    Returns
    -------
    ndarray of float32, shape (*shape, 3)
        0 to 1. The published code scales so at training and at prediction, so its weights expect it.
    """
    return min_max_scaled(equalised_contrast(resized(values, shape)))


def save_detector(folder: Path, network: MaskRCNN, card: Mapping[str, Any]) -> DropDetector:
    """Write a trained detector, in half precision, and its card to a folder.

    Parameters
    ----------
    folder : path
        Made where it is not there; each file is whole or absent, the card comes last.
    network : MaskRCNN
        The small one.
    card : mapping
        What is to be known of it; the hash is added.
    """
    import torch

    from ...io import replacing, save_json

    folder.mkdir(parents=True, exist_ok=True)
    # A file of a GPU's tensors would ask for a GPU where it is read.
    plain = {name: values.cpu() for name, values in network.state_dict().items()}
    state = {name: values.half() if values.is_floating_point() else values for name, values in plain.items()}
    with replacing(folder / WEIGHTS) as place:
        torch.save(state, place)
    save_json({**card, "sha256": hash_file(folder / WEIGHTS)}, folder / CARD)
    return DropDetector(folder)
