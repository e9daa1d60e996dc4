"""The form of a tool: magicgui's fields for its parameters, as they were set last."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import fields
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from ...labels import Material
from ...review.tools.tool import Tool
from ..parts.parameter_form import ParameterForm
from ..session.remembered import TOOL_SETTINGS, recall, remember


class ToolForm:
    """Fields of a tool's parameters, with units in their labels, remembered from one day to the next.

    Parameters
    ----------
    tool : type of Tool
        A frozen dataclass.
    changed : callable
        Called when a field was changed.
    """

    def __init__(self, tool: type[Tool], changed: Callable[[], None]) -> None:
        self.tool = tool
        self._form: ParameterForm[Tool] = ParameterForm(_maker(tool))
        self.rows = self._form.rows
        self._names = [one.name for one in fields(tool)]  # type: ignore[arg-type]
        self._recall()
        self._form.when_changed(changed)

    def field(self, name: str) -> Any:
        """Return the field of a parameter, a widget of Qt."""
        return self._form.field(name)

    def value(self) -> Tool:
        """Return the tool with the parameters as they are."""
        return self._form.value()

    def set(self, **values: Any) -> None:
        """Set parameters."""
        self._form.set(**values)

    def keep(self) -> None:
        """Remember the parameters."""
        tool = self.value()
        remember(
            f"{TOOL_SETTINGS}/{self.tool.__name__}", json.dumps({name: getattr(tool, name) for name in self._names})
        )

    def _recall(self) -> None:
        try:
            known = json.loads(recall(f"{TOOL_SETTINGS}/{self.tool.__name__}") or "{}")
        except ValueError:
            return
        for name, value in known.items() if isinstance(known, dict) else ():
            if name in self._names:
                try:
                    self._form.set(**{name: value})
                except (TypeError, ValueError):  # of another version
                    continue


def _maker(tool: type[Tool]) -> Callable[..., Tool]:
    """Return a function that makes the tool, whose parameters magicgui can read."""
    hints = get_type_hints(tool, include_extras=True)

    def make(*values: Any, **named: Any) -> Tool:
        return tool(*values, **named)

    make.__name__ = tool.__name__
    make.__doc__ = tool.__doc__
    make.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [
            inspect.Parameter(
                one.name,
                inspect.Parameter.POSITIONAL_OR_KEYWORD,
                default=one.default,
                annotation=_with_titles(hints[one.name]),
            )
            for one in fields(tool)  # type: ignore[arg-type]
        ]
    )
    return make


def _with_titles(annotation: Any) -> Any:
    """Offer classes by their names as the dock writes them."""
    if get_origin(annotation) is not Annotated or get_args(annotation)[0] is not Material:
        return annotation
    options = dict(get_args(annotation)[1])
    return Annotated[Material, {**options, "choices": [(m.title, m) for m in Material]}]
