"""crystalseg diffraction geometry evaluate"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ....console import shown_progress


def command(
    networks: Annotated[Path | None, typer.Argument(help="Folder of networks; the bundled ones by default.")] = None,
    images: Annotated[int, typer.Option("--images", min=8, help="Simulated images that no training saw.")] = 40,
    json_out: Annotated[Path | None, typer.Option("--json", metavar="OUT.json", help="Also write the figures.")] = None,
) -> None:
    """Show how the answers hang on the background: the same images with it, with a flat one, and as peaks alone."""
    from .....diffraction.geometry.background_dependence import background_dependence
    from .....io import check_outputs, save_json

    check_outputs([json_out], [])
    with shown_progress() as progress:
        report = background_dependence(networks, images, progress=progress)
    if json_out is not None:
        save_json(report.to_dict(), json_out)
    print(report.text(), end="")
