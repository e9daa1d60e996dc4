"""The detectors that CHiMP's authors published: their weights, which the user brings, into torchvision's network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import InputError
from ..objects import CRYSTAL, KINDS
from ..torch_file import plain_names, read_torch_file

if TYPE_CHECKING:
    import torch
    from torchvision.models.detection import MaskRCNN

SHAPE = (1352, 1688)
"""Rows and columns that every micrograph is brought to, as by CHiMP's code for prediction."""

KINDS_BY_CLASSES = {2: (CRYSTAL,), 3: KINDS}
"""What the classes of a network are, besides the background, by their number: VMXi's detector, and XChem's."""

HEAD = "roi_heads.box_predictor.cls_score.weight"

COUNTER = ".num_batches_tracked"
"""Steps that a normalisation learnt from: of no use to it afterwards, and not in files where it was kept as it was."""


def open_published(path: Path) -> tuple[MaskRCNN, tuple[str, ...]]:
    """Load weights that CHiMP's authors published, strictly: every one has its place and every place its own.

    CHiMP's code makes the network with a normalisation that is kept as it was (``FrozenBatchNorm2d``), whose weights
    lack the counters of the usual one; in use the two are the same, and files with counters and without are taken.
    Names of a network that was trained on several devices at once (``module.``) are taken for the plain ones.

    Parameters
    ----------
    path : path
        A state dictionary as ``torch.save`` writes it, bare or as ``model_state_dict``.

    Returns
    -------
    network : MaskRCNN
        In the state of evaluation.
    kinds : tuple of str
        What its classes are, from class 1.

    Raises
    ------
    InputError
        The file cannot be read or asks for more than weights, its keys or shapes are not those of the network, or it
        holds NaN.
    """
    from .architectures import published_network

    state = _state(path)
    classes = int(state[HEAD].shape[0]) if HEAD in state and state[HEAD].ndim == 2 else 0
    if classes not in KINDS_BY_CLASSES:
        raise InputError(
            f"{path.name} does not hold a detector of CHiMP: "
            + (f"it tells {classes} classes, not 2 or 3" if classes else f"{HEAD} is missing, or has another shape")
            + "; take the file of weights from Zenodo 11164787 (VMXi) or 11165194 (XChem)."
        )
    network = published_network(classes)
    wanted = network.state_dict()
    if not any(name.endswith(COUNTER) for name in state):
        state |= {name: values for name, values in wanted.items() if name.endswith(COUNTER)}
    if differences := _differences(state, wanted):
        raise InputError(
            f"{path.name} does not hold a detector of CHiMP: {'; '.join(differences)}. Take the file of weights from "
            "Zenodo 11164787 (VMXi) or 11165194 (XChem)."
        )
    network.load_state_dict(state)
    return network.eval(), KINDS_BY_CLASSES[classes]


def _state(path: Path) -> dict[str, torch.Tensor]:
    import torch

    state = read_torch_file(path)
    if isinstance(state, dict) and "model_state_dict" in state:
        state = state["model_state_dict"]
    if not isinstance(state, dict) or not all(isinstance(one, torch.Tensor) for one in state.values()):
        raise InputError(f"{path.name} does not hold weights by name: save the state dictionary of the network.")
    if not all(bool(torch.isfinite(one).all()) for one in state.values()):
        raise InputError(f"{path.name} holds weights that are not finite; the training that wrote it has failed.")
    return plain_names(state)


def _differences(given: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> list[str]:
    """Return in words which keys are missing, which are too many, and which have another shape."""
    shapes = [
        f"{name} has the shape {tuple(given[name].shape)}, not {tuple(wanted[name].shape)}"
        for name in wanted
        if name in given and given[name].shape != wanted[name].shape
    ]
    found = []
    for what, names in (
        ("missing", [name for name in wanted if name not in given]),
        ("not of this network", [name for name in given if name not in wanted]),
        ("", shapes),
    ):
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            verb = f" {'are' if more else 'is'} {what}" if what else ""
            found.append(f"{names[0]}{more}{verb}")
    return found
