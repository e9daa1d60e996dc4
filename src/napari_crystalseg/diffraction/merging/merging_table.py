"""Merging table: figures of several treatments of the same intensities side by side, as DIALS orders them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from .merging_statistics import MergingStatistics, ShellStatistics

_Figure = Callable[[ShellStatistics], float]

ROWS: tuple[tuple[str, str, _Figure], ...] = (
    ("Completeness, %", "{:.1f}", lambda s: 100 * s.completeness),
    ("Multiplicity", "{:.1f}", lambda s: s.multiplicity),
    ("I/sigma", "{:.1f}", lambda s: s.i_over_sigma),
    ("Rmerge", "{:.4f}", lambda s: s.r_merge),
    ("Rmeas", "{:.4f}", lambda s: s.r_meas),
    ("Rpim", "{:.4f}", lambda s: s.r_pim),
    ("Rmeas within I+/I-", "{:.4f}", lambda s: s.r_meas_within),
    ("CC1/2", "{:.4f}", lambda s: s.cc_half),
    ("Anomalous completeness, %", "{:.1f}", lambda s: 100 * s.anomalous.completeness),
    ("Anomalous multiplicity", "{:.1f}", lambda s: s.anomalous.multiplicity),
    ("Anomalous correlation", "{:.3f}", lambda s: s.anomalous.correlation),
    ("Anomalous slope", "{:.3f}", lambda s: s.anomalous.slope),
    ("dF/F", "{:.4f}", lambda s: s.anomalous.signal),
    ("dI/s(dI)", "{:.3f}", lambda s: s.anomalous.difference_over_sigma),
    ("Total reflections", "{:.0f}", lambda s: s.observations),
    ("Unique reflections", "{:.0f}", lambda s: s.unique),
)
"""Title, format and value of each row."""


def merging_table(columns: Mapping[str, MergingStatistics]) -> str:
    """Return a table as text: a column for each treatment, the shell of highest resolution in brackets.

    Parameters
    ----------
    columns : mapping of str to MergingStatistics
        Figures by the title of their column.
    """
    head = ["", *columns]
    lines = [["Resolution, Å", *(_limits(each) for each in columns.values())]]
    for title, form, value in ROWS:
        cells = [
            f"{_cell(form, value(each.overall))} ({_cell(form, value(each.shells[-1]))})" for each in columns.values()
        ]
        lines.append([title, *cells])
    widths = [max(len(row[number]) for row in (head, *lines)) for number in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) if number == 0 else cell.rjust(width) for number, (cell, width) in enumerate(row))
        for row in (zip(line, widths, strict=True) for line in (head, *lines))
    )


def _limits(each: MergingStatistics) -> str:
    last = each.shells[-1]
    return f"{each.overall.d_max:.2f}-{each.overall.d_min:.2f} ({last.d_max:.2f}-{last.d_min:.2f})"


def _cell(form: str, value: float) -> str:
    return form.format(value) if np.isfinite(value) else "-"
