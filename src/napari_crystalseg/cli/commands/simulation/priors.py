"""crystalseg priors"""

from __future__ import annotations

from typing import Annotated

import typer


def command(
    name: Annotated[str, typer.Argument(help="typical, wide, realism, or a YAML file to complete.")] = "typical",
) -> None:
    """Print what cases are drawn from, as YAML to edit and give to simulate --priors."""
    from ....simulation.priors import find_priors

    print(find_priors(name).to_yaml(), end="")
