"""Files of one plain NumPy array."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, lacks_memory, shortened


def load_array(path: Path) -> NDArray[Any]:
    """Read a ``.npy`` file of any shape; pickled objects are refused."""
    try:
        array = np.load(path, allow_pickle=False)
    except Exception as error:  # numpy meets damaged headers with many types of error
        if lacks_memory(error):
            raise
        if "pickle" in str(error) or "Object arrays" in str(error):
            raise InputError(
                f"{path.name} holds pickled Python objects, which may run code; save a plain array of numbers."
            ) from error
        raise InputError(
            f"{path.name} is truncated or damaged and cannot be read as .npy ({shortened(error)})."
        ) from error
    return np.asarray(array)
