"""Fields for the parameters of a function, which magicgui makes of its annotations and docstring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from magicgui import magicgui
from qtpy.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QSizePolicy

from .stage import form

T = TypeVar("T")


class ParameterForm(Generic[T]):
    """A form whose fields are the parameters of a function, and whose value is what it returns of them.

    The fields are magicgui's: of each parameter's annotation, with its default, and the docstring's words under the
    pointer. The rows are those of all our forms, as magicgui's keep one width for all labels and do not shrink.

    Parameters
    ----------
    function : callable
        Its parameters are annotated as ``Annotated[type, options]`` with options of magicgui, and described in its
        docstring, in the style of NumPy.

    Attributes
    ----------
    rows : QFormLayout
        To be put into a box, which then owns the fields.
    """

    def __init__(self, function: Callable[..., T]) -> None:
        self._gui = magicgui(function, call_button=False, labels=False)
        self.rows = form()
        for widget in self._gui:
            field = widget.native
            # All fields of a form are equally wide.
            field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            if isinstance(field, QComboBox):
                field.setMinimumContentsLength(8)
            if isinstance(field, QDoubleSpinBox) and widget.annotation is int:
                field.setDecimals(0)
            # A tick box says itself what it is.
            self.rows.addRow("" if isinstance(field, QCheckBox) and field.text() else widget.label, field)

    def field(self, name: str) -> Any:
        """Return the field of a parameter, a widget of Qt."""
        return self._gui[name].native

    def set(self, **values: Any) -> None:
        """Set parameters by their names.

        Raises
        ------
        TypeError, ValueError
            A value that its field does not take.
        """
        for name, value in values.items():
            self._gui[name].value = value

    def when_changed(self, slot: Callable[[], None]) -> None:
        """Call a function whenever a field was changed."""
        self._gui.changed.connect(lambda *args: slot())

    def value(self) -> T:
        """Return what the function makes of the fields as they are."""
        value: T = self._gui()
        return value


def integer_options(low: int, high: int, **options: Any) -> dict[str, Any]:
    """Return magicgui's options of a whole number from ``low`` to ``high``.

    magicgui's own field for whole numbers takes the keyboard whenever its number is set, cannot say a word for its
    lowest value, and makes 31 of the 1 of a 128 that is being typed where 31 is the least. That for real numbers is
    Qt's own, which does none of this.
    """
    return {"widget_type": "FloatSpinBox", "min": low, "max": high, "step": 1, **options}
