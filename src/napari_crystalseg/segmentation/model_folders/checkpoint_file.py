"""Checkpoint file: a network's weights, read without running what the file may hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import InputError, lacks_memory

# Weights are not compressed; an archive that unpacks to more than this many times its size is no file of theirs.
_MOST_UNPACKED = 4


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Load a checkpoint without running code that it may hold.

    Raises
    ------
    InputError
        The file is not a checkpoint of nnU-Net, is damaged, or holds more than weights.
    """
    import numpy as np
    import torch

    # nnU-Net's own checkpoints also keep a log of NumPy numbers.
    scalar = np.float32(0).__reduce__()[0]
    harmless: list[Any] = [scalar, np.dtype, np.dtypes.Float32DType, np.dtypes.Float64DType, torch.device]
    try:
        _check_archive(path)
        with torch.serialization.safe_globals(harmless):
            checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    except InputError:
        raise
    except Exception as error:  # a damaged archive fails in many ways
        if lacks_memory(error):
            raise MemoryError(str(error)) from error
        raise InputError(
            f"{path} is not a file of weights, is damaged, or holds more than weights, which is not run "
            f"({type(error).__name__}); use the checkpoint_final.pth that nnU-Net or crystalseg wrote."
        ) from error
    if not isinstance(checkpoint, dict):
        raise InputError(f"{path} is not an nnU-Net checkpoint.")
    return checkpoint


def _check_archive(path: Path) -> None:
    """Refuse a compressed archive that would fill the memory."""
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile:
        return
    if unpacked > _MOST_UNPACKED * path.stat().st_size + 2**20:
        raise InputError(f"{path} is a compressed archive of {unpacked:.3g} bytes; weights are not stored so.")
