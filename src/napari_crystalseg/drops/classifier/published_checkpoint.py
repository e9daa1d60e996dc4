"""PublishedCheckpoint: a model file as CHiMP's training writes it, read without running anything in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import InputError, shortened
from ..torch_file import plain_names, read_torch_file

if TYPE_CHECKING:
    import torch

_KEYS = ("model_state_dict", "model_struc_dict", "class_names")


@dataclass(frozen=True, eq=False)
class PublishedCheckpoint:
    """What a checkpoint of CHiMP's classifier says.

    Parameters
    ----------
    path : Path
        Its file.
    kind : str
        Type of the network, a name of timm's.
    class_names : tuple of str
        As they are written there, in the order of the outputs.
    weights : mapping of str to Tensor
        Keys and values of the network; those of one that was trained on several devices at once (``module.``) are
        given their plain names.
    """

    path: Path
    kind: str
    class_names: tuple[str, ...]
    weights: dict[str, torch.Tensor]


def read_published_checkpoint(path: str | Path) -> PublishedCheckpoint:
    """Read a checkpoint of CHiMP's classifier.

    Only tensors, numbers and texts are taken from the file; one that asks for anything else is refused.

    Raises
    ------
    InputError
        No such file, one that is damaged, asks for more than weights, or is of another kind.
    """
    path = Path(path)
    held = read_torch_file(path)
    if not isinstance(held, dict) or any(key not in held for key in _KEYS):
        raise InputError(
            f"{path.name} is no checkpoint of CHiMP's classifier: it has no {', no '.join(_lacking(held))}."
        )
    structure, names, weights = (held[key] for key in ("model_struc_dict", "class_names", "model_state_dict"))
    if not isinstance(structure, dict) or not isinstance(structure.get("type"), str):
        raise InputError(f"{path.name} does not say of which type its network is (model_struc_dict, type).")
    if isinstance(names, dict):
        names = list(names.values())
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise InputError(f"{path.name} does not name its classes (class_names).")
    stated = structure.get("num_classes", len(names))
    if stated != len(names):
        raise InputError(f"{path.name} is a network of {stated} classes and names {len(names)}.")
    if not isinstance(weights, dict) or not weights or not all(hasattr(one, "shape") for one in weights.values()):
        raise InputError(f"{path.name} holds no weights of a network (model_state_dict).")
    return PublishedCheckpoint(path, structure["type"], tuple(names), plain_names(weights))


def load_strictly(network: torch.nn.Module, weights: dict[str, torch.Tensor], name: str) -> None:
    """Give a network weights of which none is missing, unknown or of another shape.

    Raises
    ------
    InputError
        They are of another network, or hold NaN.
    """
    import torch

    try:
        network.load_state_dict(weights)
    except (RuntimeError, TypeError) as error:
        raise InputError(
            f"{name} holds the weights of another network than it says ({shortened(_first_difference(error))})."
        ) from None
    if not all(bool(torch.isfinite(one).all()) for one in network.state_dict().values()):
        raise InputError(f"{name} holds weights that are not finite; the training that wrote it has failed.")


def _lacking(held: Any) -> list[str]:
    return [key for key in _KEYS if not isinstance(held, dict) or key not in held]


def _first_difference(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[1] if len(lines) > 1 else str(error)
