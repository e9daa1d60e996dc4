"""Keys of the canvas over labels: one a tool, and two that answer what it proposes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ...review.tools.tool import Tool
from ...review.tools.tools import TOOLS

if TYPE_CHECKING:
    from napari.layers import Labels as LabelsLayer

APPLY_KEY, CANCEL_KEY = "Enter", "Escape"


class ToolKeys:
    """Keys of one layer at a time.

    Parameters
    ----------
    chosen : callable
        Called with the tool whose key was pressed.
    apply, cancel : callable
        Called by Enter and Escape, while there is something to answer.
    """

    def __init__(
        self, chosen: Callable[[type[Tool]], None], apply: Callable[[], None], cancel: Callable[[], None]
    ) -> None:
        self._chosen, self._apply, self._cancel = chosen, apply, cancel
        self._layer: LabelsLayer | None = None
        self._answering = False

    def bind(self, layer: LabelsLayer) -> None:
        """Bind the tools' keys to a layer."""
        self._layer = layer
        for tool in TOOLS:
            if tool.key:
                layer.bind_key(tool.key, self._on_key(tool), overwrite=True)

    def release(self) -> None:
        """Give the tools' keys of the layer back."""
        layer, self._layer = self._layer, None
        if layer is None:
            return
        for tool in TOOLS:
            if tool.key:
                layer.bind_key(tool.key, None)

    def bind_answers(self) -> None:
        """Let Enter and Escape answer a tool."""
        if self._layer is not None:
            self._layer.bind_key(APPLY_KEY, lambda layer: self._apply(), overwrite=True)
            self._layer.bind_key(CANCEL_KEY, lambda layer: self._cancel(), overwrite=True)
            self._answering = True

    def release_answers(self) -> None:
        """Give Enter and Escape back."""
        if self._layer is not None and self._answering:
            for key in (APPLY_KEY, CANCEL_KEY):
                self._layer.bind_key(key, None)
        self._answering = False

    def _on_key(self, tool: type[Tool]) -> Callable[[Any], None]:
        return lambda layer: self._chosen(tool)
