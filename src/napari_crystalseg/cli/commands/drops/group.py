"""The group of commands for crystallisation drops."""

from __future__ import annotations

import typer

from . import classify, detect, simulate, target
from .evaluate.group import evaluate
from .train.group import train

drops = typer.Typer(name="drops", rich_markup_mode=None, short_help="Micrographs of drops: classes, crystals, targets.")
drops.command("classify", short_help="What micrographs show.")(classify.command)
drops.command("detect", short_help="Outline drops and crystals: positions, masks, pictures.")(detect.command)
drops.command("target", short_help="Where to dispense, far from crystals and edge.")(target.command)
drops.command("simulate", short_help="Micrographs with their classes and outlines.")(simulate.command)


@drops.callback(no_args_is_help=True)
def of_drops() -> None:
    """Micrographs of crystallisation drops: classified, outlined, where to dispense."""


drops.add_typer(evaluate)
drops.add_typer(train)
