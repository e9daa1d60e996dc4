"""What a segmentation will take of this machine, judged before it is begun."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

from ..errors import InputError
from ..volume import Volume
from .model_folders.model_folder import ModelFolder
from .prediction.coarse_prediction import working_grids
from .refinement.levels import lay_levels

_LIBRARIES_BYTES = 600_000_000
_SHOWN_BYTES = 400  # a voxel that the network sees at once
_RESULT_BYTES = 2  # a voxel of the volume: its label and how unsure it is
_REFINED_BYTES = 2  # a voxel of the volume, more: its levels below, and probabilities of the blocks that are visited
_SECONDS = 2.0
_THREAD_SECONDS = 12e-9  # a voxel of the volume, averaged and drawn
_SHOWN_SECONDS = {"gpu": 1e-8, "openvino": 2e-7, "torch": 8e-7}
"""A voxel that the network sees, of each mirror image, with two threads; measured with bf16."""
_REFINED_SECONDS = {"gpu": 1e-8, "openvino": 1e-7, "torch": 1.5e-7}
"""A voxel that the refiner sees; most of it is reading blocks."""
_REFINED_VOXELS = 240
"""Voxels that the refiner sees for each pixel of a face of the volume's box: surfaces grow as such a face does."""


@dataclass(frozen=True)
class SegmentationCost:
    """What a segmentation takes, about: a sample that fills little of its field takes less.

    Parameters
    ----------
    shape : (int, int, int)
        Voxels of the volume along (z, y, x).
    seconds : float
        Time on this machine while nothing else is done on it.
    result_bytes : int
        Memory of the labels and their uncertainty, and of what they are refined with.
    network_bytes : int
        Memory of the network while it runs, and of its libraries.
    """

    shape: tuple[int, int, int]
    seconds: float
    result_bytes: int
    network_bytes: int

    @classmethod
    def of(
        cls,
        volume: Volume,
        model: ModelFolder,
        *,
        mirror: bool = True,
        refine: bool = True,
        engine: str | None = None,
    ) -> Self:
        """Estimate it.

        Parameters
        ----------
        volume, model, mirror, refine, engine
            As :func:`.segment` takes them.

        Raises
        ------
        InputError
            The model cannot be used.
        """
        import torch

        from .engines.choice import openvino_is_there

        if engine != "openvino" and torch.cuda.is_available():
            kind = "gpu"
        else:
            kind = "openvino" if engine == "openvino" or (engine is None and openvino_is_there()) else "torch"
        grids = working_grids(volume, model)
        shown = sum(math.prod(grid.working_shape) for grid in grids)
        images = 2 ** len(model.mirror_axes) if mirror else 1
        at_once = min(math.prod(model.patch_size), max(math.prod(grid.working_shape) for grid in grids))
        voxels, threads = math.prod(volume.shape), torch.get_num_threads()
        network = shown * images * _SHOWN_SECONDS[kind] * (1 if kind == "gpu" else 2 / threads)
        seconds = _SECONDS + voxels * _THREAD_SECONDS / threads + network
        result = _RESULT_BYTES * voxels
        if refine and model.has_refiner:
            # Its levels are of cubes: of a volume whose voxels are longer along an axis, more than it has voxels.
            finest = lay_levels(volume.shape, volume.voxel_size_um or (1.0, 1.0, 1.0), 1)[-1]
            cubes = math.prod(finest.working_shape)
            seen = _REFINED_VOXELS * cubes ** (2 / 3)
            seconds += seen * _REFINED_SECONDS[kind] * (1 if kind == "gpu" else 2 / threads)
            result += _REFINED_BYTES * cubes + (0 if finest.is_the_volumes_own else _RESULT_BYTES * cubes)
        return cls(volume.shape, seconds, result, _LIBRARIES_BYTES + _SHOWN_BYTES * at_once)

    @property
    def nbytes(self) -> int:
        """Memory beyond that of the volume, bytes."""
        return self.result_bytes + self.network_bytes

    @property
    def sentence(self) -> str:
        """What it takes, for the user."""
        time = f"{self.seconds:.0f} s" if self.seconds < 100 else f"{self.seconds / 60:.0f} min"
        return f"About {time} and {self.nbytes / 1e9:.1f} GB of memory beyond the volume."

    def check(self) -> None:
        """Refuse what this machine has no memory for.

        Raises
        ------
        InputError
            It says how much is needed, how much there is, and what would fit.
        """
        import psutil

        free = psutil.virtual_memory().available + psutil.swap_memory().free
        if self.nbytes <= free:
            return
        shown = " × ".join(str(length) for length in self.shape)
        room = free - self.network_bytes
        what = "close other programs"
        if room > 0:
            together = math.ceil((self.result_bytes / room) ** (1 / 3))
            what += f", or average {together} × {together} × {together} voxels of the volume into one, which would fit"
        raise InputError(
            f"To segment {shown} voxels takes {self.nbytes / 1e9:.3g} GB of memory beyond the volume, and "
            f"{free / 1e9:.3g} GB are free; {what}."
        )
