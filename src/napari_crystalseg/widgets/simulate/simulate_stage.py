"""Tab Simulate: look at random samples, and make variants of the user's own labels."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QFileDialog, QGroupBox, QHBoxLayout, QVBoxLayout

from ...errors import InputError
from ...simulation.previews import preview_projection, preview_sample
from ..layers.label_layer import labels_of
from ..layers.software_rendering import COARSE_GRID, SLOW_IN_3D, draws_in_software
from ..parts.folder_field import FolderField
from ..parts.parameter_form import ParameterForm
from ..parts.stage import Desk, Stage, note
from ..tasks import variants
from ..views.preview_layers import PreviewLayers
from .simulate_forms import CHOOSE, sample_request, variant_series

if TYPE_CHECKING:
    from ...simulation.previews import ProjectionPreview, SamplePreview

WARM = (
    "napari_crystalseg.simulation.previews",
    "napari_crystalseg.simulation.conditions",
    "napari_crystalseg.phantom.mounts.distance_kernel",
    "scipy.optimize",
    "scipy.spatial",
)
"""Modules that the worker imports when the tab is opened, so that the first preview comes at once."""


class SimulateStage(Stage):
    """Previews random samples and simulates variants of labels, both in the worker."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.previews = PreviewLayers(desk.viewer, desk.connections, self._show_ready)
        self.column.addWidget(self._sample_box())
        self.column.addWidget(self._variant_box())
        self.column.addStretch(1)
        for field in ("busy", "labels"):
            self.when(field, self._show_ready)
        self._show_ready()

    def _sample_box(self) -> QGroupBox:
        box = QGroupBox("A random sample")
        column = QVBoxLayout(box)
        column.setContentsMargins(6, 4, 6, 4)
        self.sample = ParameterForm(sample_request)
        self.habit, self.priors, self.seed = map(self.sample.field, ("habit", "priors", "seed"))
        self.priors.activated.connect(self._priors_chosen)
        column.addLayout(self.sample.rows)
        line = QHBoxLayout()
        self.sample_button = self.button(
            "Preview sample", self.preview_sample, "Draw the sample and show it in 3-D, in place of the last one."
        )
        self.projection_button = self.button(
            "Preview projection", self.preview_projection, "Simulate one projection of this sample at 0°."
        )
        line.addWidget(self.sample_button)
        line.addWidget(self.projection_button)
        column.addLayout(line)
        self.about = note()
        column.addWidget(self.about)
        self.clear_button = self.button(
            "Remove preview", self.remove_preview, "Remove the preview, and show again the layers that it hid."
        )
        column.addWidget(self.clear_button)
        return box

    def _variant_box(self) -> QGroupBox:
        box = QGroupBox("Variants of your labels")
        column = QVBoxLayout(box)
        column.setContentsMargins(6, 4, 6, 4)
        self.labels_choice = self.add_labels_choice(column)
        self.variants = ParameterForm(variant_series)
        self.cases, self.variant_seed, self.columns = map(self.variants.field, ("cases", "seed", "size"))
        self.columns.setSpecialValueText("as fine as the labels")
        column.addLayout(self.variants.rows)
        self.folder = FolderField()
        column.addWidget(self.folder)
        self.variants_button = self.button(
            "Make variants", self.make_variants, "Simulate variants of these labels, and write them.", big=True
        )
        column.addWidget(self.variants_button)
        self.made = note()
        column.addWidget(self.made)
        return box

    def _priors_chosen(self, index: int) -> None:
        if self.priors.itemText(index) == CHOOSE:
            path, _ = QFileDialog.getOpenFileName(self, "Priors", "", "Priors (*.yaml *.yml)")
            self.choose_priors(path or None)

    def choose_priors(self, path: str | None) -> None:
        """Offer and choose a YAML file of priors; None goes back to the first preset."""
        if path is None:
            self.priors.setCurrentIndex(0)
            return
        at = self.priors.findData(path)
        if at < 0:
            at = self.priors.count() - 1
            self.priors.insertItem(at, path.replace("\\", "/").rsplit("/", 1)[-1], path)
            self.priors.setItemData(at, path, 3)  # the whole path as a tool tip
        self.priors.setCurrentIndex(at)

    def preview_sample(self) -> None:
        """Draw the sample in the worker, and show it."""
        coarse: dict[str, Any] = {"grid": COARSE_GRID} if draws_in_software(self.desk.viewer) else {}
        self.desk.bar.start("Preview sample", preview_sample, self.sample.value(), **coarse, done=self._show_sample)

    def _show_sample(self, preview: SamplePreview) -> None:
        self.previews.show_sample(preview)
        self.about.setText(sample_text(preview))
        slow = f" {SLOW_IN_3D}" if draws_in_software(self.desk.viewer) else ""
        self.desk.bar.say(f"Sample drawn: turn it with the mouse.{slow}")

    def preview_projection(self) -> None:
        """Simulate one projection in the worker, and show it."""
        self.desk.bar.start("Preview projection", preview_projection, self.sample.value(), done=self._show_projection)

    def _show_projection(self, preview: ProjectionPreview) -> None:
        self.previews.show_projection(preview)
        self.about.setText(f"{sample_text(preview.sample)} {projection_text(preview)}")
        self.desk.bar.say("One projection of the sample, flat-field corrected.")

    def remove_preview(self) -> None:
        """Remove the preview."""
        self.previews.clear()

    def make_variants(self) -> None:
        """Simulate variants of the session's labels as they are now, in the worker.

        Raises
        ------
        InputError
            There are no labels.
        """
        layer = self.desk.session.labels
        if layer is None:
            raise InputError("There are no labels: segment a volume, or open labels in the stage Open.")
        folder, wanted = self.folder.path(), self.variants.value()
        labels = labels_of(layer)
        self.made.setText("")
        self.desk.bar.start(
            "Make variants",
            variants.make_variants,
            labels,
            str(folder),
            wanted.cases,
            wanted.seed,
            size=wanted.size,
            done=self._made,
            abandoned=partial(variants.clear_unfinished_variants, folder, wanted.cases),
        )

    def _made(self, folders: list[str]) -> None:
        first, last = (folder.replace("\\", "/").rsplit("/", 1) for folder in (folders[0], folders[-1]))
        names = first[1] if len(folders) == 1 else f"{first[1]} to {last[1]}"
        self.made.setText(f"{names} in {first[0]}: each with scan.h5, volume.tif, labels.tif and manifest.json.")
        self.desk.bar.say(f"Made {len(folders)} variants in {first[0]}.")

    def _show_ready(self, value: Any = None) -> None:
        session = self.desk.session
        for button in (self.sample_button, self.projection_button):
            button.setEnabled(not session.busy)
        self.variants_button.setEnabled(session.labels is not None and not session.busy)
        shown = bool(self.previews.layers())
        self.clear_button.setEnabled(shown)
        if not shown:
            self.about.setText("")


def sample_text(preview: SamplePreview) -> str:
    """What a sample is, in words."""
    drawn = preview.description
    count = drawn["crystals"]
    crystals = f"{drawn['habit']} crystal" if count == 1 else f"{count} {drawn['habit']} crystals"
    mount = {"fibre": "fibre loop", "sheet": "polymer sheet", "none": "no mount in the field"}
    liquor = {"none": "next to no liquor", "lens": "a lens of liquor", "starved": "little liquor"}
    place = {"inside": "inside the liquor", "flush": "at the surface of the liquor", "outside": "outside the liquor"}
    parts = [
        f"{crystals} {place.get(drawn['placement'], drawn['placement'])}",
        mount.get(drawn["mount"], str(drawn["mount"])),
        liquor.get(drawn["liquor"], f"{drawn['liquor']} with liquor"),
    ]
    if drawn["other"] != "none":
        parts.append(str(drawn["other"]))
    text = ", ".join(parts)
    return f"{text[:1].upper()}{text[1:]}; field {drawn['field_um']:.0f} µm."


def projection_text(preview: ProjectionPreview) -> str:
    """Conditions of a projection, in words."""
    return (
        f"Projection at {preview.angle_deg:g}°: {preview.energy_kev:.2f} keV, {preview.distance_mm:.1f} mm to the "
        f"detector, pixel {preview.pixel_size_um:.3g} µm."
    )
