"""What a file would take of this machine, judged before it is read."""

from __future__ import annotations

from ...errors import InputError


def check_memory(nbytes: int, name: str) -> None:
    """Refuse to load so many bytes where neither memory nor swap has room for them.

    Raises
    ------
    InputError
        It says how much is needed and how much there is.
    """
    import psutil

    free = psutil.virtual_memory().available + psutil.swap_memory().free
    if nbytes > free:
        raise InputError(
            f"{name} would take {nbytes / 1e9:.4g} GB of memory, and {free / 1e9:.3g} GB are free; take a "
            "smaller one, or a machine with more memory."
        )
