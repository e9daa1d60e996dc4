"""The detector that comes along: small, as its card says, and sure of the drop in images that it has not seen."""

from __future__ import annotations

from napari_crystalseg.drops.detector.drop_detector import BUNDLED, DropDetector
from napari_crystalseg.drops.dispensing import dispensing_position
from napari_crystalseg.drops.objects import CRYSTAL, DROP
from napari_crystalseg.provenance import hash_file
from napari_crystalseg.simulation.drops import simulated_drop


def test_card_is_of_the_weights() -> None:
    detector = DropDetector()
    assert detector.card["sha256"] == hash_file(BUNDLED / "weights.pt") == detector.sha256
    assert (BUNDLED / "weights.pt").stat().st_size < 7e6
    assert detector.kinds == (DROP, CRYSTAL)


def test_unseen_drops_are_outlined_and_dispensed_into() -> None:
    detector, overlaps, places = DropDetector(), [], []
    for number in range(12):
        truth = simulated_drop(434343, number, drop_class="crystals")
        (drop,) = truth.objects.of_kind(DROP)
        found = detector.detect(truth.image)
        mask, true = found.of_kind(DROP)[0].whole_mask(found.shape), drop.whole_mask(found.shape)
        overlaps.append((mask & true).sum() / (mask | true).sum())
        place = dispensing_position(found)
        assert place is not None
        places.append(true[tuple(round(one) for one in place.place_px)])
    assert sum(overlap > 0.9 for overlap in overlaps) >= 10
    assert sum(places) >= 11
