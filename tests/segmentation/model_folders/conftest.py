"""A model folder of a few kilobytes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from helpers.untrained_model import write_untrained_model


@pytest.fixture(scope="session")
def untrained(tmp_path_factory) -> Path:
    return write_untrained_model(tmp_path_factory.mktemp("untrained") / "tiny")


@pytest.fixture
def model_copy(untrained, tmp_path) -> Path:
    """A copy to damage."""
    return shutil.copytree(untrained, tmp_path / "copy")
