"""How the raw scan is called and taken."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class TakenScan:
    """What the raw scan is called, and how it is to be taken, as chosen in the stage Open.

    Parameters
    ----------
    name : str
        Name of its file or sample; empty where there is none.
    axis : {"columns", "rows"}
        What its rotation axis lies along.
    force : bool
        Whether to go on in spite of what is found in it.
    """

    name: str = ""
    axis: str = "columns"
    force: bool = False
