"""Reviews of drops: written once, numbered, read back as they were, beside the image or elsewhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_crystalseg.drops.objects import CRYSTAL, DROP, DropObject, DropObjects
from napari_crystalseg.drops.review import AutomaticFindings, DropReview, DropReviews
from napari_crystalseg.errors import InputError
from napari_crystalseg.provenance import Provenance


def objects() -> DropObjects:
    random = np.random.default_rng(3)
    ragged = random.random((9, 7)) > 0.4
    return DropObjects(
        (60, 80),
        (DropObject(DROP, np.ones((50, 60), bool), (5, 6), 0.9), DropObject(CRYSTAL, ragged, (20, 30), 0.7)),
    )


def review(**changed) -> DropReview:
    automatic = AutomaticFindings(probabilities=(0.1, 0.7, 0.1, 0.1), objects=objects(), place_px=(30.0, 12.0))
    made = DropReview(
        "A01a.jpg", "00ff", objects(), "crystals", True, False, (31.5, 40.25), True, 0.6, 2.837, True, True,
        "2026-01-02T03:04:05Z", automatic, Provenance({"A01a.jpg": "00ff"}, ({"step": "review"},)),
    )  # fmt: skip
    return replace(made, **changed)


def test_a_review_comes_back_as_it_was(tmp_path):
    image = tmp_path / "A01a.jpg"
    kept = DropReviews()
    assert kept.newest(image) is None
    file = kept.save(image, review())
    assert file == tmp_path / "drop-reviews" / "A01a.jpg.review-1.json"
    back = kept.newest(image)
    assert (back.drop_class, back.class_by_hand, back.place_px, back.place_by_hand) == (
        "crystals", True, (31.5, 40.25), True,
    )  # fmt: skip
    assert back.automatic.drop_class == "crystals" and back.automatic.place_px == (30.0, 12.0)
    for one, other in zip(back.objects.objects, objects().objects, strict=True):
        assert (one.kind, one.origin_px, one.score) == (other.kind, other.origin_px, other.score)
        assert np.array_equal(one.mask, other.mask)
    assert back.provenance.steps == ({"step": "review"},)


def test_nothing_is_replaced_and_the_newest_counts(tmp_path):
    image = tmp_path / "A01a.jpg"
    kept = DropReviews()
    first = kept.save(image, review())
    before = first.read_bytes()
    assert kept.save(image, review(saved_at="2027-01-01T00:00:00Z")) == first  # says the same
    second = kept.save(image, review(drop_class="clear"))
    assert second.name == "A01a.jpg.review-2.json" and first.read_bytes() == before
    assert kept.newest(image).drop_class == "clear"
    assert [file.name for file in kept.files_of(image)] == [first.name, second.name]
    assert sorted(path.name for path in first.parent.iterdir()) == [first.name, second.name]


def test_one_that_is_damaged_is_told_of_and_never_written_over(tmp_path):
    image = tmp_path / "A01a.jpg"
    kept = DropReviews()
    file = kept.save(image, review())
    file.write_text('{"kind": "napari-crystalseg review of a drop", "schema": 1, "image": {}}')
    with pytest.raises(InputError, match=r"A01a\.jpg\.review-1\.json is damaged"):
        kept.newest(image)
    assert kept.save(image, review()).name == "A01a.jpg.review-2.json"
    file.write_text("[]")
    assert kept.newest(image).drop_class == "crystals"


def test_a_chosen_folder_tells_images_of_one_name_apart(tmp_path):
    kept = DropReviews(tmp_path / "chosen")
    for folder, drop_class in (("one", "clear"), ("two", "other")):
        (tmp_path / folder).mkdir()
        kept.save(tmp_path / folder / "A01a.jpg", review(drop_class=drop_class))
    assert kept.newest(tmp_path / "one" / "A01a.jpg").drop_class == "clear"
    assert kept.newest(tmp_path / "two" / "A01a.jpg").drop_class == "other"
    assert len(list((tmp_path / "chosen").iterdir())) == 2


def test_beside_read_only_images_they_lie_with_the_users_own_files(tmp_path, monkeypatch):
    from napari_crystalseg.drops.review import drop_reviews

    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(drop_reviews, "_may_be_written", lambda folder: False)
    image = tmp_path / "plate" / "A01a.jpg"
    image.parent.mkdir()
    kept = DropReviews()
    file = kept.save(image, review())
    assert (tmp_path / "home") in file.parents and not (image.parent / "drop-reviews").exists()
    assert kept.newest(image).drop_class == "crystals"


@pytest.mark.parametrize(
    "changed, sentence",
    [
        ({"drop_class": "wet"}, "not 'wet'"),
        ({"place_px": (float("nan"), 0.0)}, "is not a place"),
        ({"pixel_size_um": 0.0}, "positive length"),
        ({"lowest_score": 1.5}, "between 0 and 1"),
    ],
)
def test_what_no_review_can_say_is_refused(changed, sentence):
    with pytest.raises(InputError, match=sentence):
        review(**changed)
