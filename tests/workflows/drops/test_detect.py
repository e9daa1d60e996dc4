"""Micrographs of files outlined one after the other."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from napari_crystalseg.drops.detector.architectures import small_network
from napari_crystalseg.drops.detector.drop_detector import DropDetector, save_detector
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.workflows.drops.detect import detect_drops


@pytest.fixture(scope="module")
def detector(tmp_path_factory):
    """Without training: it finds something or nothing, but in the right form."""
    import torch

    torch.manual_seed(1)
    return save_detector(tmp_path_factory.mktemp("detector"), small_network(3, 64).eval(), {"longest_side_px": 64})


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    Image.fromarray(rng.integers(0, 255, (60, 90, 3), np.uint8)).save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"")
    (tmp_path / "c.jpg").write_text("no image")
    Image.fromarray(rng.integers(0, 255, (200, 20), np.uint8)).save(tmp_path / "d.jpg")
    return [tmp_path / name for name in ("a.png", "b.png", "c.jpg", "nothing.png", "d.jpg")]


def test_broken_files_are_entries(files, detector):
    told = []
    found = list(detect_drops(files, detector, lambda part, text: told.append((part, text))))
    assert [one.path for one in found] == files
    assert [bool(one.problem) for one in found] == [False, True, True, True, False]
    assert [one.objects.shape for one in found if one.objects is not None] == [(60, 90), (200, 20)]
    assert "b.png is empty (0 bytes)" in found[1].problem and "nothing.png" in found[3].problem
    assert told[1] == (0.2, "image 2 of 5: b.png") and told[-1][0] == 1.0


def test_the_same_again(files, detector):
    masks = []
    for _ in range(2):
        (one,) = detect_drops(files[:1], detector, pixel_size_um=3.0)
        assert one.pixel_size_um == 3.0
        masks.append([(each.kind, each.score, each.origin_px, each.mask.tobytes()) for each in one.objects.objects])
    assert masks[0] == masks[1]


def test_it_is_ended_between_two(files, detector):
    def ends(part, text):
        if part > 0.5:
            raise Cancelled

    done = []
    with pytest.raises(Cancelled):
        for one in detect_drops(files, detector, ends):
            done.append(one.path.name)
    assert done == ["a.png", "b.png", "c.jpg"]


def test_a_detector_that_cannot_be_used_is_told_first(files, detector, tmp_path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "weights.pt").write_bytes(b"nothing")
    (tmp_path / "broken" / "card.json").write_text('{"longest_side_px": 64}')
    with pytest.raises(InputError, match=r"broken/weights.pt cannot be read as a checkpoint of torch"):
        next(detect_drops(files, DropDetector(tmp_path / "broken")))
    (tmp_path / "broken" / "weights.pt").write_bytes((detector.path / "weights.pt").read_bytes())
    (tmp_path / "broken" / "card.json").write_text("{}")
    with pytest.raises(InputError, match="does not say longest_side_px"):
        next(detect_drops(files, DropDetector(tmp_path / "broken")))
