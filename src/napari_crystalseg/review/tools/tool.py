"""A tool: parameters with units, and the change that they propose."""

from __future__ import annotations

from typing import ClassVar, Protocol

from ..edits.change import Change
from .need import Need
from .scene import Scene


class Tool(Protocol):
    """A frozen dataclass of parameters, whose annotations make its form.

    A new tool is one file with a class like this, and one line in :data:`~napari_crystalseg.review.tools.tools.TOOLS`.
    Parameters are numbers, booleans, or :class:`~napari_crystalseg.labels.Material`, with a default, and bear their
    unit in their name; ``Annotated[float, {"min": 0.1, "label": "radius, µm"}]`` says to a form how to ask for them.
    """

    title: ClassVar[str]
    """Words on its button."""
    key: ClassVar[str]
    """Key that proposes the change, as napari writes it, such as ``"Shift-K"``; empty where there is none."""
    hint: ClassVar[str]
    """One sentence that says what it does."""
    needs: ClassVar[Need]
    """What the hand must show it first."""

    def propose(self, scene: Scene) -> Change | None:
        """Return the change, which nobody has made yet; None where there is nothing to change.

        Raises
        ------
        InputError
            Something is missing in the scene, or a parameter cannot be used; the sentence says what to do.
        """
