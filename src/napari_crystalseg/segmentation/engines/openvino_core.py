"""OpenVINO's core: one for the life of the process."""

from __future__ import annotations

from functools import cache
from typing import Any


@cache
def openvino_core() -> Any:
    """Return the core.

    With the last one its libraries would be unloaded, while processes may be forked and threads still end.

    Returns
    -------
    openvino.Core

    Raises
    ------
    ImportError
        OpenVINO is not installed.
    """
    import openvino

    return openvino.Core()
