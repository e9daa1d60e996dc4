"""HitFinding: the widget that tells which images are hits, and shows their spots."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from qtpy.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ...errors import CrystalSegError
from ...workflows.hits.judged_image import JudgedImage
from ..layers.diffraction_layer import diffraction_layer
from ..parts.background import Background
from ..parts.job_bar import JobBar
from ..session.session import Session
from ..tasks.hits import judge_images
from .hit_table import HitTable

if TYPE_CHECKING:
    import napari

    from ...io.diffraction_images import DiffractionImage
    from ...progress import Progress
    from ...workflows.hits.find_hits import HitSearch

IMAGE_LAYER, SPOTS_LAYER = "hit finding: image", "hit finding: spots"
_FINDERS = {"Peaks of all strengths": "peaks", "Network of the CXLS paper": "network"}
_FILES = "Diffraction images (*.cbf *.cbf.gz *.h5 *.hdf5 *.nxs *.tif *.tiff *.img *.mccd *.lst);;All files (*)"


class HitFinding(QWidget):
    """Files to judge, a table of what was found, and the image of the chosen row with its spots.

    Parameters
    ----------
    napari_viewer : napari.Viewer
        Where image and spots are shown.
    """

    def __init__(self, napari_viewer: napari.Viewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # napari hands plugins a proxy of its viewer.
        self._viewer: Any = getattr(napari_viewer, "__wrapped__", napari_viewer)
        self.paths: list[str] = []
        self._search: HitSearch | None = None
        self._background = Background("hit-image", self)
        self.files = QLabel("Choose images, stacks, or lists of them.")
        self.files.setWordWrap(True)
        self.choose_button = QPushButton("&Images…")
        self.choose_button.clicked.connect(self._choose)
        self.finder = QComboBox()
        self.finder.addItems(list(_FINDERS))
        self.hit_rate = QDoubleSpinBox()
        self.hit_rate.setRange(0.001, 0.999)
        self.hit_rate.setDecimals(3)
        self.hit_rate.setSingleStep(0.05)
        self.hit_rate.setValue(0.5)
        self.hit_rate.setToolTip("Part of the images that are hits, as far as you know before looking.")
        self.find_button = QPushButton("&Find hits")
        self.find_button.setEnabled(False)
        self.find_button.clicked.connect(self.find_hits)
        self.save_button = QPushButton("&Save list and table…")
        self.save_button.setToolTip("The hits as a list that CrystFEL takes, and a row for each image beside it.")
        self.save_button.setEnabled(False)
        self.save_button.clicked.connect(self._save)
        self.table = HitTable()
        self.table.chosen.connect(self.show_image)
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.job_bar = JobBar(Session(), self)

        column = QVBoxLayout(self)
        line = QHBoxLayout()
        line.addWidget(self.files, 1)
        line.addWidget(self.choose_button)
        column.addLayout(line)
        form = QFormLayout()
        form.addRow("Finder", self.finder)
        form.addRow("Hit rate", self.hit_rate)
        column.addLayout(form)
        buttons = QHBoxLayout()
        buttons.addWidget(self.find_button)
        buttons.addWidget(self.save_button)
        column.addLayout(buttons)
        column.addWidget(self.table, 1)
        column.addWidget(self.sentence)
        column.addWidget(self.job_bar)
        # By then the widget is gone: what is called must not touch it.
        self.destroyed.connect(self.job_bar.holder.close)

    def take(self, paths: Sequence[str]) -> None:
        """Take files to judge."""
        self.paths = list(paths)
        names = ", ".join(Path(path).name for path in self.paths[:2])
        more = f" and {len(self.paths) - 2} more" if len(self.paths) > 2 else ""
        self.files.setText(names + more)
        self.find_button.setEnabled(bool(self.paths))

    def find_hits(self) -> None:
        """Judge the images in the worker; rows come as they are found."""
        from ...workflows.hits.find_hits import HitSearch

        try:
            search = HitSearch(_FINDERS[self.finder.currentText()], self.hit_rate.value())
            self.job_bar.check_free()
        except CrystalSegError as error:
            self.job_bar.warn(str(error))
            return
        self.table.forget()
        self.sentence.setText("")
        self.save_button.setEnabled(False)
        self._search = search
        self.job_bar.start("Finding hits", judge_images, self.paths, search, came=self.table.add, done=self._found)

    def show_image(self, one: JudgedImage) -> None:
        """Show an image and its spots, read in a thread."""
        self.sentence.setText("" if one.check is None else one.check.sentence)

        def read(progress: Progress) -> DiffractionImage:
            from ...io.diffraction_images import open_diffraction_image

            return open_diffraction_image(one.path, one.number)

        def shown(answer: Any) -> None:
            if isinstance(answer, CrystalSegError):
                self.job_bar.warn(str(answer))
            elif isinstance(answer, BaseException):
                raise answer
            else:
                self._show(answer, one)

        self._background.ask(read, shown)

    def _show(self, image: DiffractionImage, one: JudgedImage) -> None:
        data, state, _ = diffraction_layer(image, one.path.name, str(one.path))
        layers = self._viewer.layers
        if IMAGE_LAYER in layers and layers[IMAGE_LAYER].data.shape == data.shape:
            layers[IMAGE_LAYER].data = data
            layers[IMAGE_LAYER].contrast_limits = state["contrast_limits"]
            layers[IMAGE_LAYER].metadata = state["metadata"]
        else:
            for name in (IMAGE_LAYER, SPOTS_LAYER):
                if name in layers:
                    layers.remove(name)
            self._viewer.add_image(data, **{**state, "name": IMAGE_LAYER})
        spots = one.hit.spots
        # napari's pixels have their centres at whole numbers, (slow, fast).
        places = spots.centroid_px[:, ::-1] - 0.5
        colours = np.where(spots.on_ring[:, np.newaxis], (0.3, 0.6, 1.0, 1.0), (1.0, 0.2, 0.1, 1.0))
        if SPOTS_LAYER in layers:
            layers.remove(SPOTS_LAYER)
        self._viewer.add_points(
            places.reshape(-1, 2),
            name=SPOTS_LAYER,
            face_color="transparent",
            border_color=colours if len(places) else "red",
            size=12,
            symbol="disc",
            features={"intensity": spots.intensity, "resolution_a": spots.resolution_a, "ice": spots.on_ring},
        )

    def _found(self, judged: list[JudgedImage]) -> None:
        number = sum(one.hit.hit for one in judged)
        self.save_button.setEnabled(bool(judged))
        self.job_bar.say(f"{number} of {len(judged)} images are hits.")
        wrong = [one for one in judged if one.check is not None and one.check.verdict == "disagrees"]
        if wrong and wrong[0].check is not None:
            self.sentence.setText(wrong[0].check.sentence)

    def save(self, path: Path) -> None:
        """Write the hits as a list to a file, and the table beside it."""
        from ...io import check_outputs
        from ...workflows.hits.hit_files import write_hit_files

        table = path.with_suffix(".csv")
        if self._search is None:
            return
        try:
            check_outputs([path, table], [Path(one) for one in self.paths])
            write_hit_files(self.table.judged, self._search, hits=path, table=table)
        except CrystalSegError as error:
            self.job_bar.warn(str(error))
            return
        self.job_bar.say(f"Wrote {path.name} and {table.name}.")

    def _choose(self) -> None:
        paths, _ = QFileDialog.getOpenFileNames(self, "Images to judge", "", _FILES)
        if paths:
            self.take(paths)

    def _save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "List of hits", "hits.lst", "Lists for CrystFEL (*.lst)")
        if path:
            self.save(Path(path).with_suffix(".lst"))
