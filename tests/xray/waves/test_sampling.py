import numpy as np
import pytest

from napari_crystalseg.xray import supersampling_needed
from napari_crystalseg.xray.waves.sampling import largest_phase_step


@pytest.mark.parametrize(("step", "needed"), [(0.0, 1), (3.1, 1), (3.2, 2), (6.2, 2), (6.4, 4), (100.0, 4)])
def test_step_below_half_a_turn(step, needed):
    assert supersampling_needed(step) == needed


def test_bound():
    assert supersampling_needed(10.0, finest=2) == 2
    assert supersampling_needed(10.0, finest=1) == 1


@pytest.mark.parametrize(("energy_kev", "published"), [(3.0, 6.1), (4.0, 4.6), (5.0, 3.6)])
def test_water_sphere_needs_supersampling(energy_kev, published):
    # Water, radius 100 µm, 0.3 µm pixels: the step into the outermost pixel already exceeds half a turn.
    from napari_crystalseg.xray import refractive_index, wavelength_um
    from napari_crystalseg.xray.substances.substance import water

    x = (np.arange(700) - 349.5) * 0.3
    chord = 2 * np.sqrt(np.clip(100.0**2 - x**2 - (x[:, np.newaxis]) ** 2, 0, None))
    wavenumber = 2 * np.pi / wavelength_um(energy_kev)
    step = largest_phase_step(wavenumber * refractive_index(water(), energy_kev).delta * chord)
    assert step == pytest.approx(published, rel=0.03)
    assert supersampling_needed(step) == 2
