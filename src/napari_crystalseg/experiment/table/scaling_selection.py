"""Which reflections DIALS's scaling uses, and why it leaves out the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .reflection_file import ReflectionFile

# Bits of the column "flags" (DIALS, src/dials/array_family/reflection_table.h).
INTEGRATED_SUM, INTEGRATED_PRF = 1 << 8, 1 << 9
USER_EXCLUDED_IN_SCALING, OUTLIER_IN_SCALING, EXCLUDED_FOR_SCALING = 1 << 22, 1 << 23, 1 << 24

# Defaults of dials.scale (src/dials/algorithms/scaling/scaling_options.py).
PARTIALITY_CUTOFF = 0.25
LEAST_I_OVER_SIGMA = -5.0

COLUMNS = (
    "id",
    "flags",
    "intensity.sum.value",
    "intensity.sum.variance",
    "intensity.prf.value",
    "intensity.prf.variance",
    "qe",
    "dqe",
    "partiality",
)


def flags_of(table: ReflectionFile) -> NDArray[np.uint64] | None:
    """Return the column ``flags``, written with a sign or without; None where there is none."""
    flags = table.column("flags", kinds="iu")
    return None if flags is None else flags.astype(np.uint64)


@dataclass(frozen=True, eq=False)
class ScalingSelection:
    """Reflections that ``dials.scale`` would use with its defaults.

    Parameters
    ----------
    used : ndarray of bool, shape (reflection,)
        Whether scaling uses the row.
    left_out : mapping of str to int
        How many rows are left out for each reason; a row counts for the first that applies.
    flagged_before : mapping of str to int
        How many rows an earlier scaling excluded or found outliers. ``dials.scale`` takes these flags off before it
        begins and judges anew, so such rows may be used.

    Notes
    -----
    The order and the limits are those of ``filter_bad_reflections`` and ``choose_initial_scaling_intensities`` in
    DIALS's ``algorithms/scaling``, with its default choice of intensities, profile-fitted or summed: a row must belong
    to a sweep, be integrated, have positive variances and detector efficiency, a partiality of at least 0.25 and an
    intensity above -5 sigma.
    """

    used: NDArray[np.bool_]
    left_out: Mapping[str, int]
    flagged_before: Mapping[str, int]

    @classmethod
    def of(cls, table: ReflectionFile) -> ScalingSelection | None:
        """Judge the rows of a table; None where it has no column ``flags``, which scaling needs.

        Raises
        ------
        InputError
            A column of the wrong type.
        """
        flags = flags_of(table)
        if flags is None:
            return None
        n = table.rows
        by_sum, by_profile = (flags & bit != 0 for bit in (np.uint64(INTEGRATED_SUM), np.uint64(INTEGRATED_PRF)))
        identifier = table.column("id", kinds="iu")
        reasons = {
            "not indexed": np.zeros(n, bool) if identifier is None else identifier.astype(np.int64) < 0,
            "not integrated": ~(by_sum | by_profile),
        }
        bad_variance, weak = np.zeros(n, bool), np.zeros(n, bool)
        for name, integrated in (("sum", by_sum), ("prf", by_profile)):
            value = table.column(f"intensity.{name}.value", kinds="f")
            variance = table.column(f"intensity.{name}.variance", kinds="f")
            if value is None or variance is None:
                continue
            bad_variance |= integrated & ~(variance > 0)
            with np.errstate(invalid="ignore", divide="ignore"):
                weak |= value / np.sqrt(variance) < LEAST_I_OVER_SIGMA
        reasons["variance zero or negative"] = bad_variance
        efficiency = table.column("qe", kinds="f")
        if efficiency is None:
            efficiency = table.column("dqe", kinds="f")
        if efficiency is not None:
            reasons["detector efficiency not known"] = ~(efficiency > 0)
        partiality = table.column("partiality", kinds="f")
        if partiality is not None:
            reasons[f"partiality below {PARTIALITY_CUTOFF}"] = ~(partiality >= PARTIALITY_CUTOFF)
        reasons[f"intensity below {LEAST_I_OVER_SIGMA:g} sigma"] = weak
        used, left_out = np.ones(n, bool), {}
        for reason, rows in reasons.items():
            left_out[reason] = int(np.count_nonzero(rows & used))
            used &= ~rows
        before = {
            "user_excluded_in_scaling": USER_EXCLUDED_IN_SCALING,
            "outlier_in_scaling": OUTLIER_IN_SCALING,
            "excluded_for_scaling": EXCLUDED_FOR_SCALING,
        }
        flagged = {name: int(np.count_nonzero(flags & np.uint64(bit))) for name, bit in before.items()}
        used.flags.writeable = False
        return cls(used, left_out, flagged)

    def sentence(self) -> str:
        """Say in one sentence how many rows scaling uses, and why the others are left out."""
        n, used = len(self.used), int(np.count_nonzero(self.used))
        reasons = ", ".join(f"{count} {reason}" for reason, count in self.left_out.items() if count)
        text = f"{used} of {n} reflections are fit for dials.scale" + (f" ({reasons})" if reasons else "") + "."
        flagged = ", ".join(f"{count} {name}" for name, count in self.flagged_before.items() if count)
        return text + (f" Flags of an earlier scaling, which dials.scale takes off: {flagged}." if flagged else "")
