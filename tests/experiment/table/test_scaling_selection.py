from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.experiment.table.reflection_file import read_reflection_file
from napari_crystalseg.experiment.table.scaling_selection import ScalingSelection
from napari_crystalseg.samples import sample_data_folder

SUM, PRF = 1 << 8, 1 << 9


@pytest.fixture
def judged(tmp_path, pack_table):
    def judge(**columns):
        path = tmp_path / "x.refl"
        path.write_bytes(pack_table(columns))
        return ScalingSelection.of(read_reflection_file(path))

    return judge


def test_each_reason_is_told_once(judged):
    n = 9
    flags = np.full(n, SUM | PRF)
    flags[1] = 1  # predicted, and no more
    flags[2] = SUM  # its profile variance does not matter
    flags[8] |= 1 << 23 | 1 << 24
    identifier, partiality, efficiency = np.zeros(n), np.ones(n), np.ones(n)
    value, variance = np.full(n, 10.0), np.ones(n)
    profile = np.ones(n)
    identifier[0] = -1
    partiality[[0, 5]] = 0.24
    efficiency[4] = 0
    profile[2], profile[3] = -1, -1
    value[6] = -5.01
    value[7] = -5.0
    found = judged(
        id=identifier,
        flags=flags,
        partiality=partiality,
        qe=efficiency,
        **{
            "intensity.sum.value": value,
            "intensity.sum.variance": variance,
            "intensity.prf.value": np.ones(n),
            "intensity.prf.variance": profile,
        },
    )
    assert np.flatnonzero(found.used).tolist() == [2, 7, 8]
    assert list(found.left_out.values()) == [1, 1, 1, 1, 1, 1]
    assert found.flagged_before == {
        "user_excluded_in_scaling": 0,
        "outlier_in_scaling": 1,
        "excluded_for_scaling": 1,
    }
    assert "3 of 9 reflections" in found.sentence()
    assert "1 outlier_in_scaling" in found.sentence()


def test_nan_is_not_used(judged):
    columns = {"intensity.sum.value": np.ones(2), "intensity.sum.variance": np.array([np.nan, 1.0])}
    found = judged(id=np.zeros(2), flags=np.full(2, SUM), **columns)
    assert found.used.tolist() == [False, True]


def test_without_flags_nothing_is_known(judged):
    assert judged(id=np.zeros(2)) is None


def test_counts_of_the_sample_table():
    table = read_reflection_file(sample_data_folder() / "lcyst_01_first10_integrated.refl")
    found = ScalingSelection.of(table)
    assert int(found.used.sum()) == 23
    assert {k: v for k, v in found.left_out.items() if v} == {
        "not indexed": 7,
        "not integrated": 22,
        "partiality below 0.25": 40,
    }
    assert sum(found.left_out.values()) + 23 == 92
