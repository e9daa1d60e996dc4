"""PlateView: all micrographs of a plate at a glance, and the keyboard through them."""

from __future__ import annotations

from collections.abc import Sequence

from qtpy.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from qtpy.QtGui import (
    QColor,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from qtpy.QtWidgets import QScrollArea, QSizePolicy, QToolTip, QWidget

from ...parts.levels import luminance
from .plate_layout import Cell, PlateLayout, WellPlace
from .well_look import WellLook

_PAGE_ROWS = 4
_SMALLEST_LETTER_PX = 8.5
_LOW_PX = 20.0  # in what is lower, letter and tick share the room
_FRAME = QColor("#ff9f1c")
_WARNING = QColor("#d7263d")
_KEYS_HELP = (
    "Arrows go through the wells, N and P to the next and previous in order, X to the next with crystals that is not "
    "accepted, Enter to the image, Space accepts."
)
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


class PlateView(QWidget):
    """Wells of a plate, coloured by how probable crystals are.

    Attributes
    ----------
    chosen : Signal
        Sent with the number of a micrograph that mouse or keyboard chose.
    entered : Signal
        Enter was pressed, or a well was clicked twice: the image is wanted.
    stepped : Signal
        Sent with ``next``, ``previous`` or ``crystals`` where a key asks for that.
    accepted : Signal
        Space was pressed.
    class_pressed : Signal
        Sent with the place, 0 to 3, of the class whose digit was pressed.
    """

    chosen = Signal(int)
    entered = Signal()
    stepped = Signal(str)
    accepted = Signal()
    class_pressed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.looks: list[WellLook] = []
        self.current = -1
        self._places: list[WellPlace | None] = []
        self._shape = (0, 0, 0)
        self.layout_ = PlateLayout([], 1, self._shape)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self.setAccessibleName("Plate")
        self.setAccessibleDescription(_KEYS_HELP)
        self.setMouseTracking(False)

    def show_plate(
        self, looks: Sequence[WellLook], places: Sequence[WellPlace | None], shape: tuple[int, int, int]
    ) -> None:
        """Show other micrographs, each with its place on the plate, of `shape` (rows, columns, subwells)."""
        self.looks, self._places, self._shape = list(looks), list(places), shape
        self.current = -1
        self._lay_out()

    def set_look(self, number: int, look: WellLook) -> None:
        """Show what became of one micrograph."""
        self.looks[number] = look
        self.update(_rect(self.layout_.cells[number]).adjusted(-3, -3, 3, 3).toAlignedRect())
        if number == self.current:
            self._tell_readers()

    def set_current(self, number: int) -> None:
        """Frame a micrograph, without telling that it was chosen."""
        self.current = number
        self._bring_into_view()
        self.update()
        self._tell_readers()

    def cell_rect(self, number: int) -> QRectF:
        """Where a micrograph is drawn."""
        return _rect(self.layout_.cells[number])

    # What Qt asks.

    def sizeHint(self) -> QSize:
        """As high as the plate is at its width."""
        return QSize(340, max(60, round(PlateLayout(self._places, 340, self._shape).height) + 2))

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        self._lay_out()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        text = palette.color(QPalette.ColorRole.WindowText)
        font = QFont(self.font())
        font.setPixelSize(10)
        painter.setFont(font)
        faint = QColor(text)
        faint.setAlpha(60)
        rows, columns = self.layout_.shape
        painter.setPen(text)
        for row in range(rows):
            letters, cell = self.layout_.row_label(row)
            painter.drawText(_rect(cell), Qt.AlignmentFlag.AlignCenter, letters)
        for column in range(columns):
            number, cell = self.layout_.column_label(column)
            painter.drawText(_rect(cell), Qt.AlignmentFlag.AlignCenter, number)
        painter.setPen(QPen(faint, 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for row in range(rows):
            for column in range(columns):
                painter.drawRect(_rect(self.layout_.well(row, column)).adjusted(0.5, 0.5, -0.5, -0.5))
        shown = event.rect() if event is not None else self.rect()
        for look, cell in zip(self.looks, self.layout_.cells, strict=True):
            if shown.intersects(_rect(cell).toAlignedRect()):
                _draw(painter, look, _rect(cell), font, text)
        if 0 <= self.current < len(self.looks):
            self._draw_frame(painter, self.cell_rect(self.current))
        painter.end()

    def event(self, event: QEvent | None) -> bool:
        """Show the tip of what is under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            number = self.layout_.at(event.pos().x(), event.pos().y())
            if number is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), self.looks[number].tip, self)
            return True
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            number = self.layout_.at(event.position().x(), event.position().y())
            if number is not None:
                self._choose(number)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        if event is not None and self.layout_.at(event.position().x(), event.position().y()) == self.current:
            self.entered.emit()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        if event is None:
            return
        key, plain = (
            event.key(),
            event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier),
        )
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if not self.looks or not (plain or (control and key in (Qt.Key.Key_Home, Qt.Key.Key_End))):
            super().keyPressEvent(event)
            return
        at = max(self.current, 0)
        if key in _ARROWS:
            self._choose(at if self.current < 0 else self.layout_.beside(at, *_ARROWS[Qt.Key(key)]))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            last = key == Qt.Key.Key_End
            self._choose((len(self.looks) - 1 if last else 0) if control else self.layout_.end_of_row(at, last))
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            for _ in range(_PAGE_ROWS):
                at = self.layout_.beside(at, 0, 1 if key == Qt.Key.Key_PageDown else -1)
            self._choose(at)
        elif key == Qt.Key.Key_N:
            self.stepped.emit("next")
        elif key == Qt.Key.Key_P:
            self.stepped.emit("previous")
        elif key == Qt.Key.Key_X:
            self.stepped.emit("crystals")
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif key == Qt.Key.Key_Space:
            self.accepted.emit()
        elif Qt.Key.Key_1 <= key <= Qt.Key.Key_4:
            self.class_pressed.emit(int(key) - int(Qt.Key.Key_1))
        else:
            super().keyPressEvent(event)

    def _choose(self, number: int) -> None:
        if number != self.current:
            self.set_current(number)
            self.chosen.emit(number)

    def _lay_out(self) -> None:
        around = self.parentWidget()  # of a scroll area: as high as what is seen
        height = self.height() if around is None else around.height()
        self.layout_ = PlateLayout(self._places, max(self.width() - 2, 120), self._shape, height)
        self.setMinimumHeight(max(60, round(self.layout_.height) + 2))
        self.updateGeometry()
        self.update()

    def _bring_into_view(self) -> None:
        viewport = self.parentWidget()
        area = None if viewport is None else viewport.parentWidget()
        if isinstance(area, QScrollArea) and 0 <= self.current < len(self.looks):
            middle = self.cell_rect(self.current).center().toPoint()
            area.ensureVisible(middle.x(), middle.y(), 30, 40)

    def _draw_frame(self, painter: QPainter, rect: QRectF) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        # Dark within bright: seen on any ground. Thicker with the keyboard here.
        painter.setPen(QPen(QColor(0, 0, 0), 4 if self.hasFocus() else 3))
        painter.drawRect(rect.adjusted(-1, -1, 1, 1))
        painter.setPen(QPen(_FRAME, 2.5 if self.hasFocus() else 1.5))
        painter.drawRect(rect.adjusted(-1, -1, 1, 1))

    def _tell_readers(self) -> None:
        if not 0 <= self.current < len(self.looks):
            return
        # Qt tells screen readers of it.
        self.setAccessibleDescription(f"{self.looks[self.current].tip} {_KEYS_HELP}")


def _draw(painter: QPainter, look: WellLook, rect: QRectF, font: QFont, text: QColor) -> None:
    colour = look.colour
    ground = QColor(*colour)
    known = look.crystals_probability is not None and not look.problem
    painter.setPen(Qt.PenStyle.NoPen)
    if known:
        painter.setBrush(ground)
    else:
        ground.setAlpha(90)
        painter.setBrush(ground)
    painter.drawRect(rect)
    ink = text if not known else QColor(0, 0, 0) if luminance(colour) > 0.18 else QColor(255, 255, 255)
    if look.problem:
        painter.setPen(QPen(QColor(255, 255, 255, 140), 1))
        painter.drawLine(rect.topLeft(), rect.bottomRight())
        painter.drawLine(rect.bottomLeft(), rect.topRight())
    if look.letter and min(rect.width(), rect.height()) >= _SMALLEST_LETTER_PX:
        bold = QFont(font)
        bold.setBold(True)
        bold.setPixelSize(int(min(12, rect.width() - 1, rect.height() - 4)))
        painter.setFont(bold)
        painter.setPen(ink)
        marked = look.accepted or look.begun
        if marked and rect.height() < _LOW_PX:
            up = rect.adjusted(1, 0, -rect.width() * 0.35, -rect.height() * 0.3)
        else:
            up = rect.adjusted(0, 0, 0, -rect.height() * 0.3) if marked else rect
        painter.drawText(up, Qt.AlignmentFlag.AlignCenter, look.letter)
    if look.warned:
        _draw_warning(painter, rect)
    if look.accepted:
        _draw_tick(painter, rect)
    elif look.begun:
        painter.setPen(QPen(ink, 1.5, Qt.PenStyle.DotLine))
        painter.drawLine(rect.bottomLeft() + QPointF(2, -3), rect.bottomRight() + QPointF(-2, -3))


def _draw_tick(painter: QPainter, rect: QRectF) -> None:
    size = min(8.0, rect.width() * 0.8) if rect.height() >= _LOW_PX else rect.width() * 0.45
    left, bottom = rect.right() - size - 1, rect.bottom() - 1.5
    tick = QPolygonF(
        [
            QPointF(left, bottom - size * 0.4),
            QPointF(left + size * 0.35, bottom),
            QPointF(left + size, bottom - size * 0.8),
        ]
    )
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in ((QColor(0, 0, 0), 3.6), (QColor(255, 255, 255), 1.8)):
        painter.setPen(QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPolyline(tick)


def _draw_warning(painter: QPainter, rect: QRectF) -> None:
    """A triangle in the corner, red within white: seen on any ground, and told by its form without colours."""
    size = min(8.0, 0.5 * min(rect.width(), rect.height()))
    left, top = rect.left() + 1, rect.top() + 1
    triangle = QPolygonF([QPointF(left + size / 2, top), QPointF(left + size, top + size), QPointF(left, top + size)])
    painter.setPen(QPen(QColor(255, 255, 255), 1))
    painter.setBrush(_WARNING)
    painter.drawPolygon(triangle)


def _rect(cell: Cell) -> QRectF:
    return QRectF(cell.left + 1, cell.top + 1, cell.width, cell.height)
