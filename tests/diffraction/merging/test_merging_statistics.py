"""Merging statistics: worked by hand, against cctbx where it is installed, and what symmetry demands."""

import json
import math
import shutil
import subprocess

import gemmi
import numpy as np
import pytest

from napari_crystalseg.diffraction.merging.equivalents import Equivalents
from napari_crystalseg.diffraction.merging.merged import Merged
from napari_crystalseg.diffraction.merging.merging_statistics import merging_statistics
from napari_crystalseg.diffraction.merging.merging_table import merging_table
from napari_crystalseg.diffraction.merging.unmerged_intensities import UnmergedIntensities
from napari_crystalseg.errors import InputError

THAUMATIN = gemmi.UnitCell(58, 58, 151, 90, 90, 90)
P41212 = gemmi.SpaceGroup("P 41 21 2")
CUBE = gemmi.UnitCell(10, 10, 10, 90, 90, 90)


def observed(index, intensity, sigma, cell=CUBE, group="P 1"):
    equivalents = Equivalents.of(np.array(index), cell, gemmi.SpaceGroup(group))
    return UnmergedIntensities(equivalents, np.array(intensity, float), np.array(sigma, float))


def simulated(n=20000, seed=0):
    """Observations of thaumatin with an anomalous signal, at random equivalents."""
    rng = np.random.default_rng(seed)
    unique = gemmi.make_miller_array(THAUMATIN, P41212, 3.6)
    rotations = np.unique([np.array(op.rot) // 24 for op in P41212.operations().sym_ops], axis=0)
    turned = rotations[rng.integers(0, len(rotations), n)]
    index = np.einsum("ni,nij->nj", unique[rng.integers(0, len(unique) * 9 // 10, n)], turned)
    index *= rng.choice([-1, 1], n)[:, np.newaxis]
    groups = Equivalents.of(index, THAUMATIN, P41212)
    mean = rng.exponential(100, len(groups.miller_index))
    anomalous = np.where(groups.centric, 0, rng.normal(0, 5, len(mean)))
    sigma = rng.uniform(3, 12, n)
    true = mean[groups.group] + np.where(groups.plus, 1, -1) * anomalous[groups.group]
    return index, UnmergedIntensities(groups, true + rng.normal(0, 1, n) * sigma, sigma)


def test_two_observations_by_hand():
    """100 and 110 of one reflection, 50 and 40 of another, all with the error 10."""
    found = merging_statistics(
        observed([[1, 2, 3], [-1, -2, -3], [2, 2, 3], [2, 2, 3]], [100, 110, 50, 40], [10] * 4), shells=1
    ).overall
    assert found.observations == 4
    assert found.unique == 2
    assert found.multiplicity == 2
    assert found.r_merge == pytest.approx(20 / 300)
    assert found.r_meas == pytest.approx(math.sqrt(2) * 20 / 300)
    assert found.r_pim == pytest.approx(20 / 300)
    assert found.i_over_sigma == pytest.approx((105 + 45) / 2 / (10 / math.sqrt(2)))
    # I(+) 100 and I(-) 110 of the first, no pair of the second, of which both are I(+).
    assert found.anomalous.pairs == 1
    assert found.anomalous.difference_over_sigma == pytest.approx(10 / (10 * math.sqrt(2)))
    f_plus, f_minus = math.sqrt(100), math.sqrt(110)
    assert found.anomalous.signal == pytest.approx((f_minus - f_plus) / math.sqrt((100 + 110) / 2))
    assert found.anomalous.multiplicity == pytest.approx(4 / 3)
    assert found.r_meas_within == pytest.approx(math.sqrt(2) * 10 / 90)


def test_merged_is_the_weighted_mean():
    merged = Merged.of(np.array([0, 0, 2]), np.array([10.0, 20.0, 5.0]), np.array([1.0, 2.0, 3.0]), 3)
    np.testing.assert_allclose(merged.intensity, [12, np.nan, 5])
    np.testing.assert_allclose(merged.sigma, [1 / math.sqrt(1.25), np.nan, 3])
    assert merged.observations.tolist() == [2, 0, 1]


def test_equal_observations_agree_wholly():
    _, unmerged = simulated(5000)
    group = unmerged.equivalents.group
    same = UnmergedIntensities(unmerged.equivalents, 10.0 + group, np.ones(len(group)))
    found = merging_statistics(same, shells=3).overall
    assert found.r_merge == pytest.approx(0, abs=1e-12)
    assert found.cc_half == pytest.approx(1)
    assert found.anomalous.signal == pytest.approx(0, abs=1e-12)


def test_centric_reflections_have_no_anomalous_difference():
    """All reflections of a centrosymmetric crystal are centric."""
    found = merging_statistics(
        observed([[1, 2, 3], [-1, -2, -3], [2, 2, 3], [-2, -2, -3]], [100, 110, 50, 40], [10] * 4, group="P -1"),
        shells=1,
    ).overall
    assert found.anomalous.pairs == 0
    assert math.isnan(found.anomalous.completeness)
    assert math.isnan(found.anomalous.signal)
    assert found.anomalous.multiplicity == found.multiplicity == 2
    assert found.to_dict()["anomalous"]["signal"] is None


def test_systematic_absences_and_rows_without_index_are_left_out():
    unmerged = observed([[0, 0, 1], [0, 0, 4], [0, 0, 0], [1, 2, 3]], [1, 2, 3, 4], [1] * 4, THAUMATIN, "P 41 21 2")
    assert unmerged.used.tolist() == [False, True, False, True]
    assert merging_statistics(unmerged, shells=1).overall.observations == 2


def test_gemmi_maps_the_same():
    index, unmerged = simulated(3000)
    intensities = gemmi.Intensities()
    number = np.arange(len(index), dtype=float) + 1
    intensities.set_data(THAUMATIN, P41212, index.astype(np.int32), number, np.ones(len(index)))
    intensities.prepare_for_merging(gemmi.DataType.Anomalous)
    order = intensities.value_array.astype(int) - 1
    groups = unmerged.equivalents
    kept = order[groups.group[order] >= 0]
    ours = groups.miller_index[groups.group[kept]]
    theirs = intensities.miller_array[groups.group[order] >= 0]
    np.testing.assert_array_equal(ours, theirs)
    signs = np.where(groups.plus[kept], 1, -1)
    np.testing.assert_array_equal(signs, intensities.isign_array[groups.group[order] >= 0])


def test_counts_of_the_shells_add_up():
    _, unmerged = simulated()
    found = merging_statistics(unmerged, shells=7)
    assert sum(shell.observations for shell in found.shells) == found.overall.observations
    assert sum(shell.unique for shell in found.shells) == found.overall.unique
    assert sum(shell.anomalous.pairs for shell in found.shells) == found.overall.anomalous.pairs
    assert found.shells[0].completeness > found.shells[-1].completeness


def test_noise_alone_correlates_with_nothing():
    _, unmerged = simulated()
    rng = np.random.default_rng(1)
    noise = UnmergedIntensities(unmerged.equivalents, rng.normal(100, 10, len(unmerged)), np.full(len(unmerged), 10.0))
    found = merging_statistics(noise, shells=1).overall
    assert abs(found.cc_half) < 0.1
    assert abs(found.anomalous.correlation) < 0.1
    # Differences that are all error have a normal probability plot of slope one.
    assert found.anomalous.slope == pytest.approx(1, abs=0.05)
    # E|N(0, s)| / s.
    assert found.anomalous.difference_over_sigma == pytest.approx(math.sqrt(2 / math.pi), abs=0.03)


def test_the_same_call_gives_the_same_figures():
    _, unmerged = simulated(5000)
    assert merging_statistics(unmerged, shells=2) == merging_statistics(unmerged, shells=2)


def test_intensities_are_divided_with_their_errors():
    unmerged = observed([[1, 2, 3], [2, 2, 3]], [100, 50], [10, 5]).divided_by([0.5, np.nan])
    np.testing.assert_array_equal(unmerged.intensity, [200, np.nan])
    np.testing.assert_array_equal(unmerged.sigma, [20, np.nan])
    assert unmerged.used.tolist() == [True, False]


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: observed([[0, 0, 0]], [1], [1]), "indexed"),
        (lambda: observed([[1, 2, 3]], [1], [0]), "intensity with an error"),
        (lambda: observed([[1, 2, 3]], [1, 2], [1, 1]), "has shape"),
        (lambda: merging_statistics(observed([[1, 2, 3]], [1], [1]), shells=0), "at least one shell"),
        (lambda: merging_statistics(observed([[1, 2, 3]], [1], [1]), d_min=100), "within 100"),
    ],
)
def test_refused(call, sentence):
    with pytest.raises(InputError, match=sentence):
        call()


def test_table_has_a_column_a_treatment():
    _, unmerged = simulated(5000)
    found = merging_statistics(unmerged, shells=2)
    lines = merging_table({"none": found, "labels": found}).splitlines()
    assert lines[0].split() == ["none", "labels"]
    assert any(line.startswith("Anomalous slope") for line in lines)
    assert len({len(line) for line in lines}) == 1


_CCTBX = """
import json, sys, numpy
from cctbx import crystal, miller
from cctbx.array_family import flex
from iotbx import merging_statistics
data = numpy.load(sys.argv[1])
symmetry = crystal.symmetry(unit_cell=(58, 58, 151, 90, 90, 90), space_group_symbol="P 41 21 2")
index = flex.miller_index([tuple(int(n) for n in hkl) for hkl in data["index"]])
array = miller.array(miller.set(symmetry, index, anomalous_flag=True), data=flex.double(data["intensity"]),
    sigmas=flex.double(data["sigma"])).set_observation_type_xray_intensity()
out = []
for anomalous in (False, True):
    found = merging_statistics.dataset_statistics(array, n_bins=4, anomalous=anomalous, sigma_filtering=None,
        use_internal_variance=False, assert_is_not_unique_set_under_symmetry=False)
    out.append([dict(each.as_dict(), tau=each.cc_one_half_sigma_tau) for each in [found.overall] + found.bins])
print("FOUND" + json.dumps(out))
"""


@pytest.mark.skipif(shutil.which("cctbx.python") is None, reason="cctbx is not installed")
def test_cctbx_finds_the_same(tmp_path):
    """What DIALS prints comes from iotbx.merging_statistics: every figure but those of random halves is the same."""
    index, unmerged = simulated()
    np.savez(tmp_path / "in.npz", index=index, intensity=unmerged.intensity, sigma=unmerged.sigma)
    (tmp_path / "peer.py").write_text(_CCTBX)
    command = ["cctbx.python", str(tmp_path / "peer.py"), str(tmp_path / "in.npz")]
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, env={"PATH": "/usr/bin:/bin"})
    together, apart = json.loads(run.stdout.partition("FOUND")[2])
    ours = merging_statistics(unmerged, shells=4)
    for mine, theirs, anomalous in zip((ours.overall, *ours.shells), together, apart, strict=True):
        assert (mine.observations, mine.unique) == (theirs["n_obs"], theirs["n_uniq"])
        # A reflection on the limit between two shells may be counted as possible in either.
        assert 100 * mine.completeness == pytest.approx(theirs["completeness"], abs=0.2)
        for name, key in {
            "multiplicity": "multiplicity",
            "i_over_sigma": "i_over_sigma_mean",
            "r_merge": "r_merge",
            "r_meas": "r_meas",
            "r_pim": "r_pim",
            "cc_half": "tau",
        }.items():
            assert getattr(mine, name) == pytest.approx(theirs[key], rel=1e-6), name
        assert mine.r_meas_within == pytest.approx(anomalous["r_meas"], rel=1e-6)
        assert mine.anomalous.completeness == pytest.approx(anomalous["anom_completeness"], abs=2e-3)
        assert mine.anomalous.multiplicity == pytest.approx(anomalous["multiplicity"])
        assert mine.anomalous.signal == pytest.approx(anomalous["anom_signal"])
        assert mine.anomalous.difference_over_sigma == pytest.approx(anomalous["delta_i_mean_over_sig_delta_i_mean"])
        assert mine.anomalous.correlation == pytest.approx(anomalous["cc_anom"], abs=0.05)
    plot = apart[0]["anom_probability_plot_expected_delta"]
    slope = plot["slope"] if isinstance(plot, dict) else plot[0]
    assert ours.overall.anomalous.slope == pytest.approx(slope)
