"""The group of commands, of which images alone mean the first."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from . import evaluate, find, train

_HELP = ("-h", "--help")


class ImagesFirst(TyperGroup):
    """A group that takes words which are no command of it as those of ``find``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put ``find`` before words that are no command, and parse them."""
        if args and args[0] not in self.commands and args[0] not in _HELP:
            args = ["find", *args]
        return list(super().parse_args(ctx, args))


geometry = typer.Typer(
    name="geometry", cls=ImagesFirst, rich_markup_mode=None, short_help="Beam centre and tilt of single images."
)
geometry.command("find", short_help="Find them; also without the word 'find'.")(find.command)
geometry.command("train", short_help="Train the networks.")(train.command)
geometry.command("evaluate", short_help="How answers hang on the background.")(evaluate.command)


@geometry.callback(no_args_is_help=True)
def of_geometry() -> None:
    """Where the beam meets the detector and how it leans: crystalseg diffraction geometry IMAGE…"""
