"""Entry of the command line: commands, and what becomes of their errors."""

from __future__ import annotations

import errno
import logging
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from types import FrameType
from typing import Annotated, Any

import typer

from ..errors import CrystalSegError, one_line, sentence
from .commands import (
    absorb,
    absorption_map,
    coefficients,
    compare,
    corrected,
    export,
    geometry,
    info,
    places,
    process,
    reconstruct,
    reviews,
    segment,
    sensitivity,
    teach,
)
from .commands.diffraction import hits, quality
from .commands.diffraction import simulate as simulate_diffraction
from .commands.diffraction.geometry.group import geometry as of_geometry
from .commands.drops.group import drops
from .commands.models import calibrate, evaluate, experiment, pack_model, train
from .commands.models.registry import models
from .commands.simulation import priors, simulate, variants
from .standard_streams import make_streams_safe

USER_ERROR = 2
INTERRUPTED = 130
_FULL = (errno.ENOSPC, errno.EIO)

app = typer.Typer(
    name="crystalseg",
    help="From an X-ray tomogram of a protein crystal in a loop to absorption factors.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# In the order of the work.
app.command("info", short_help="What a file holds, and how large it is.")(info.command)
app.command("process", short_help="The whole job, with a report.")(process.command)
app.command("simulate", short_help="Simulate raw scans with true labels.")(simulate.command)
app.command("priors", short_help="Print what simulate draws from, to edit.")(priors.command)
app.command("variants", short_help="Simulate variants of corrected labels.")(variants.command)
app.command("reconstruct", short_help="Raw scan to volume.")(reconstruct.command)
app.command("segment", short_help="Volume to labels.")(segment.command)
app.command("teach", short_help="A few strokes to labels of the whole volume.")(teach.command)
app.command("reviews", short_help="Reviews that were begun beside data.")(reviews.command)
app.command("corrected", short_help="Labels of a review to a file.")(corrected.command)
app.command("evaluate", short_help="Score labels against a reference.")(evaluate.command)
app.command("geometry", short_help="Do labels and raw scan agree?")(geometry.command)
app.command("coefficients", short_help="Raw scan and labels to attenuation coefficients.")(coefficients.command)
app.command("absorb", short_help="Labels to absorption factors.")(absorb.command)
app.command("absorption-map", short_help="Absorption over all directions.")(absorption_map.command)
app.command("compare", short_help="Two label volumes by their absorption.")(compare.command)
app.command("sensitivity", short_help="Where edits of labels matter.")(sensitivity.command)
app.command("places", short_help="Where labels may be wrong, worst first.")(places.command)
app.command("quality", short_help="What labels cost in merged data.")(quality.command)
app.command("train", short_help="Train a segmentation model.")(train.command)
app.command("experiment", short_help="What real and simulated cases teach.")(experiment.command)
app.command("pack-model", short_help="Training to model folder.")(pack_model.command)
app.command("calibrate", short_help="What a model's uncertainty is worth.")(calibrate.command)
app.command("export", short_help="Labels to masks or AnACor.")(export.command)

diffraction = typer.Typer(name="diffraction", rich_markup_mode=None, short_help="Diffraction data: simulated, judged.")
diffraction.command("simulate", short_help="Images of a crystal, with their truth.")(simulate_diffraction.command)
diffraction.command("quality", short_help="What labels cost in merged data.")(quality.command)
diffraction.add_typer(hits.app, name="hits", short_help="Which images are hits.")
diffraction.add_typer(of_geometry)
app.add_typer(diffraction)
app.add_typer(drops)
app.add_typer(models)


@diffraction.callback()
def of_diffraction() -> None:
    """Diffraction data of a crystal: simulated, judged, their geometry and hits."""


def _show_version(wanted: bool) -> None:
    if wanted:
        from ..provenance import package_version

        print(f"crystalseg {package_version()}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; any command takes it.")
    ] = False,
) -> None:
    """From an X-ray tomogram of a protein crystal in a loop to absorption factors."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after the program's name; those of the process by default.

    Returns
    -------
    int
        Exit code: 0 done, 2 an error told in one line on stderr, 130 interrupted.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    # Taken out before parsing, so that it may stand anywhere.
    split = words.index("--") if "--" in words else len(words)
    debug = "--debug" in words[:split]
    words = [word for word in words[:split] if word != "--debug"] + words[split:]
    _end_cleanly_when_terminated()
    # It warns where there is no home to keep its list of fonts in; figures are drawn all the same.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    make_streams_safe()
    try:
        # Commands return nothing; a number is the exit code of --help, --version or, in some versions, an interrupt.
        code = app(words or ["--help"], prog_name="crystalseg", standalone_mode=False) or 0
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        # Here, where it can be told: at the end of the process it is no more than a number.
        sys.stdout.flush()
        return int(code)
    except (KeyboardInterrupt, typer.Abort):
        print("Interrupted; finished files are whole.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`crystalseg … | head`); nothing is left to tell it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL and error.filename is None:
            # What is written to files is told with their names, so this was standard output.
            sys.stdout = open(os.devnull, "w", encoding="utf-8")
            error = CrystalSegError(f"What is printed cannot be written ({error.strerror}); files that were named are.")
        if debug:
            traceback.print_exc()
        print(f"Error: {_one_line(error)}", file=sys.stderr)
        return USER_ERROR


def _one_line(error: Exception) -> str:
    if hasattr(error, "format_message"):  # wrong options, as the parser words it
        return one_line(f"{error.format_message().rstrip('.')}. Try 'crystalseg --help'.")
    told = sentence(error)
    return told or one_line(f"{type(error).__name__}: {error} (unexpected; run again with --debug and report it)")


def _end_cleanly_when_terminated() -> None:
    """Let a termination unwind as an exit does, so that no half-written file stays."""

    def stop(number: int, frame: FrameType | None) -> Any:
        raise SystemExit(128 + number)

    try:
        signal.signal(signal.SIGTERM, stop)
    except ValueError:
        # Not the main thread, as in tests that call main(): signals are the caller's.
        pass
