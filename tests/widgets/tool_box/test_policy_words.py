"""What limits edits, in a sentence."""

import numpy as np
import pytest

from napari_crystalseg.labels import Material
from napari_crystalseg.review.edits.policy import EVERYTHING, EditPolicy
from napari_crystalseg.widgets.tool_box.policy_words import policy_sentence

LIQUOR, LOOP, CRYSTAL = Material.LIQUOR, Material.LOOP, Material.CRYSTAL


@pytest.mark.parametrize(
    ("policy", "sentence"),
    [
        (EVERYTHING, ""),
        (EditPolicy(frozenset({LOOP}), frozenset({LIQUOR})), "Edits change only liquor; loop is locked."),
        (EditPolicy(frozenset({LOOP, CRYSTAL})), "Loop and crystal are locked."),
        (EditPolicy(window=(0.01, 0.02)), "Edits change only voxel values from 0.01 to 0.02."),
        (
            EditPolicy(over=frozenset({LIQUOR}), window=(0.01, 0.02), kept=np.ones((2, 2, 2), bool)),
            "Edits change only liquor and only voxel values from 0.01 to 0.02; "
            "places that are ticked stay as they are.",
        ),
        (EditPolicy(over=frozenset()), "Edits change nothing, as no class is chosen."),
    ],
)
def test_limits_are_said(policy, sentence):
    assert policy_sentence(policy) == sentence
