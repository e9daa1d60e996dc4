"""Shift with a digit chooses a class."""

from qtpy.QtWidgets import QShortcut

from napari_crystalseg.labels import Material
from napari_crystalseg.widgets.class_labels.class_table import ClassTable


def test_keys_choose_classes_and_are_told(labelled, viewer):
    labels = labelled.session.labels
    for key, call in list(labels.keymap.items()):
        assert call.__name__  # napari asks for it at every key
        if str(key).startswith("Shift+") and str(key)[-1].isdigit():
            call(labels)
            assert labels.selected_label == int(str(key)[-1])
    shortcuts = {one.key().toString(): one for one in labelled.findChildren(QShortcut)}
    labels.mode = "erase"
    shortcuts["Shift+2"].activated.emit()
    assert labels.selected_label == Material.LOOP
    assert str(labels.mode) == "paint"
    from napari.layers import Labels

    strokes, taken = Labels(labels.data.copy()), []
    strokes.bind_key("Shift-1", lambda layer: taken.append(layer))
    viewer.add_layer(strokes)
    viewer.layers.selection.active = strokes
    shortcuts["Shift+1"].activated.emit()
    assert taken == [strokes]
    assert labels.selected_label == Material.LOOP
    table = labelled.findChildren(ClassTable)[0]
    assert "Shift+3" in table.buttons[Material.CRYSTAL].toolTip()
    labelled.close_down()
    assert not any(str(key).startswith("Shift+0") for key in labels.keymap)
