"""A file of torch that a user brings, read without running anything in it."""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InputError, lacks_memory, one_line
from ..io import check_input

if TYPE_CHECKING:
    import torch

_PARALLEL = "module."


def read_torch_file(path: Path) -> Any:
    """Return what a file of torch holds: tensors, numbers and texts, in dictionaries and lists.

    Raises
    ------
    InputError
        No such file, one that is empty, damaged or of another kind, or that asks for anything else.
    """
    import torch

    check_input(path)
    name = one_line(str(path))
    if path.is_dir():
        raise InputError(f"{name} is a folder, not a checkpoint.")
    if not path.stat().st_size:
        raise InputError(f"{name} is empty (0 bytes); it was perhaps not copied to its end.")
    try:
        with torch.serialization.safe_globals(_plain_numbers()):
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many unrelated ones for damaged files
        if lacks_memory(error):
            raise
        asked = re.search(r"GLOBAL ([\w.]+)", str(error)) if isinstance(error, pickle.UnpicklingError) else None
        if asked is not None:
            raise InputError(
                f"{name} holds more than weights, numbers and texts ({asked.group(1)}), which may run code when it is "
                "read: it is refused; save the same without it."
            ) from None
        # What torch says of it is of its own inside, or advice to read it and run what it holds.
        why = error.strerror if isinstance(error, OSError) and error.strerror else "truncated, damaged or another file"
        raise InputError(f"{name} cannot be read as a checkpoint of torch ({why}); copy it again.") from None


def plain_names(weights: Mapping[Any, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return weights by their plain names, also those of a network that was trained on several devices at once."""
    return {str(name).removeprefix(_PARALLEL): tensor for name, tensor in weights.items()}


def _plain_numbers() -> list[Any]:
    """What a number of NumPy, such as the mean loss that CHiMP notes, is pickled with, by NumPy 1 and 2."""
    from numpy._core.multiarray import scalar

    kinds = [type(np.dtype(kind)) for kind in ("f4", "f8", "i4", "i8", "b1")]
    names = ("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar")
    return [*((scalar, name) for name in names), np.dtype, *kinds]
