"""Attenuation coefficients as chosen in the stage Check, with where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...absorption.coefficients import Coefficients
    from .measured_in import MeasuredIn


@dataclass(frozen=True)
class SessionCoefficients:
    """Coefficients, what was done to them, and in which sample they were measured.

    Parameters
    ----------
    values : Coefficients or None
        Linear attenuation coefficients, 1/µm, with their energy and origin; None before any were set.
    remark : str
        What was done to them, such as a conversion to another energy with its error; empty where nothing was.
    measured_in : MeasuredIn or None
        Sample that they were measured in; None where they were not measured.
    """

    values: Coefficients | None = None
    remark: str = ""
    measured_in: MeasuredIn | None = None
