"""The group of commands that train the networks of drops."""

from __future__ import annotations

import typer

from . import classifier, detector

train = typer.Typer(name="train", rich_markup_mode=None, short_help="Train a network of drops.")


@train.callback(no_args_is_help=True)
def of_training() -> None:
    """Train a network of drops: on simulated micrographs, or a classifier on labelled ones."""


train.command("classifier", short_help="Network that says what micrographs show.")(classifier.command)
train.command("detector", short_help="Mask R-CNN that outlines drops and crystals.")(detector.command)
