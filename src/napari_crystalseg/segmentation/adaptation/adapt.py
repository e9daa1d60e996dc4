"""Adapt a network to one sample at test time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ...progress import Progress, silent
from ...volume import Volume
from ..engines.torch_engine import processor_has_bf16
from ..grids.normalisation import normalise
from ..grids.working_grid import WorkingGrid
from ..model_folders.model_folder import ModelFolder
from ..prediction.padding import padded_by_edges
from ..prediction.sample_box import find_sample
from ..prediction.tiles import tile_about
from .adapted_model import AdaptedModel
from .agreement import agreement
from .views import View

if TYPE_CHECKING:
    import torch

GRID = 80
"""Most voxels along an axis of the grid on which a network is adapted."""
STEPS = 20
LEARNING_RATE = 1e-4
"""Ten times that of DG-TTA, whose twenty steps move this network hardly at all."""
_PAIRS_JUDGED = 2
_LEAST_GAIN = 1e-4  # less is rounding


@dataclass(frozen=True, eq=False)
class Adaptation:
    """A network adapted to a sample, and what that did to the agreement of its answers.

    Parameters
    ----------
    model : AdaptedModel
        The model with the adapted weights, in memory alone.
    before, after : float
        Agreement of the answers to pairs of views that it was not adapted on, 0 to 1, before and after.
    """

    model: AdaptedModel
    before: float
    after: float

    @property
    def agrees_better(self) -> bool:
        """Whether the views agree better than before."""
        return self.after - self.before > _LEAST_GAIN


def adapt(
    model: ModelFolder,
    volume: Volume,
    *,
    steps: int = STEPS,
    learning_rate: float = LEARNING_RATE,
    grid_size: int = GRID,
    seed: int = 0,
    progress: Progress = silent,
) -> Adaptation:
    """Bring together a network's answers to pairs of views of one sample, without labels.

    Test-time adaptation by consistency, after DG-TTA (Weihsbach et al., Sensors 2025, 25, 5603): each step shows the
    sample twice, mirrored and with voxel values varied at random, and moves the weights a little towards answers alike.
    Nothing is written to the model's folder. The same call gives the same weights on the same machine.

    Parameters
    ----------
    model : ModelFolder
        A model of volumes.
    volume : Volume
        The sample.
    steps : int
        Steps, each of two views.
    learning_rate : float
        Of Adam, for all weights.
    grid_size : int
        Most voxels along an axis of the grid on which the sample is shown.
    seed : int
        Seed of the views.
    progress : Progress
        Told of every step; raises :class:`~napari_crystalseg.errors.Cancelled` to stop, and then nothing is left.

    Returns
    -------
    Adaptation

    Raises
    ------
    InputError
        A model of slices or one that takes clicks, a constant volume, or no step.
    """
    import torch

    from ..networks.instance_norm import quicken

    check_adaptable(model)
    if steps < 1:
        raise InputError(f"Adapting takes at least one step, not {steps}.")
    progress(0.0, "adapting to this sample: preparing it")
    shown = torch.from_numpy(_shown(model, volume, grid_size))[None, None]
    network = quicken(model.network())
    rng = np.random.default_rng(seed)
    mirror_axes = model.mirror_axes
    judged = [(View.drawn(rng, mirror_axes), View.drawn(rng, mirror_axes)) for _ in range(_PAIRS_JUDGED)]
    before = _mean_agreement(network, shown, judged)
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    optimiser = torch.optim.Adam(weights, lr=learning_rate)
    for step in range(steps):
        progress((step + 1) / (steps + 2), f"adapting to this sample: step {step + 1} of {steps}")
        first, second = View.drawn(rng, mirror_axes), View.drawn(rng, mirror_axes)
        optimiser.zero_grad(set_to_none=True)
        loss = 1 - agreement(_answer(network, first, shown), _answer(network, second, shown))
        loss.backward()
        optimiser.step()
    after = _mean_agreement(network, shown, judged)
    state = {name: value.detach().clone() for name, value in network.state_dict().items()}
    record = {"steps": steps, "learning_rate": learning_rate, "grid": grid_size, "seed": seed}
    record |= {"agreement_before": round(before, 4), "agreement_after": round(after, 4)}
    progress(1.0, "adapted to this sample")
    return Adaptation(AdaptedModel.of(model, state, record), before, after)


def check_adaptable(model: ModelFolder) -> None:
    """Refuse models that see no whole samples.

    Raises
    ------
    InputError
        A model of slices, or one that takes clicks.
    """
    if model.sees_slices or model.is_guided:
        raise InputError("Only a model of whole volumes, without clicks, can be adapted to a sample.")


def _shown(model: ModelFolder, volume: Volume, grid_size: int) -> NDArray[np.float32]:
    """Show the sample as in use: the box about it, on a grid of its own."""
    grid = WorkingGrid.of(volume.shape, volume.voxel_size_um or (1.0, 1.0, 1.0), grid_size)
    voxel_values = normalise(grid.average(volume.data))
    values = voxel_values[find_sample(voxel_values)]
    coarsest = model.coarsest_voxels or min(model.patch_size)
    return np.ascontiguousarray(padded_by_edges(values, tile_about(values.shape, coarsest)), dtype=np.float32)


def _answer(network: torch.nn.Module, view: View, shown: torch.Tensor) -> torch.Tensor:
    import torch

    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=processor_has_bf16()):
        scores = network(view.of(shown))
    return view.undone(scores.float().softmax(1))


def _mean_agreement(network: torch.nn.Module, shown: torch.Tensor, pairs: list[tuple[View, View]]) -> float:
    import torch

    with torch.inference_mode():
        found = [float(agreement(*(_answer(network, view, shown) for view in pair))) for pair in pairs]
    return float(np.mean(found))
