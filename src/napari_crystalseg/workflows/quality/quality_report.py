"""Quality report: what each way of correcting intensities makes of the merged data, and what labels cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...diffraction.merging.merging_table import merging_table
from ...provenance import Provenance
from .doubtful_cost import DoubtfulCost
from .treatment import Treatment

LABELS, REFERENCE, NONE = "labels", "reference", "none"
"""Names of the columns that every report may have; empirical ones are ``low`` and ``high``, edited ones as named."""


@dataclass(frozen=True)
class MendedPlaces:
    """What correcting the first places of the ranked list would get back.

    Parameters
    ----------
    places : int
        How many of them, worst first.
    centres_voxel : tuple of (int, int, int)
        Where they are, (z, y, x).
    r_meas_back_percent : float
        R_meas with the labels as they are, less that after correcting them, %.
    """

    places: int
    centres_voxel: tuple[tuple[int, int, int], ...]
    r_meas_back_percent: float

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "places": self.places,
            "centres_voxel": [list(centre) for centre in self.centres_voxel],
            "r_meas_back_percent": self.r_meas_back_percent,
        }


@dataclass(frozen=True, eq=False)
class QualityReport:
    """Figures of all treatments of the same intensities.

    Parameters
    ----------
    columns : mapping of str to Treatment
        By the name of the treatment: ``reference``, those edited, ``labels``, ``low``, ``high``, ``none``.
    description : str
        The observations, in a few words.
    measured : bool
        Whether the intensities are those of the table; else they were simulated.
    doubt : DoubtfulCost or None
        What the labels may cost by the doubt about them, where there is no reference.
    mended : tuple of MendedPlaces
        What correcting the first one, two, … places gets back.
    statements : tuple of str
        What the user must know besides.
    provenance : Provenance
        Files and settings.
    """

    columns: Mapping[str, Treatment]
    description: str
    measured: bool
    doubt: DoubtfulCost | None = None
    mended: tuple[MendedPlaces, ...] = ()
    statements: tuple[str, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)

    def cost_percent(self, column: str) -> float | None:
        """Return R_meas of a column less that of the reference, %; None without a reference."""
        if REFERENCE not in self.columns:
            return None
        return 100 * (self.columns[column].r_meas - self.columns[REFERENCE].r_meas)

    def sentences(self) -> tuple[str, ...]:
        """Say what the labels cost, what correcting them gets back, and how else the data may be corrected."""
        if weak := [name for name, one in self.columns.items() if not one.r_meas > 0]:
            named = ", ".join(weak)
            return (
                f"What the labels cost cannot be told: the intensities are too weak for an Rmeas ({named}).",
                *self.statements,
            )
        said = [self._cost()]
        if self.mended:
            last = self.mended[-1]
            which = "this place" if last.places == 1 else f"these {last.places} places"
            at = "; ".join(", ".join(map(str, centre)) for centre in last.centres_voxel)
            said.append(f"Correcting {which} gets {_percent(last.r_meas_back_percent)} back: (z, y, x) {at}.")
        own, nothing = self.columns[LABELS].r_meas, self.columns[NONE].r_meas
        others = {name: one.r_meas for name, one in self.columns.items() if name in ("low", "medium", "high")}
        if nothing <= own:
            said.append("LOOK: without any correction Rmeas is no worse than with these labels.")
        else:
            said.append(f"No correction at all would cost {_percent(100 * (nothing - own))} more than these labels.")
        if others:
            best = min(others, key=lambda name: others[name])
            gain = 100 * (own - others[best])
            if gain > 0:
                said.append(
                    f"An empirical surface ({best}) alone gives an Rmeas that is {_percent(gain)} lower than these "
                    "labels do."
                )
            else:
                said.append(
                    f"The best empirical surface ({best}) gives an Rmeas that is {_percent(-gain)} higher than these "
                    "labels do."
                )
        return (*said, *self.statements)

    def _cost(self) -> str:
        labels = self.columns[LABELS]
        if (cost := self.cost_percent(LABELS)) is not None:
            reference = self.columns[REFERENCE]
            signal = labels.statistics.overall.anomalous.difference_over_sigma
            best = reference.statistics.overall.anomalous.difference_over_sigma
            verb = f"costs {_percent(cost)} of Rmeas" if cost >= 0 else f"gains {_percent(-cost)} of Rmeas"
            return (
                f"This segmentation {verb} against the reference ({100 * labels.r_meas:.2f} % in place of "
                f"{100 * reference.r_meas:.2f} %), and takes dI/s(dI) from {best:.3f} to {signal:.3f}."
            )
        if self.doubt is not None:
            return self.doubt.sentence()
        return f"With these labels Rmeas is {100 * labels.r_meas:.2f} %."

    def text(self) -> str:
        """Return the report as text: sentences, then the table."""
        kind = "measured" if self.measured else "simulated"
        head = f"{self.description}; intensities {kind}. Overall, and in brackets the shell of highest resolution."
        table = merging_table({name: one.statistics for name, one in self.columns.items()})
        lines = [*self.sentences(), "", head, table]
        known = {name: one.agreement for name, one in self.columns.items() if one.agreement is not None}
        if known:
            lines += ["", "Against the true intensities, which are known here:"]
            lines += [
                f"  {name:<12} error of merged I {100 * each.r_true:.2f} %, correlation of anomalous differences "
                f"{each.anomalous_correlation:.3f}"
                for name, each in known.items()
            ]
        return "\n".join(lines) + "\n"

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-ready values."""
        return {
            "description": self.description,
            "measured": self.measured,
            "sentences": list(self.sentences()),
            "columns": {name: one.to_dict() for name, one in self.columns.items()},
            "cost_percent_of_r_meas": {name: self.cost_percent(name) for name in self.columns},
            "doubt": None if self.doubt is None else self.doubt.to_dict(),
            "mended_places": [each.to_dict() for each in self.mended],
            "provenance": self.provenance.to_dict(),
        }


def _percent(value: float) -> str:
    """Points of a percentage; what is below a hundredth is said so."""
    return f"{value:.2f} %" if abs(value) >= 0.005 else "less than 0.01 %"
