"""What a training is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.segmentation.training.training_request import TrainingRequest


def test_paths_may_be_given_as_text(tmp_path):
    request = TrainingRequest([str(tmp_path)], steps=1, validate=[str(tmp_path.parent)])
    assert request.case_folders == [tmp_path]
    assert request.validation_paths == [tmp_path.parent]


def test_one_budget_and_one_kind_of_data_at_least(tmp_path):
    with pytest.raises(InputError, match="something to learn from"):
        TrainingRequest([], steps=1)
    with pytest.raises(InputError, match="either minutes or steps"):
        TrainingRequest([tmp_path])
    with pytest.raises(InputError, match="no folder"):
        TrainingRequest([Path("nowhere")], steps=1)
    with pytest.raises(InputError, match="rate of a training must be positive"):
        TrainingRequest([tmp_path], steps=1, learning_rate=0.0)
