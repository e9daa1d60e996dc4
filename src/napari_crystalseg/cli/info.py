"""crystalseg info"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    path: Annotated[Path, typer.Argument(help="Raw scan, volume or labels: a file, or a folder of TIFF or Zarr.")],
) -> None:
    """Tell what a file holds and how large it is, without loading it."""
    from ..io import describe

    for line in describe(path).lines:
        print(line)
