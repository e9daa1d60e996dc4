"""Three fields for the size of a voxel."""

from __future__ import annotations

from qtpy.QtWidgets import QDoubleSpinBox, QHBoxLayout, QWidget

Size = tuple[float, float, float]


class VoxelFields(QWidget):
    """Voxel size along z, y and x, µm; zero where it is not known."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.line = QHBoxLayout(self)
        self.line.setContentsMargins(0, 0, 0, 0)
        self.fields = []
        for axis in "zyx":
            field = QDoubleSpinBox()
            field.setDecimals(4)
            field.setRange(0.0, 1000.0)
            field.setSingleStep(0.1)
            field.setToolTip(f"Voxel size along {axis}, µm.")
            field.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
            # The theme's own least width is for fields that stand alone; three of them would overflow the dock.
            field.setStyleSheet("min-width: 40px;")
            self.fields.append(field)
            self.line.addWidget(field)

    def show_size(self, known: Size | None, keep: bool, enabled: bool) -> None:
        """Show a size; where it is not known, ``keep`` leaves what was typed in."""
        for axis, field in enumerate(self.fields):
            field.setEnabled(enabled)
            if known is not None or not keep:
                field.setValue(0.0 if known is None else known[axis])

    def size_um(self, known: Size | None) -> Size:
        """Return what was typed in; where a field shows a known size rounded, that one with all its digits."""
        z, y, x = (
            known[axis]
            if known is not None and field.value() == round(known[axis], field.decimals())
            else field.value()
            for axis, field in enumerate(self.fields)
        )
        return z, y, x
