"""What can be chosen in the tab Simulate: the parameters of a sample and of variants, from which the forms are made."""

# No postponed annotations: magicgui does not find the names in that of what a function returns.
from dataclasses import dataclass
from typing import Annotated, Any

from ...simulation.previews import SampleRequest
from ..parts.parameter_form import integer_options

CHOOSE = "choose a file…"
"""Entry of the kinds of samples that asks for a file."""

AS_THE_LABELS = 31
"""Below the fewest columns that are simulated: as many as the labels have."""

_ANY = "any"
_LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True)
class VariantSeries:
    """How many variants of labels are made, from which seed, and how fine (columns; None: as the labels)."""

    cases: int
    seed: int
    size: int | None


def _habits(widget: Any) -> list[str]:
    from ...phantom.crystals.habits import HABITS

    return [_ANY, *HABITS]


def _kinds(widget: Any) -> list[str]:
    from ...simulation.priors import PRESETS

    return [*PRESETS, CHOOSE]


# A choice of nothing is a word among the others: for None, magicgui would add a line of dashes of its own.
def sample_request(
    habit: Annotated[str, {"label": "crystal", "choices": _habits}] = _ANY,
    priors: Annotated[str, {"label": "kind of samples", "choices": _kinds}] = "typical",
    seed: Annotated[int, integer_options(0, _LARGEST_SEED)] = 1,
) -> SampleRequest:
    """Return which random sample to look at.

    Parameters
    ----------
    habit
        Habit of the crystal.
    priors
        What samples and conditions are drawn from. typical: what a beamline sees on most days; wide: rarer and harder
        cases too; realism: in true micrometres, with twins and fragments; or a YAML file of your own.
    seed
        Another seed, another sample. It is the first case of: crystalseg simulate … --seed with this number.
    """
    return SampleRequest(int(seed), None if habit == _ANY else habit, "typical" if priors == CHOOSE else priors)


def variant_series(
    cases: Annotated[int, integer_options(1, 10_000)] = 10,
    seed: Annotated[int, integer_options(0, _LARGEST_SEED)] = 1,
    size: Annotated[int, integer_options(AS_THE_LABELS, 4096, label="columns")] = AS_THE_LABELS,
) -> VariantSeries:
    """Return which variants of labels to make.

    Parameters
    ----------
    cases
        Each is a new sample like yours, with its raw scan, its volume and its true labels.
    seed
        The same labels and seed give the same cases.
    size
        Detector columns across your sample. Fewer take less time and memory.
    """
    return VariantSeries(int(cases), int(seed), None if size == AS_THE_LABELS else int(size))
