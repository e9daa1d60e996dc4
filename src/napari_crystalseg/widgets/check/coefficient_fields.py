"""The fields of the linear attenuation coefficients: what was filled in, and what was typed over it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from qtpy.QtCore import QObject, QSignalBlocker, Signal
from qtpy.QtWidgets import QDoubleSpinBox, QGridLayout, QLabel

from ...absorption.coefficients import Coefficients
from ...factors import ABSORBING
from ...labels import Material

MAIN = (Material.LIQUOR, Material.LOOP, Material.CRYSTAL)
"""What has to be typed in before coefficients are the user's."""

_DECIMALS = 5
_NOT_SET = -(10.0**-_DECIMALS)


class CoefficientFields(QObject):
    """A field for each class, laid out in :attr:`grid`.

    Parameters
    ----------
    filled : Coefficients
        Values to begin with, 1/µm.
    tip : str
        Tool tip of a field.
    """

    typed_in = Signal()
    """A value was typed in."""

    def __init__(self, filled: Coefficients, tip: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._filled = filled
        self._typed: set[Material] = set()
        self.grid = QGridLayout()
        self.by_class: dict[Material, QDoubleSpinBox] = {}
        known = filled.to_dict()
        for place, material in enumerate(ABSORBING):
            field = QDoubleSpinBox()
            field.setDecimals(_DECIMALS)
            field.setRange(0.0, 1.0)
            if material is Material.OTHER:
                field.setMinimum(_NOT_SET)
                field.setSpecialValueText("not set")
            field.setSingleStep(0.0005)
            field.setValue(known.get(material.title, _NOT_SET))
            field.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
            field.setToolTip("Class 4, bubbles, salt or dust; 0 for gas." if material is Material.OTHER else tip)
            field.setStyleSheet("min-width: 60px;")
            self.grid.addWidget(QLabel(material.title), place // 2, 2 * (place % 2))
            self.grid.addWidget(field, place // 2, 2 * (place % 2) + 1)
            self.by_class[material] = field
            field.valueChanged.connect(lambda value, one=material: self._changed(one))
            typed = field.lineEdit()
            assert typed is not None
            typed.textEdited.connect(lambda text, one=material: self._edited(one))
        self.grid.setColumnStretch(1, 1)
        self.grid.setColumnStretch(3, 1)

    @property
    def are_the_users(self) -> bool:
        """Whether liquor, loop and crystal were all typed in."""
        return self._typed.issuperset(MAIN)

    @property
    def by_hand(self) -> tuple[Material, ...]:
        """Classes whose value was typed in."""
        return tuple(material for material in ABSORBING if material in self._typed)

    def coefficients(self, energy_kev: float | None) -> Coefficients:
        """Coefficients as they stand in the fields.

        They keep energy and origin of what filled them until liquor, loop and crystal are all typed in.

        Parameters
        ----------
        energy_kev : float or None
            Photon energy that values typed in hold for, keV; None where it is not said.
        """
        values: dict[str, Any] = {material.title: self._value(material) for material in self.by_class}
        if values["other"] < 0:
            values["other"] = None
        if self.are_the_users:
            return Coefficients(**values, energy_kev=energy_kev)
        return replace(self._filled, **values)

    def fill(self, values: Coefficients) -> None:
        """Take coefficients from elsewhere; class 4 stays as it is where they do not have it."""
        for material, field in self.by_class.items():
            value = getattr(values, material.title)
            if value is not None:
                with QSignalBlocker(field):
                    field.setValue(value)
        self._filled = values
        self._typed.clear()

    def forget_other(self) -> None:
        """Say that the coefficient of class 4 is not known."""
        field = self.by_class[Material.OTHER]
        with QSignalBlocker(field):
            field.setValue(_NOT_SET)
        self._typed.discard(Material.OTHER)

    def _value(self, material: Material) -> float:
        """Value of a class: what filled the field, to its last digit, until it is typed over."""
        shown = self.by_class[material].value()
        filled = getattr(self._filled, material.title)
        as_filled = material not in self._typed and filled is not None and abs(filled - shown) <= 10.0**-_DECIMALS
        return float(filled) if as_filled else shown

    def _changed(self, material: Material) -> None:
        self._typed.add(material)
        self.typed_in.emit()

    def _edited(self, material: Material) -> None:
        """Keys were pressed in a field: what stands there was put there by hand, though it may be the same."""
        if material not in self._typed:
            self._changed(material)
