"""Teach by strokes: a few strokes of each class, and the whole volume is labelled like them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy

from ...errors import CrystalSegError, InputError
from ...labels import Labels, Material
from ...review.teaching.strokes import Strokes
from ..class_labels.segmented_layers import SegmentedLayers
from ..label_edits.layer_edits import LayerEdits, edits_of
from ..layers.label_layer import labels_of, volume_of
from ..layers.layer_place import shape_of, spatial_of, voxel_size_um
from ..layers.layer_record import source_of
from ..layers.strokes_layer import stroke_class, stroke_code
from ..parts.fold import Fold
from ..parts.levels import set_level
from ..parts.stage import Desk, note
from ..tasks.teaching import teach_volume
from ..tool_box.copy_box import COPY_BUTTON
from ..views.hidden_layers import set_view_dimension
from .painted_strokes import PaintedStrokes
from .stroke_classes import StrokeClasses
from .stroke_keys import bind_classes, release_classes
from .strokes_place import StrokesPlace
from .taught_uncertainty import TaughtUncertainty
from .taught_words import changed_text, trust_text
from .ticked_places import TickedPlaces

if TYPE_CHECKING:
    from napari.layers import Image
    from napari.layers import Labels as LabelsLayer

    from ...review.teaching.teach import Taught
    from ...volume import Volume
    from ..session.place_review import PlaceReview

EDIT_NAME = "Teach by strokes"
"""What the timeline calls the edit."""


class TeachBox(Fold):
    """Strokes of the volume that is worked on, counted class by class, and the labels that they teach.

    Parameters
    ----------
    desk : Desk
        Whose volume and labels are taught.
    find_again : callable
        Looks for doubtful places, called where there were some before the labels changed, with the list in which those
        are ticked that were seen to and that teaching left alone.
    """

    def __init__(self, desk: Desk, find_again: Callable[[PlaceReview], None]) -> None:
        super().__init__(EDIT_NAME, "Paint a few strokes of each class; the whole volume is labelled like them.")
        self.desk = desk
        self._find_again = find_again
        self._places = StrokesPlace(desk.viewer, desk.session.ties)
        self._painted: PaintedStrokes | None = None
        self._watched: Any = None
        self._layers = SegmentedLayers(desk, self)
        self._uncertainty = TaughtUncertainty(desk, self._layers)
        self.column.addWidget(
            note("Paint a few strokes of each class, air too, in one to three slices; they teach the whole volume.")
        )
        self.classes = StrokeClasses(lambda material: self._attempt(partial(self.draw, material)))
        self.column.addWidget(self.classes)
        self.need = note()
        self.column.addWidget(self.need)
        line = QHBoxLayout()
        self.draw_button = QPushButton("Draw strokes")
        self.draw_button.setCheckable(True)
        self.draw_button.setToolTip("Take the brush to the layer of strokes, or put that away; strokes are kept.")
        self.draw_button.clicked.connect(self._draw_pressed)
        self.clear_button = self._button("Clear strokes", self.clear, "Wipe all strokes of this volume.")
        line.addWidget(self.draw_button)
        line.addWidget(self.clear_button)
        self.column.addLayout(line)
        self.teach_button = self._button(
            "Teach", self.teach, "Label the whole volume as the strokes show it: one edit, which Undo takes back."
        )
        self.column.addWidget(self.teach_button)
        self.said = note()
        self.said.setVisible(False)
        self.column.addWidget(self.said)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.title.toggled.connect(self._folded_away)
        self._left = QTimer(self)
        self._left.setSingleShot(True)
        self._left.timeout.connect(self._put_away_if_left)
        self._back = QTimer(self)
        self._back.setSingleShot(True)
        self._back.timeout.connect(lambda: self._attempt(self.bring_back))
        events = desk.session.events
        desk.connections.add(events.image, self._image_changed)
        desk.connections.add(events.strokes, self._show)
        desk.connections.add(events.busy, self._show)
        desk.connections.add(desk.viewer.layers.events.removed, self._layer_removed)
        desk.connections.add(desk.viewer.layers.selection.events.active, self._active_changed)
        desk.connections.add_undo(self.stop)
        self._image_changed()

    # What buttons and scripts call.

    @property
    def layer(self) -> LabelsLayer | None:
        """Layer of the strokes of the volume, in sight or not; None where none were drawn yet."""
        return None if self._painted is None else self._painted.layer

    def draw(self, material: Material | None = None) -> None:
        """Take the brush to the strokes of the volume, in a slice.

        Parameters
        ----------
        material : Material, optional
            Class to draw; the last one by default.

        Raises
        ------
        InputError
            There is no volume, or one of other axes than three.
        """
        viewer, session = self.desk.viewer, self.desk.session
        layer = self._places.made_for(self._image())
        self._follow(layer)
        set_view_dimension(viewer, 2)
        if viewer.layers[-1] is not layer:
            viewer.layers.move(viewer.layers.index(layer), len(viewer.layers))
        layer.visible = True
        viewer.layers.selection.active = layer
        if material is not None:
            layer.selected_label = stroke_code(material)
        layer.mode = "paint"
        session.strokes = layer
        self._show()

    def put_away(self) -> None:
        """Put the strokes out of sight, and go back to the labels; strokes are kept for the next round."""
        viewer, session = self.desk.viewer, self.desk.session
        layer, session.strokes = session.strokes, None
        if layer is None or layer not in viewer.layers:
            return
        layer.mode = "pan_zoom"
        layer.visible = False
        if viewer.layers.selection.active is layer and session.labels in viewer.layers:
            viewer.layers.selection.active = session.labels

    def bring_back(self) -> None:
        """Take up the strokes that were drawn on this volume before, as a review that is gone on with has them."""
        viewer, session = self.desk.viewer, self.desk.session
        image = session.image
        strokes = None if image is None else session.earlier_strokes.pop(image, None)
        if image is None or strokes is None:
            return
        active = viewer.layers.selection.active
        layer = self._places.made_for(image)
        self._follow(layer).bring_back(strokes)
        layer.mode, layer.visible = "pan_zoom", False
        viewer.layers.selection.active = active
        self._say("The strokes of the earlier work are here again: draw more, or teach.")

    def clear(self) -> None:
        """Wipe all strokes of the volume; undo of their layer brings them back."""
        if self._painted is not None:
            self._painted.clear()

    def teach(self) -> None:
        """Label the volume as the strokes show it, in the worker.

        Raises
        ------
        InputError
            There is no volume, strokes of fewer than two classes, or labels that cannot be edited or are of another
            grid.
        """
        session = self.desk.session
        image = self._image()
        strokes_shown = self._places.of(image)
        if strokes_shown is None:
            raise InputError(
                "There are no strokes yet: press 'Draw strokes', and paint a few of at least two classes, air too."
            )
        strokes = self._follow(strokes_shown).strokes()
        layer = session.labels
        edits = None if layer is None else edits_of(layer)
        labels = None
        if layer is not None:
            if edits is None:
                raise InputError(f"These labels cannot be edited as they are: press '{COPY_BUTTON}'.")
            if edits.edited.data.shape != tuple(shape_of(image)):
                raise InputError(
                    f"'{layer.name}' has {edits.edited.data.shape} voxels, the volume {tuple(shape_of(image))}: "
                    "choose labels of this volume."
                )
            labels = labels_of(layer).data
        volume = volume_of(image)
        place, name, source = spatial_of(image), image.name, source_of(image)
        network = session.probabilities.get(image)
        self.desk.bar.start(
            "Teach",
            teach_volume,
            volume,
            strokes,
            labels,
            network,
            done=lambda taught: (
                self._new_labels(taught, volume, strokes, image, place, name, source, network is not None)
                if edits is None
                else self._taught(taught, edits, place, network is not None)
            ),
        )

    def stop(self) -> None:
        """Put strokes away, and follow them no longer; the box is of no more use."""
        self._left.stop()
        self._back.stop()
        self._uncertainty.forget()
        self.put_away()
        self._follow(None)

    # What teaching gave.

    def _taught(self, taught: Taught, edits: LayerEdits, place: dict[str, Any], network: bool) -> None:
        layer, session = edits.layer, self.desk.session
        if layer not in self.desk.viewer.layers or edits_of(layer) is not edits:
            raise InputError(
                "The labels that were to be taught are gone; press 'Teach' again for those that are chosen."
            )
        held, edit = 0, None
        before = None if session.review is None or session.review.layer is not layer else TickedPlaces(session.review)
        if taught.change is not None:
            change = taught.change
            differs = change.mask & (edits.edited.data[change.box] != change.labels)
            edit = edits.apply(change, name=EDIT_NAME)
            held = int(np.count_nonzero(differs)) - (0 if edit is None else edit.voxels)
        self._uncertainty.take(taught.uncertainty, edits, edit, place)
        self.put_away()
        self._say(f"{changed_text(edit, voxel_size_um(layer), held)} {trust_text(taught.trust, network)}")
        self.desk.bar.say("Taught by strokes; Undo takes it back.")
        if before is not None:
            # What is kept of the ticks, then the list, whose doubts are of other labels.
            session.review = review = before.left_alone(edits.edited.data)
            session.review = None
            # Once the job that ends here has made room for the next.
            QTimer.singleShot(0, partial(self._attempt, partial(self._find_again, review)))

    def _new_labels(
        self,
        taught: Taught,
        volume: Volume,
        strokes: Strokes,
        image: Image,
        place: dict[str, Any],
        name: str,
        source: str,
        network: bool,
    ) -> None:
        provenance = volume.provenance.then(
            "teach", strokes=len(strokes.indices), classes=[code.title for code in strokes.classes]
        )
        self.put_away()
        labels = Labels(taught.labels, volume.voxel_size_um, provenance)
        layer = self._layers.add_labels(labels, image, place, name, source)
        self._layers.add_uncertainty(taught.uncertainty, layer, place)
        self._say(f"The whole volume is labelled now. {trust_text(taught.trust, network)}")
        self.desk.bar.say("Taught by strokes: new labels.")

    # Following.

    def _image(self) -> Image:
        image = self.desk.session.image
        if image is None:
            raise InputError("There is no volume to draw strokes on: open one in the stage Open.")
        return image

    def _follow(self, layer: LabelsLayer | None) -> Any:
        """Follow a layer of strokes, or none."""
        if self._painted is not None and self._painted.layer is layer and self._painted.followed:
            return self._painted
        if self._painted is not None:
            self._painted.release()
            self._painted.layer.events.selected_label.disconnect(self._show)
            release_classes(self._painted.layer)
            self._painted = None
        if layer is not None:
            self._painted = PaintedStrokes(layer, self._show)
            layer.events.selected_label.connect(self._show)
            bind_classes(layer)
        self._show()
        return self._painted

    def _image_changed(self, image: Any = None) -> None:
        self.put_away()
        self._say("")
        layer = self._places.of(self.desk.session.image)
        try:
            self._follow(layer)
        except InputError:
            self._follow(None)  # said when strokes are drawn
        if self.desk.session.image in self.desk.session.earlier_strokes:
            # Not while layers come.
            self._back.start(0)

    def _layer_removed(self, event: Any) -> None:
        if self._painted is not None and event.value is self._painted.layer:
            self._follow(None)
        self._places.leave(event.value)

    def _active_changed(self, event: Any = None) -> None:
        # Not at once: layers that come are active for a moment.
        if self.desk.session.strokes is not None:
            self._left.start(0)

    def _put_away_if_left(self) -> None:
        active = self.desk.viewer.layers.selection.active
        if active is not None and active is not self.desk.session.strokes:
            self.put_away()

    def _folded_away(self, open_: bool) -> None:
        if not open_:
            self.put_away()

    # What is shown.

    def _draw_pressed(self, pressed: bool) -> None:
        self._attempt(self.draw if pressed else self.put_away)
        self._show()

    def _button(self, text: str, action: Callable[[], None], tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.clicked.connect(lambda: self._attempt(action))
        return button

    def _attempt(self, action: Callable[[], None]) -> None:
        self.desk.bar.forget_warning()
        try:
            action()
        except CrystalSegError as error:
            self.desk.bar.warn(str(error))
        self._show()

    def _say(self, text: str) -> None:
        self.said.setText(text)
        self.said.setVisible(bool(text))

    def _show(self, value: Any = None) -> None:
        session, painted = self.desk.session, self._painted
        counts = dict.fromkeys(Material, 0) if painted is None else painted.counts
        self.classes.show_counts(counts)
        drawn = sum(count > 0 for count in counts.values())
        self.need.setText("" if drawn > 1 else "Strokes of at least two classes are needed.")
        self.need.setVisible(drawn < 2)
        set_level(self.need, "warning" if drawn == 1 else None)
        drawing = session.strokes is not None
        self.draw_button.setChecked(drawing)
        self.clear_button.setEnabled(drawn > 0)
        self.teach_button.setEnabled(not session.busy)
        self.classes.show_chosen(
            stroke_class(int(session.strokes.selected_label)) if session.strokes is not None else None
        )
