import dataclasses
import typing

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.review.edits.change import Change
from napari_crystalseg.review.tools.scene import Scene
from napari_crystalseg.review.tools.tools import TOOLS


def scene():
    labels = np.zeros((15, 21, 17), np.uint8)
    labels[2:13, 2:19, 2:15] = 1
    labels[4:11, 4:17, 4:13] = 3
    return Scene(labels, (2.0, 0.8, 1.3), point=(7, 10, 8), axis=1, index=10, other_index=4, automatic=labels)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.__name__)
def test_a_form_can_be_made_of_every_tool_and_it_proposes_or_says_why_not(tool):
    assert dataclasses.is_dataclass(tool) and tool.__dataclass_params__.frozen
    assert tool.title and tool.hint.endswith(".")
    assert all(field.default is not dataclasses.MISSING for field in dataclasses.fields(tool))
    assert set(typing.get_type_hints(tool, include_extras=True)) >= {field.name for field in dataclasses.fields(tool)}
    before = scene().labels.copy()
    try:
        change = tool().propose(scene())
    except InputError as error:
        assert str(error).endswith(".")
    else:
        assert change is None or isinstance(change, Change)
    assert np.array_equal(before, scene().labels)


def test_titles_and_keys_are_each_of_one_tool():
    titles, keys = [tool.title for tool in TOOLS], [tool.key for tool in TOOLS if tool.key]
    assert len(set(titles)) == len(titles) and len(set(keys)) == len(keys)


def test_a_scene_refuses_what_does_not_fit_it():
    labels = np.zeros((3, 4, 5), np.uint8)
    with pytest.raises(InputError, match="open its own"):
        Scene(labels, (1, 1, 1), automatic=labels[:2])
    with pytest.raises(InputError, match="Slice 4 is outside"):
        Scene(labels, (1, 1, 1), axis=1, index=4)
    with pytest.raises(InputError, match="Point at a place"):
        _ = Scene(labels, (1, 1, 1)).required_voxel
    assert Scene(labels, (1, 1, 1), label=Material.LOOP, point=(1.6, 2.4, 0)).required_voxel == (2, 2, 0)


@pytest.mark.parametrize("tool", [tool for tool in TOOLS if tool.__name__ != "ResegmentBox"])
@pytest.mark.parametrize("shape", [(6, 7, 5), (1, 8, 6), (1, 1, 1)])
def test_codes_that_are_no_class_are_borne(tool, shape):
    """As files of other programs bring them; the dock keeps them until the user gives them to a class."""
    rng = np.random.default_rng(7)
    labels = rng.choice(np.array([0, 1, 3, 7, 255], np.uint8), shape)
    before = labels.copy()
    for voxel in np.ndindex(shape):
        point = tuple(float(at) for at in voxel)
        scene = Scene(labels, (1.0, 0.5, 2.0), Material.CRYSTAL, rng.random(shape), point, path=np.array([point]))
        try:
            change = tool().propose(scene)
        except InputError:
            continue
        assert change is None or change.voxels
        np.testing.assert_array_equal(labels, before)
        if sum(voxel) > 3:
            break
