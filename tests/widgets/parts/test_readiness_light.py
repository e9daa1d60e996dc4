"""The light of the dock, as a user meets it: what is wrong is said before anything is written."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from qtpy.QtCore import QSettings, Qt
from qtpy.QtWidgets import QMessageBox, QScrollArea

from napari_crystalseg import io
from napari_crystalseg.absorption import Coefficients
from napari_crystalseg.judgement.mean_uncertainty import MeanUncertainty
from napari_crystalseg.labels import Material
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.widgets import CrystalSegDock, palette
from napari_crystalseg.widgets.check.coefficient_words import energy_text
from napari_crystalseg.widgets.parts import levels
from napari_crystalseg.widgets.tabs import EXPORT
from napari_crystalseg.widgets.tasks.findings import judge_labels

LONG_MS = 180000


@pytest.fixture
def warnings(monkeypatch):
    import napari.utils.notifications

    shown = []
    monkeypatch.setattr(napari.utils.notifications, "show_warning", shown.append)
    return shown


@pytest.fixture
def judged(labelled):
    """The dock with labels that somebody has looked at."""
    labelled.session.findings = judge_labels(_labels(labelled), None, None)[0]
    return labelled


def _labels(dock):
    from napari_crystalseg.widgets.layers.label_layer import labels_of

    return labels_of(dock.session.labels)


def head(dock):
    dock.export.light.show_now()
    return dock.export.light.head.property("level")


def finished(dock, qtbot):
    qtbot.waitUntil(lambda: not dock.session.busy, timeout=LONG_MS)


def type_all(dock, values=(0.001, 0.001, 0.001)):
    for material, value in zip((Material.LIQUOR, Material.LOOP, Material.CRYSTAL), values, strict=True):
        dock.check.coefficients.fields[material].setValue(value)


def use_lcyst(dock):
    folder = sample_data_folder()
    dock.check.use_files.setChecked(True)
    dock.check.experiment.setText(str(folder / "lcyst_01_first10_integrated.expt"))
    dock.check.reflections.setText(str(folder / "lcyst_01_first10_integrated.refl"))


def test_labels_alone_are_green_and_example_coefficients_red(judged):
    export = judged.export
    assert head(judged) == "good"
    export.choices["anacor"].setChecked(True)
    assert head(judged) == "problem" and "an example" in export.light.problems()[0]
    assert judged.check.coefficients.title.property("level") == "warning"
    type_all(judged)
    assert head(judged) == "good" and judged.check.coefficients.title.property("level") is None


def test_the_value_of_the_example_may_be_the_users_own(judged):
    judged.export.choices["anacor"].setChecked(True)
    for material in (Material.LIQUOR, Material.LOOP, Material.CRYSTAL):
        judged.check.coefficients.fields[material].lineEdit().textEdited.emit("0.02")
    assert head(judged) == "good"


def test_red_is_not_exported_unless_it_is_confirmed(judged, tmp_path, monkeypatch, qtbot):
    judged.export.choices["anacor"].setChecked(True)
    judged.export.folder.setText(str(tmp_path))
    answers = [QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes]
    monkeypatch.setattr(QMessageBox, "warning", lambda *args: answers.pop(0))
    judged.export.export_button.click()
    assert not judged.session.busy and not list(tmp_path.iterdir())
    judged.export.export_button.click()
    finished(judged, qtbot)
    (folder,) = tmp_path.glob("*_anacor")
    steps = json.loads((folder / "provenance.json").read_text())["steps"]
    assert any("an example" in step.get("known_problems", [""])[0] for step in steps)


def test_green_asks_nothing_and_leaves_no_record(judged, tmp_path, monkeypatch, qtbot):
    monkeypatch.setattr(QMessageBox, "warning", lambda *args: pytest.fail("asked"))
    judged.export.folder.setText(str(tmp_path))
    judged.export.export_button.click()
    finished(judged, qtbot)
    (path,) = tmp_path.glob("*.tif")
    assert "all the same" not in str(io.open_labels(path).provenance.steps)


def test_coefficients_of_another_energy_than_the_experiments_are_not_computed_with(judged, warnings):
    judged.check.coefficients._suggested(Coefficients(0.0036, 0.0027, 0.003, energy_kev=5.812, origin="measured"), None)
    use_lcyst(judged)
    assert judged.session.experiment.energies_kev == pytest.approx((18.0,), abs=0.01)
    line = judged.check.coefficients.energy_line
    assert "5.812 keV" in line.text() and "18 keV (experiment)" in line.text() and line.property("level") == "problem"
    assert judged.check.coefficients.energy.value() == pytest.approx(18.0, abs=0.01)
    judged.check.compute_button.click()
    assert not judged.session.busy and "18 keV" in warnings[-1]
    # One value that is typed in does not make the others those of the experiment's energy.
    judged.check.coefficients.fields[Material.CRYSTAL].setValue(0.0002)
    judged.check.coefficients.fields[Material.OTHER].setValue(0.0)
    judged.check.compute_button.click()
    assert not judged.session.busy and len(warnings) == 2
    type_all(judged, (0.0001, 0.0001, 0.0003))
    assert judged.check.coefficients.energy_line.property("level") is None


def test_typical_coefficients_at_the_experiments_energy_are_taken(judged, qtbot):
    use_lcyst(judged)
    judged.check.coefficients.table_button.click()
    finished(judged, qtbot)
    judged.check.compute_button.click()
    finished(judged, qtbot)
    assert len(judged.session.factors) == 92
    judged.export.choices["factors"].setChecked(True)
    assert head(judged) == "warning"  # typical, and nobody can check the geometry


def test_class_4_has_no_silent_zero(judged, warnings, qtbot):
    type_all(judged)
    field = judged.check.coefficients.fields[Material.OTHER]
    assert field.text() == "not set" and judged.session.coefficients.values.other is None
    judged.session.labels.paint((3, 3, 3), 4)
    qtbot.waitUntil(lambda: judged.session.fingerprint is not None)
    judged.check.compute_button.click()
    assert not judged.session.busy and "Class 4 (other)" in warnings[-1]
    field.setValue(0.0)
    judged.check.sphere.setValue(10)
    judged.check.compute_button.click()
    finished(judged, qtbot)
    assert judged.session.factors is not None


def test_coefficients_measured_in_another_sample_are_doubted(judged, viewer, volume, truth, qtbot):
    from napari_crystalseg.widgets.layers.label_layer import image_layer, labels_layer

    judged.check.coefficients.measure_button.click()
    finished(judged, qtbot)
    judged.export.choices["anacor"].setChecked(True)
    assert "measured in this sample" in str(judged.export.light.findings())
    first = judged.session.image, judged.session.labels
    viewer.add_layer(image_layer(volume, "second"))
    viewer.add_layer(labels_layer(truth, name="second labels"))
    assert judged.session.labels.name == "second labels"
    assert "measured in another sample" in str(judged.export.light.findings())
    judged.session.image, judged.session.labels = first
    assert "measured in another sample" not in str(judged.export.light.findings())


def test_what_segmenting_found_is_said(loaded, monkeypatch, qtbot, truth):
    data = np.where(truth.data == Material.CRYSTAL, Material.LOOP, truth.data)
    data[data == Material.LIQUOR] = Material.LOOP
    data[8, 8, 8] = Material.CRYSTAL
    from napari_crystalseg.labels import Labels

    result = SimpleNamespace(
        labels=Labels(data.astype(np.uint8), truth.voxel_size_um),
        uncertainty=np.full(data.shape, 102, np.uint8),
        probabilities=None,
        corrections=(),
    )
    loaded.show()
    loaded.tabs.setCurrentIndex(1)
    loaded.segment._segmented(result, {}, loaded.session.image, "volume", "volume")
    qtbot.waitUntil(lambda: loaded.session.findings is not None, timeout=LONG_MS)
    text = loaded.segment.findings.text.text()
    assert "more loop than crystal and liquor" in text and "Mean uncertainty" in text
    assert loaded.session.uncertainty[loaded.session.labels] == MeanUncertainty(pytest.approx(0.4), pytest.approx(0.4))
    loaded.session.labels.paint((8, 8, 8), 1)
    assert loaded.session.findings is not None or loaded.followers.findings.working


def test_findings_are_of_the_labels_as_they_are(labelled, qtbot):
    labelled.show()
    qtbot.waitUntil(lambda: labelled.session.findings is not None, timeout=LONG_MS)
    assert all(finding.level == "good" for finding in labelled.session.findings)
    labelled.session.labels.data_setitem(np.nonzero(labelled.session.labels.data == 3), 1)
    qtbot.waitUntil(
        lambda: (
            labelled.session.findings is not None
            and any("No crystal" in finding.text for finding in labelled.session.findings)
        ),
        timeout=LONG_MS,
    )


def test_a_relative_folder_is_shown_whole(judged, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    judged.export.folder.setText("results")
    assert judged.export.folder.path() == tmp_path / "results"
    assert judged.export.folder.text() == str(tmp_path / "results")


def test_folders_and_choices_are_remembered_and_coefficients_are_not(judged, viewer, tmp_path, qtbot):
    type_all(judged)
    judged.export.choices["masks"].setChecked(True)
    judged.export.folder.setText(str(tmp_path))
    judged.export.export_button.click()
    finished(judged, qtbot)
    judged.segment.choose_model(tmp_path)
    judged.segment.model.remember()
    from napari.components import ViewerModel

    again = CrystalSegDock(ViewerModel())
    qtbot.addWidget(again)
    assert again.export.folder.text() == str(tmp_path) and again.export.choices["masks"].isChecked()
    assert not again.export.choices["anacor"].isChecked()
    assert again.segment.model.currentData() == str(tmp_path)
    assert again.session.coefficients.values.origin == "example"
    again.close_down()
    QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "napari-crystalseg", "dock").clear()


def test_enter_presses_the_button_in_focus(judged, qtbot):
    pressed = []
    judged.export.export_button.clicked.disconnect()
    judged.export.export_button.clicked.connect(lambda: pressed.append(1))
    judged.show()
    judged.tabs.setCurrentIndex(EXPORT)
    judged.export.export_button.setFocus()
    qtbot.keyClick(judged.export.export_button, Qt.Key.Key_Return)
    assert pressed == [1]
    for area in judged.findChildren(QScrollArea):
        assert area.focusPolicy() == Qt.FocusPolicy.NoFocus


def test_the_colours_can_be_read_on_both_themes(dock, viewer):
    for theme in ("dark", "light"):
        viewer.theme = theme
        background = levels.background_of(viewer)
        colours = levels.ON_DARK if theme == "dark" else levels.ON_LIGHT
        for colour in colours.values():
            assert colour in dock.styleSheet()
            rgb = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
            assert levels.contrast(rgb, background) >= 4.5
    assert levels.contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)


def test_energies_in_words():
    measured = Coefficients(0.1, 0.1, 0.1, energy_kev=5.812, origin="measured")
    assert energy_text(measured, (18.0,), 5.812) == (
        "\N{WARNING SIGN} Energy 5.812 keV (µ, scan) \N{MIDDLE DOT} 18 keV (experiment)",
        False,
    )
    assert energy_text(Coefficients(0.1, 0.1, 0.1), (), None) == ("", True)


def test_every_command_can_be_found_and_called_from_the_palette():
    import inspect

    import yaml

    manifest = yaml.safe_load((Path(palette.__file__).parents[1] / "napari.yaml").read_text())
    names = [one["python_name"] for one in manifest["contributions"]["commands"]]
    named = [name.split(":")[1] for name in names if ".palette:" in name]
    assert {"segment", "compute_absorption", "export"} <= set(named)
    for name in named:
        assert list(inspect.signature(getattr(palette, name)).parameters) == ["viewer"]
    from napari_crystalseg import _reader, _writer

    for function in (_reader.napari_get_reader, _writer.write_labels, _writer.write_volume):
        assert all(one.default is None for one in inspect.signature(function).parameters.values())


def test_factors_that_export_brings_up_to_date_make_the_light_amber_there(judged, qtbot):
    type_all(judged)
    judged.check.compute_button.click()
    finished(judged, qtbot)
    assert head(judged) == "good"
    judged.session.labels.paint((8, 10, 12), 1)
    assert judged.session.stale
    assert head(judged) == "warning"
    assert any("computed again before it is written" in one.text for one in judged.export.light.findings())
