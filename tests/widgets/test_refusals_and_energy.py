"""What Compute refuses and says: labels of another volume, codes of no class, and coefficients of another energy."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.absorption import Coefficients
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.volume import Volume
from napari_crystalseg.widgets.check import check_stage
from napari_crystalseg.widgets.layers import label_layer
from napari_crystalseg.widgets.parts.layer_choice import NONE
from napari_crystalseg.widgets.session.experiment import ExperimentFiles
from napari_crystalseg.workflows.coefficient_energy import convert

LONG_MS = 60000
MEASURED = Coefficients(0.02, 0.018, 0.019, energy_kev=5.812, origin="measured")


@pytest.fixture(autouse=True)
def warnings(monkeypatch):
    import napari.utils.notifications

    shown = []
    monkeypatch.setattr(napari.utils.notifications, "show_warning", shown.append)
    return shown


@pytest.fixture
def ready(labelled):
    """Coefficients of this sample, so that nothing but the labels is in the way."""
    box = labelled.check.coefficients
    box._suggested(MEASURED, None)
    box._store()
    return labelled


def finished(dock, qtbot):
    qtbot.waitUntil(lambda: not dock.session.busy, timeout=LONG_MS)


def test_labels_of_another_volume_are_not_computed(ready, viewer, volume, qtbot):
    other = label_layer.image_layer(Volume(volume.data[:-2], volume.voxel_size_um), name="other")
    labels = ready.session.labels
    viewer.add_layer(other)
    assert ready.session.labels is None  # the new volume let go of them
    ready.session.labels = labels
    ready.check.compute_button.click()
    assert not ready.session.busy and ready.bar.warns
    text = ready.bar.message.text()
    assert "belong to 'volume', not to 'other'" in text and "'none' as the volume" in text
    assert any("belong to" in one.text and one.level == "problem" for one in ready.check.light.findings())
    # The way out that the sentence names.
    choice = ready.open.volume_box.volume_choice
    assert choice.itemText(choice.count() - 1) == NONE
    choice.activated.emit(choice.count() - 1)
    assert ready.session.image is None and not ready.bar.warns
    ready.check.compute_button.click()
    finished(ready, qtbot)
    assert ready.session.factors is not None


def test_labels_on_another_grid_are_not_computed(ready, viewer):
    ready.session.image.scale = np.asarray(ready.session.image.scale) * 2
    ready.check.compute_button.click()
    assert "differ in size" in ready.bar.message.text() and not ready.session.busy


def test_codes_of_no_class_are_counted_wherever_they_are_refused(ready, qtbot, tmp_path):
    layer = ready.session.labels
    layer.data[0, 0, :3] = 7
    with pytest.raises(ValueError, match=r"7 \(3 voxels\).*press 'Make them a class'"):
        label_layer.labels_of(layer)
    layer.events.data()
    qtbot.waitUntil(lambda: ready.session.other_codes == {7: 3}, timeout=LONG_MS)
    ready.export.folder.setText(str(tmp_path / "out"))
    ready.export.export_button.click()
    assert "7 (3 voxels)" in ready.bar.message.text() and ready.bar.warns
    ready.check.class_table.notes.mend(Material.LIQUOR)
    qtbot.waitUntil(lambda: ready.session.other_codes == {}, timeout=LONG_MS)
    assert not ready.bar.warns and "Next: Review" in ready.bar.message.text()


def test_a_warning_goes_when_something_is_done_about_it(labelled, qtbot):
    labelled.check.coefficients.scan_button.setEnabled(True)
    labelled.check.coefficients.scan_button.click()
    assert "raw scan" in labelled.bar.message.text() and labelled.bar.warns
    field = labelled.check.coefficients.fields[Material.CRYSTAL]
    field.setValue(0.015)
    assert not labelled.bar.warns


def test_coefficients_of_another_energy_are_converted_with_their_error(ready, qtbot, tmp_path, monkeypatch):
    session, box = ready.session, ready.check.coefficients
    assert box.convert_button.isHidden()
    monkeypatch.setattr(check_stage, "energies_of", lambda files: (18.0,))
    ready.check.experiment.setText(str(tmp_path / "a.expt"))
    ready.check.reflections.setText(str(tmp_path / "a.refl"))
    ready.check.use_files.setChecked(True)
    assert session.experiment.energies_kev == (18.0,)
    ready.check.compute_button.click()
    assert "press Convert" in ready.bar.message.text() and not box.convert_button.isHidden()
    box.convert_button.click()
    finished(ready, qtbot)
    assert "converted" in ready.bar.message.text()
    expected = convert(MEASURED, 18.0)
    now = box.coefficients()
    assert now.energy_kev == 18.0 and now.crystal == pytest.approx(expected.coefficients.crystal, abs=5e-6)
    assert f"crystal ± {expected.relative_error['crystal']:.1%}" in box.energy_line.text()
    assert session.coefficients.remark == expected.sentence and box.convert_button.isHidden()
    assert any(one.text == expected.sentence for one in ready.check.light.findings())
    assert "converted, 18 keV" in box.title.text()
    # Others need no such remark.
    box._suggested(MEASURED, None)
    assert session.coefficients.remark == ""


def test_the_error_of_a_conversion_goes_into_the_record(truth):
    from napari_crystalseg.widgets.tasks.factors import absorb

    values = check_stage.given(MEASURED)
    factors = absorb(Labels(truth.data, truth.voxel_size_um), values, sphere=5, remark="Converted.")
    assert "Converted." in check_stage.step_findings(factors, "judge the coefficients")


def test_values_typed_in_may_say_their_energy(ready):
    box = ready.check.coefficients
    for material in (Material.LIQUOR, Material.LOOP, Material.CRYSTAL):
        box.fields[material].setValue(0.01)
    assert not box.held_line.isHidden() and ready.session.coefficients.values.energy_kev is None
    box.held.setValue(12.4)
    assert ready.session.coefficients.values.energy_kev == 12.4 and ready.session.coefficients.values.origin == "given"
    ready.session.experiment = ExperimentFiles(energies_kev=(18.0,))
    assert not box.convert_button.isHidden()


def test_shares_are_of_the_sample(labelled):
    table, volumes = labelled.check.class_table, labelled.session.volumes_um3
    sample = sum(volumes.values()) - volumes[Material.AIR]
    assert table.shares[Material.CRYSTAL].text() == f"{100 * volumes[Material.CRYSTAL] / sample:.1f} %"
    assert table.shares[Material.AIR].text() == ""
