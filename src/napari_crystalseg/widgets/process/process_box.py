"""The button *Process*, and in a few lines what it will do with which sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import Signal
from qtpy.QtWidgets import QComboBox, QDoubleSpinBox, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from ...errors import ChoiceNeeded, CrystalSegError, InputError
from ..layers.check_sum import fingerprint_with_voxel_size
from ..layers.label_layer import labels_of
from ..parts.dock_words import in_dock_words
from ..parts.fold import Fold
from ..parts.levels import WARNING_SIGN, set_level
from ..parts.stage import Desk, form, note
from ..session.remembered import OPENED_FOLDER, recall_folder
from ..tabs import PROCESS_KEY
from ..tasks.process import ProcessRequest, absorb_labels
from ..tasks.reflection_files import ReflectionFiles
from .process_settings import BESIDE, WITHOUT, ProcessSettings
from .processing import labels_sample
from .sample_input import SampleInput, file_name, sample_input

if TYPE_CHECKING:
    from ...scan import Scan
    from ...tomography import Recipe
    from ...volume import Volume
    from ...workflows.process.results_place import ResultsPlace
    from .processing import Processing

_TIP = (
    "All of it, as 'crystalseg process' does it: reconstruct, segment, attenuation coefficients, factors and a "
    "report, in the background. What was done before in the same folder is not done again."
)
_ENERGY_TIP = (
    "Photon energy of the diffraction experiment, which the coefficients of typical materials are looked up for. An "
    "experiment file says it itself; without either, the energy of the scan is taken, or coefficients are measured."
)
_FOLDER_TIP = (
    "Name of the folder of results beside the data, or a whole path; {stem} stands for the name of the sample. Where "
    "nothing may be written beside the data, the results go elsewhere, and the line below the button says so."
)


@dataclass(frozen=True)
class ScanChoices:
    """How the scan at hand is to be reconstructed, as chosen in the stage Open.

    Parameters
    ----------
    scan : Scan
        The scan, with what was typed in where its file does not say it.
    recipe : Recipe
        What is to be done.
    liquor : bool
        Retrieve the phase with the δ/β of the liquor.
    """

    scan: Scan
    recipe: Recipe
    liquor: bool


class ProcessBox(QWidget):
    """Processes the sample at hand; hidden until there is one.

    Parameters
    ----------
    desk : Desk
        What the stages work with.
    processing : Processing
        Runs it.
    make_button : callable
        ``make_button(text, action, tip, big)`` as :meth:`.stage.Stage.button`.
    scan_choices : callable
        Returns :class:`ScanChoices` of the scan at hand.
    """

    scan_refused = Signal(object)
    """With the error, where a scan was refused."""
    choice_needed = Signal(object, object)
    """With the path and the error, where a file has to be chosen from."""

    def __init__(
        self,
        desk: Desk,
        processing: Processing,
        make_button: Callable[..., Any],
        scan_choices: Callable[[], ScanChoices],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._desk, self._processing, self._scan_choices = desk, processing, scan_choices
        self._input: SampleInput | None = None
        self._offered: tuple[ReflectionFiles, ...] = ()
        self._listed: list[ReflectionFiles | None] = []  # by their places in the drop-down
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.button = make_button(f"P&rocess  ({PROCESS_KEY})", self.process, _TIP, big=True)
        column.addWidget(self.button)
        self.line = note()
        column.addWidget(self.line)
        rows = self._rows = form()
        self.reflections = QComboBox()
        self.reflections.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.reflections.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.reflections.setMinimumContentsLength(8)
        self.reflections.setToolTip("What absorption factors are computed of: an experiment of DIALS, or a sphere.")
        self.reflections.activated.connect(self._experiment_chosen)
        rows.addRow("reflections", self.reflections)
        column.addLayout(rows)
        settings = ProcessSettings.recalled()
        self.fold = Fold("", "Energy, folder of the results and model; kept for the next samples.")
        rows = form()
        self.energy = QDoubleSpinBox()
        self.energy.setDecimals(3)
        self.energy.setRange(0.0, 60.0)
        self.energy.setSuffix(" keV")
        self.energy.setSpecialValueText("as the files say")
        self.energy.setButtonSymbols(QDoubleSpinBox.ButtonSymbols.NoButtons)
        self.energy.setKeyboardTracking(False)
        self.energy.setToolTip(_ENERGY_TIP)
        self.energy.setValue(settings.energy_kev or 0.0)
        self._energy_of_last_time = settings.energy_kev
        self.energy.valueChanged.connect(self._settings_changed)
        rows.addRow("energy", self.energy)
        self.pattern = QLineEdit(settings.pattern)
        self.pattern.setPlaceholderText("{stem}_crystalseg")
        self.pattern.setToolTip(_FOLDER_TIP)
        self.pattern.editingFinished.connect(self._settings_changed)
        rows.addRow("results", self.pattern)
        self.fold.column.addLayout(rows)
        column.addWidget(self.fold)
        self._experiment = settings.experiment
        self._by_hand: list[ReflectionFiles | None] = []  # what was chosen for this sample, if anything was
        self._of_sample_before: ReflectionFiles | None = None
        for field in ("scan", "image", "labels", "busy", "experiment"):
            desk.connections.add(getattr(desk.session.events, field), self.refresh)
        self.refresh()

    def settings(self) -> ProcessSettings:
        """What samples are processed with from now on."""
        return replace(
            ProcessSettings.recalled(),
            energy_kev=self.energy.value() or None,
            pattern=self.pattern.text().strip(),
            experiment=self._experiment,
        )

    def process(self) -> None:
        """Process the sample at hand in the worker; its results become layers as they come.

        Raises
        ------
        InputError
            There is no sample, several experiments lie beside it and none is chosen, or choices do not suit it.
        """
        self.refresh()
        sample = self._input
        if sample is None:
            raise InputError("There is nothing to process: open a raw scan, a volume or labels.")
        settings = self.settings()
        files = self._files()
        session = self._desk.session
        offset = session.experiment.offset_deg if files is not None else 0.0
        energy = None if files is not None else settings.energy_kev
        coefficients = self._typed_in()
        settings.remember()
        self._energy_of_last_time = None
        if sample.kind == "labels":
            self._process_labels(files, energy, offset)
            return
        place = self._place(sample, settings)
        request = ProcessRequest(
            "",
            str(place.folder),
            model=settings.model,
            energy_kev=energy,
            reflection_files=files,
            offset_deg=offset,
            coefficients=coefficients,
        )
        shown: Volume | Scan | None
        if sample.kind == "scan":
            choices = self._scan_choices()
            shown = choices.scan if self._must_be_written(sample, choices.scan) else None
            request = replace(request, recipe=choices.recipe, liquor=choices.liquor)
            if session.scan is not None and choices.scan.pixel_size_um != session.scan.pixel_size_um:
                request = replace(request, voxel_size_um=choices.scan.pixel_size_um)
        else:
            shown = sample.shown()
        if shown is None:
            request = replace(request, path=str(sample.path), **sample.reading)
        else:
            suffix = ".h5" if sample.kind == "scan" else ".tif"
            request = replace(request, path=str(place.folder.with_name(f"{place.folder.name}_input{suffix}")))
        self._processing.start(
            request,
            file_name(sample.name) if sample.path is None else sample.name,
            shown,
            None if sample.is_processed else sample.image,
            refused=lambda error: self._refused(sample, error),
        )

    def _must_be_written(self, sample: SampleInput, scan: Scan) -> bool:
        """Whether a scan is in no file, or one that lacks what was typed in."""
        before = self._desk.session.scan
        assert before is not None
        typed = (scan.energy_kev, scan.distance_mm) != (before.energy_kev, before.distance_mm)
        return sample.path is None or typed

    def _process_labels(self, files: ReflectionFiles | None, energy: float | None, offset: float) -> None:
        session = self._desk.session
        layer = session.labels
        assert layer is not None
        labels = labels_of(layer)
        check_sum = fingerprint_with_voxel_size(layer)
        request = ProcessRequest("", "", energy_kev=energy, reflection_files=files, offset_deg=offset)
        self._desk.bar.start(
            "Process",
            absorb_labels,
            labels,
            energy,
            self._typed_in(),
            files,
            offset,
            done=lambda found: self._processing.finish(layer.name, labels_sample(request, *found), check_sum),
        )

    def refresh(self, value: object = None) -> None:
        """Say what would be processed, and where to."""
        session = self._desk.session
        sample = sample_input(session, self._desk.viewer)
        changed = _same(sample) != _same(self._input)
        self._input = sample
        self.setVisible(sample is not None)
        self.button.setEnabled(sample is not None and not session.busy)
        if changed:
            self._by_hand = []
            self._of_sample_before = session.experiment.files
            self._find_experiments()
        self._show_reflections()
        self._show_line()

    def _find_experiments(self) -> None:
        from ...workflows.process.results_place import experiments_beside

        path = None if self._input is None else self._input.path
        pairs = [] if path is None else experiments_beside(path)
        self._offered = tuple(ReflectionFiles(str(models), str(table)) for models, table in pairs)

    def _show_reflections(self) -> None:
        """Offer a sphere, what lies beside the sample, and what is chosen in Check."""
        chosen = self._desk.session.experiment.files
        offered = list(self._offered)
        in_check = None
        if chosen is not None and all(chosen[:2] != one[:2] for one in offered):
            offered.append(chosen)
            in_check = chosen
        box = self.reflections
        box.blockSignals(True)
        box.clear()
        box.addItem("none: directions over a sphere")
        for files in offered:
            before = "of before" if files == self._of_sample_before else "as in Check"
            where = before if files is in_check else "beside it"
            box.addItem(f"{Path(files.reflections).name}, {where}")
            box.setItemData(box.count() - 1, f"{files.experiment}\n{files.reflections}", 3)
        self._listed = [None, *offered]
        box.setCurrentIndex(self._preferred(offered))
        box.setPlaceholderText(f"choose one of {len(offered)}, or none")
        box.blockSignals(False)
        for widget in (box, self._rows.labelForField(box)):
            if widget is not None:
                widget.setVisible(bool(offered))
        self.energy.setEnabled(self._chosen() is None)

    def _preferred(self, offered: list[ReflectionFiles]) -> int:
        """Place of what is chosen already: by hand, in Check since the sample came, or as it was for the last one."""
        if self._by_hand and (self._by_hand[0] is None or self._by_hand[0] in offered):
            return self._listed.index(self._by_hand[0])
        chosen = self._desk.session.experiment.files
        if chosen is not None and chosen in offered and chosen != self._of_sample_before:
            return self._listed.index(chosen)
        if not offered or self._experiment == WITHOUT:
            return 0
        # What was chosen for another sample is offered, and not taken by itself.
        return 1 if len(self._offered) == 1 else -1

    def _experiment_chosen(self, index: int) -> None:
        self._by_hand = [self._chosen()]
        self._experiment = WITHOUT if index == 0 else BESIDE
        self._settings_changed()

    def _files(self) -> ReflectionFiles | None:
        if self.reflections.currentIndex() < 0:
            raise InputError(
                "Which reflections are those of this sample? Choose them under the button Process, or 'none'."
            )
        return self._chosen()

    def _chosen(self) -> ReflectionFiles | None:
        index = self.reflections.currentIndex()
        return self._listed[index] if 0 <= index < len(self._listed) else None

    def _typed_in(self) -> Any:
        """Coefficients of the stage Check, where all of them were typed in there."""
        values = self._desk.session.coefficients.values
        return values if values is not None and values.origin == "given" else None

    def _settings_changed(self, value: object = None) -> None:
        self.settings().remember()
        self._energy_of_last_time = None
        self._show_reflections()
        self._show_line()

    def _place(self, sample: SampleInput, settings: ProcessSettings) -> ResultsPlace:
        path = sample.path
        if path is None:
            folder = Path(recall_folder(OPENED_FOLDER) or Path.home())
            path = folder / f"{file_name(sample.name)}.tif"
        return settings.place(path)

    def _show_line(self) -> None:
        sample = self._input
        settings = self.settings()
        kev = settings.energy_kev
        if not self.energy.isEnabled():
            energy = "energy of the experiment"
        elif kev is None:
            energy = "energy as the files say"
        else:
            energy = f"{kev:.4g} keV{', as last time' if kev == self._energy_of_last_time else ''}"
        model = "" if settings.model is None else f", model {Path(settings.model).name}"
        self.fold.title.setText(f"With: {energy}{model}")
        if sample is None:
            return
        set_level(self.line, None)
        if sample.kind == "labels":
            self.line.setText(f"'{sample.name}': absorption factors of these labels.")
            return
        try:
            place = self._place(sample, settings)
        except InputError as error:
            set_level(self.line, "warning")
            self.line.setText(f"{WARNING_SIGN} {in_dock_words(str(error))}")
            return
        there = (place.folder / "manifest.json").is_file()
        how = "goes on with the results in" if there else "results to"
        typed = " µ as typed in in Check." if self._typed_in() is not None else ""
        where = place.folder.name if place.remark else f"{place.folder.name} {_beside(place.folder, sample.path)}"
        self.line.setText(f"'{sample.name}': {how} {where}. {place.remark}{typed}".strip())
        self.line.setToolTip(str(place.folder))

    def _refused(self, sample: SampleInput, error: CrystalSegError) -> None:
        if isinstance(error, ChoiceNeeded) and sample.path is not None:
            self.choice_needed.emit(sample.path, error)
        elif sample.kind == "scan":
            self.scan_refused.emit(error)
        set_level(self.line, "warning")
        self.line.setText(f"{WARNING_SIGN} {in_dock_words(str(error))}")


def _beside(folder: Path, path: Path | None) -> str:
    """Where a folder lies, in a few words."""
    return "beside it" if path is not None and folder.parent == path.absolute().parent else f"in {folder.parent}"


def _same(sample: SampleInput | None) -> Any:
    return None if sample is None else (sample.kind, sample.name, sample.path, sample.image)
