"""crystalseg train --configuration refinement: what it asks for."""

from __future__ import annotations

import pytest

from napari_crystalseg.cli import main


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--steps", "1"], "--begin-from"),
        (
            ["--steps", "1", "--begin-from", "bundled", "--share-label-to-image", "0.5"],
            "--share-label-to-image has no meaning",
        ),
        (["--steps", "1", "--begin-from", "bundled", "--working-size", "32"], "--working-size has no meaning"),
        (["--steps", "1", "--minutes", "1", "--begin-from", "bundled"], "either minutes or steps"),
    ],
)
def test_what_cannot_be_is_refused_at_once(tmp_path, capsys, words, told):
    from napari_crystalseg.segmentation import bundled_model

    (tmp_path / "cases").mkdir()
    words = [str(bundled_model().path) if word == "bundled" else word for word in words]
    asked = ["train", str(tmp_path / "cases"), str(tmp_path / "out"), "--configuration", "refinement", *words]
    assert main(asked) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
