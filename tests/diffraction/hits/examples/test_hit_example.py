from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.diffraction.hits.examples.hit_conditions import HitConditions
from napari_crystalseg.diffraction.hits.examples.hit_example import simulate_example
from napari_crystalseg.errors import InputError

SMALL = HitConditions(binning=8)


def test_brightness_does_not_tell_a_hit_from_a_miss():
    example = simulate_example(SMALL, 4)
    assert example.signal.sum() > 500
    hits, misses = (
        np.mean([np.maximum(draw(seed, 0.3), 0).sum() for seed in range(12)]) for draw in (example.hit, example.miss)
    )
    assert hits == pytest.approx(misses, rel=0.01)


def test_counts_go_with_the_flux_and_a_seed_gives_the_same_bytes():
    example, again = simulate_example(SMALL, 2), simulate_example(SMALL, 2)
    whole, tenth = (np.maximum(example.hit(1, flux), 0).sum() for flux in (1.0, 0.1))
    assert whole == pytest.approx(10 * tenth, rel=0.1)
    assert example.hit(1).tobytes() == again.hit(1).tobytes()
    assert (example.energy_kev, example.distance_mm) == SMALL.sets[2]


def test_the_cells_of_the_file_and_of_the_paper_give_other_spots():
    file, printed = (
        simulate_example(HitConditions(lattice=name, binning=8), 1)
        for name in ("proteinase-k", "proteinase-k-as-printed")
    )
    assert len(file.photons) > 1.3 * len(printed.photons)


def test_all_sets_come_by_turns_and_refusals():
    assert len(SMALL.sets) == 9
    assert SMALL.detector_at(8.0, 150.0).panels[0].image_size_px.tolist() == [258, 270]
    with pytest.raises(InputError, match="summed by 1 to 16"):
        HitConditions(binning=0)
    with pytest.raises(InputError, match="an energy and a distance"):
        HitConditions(energies_kev=())
