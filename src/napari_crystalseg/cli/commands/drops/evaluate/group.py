"""The group of commands that judge the networks of drops."""

from __future__ import annotations

import typer

from . import agreement, classifier, detector

evaluate = typer.Typer(name="evaluate", rich_markup_mode=None, short_help="How well a network of drops does.")


@evaluate.callback(no_args_is_help=True)
def of_evaluation() -> None:
    """Hold a classifier or a detector of drops against what is true, in the tables of CHiMP's paper."""


evaluate.command("classifier", short_help="F1, precision, recall, which class for which.")(classifier.command)
evaluate.command("detector", short_help="Average precision, crystals or none, dispensing positions.")(detector.command)
evaluate.command("agreement", short_help="How often tables of classes say the same.")(agreement.command)
