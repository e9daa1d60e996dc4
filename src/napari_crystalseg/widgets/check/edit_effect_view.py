"""The histograms of the automatic and the edited labels over each other, and where edits matter."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtGui import QHideEvent, QShowEvent
from qtpy.QtWidgets import QVBoxLayout, QWidget

from ...errors import InputError
from ..layers.label_layer import labels_of
from ..layers.layer_place import spatial_of
from ..layers.layer_record import RECORD
from ..parts.effect_words import effect_text
from ..parts.histogram_view import HistogramView
from ..parts.stage import Desk, note
from ..session.readiness_facts import readiness_of
from ..session.session import RESULT_FIELDS
from ..tasks import edits
from .edit_follower import EditFollower, Settings
from .sensitivity_legend import SensitivityLegend

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari.layers import Image

SENSITIVITY = "where edits matter"
_KIND = "sensitivity"


class EditEffectView(QWidget):
    """Histogram of A_h, the effect of the edits in one line, and a button for the map of what edits are worth.

    Histogram and line are laid out by the stage.

    Parameters
    ----------
    desk : Desk
        What the stages work with.
    settings : callable
        Returns coefficients, reflection files and directions over the sphere as they are set.
    make_button : callable
        ``make_button(text, action, tip)`` as :meth:`.stage.Stage.button`.
    """

    def __init__(self, desk: Desk, settings: Callable[[], Settings], make_button: Callable[..., Any]) -> None:
        super().__init__()
        self._desk = desk
        self._settings = settings
        self.follower = EditFollower(desk.session, settings, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        # Shown by the stage, where they stay in sight.
        self.histogram = HistogramView("Absorption factor A_h", "The histogram of the absorption factors appears here.")
        self.line = note()
        self.line.setToolTip(
            "Changes relative to the automatic labels: of the mean of A over the reflections (with its standard "
            "error), of its standard deviation, and of the reflection whose A changed most. Estimated from up to 500 "
            "reflections."
        )
        self.map_button = make_button(
            "Find where edits &matter",
            self.show_sensitivity,
            "Compute for every voxel at a surface how much mean A changes if it takes its neighbours' label.",
        )
        column.addWidget(self.map_button)
        self.legend = SensitivityLegend()
        column.addWidget(self.legend)
        session, connections = desk.session, desk.connections
        connections.add(desk.viewer.layers.events.removed, self._map_removed)
        connections.add(session.events.labels, self.follower.labels_changed)
        connections.add(session.events.fingerprint, self.follower.schedule)
        for field in ("edits", *RESULT_FIELDS):
            connections.add(getattr(session.events, field), self._show)
        for field in ("busy", "labels"):
            connections.add(getattr(session.events, field), self._show_ready)
        connections.add_undo(self.follower.stop)
        self._show()
        self._show_ready()

    def settings_changed(self, value: Any = None) -> None:
        """Measure again: coefficients or reflections are others."""
        self.follower.schedule()

    def showEvent(self, event: QShowEvent | None) -> None:
        """Follow the edits while they are looked at."""
        super().showEvent(event)
        self.follower.follow(True)

    def hideEvent(self, event: QHideEvent | None) -> None:
        """Rest while nobody looks."""
        super().hideEvent(event)
        self.follower.follow(False)

    def show_sensitivity(self) -> None:
        """Compute the map in the worker; it becomes a layer on the labels' grid.

        Raises
        ------
        InputError
            There are no labels, or what A is computed from is not ready.
        """
        layer = self._desk.session.labels
        if layer is None:
            raise InputError("There are no labels: segment a volume, or open labels in the stage Open.")
        if refused := readiness_of(self._desk.session).refusals():
            raise InputError(refused[0])
        spatial = spatial_of(layer)
        self._desk.bar.start(
            "Find where edits matter",
            edits.map_sensitivity,
            labels_of(layer),
            *self._settings(),
            done=lambda result: self._add_map(layer, spatial, *result),
        )

    def _add_map(self, layer: Any, spatial: dict[str, Any], change: Any, bright: float) -> None:
        viewer = self._desk.viewer
        if layer not in viewer.layers:
            raise InputError("The labels were removed meanwhile: nothing to show their map beside.")
        new = sensitivity_layer(change, bright, spatial, layer)
        self.legend.show_range(new.colormap, new.contrast_limits[1])
        old = next(
            (one for one in viewer.layers if one.metadata.get(RECORD, {}).get(_KIND, _no_owner)() is layer), None
        )
        if old is None:
            active = viewer.layers.selection.active
            viewer.add_layer(new)
            # The brush stays where it was.
            viewer.layers.selection.active = active if active in viewer.layers else layer
        else:
            # Not removed for the new one: napari 0.9 may die in OpenGL after layers were removed.
            old.data, old.contrast_limits = new.data, new.contrast_limits
            for name, value in spatial.items():
                setattr(old, name, value)
            old.visible = True
        self._desk.bar.say(
            f"Bright voxels matter most. Select '{SENSITIVITY}' to read, in ppm, by how much mean A changes if the "
            "voxel under the cursor takes its neighbours' label."
        )

    def _map_removed(self, event: Any = None) -> None:
        if not any(_KIND in layer.metadata.get(RECORD, {}) for layer in self._desk.viewer.layers):
            self.legend.show_range(None, None)

    def _show(self, value: Any = None) -> None:
        session = self._desk.session
        effect, factors = session.edits.effect, session.factors
        edited = effect is not None and bool((effect.after != effect.before).any())
        if effect is not None and edited:
            self.histogram.show_values(effect.before, effect.after, ("automatic", "edited"))
        elif factors is not None:
            self.histogram.show_values(factors.absorption)
        else:
            self.histogram.show_values(None if effect is None else effect.before)
        if effect is not None:
            self.line.setText(effect_text("Edits so far", effect) if edited else "No edits so far that A depends on.")
        else:
            # What the light says already is not said twice.
            self.line.setText("" if readiness_of(session).refusals() else session.edits.note)
        self.line.setVisible(bool(self.line.text()))

    def _show_ready(self, value: Any = None) -> None:
        session = self._desk.session
        self.map_button.setEnabled(session.labels is not None and not session.busy)


def sensitivity_layer(change: Any, bright: float, spatial: dict[str, Any], labels: Any) -> Image:
    """Make the Image layer of the map: what does not matter is clear, what matters is bright."""
    from napari.layers import Image
    from napari.utils.colormaps import Colormap, ensure_colormap

    colours = ensure_colormap("inferno").map(np.linspace(0.15, 1.0, 64))
    # Zero, away from surfaces, shows what lies beneath; added colours would mix with those of the classes.
    colours[:, 3] = np.clip(np.linspace(0.0, 6.0, 64), 0.0, 1.0)
    return Image(
        change,
        name=SENSITIVITY,
        colormap=Colormap(colours, name="sensitivity"),
        blending="translucent",
        opacity=0.5,
        contrast_limits=(0.0, bright if bright > 0 else 1.0),
        interpolation2d="nearest",
        metadata={RECORD: {_KIND: weakref.ref(labels), "unit": "ppm of mean A a voxel"}},
        **spatial,
    )


def _no_owner() -> None:
    return None
