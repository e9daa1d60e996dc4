"""The model that comes with the package."""

from __future__ import annotations

from napari_crystalseg.io import open_labels, open_volume
from napari_crystalseg.samples import sample_data_folder
from napari_crystalseg.segmentation import bundled_model, scores, segment


def test_card_is_complete_and_true():
    model = bundled_model()
    assert model.card["sha256"] == model.sha256
    assert model.card["licence"] == "BSD-3-Clause"
    assert model.codes == (0, 1, 2, 3, 4)
    assert sum(path.stat().st_size for path in model.path.rglob("*")) < 20e6
    assert {"name", "data", "seed", "steps", "metrics", "voxel_range_um"} <= model.card.keys()


def test_shipped_sample_is_segmented():
    folder = sample_data_folder()
    made = segment(open_volume(folder / "simulated_volume.tif"))
    found = scores(made.labels, open_labels(folder / "simulated_labels.tif"))
    # What this model reaches there is 0.92, 0.95 and 0.87; another normalisation or grid would lose it.
    assert found["classes"]["crystal"]["dice"] > 0.9
    assert found["classes"]["liquor"]["dice"] > 0.93
    assert found["classes"]["loop"]["dice"] > 0.84
