"""A network that clicks and strokes guide, ready to be asked."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..model_folders.model_folder import ModelFolder
from ..prediction.padding import padded_by_edges
from ..prediction.tiles import air_about, tile_about
from .marks import CLASSES, Mark, guide_channels

if TYPE_CHECKING:
    import torch

SEEN_VOXELS = 64
"""Most voxels along a side that it sees at once, as it was trained."""


class GuidedNetwork:
    """Class probabilities of voxel values, guided by what a person marked.

    Parameters
    ----------
    model : ModelFolder
        A model that was trained with guides.

    Raises
    ------
    InputError
        The model cannot be used, or takes no guides.
    """

    def __init__(self, model: ModelFolder) -> None:
        if not model.is_guided:
            raise InputError(
                f"The model {model.name} takes no clicks or strokes; choose one that was trained with them."
            )
        model.check()
        self.model = model

    @cached_property
    def _network(self) -> torch.nn.Module:
        return self.model.network()

    def see(
        self,
        voxel_values: NDArray[np.float32],
        marks: tuple[Mark, ...] = (),
        strokes: NDArray[np.uint8] | None = None,
        labels: NDArray[np.uint8] | None = None,
    ) -> NDArray[np.float32]:
        """Ask of a part that the network sees at once.

        Parameters
        ----------
        voxel_values : ndarray of float32, shape (z, y, x)
            Normalised voxel values, :data:`SEEN_VOXELS` along a side at most.
        marks, strokes, labels
            As in :func:`.guide_channels`.

        Returns
        -------
        ndarray of float32, shape (class, z, y, x)
            Probability of each code 0 to 4.
        """
        import torch

        shape = tile_about(voxel_values.shape, self.model.coarsest_voxels or 1)
        margins = air_about(voxel_values.shape, shape)
        moved = tuple(
            Mark(tuple(place + before for place, (before, _) in zip(mark.place, margins, strict=True)), mark.channel)  # type: ignore[arg-type]
            for mark in marks
        )
        guides = guide_channels(
            shape,
            moved,
            None if strokes is None else np.pad(strokes, margins, constant_values=255),
            None if labels is None else padded_by_edges(labels, shape),
        )
        shown = np.concatenate([padded_by_edges(voxel_values, shape)[None], guides])[None]
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        low = torch.float16 if device.type == "cuda" else torch.bfloat16
        network = self._network.to(device)
        with torch.inference_mode(), torch.autocast(device.type, dtype=low):
            scores = network(torch.from_numpy(shown).to(device))
        found = scores[0].float().softmax(0).cpu().numpy()
        inner = tuple(slice(before, before + n) for (before, _), n in zip(margins, voxel_values.shape, strict=True))
        probabilities = np.zeros((CLASSES, *voxel_values.shape), dtype=np.float32)
        probabilities[list(self.model.codes)] = found[:, *inner]
        return probabilities
