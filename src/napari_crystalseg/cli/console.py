"""What the command line shows while it works, on stderr."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..progress import Progress
from ..texts.printable import printable

if TYPE_CHECKING:
    from ..io import OutputFolder
    from ..provenance import Provenance

QUIET_SECONDS = 15.0
"""Between lines about the same thing, where there is no terminal."""


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Yield a progress that draws a bar on a terminal, and writes a line for each new step elsewhere."""
    if sys.stderr.isatty():
        with _bar() as report:
            yield report
    else:
        yield _lines()


def print_kept_files(output: OutputFolder) -> None:
    """Say what of the user's was in the way, and what it is called now."""
    for statement in output.statements:
        print(printable(f"! {statement}"))


def tell_assumptions(provenance: Provenance) -> None:
    """Say what was assumed when a file was opened."""
    tell_assumed(provenance.assumptions)


def tell_assumed(texts: Iterable[str]) -> None:
    """Say what was assumed of files."""
    for text in texts:
        print(printable(f"Assumed: {text}."), file=sys.stderr, flush=True)


def tell_findings(provenance: Provenance) -> None:
    """Say what was found wrong with a scan and gone on in spite of."""
    tell_statements(provenance.findings)


def tell_statements(statements: Iterable[str]) -> None:
    """Say what the user must know of a scan."""
    for text in statements:
        print(printable(f"! {text}."), file=sys.stderr, flush=True)


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}", table_column=None),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Starting", total=1.0)

        def report(fraction: float, message: str) -> None:
            bar.update(task, completed=min(1.0, max(0.0, fraction)), description=message.replace("[", r"\["))

        yield report


def _lines() -> Progress:
    last_step, last_time = "", float("-inf")

    def report(fraction: float, message: str) -> None:
        nonlocal last_step, last_time
        # "Slice 3 of 40" and "Slice 4 of 40" are one step.
        step = re.sub(r"\d+", "#", message)
        now = time.monotonic()
        if message and (step != last_step or now - last_time >= QUIET_SECONDS):
            print(f"{100 * min(1.0, max(0.0, fraction)):3.0f} % {message}", file=sys.stderr, flush=True)
            last_step, last_time = step, now

    return report
