"""Intensities of a reflection table as scaling begins with them."""

import numpy as np

from helpers.packed_table import packed
from napari_crystalseg.experiment.table.measured_intensities import read_intensities

SUM, PRF = 1 << 8, 1 << 9


def table(path, **columns):
    names = {name.replace("__", "."): np.asarray(values) for name, values in columns.items()}
    path.write_bytes(packed(names))
    return path


def test_profile_before_sum_and_whole_reflections(tmp_path):
    path = table(
        tmp_path / "a.refl",
        flags=[PRF | SUM, SUM, 0],
        intensity__prf__value=[10.0, 7.0, 1.0],
        intensity__prf__variance=[4.0, 1.0, 1.0],
        intensity__sum__value=[11.0, 20.0, 1.0],
        intensity__sum__variance=[9.0, 16.0, 1.0],
        partiality=[0.5, 0.5, 1.0],
        lp=[2.0, 1.0, 1.0],
        qe=[1.0, 0.5, 1.0],
    )
    intensity, sigma = read_intensities(path)
    # The first by profile, times lp; the second by its sum over the half that was seen, over the efficiency.
    np.testing.assert_allclose(intensity, [20, 80, np.nan])
    np.testing.assert_allclose(sigma, [4, 16, np.nan])


def test_a_table_without_intensities_has_none(tmp_path):
    assert read_intensities(table(tmp_path / "a.refl", flags=[0])) is None
