"""Labels judged by merging statistics: the truth costs nothing, what is wrong costs something, nothing costs most."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from helpers.dials_data import save_integrated
from napari_crystalseg.absorption import Coefficients, Directions, absorb
from napari_crystalseg.errors import InputError
from napari_crystalseg.experiment.table.reflection_file import read_table
from napari_crystalseg.experiment.table.reflection_writing import write_reflection_file
from napari_crystalseg.labels import Labels
from napari_crystalseg.segmentation import ClassProbabilities
from napari_crystalseg.segmentation.grids.working_grid import WorkingGrid
from napari_crystalseg.workflows.quality.judge_labels import judge_labels
from napari_crystalseg.workflows.quality.observation import Noise, observed
from napari_crystalseg.workflows.quality.quality_files import QualityOutputs
from napari_crystalseg.workflows.quality.quality_scan import scan_of_files, simulated_scan

# A crystal that takes away two thirds of most beams, and liquor that takes about as much for its length.
MU = Coefficients(liquor=0.012, loop=0.008, crystal=0.014, energy_kev=4.0)
QUIET = Noise(i_over_sigma=60, instrument_error=0.01)


@pytest.fixture(scope="module")
def scan():
    return simulated_scan("insulin", energy_kev=4.0, d_min=6.0, turn_deg=360)


def sample(liquor_from=2, crystal=slice(6, 12)):
    """A plate of a crystal in half a drop; voxels of 5 µm."""
    data = np.zeros((20, 24, 24), np.uint8)
    data[2:18, 2:16, liquor_from:22] = 1
    data[6:14, crystal, 6:20] = 3
    return Labels(data, 5.0)


@pytest.fixture(scope="module")
def report(scan):
    return judge_labels(
        scan,
        sample(liquor_from=10),
        MU,
        reference=sample(),
        edited={"better": sample(liquor_from=6)},
        noise=QUIET,
        places=0,
    )


def test_the_truth_is_best_and_nothing_is_worst(report):
    r_meas = {name: column.r_meas for name, column in report.columns.items()}
    assert list(r_meas) == ["reference", "better", "labels", "low", "high", "none"]
    assert r_meas["reference"] < r_meas["better"] < r_meas["labels"] < r_meas["none"]
    assert r_meas["high"] < r_meas["low"] < r_meas["none"]
    signal = {name: each.statistics.overall.anomalous.difference_over_sigma for name, each in report.columns.items()}
    assert signal["reference"] > signal["labels"] > signal["none"]
    error = {name: each.agreement.r_true for name, each in report.columns.items()}
    assert error["reference"] < error["labels"] < error["none"]


def test_report_says_it(report):
    assert report.cost_percent("reference") == 0
    assert report.cost_percent("labels") > 0.05
    first = report.sentences()[0]
    assert first.startswith(f"This segmentation costs {report.cost_percent('labels'):.2f} % of Rmeas")
    text = report.text()
    assert "Anomalous slope" in text
    assert "error of merged I" in text
    record = report.to_dict()
    assert record["cost_percent_of_r_meas"]["none"] > record["cost_percent_of_r_meas"]["labels"]
    assert len(record["columns"]["labels"]["shells"]) == 20


def test_labels_that_are_true_cost_nothing(scan):
    found = judge_labels(scan, sample(), MU, reference=sample(), noise=QUIET, places=0, empirical=())
    assert found.cost_percent("labels") == 0


def test_correcting_the_worst_places_gets_something_back(scan):
    """A block of the crystal is called liquor: the list finds it, and the reference mends it."""
    wrong = sample().data.copy()
    wrong[6:14, 6:12, 14:20] = 1
    found = judge_labels(scan, Labels(wrong, 5.0), MU, reference=sample(), noise=QUIET, places=2, empirical=(), seed=1)
    assert [each.places for each in found.mended] == [1, 2][: len(found.mended)]
    assert all(each.r_meas_back_percent <= found.cost_percent("labels") + 0.05 for each in found.mended)
    assert "Correcting" in found.sentences()[1]


def test_without_a_reference_the_doubt_is_told(scan):
    found = judge_labels(scan, sample(), MU, noise=QUIET, places=1, draws=2, empirical=())
    assert found.cost_percent("labels") is None
    assert len(found.doubt.drawn_percent) == 2
    assert found.doubt.expected_percent > -0.02
    assert found.doubt.sentence() == found.sentences()[0]
    if found.doubt.at_most_percent is not None:
        assert found.doubt.at_most_percent >= max(found.doubt.drawn_percent)
    else:
        assert "cannot be promised" in found.sentences()[0]


def test_the_same_call_gives_the_same_report(scan, report):
    again = judge_labels(
        scan, sample(liquor_from=10), MU, reference=sample(), noise=QUIET, places=0, empirical=("low",)
    )
    assert again.columns["labels"].to_dict() == report.columns["labels"].to_dict()
    assert again.columns["low"].to_dict() == report.columns["low"].to_dict()


def test_counting_gives_the_ratio_that_is_asked_for(scan):
    from napari_crystalseg.diffraction.merging.merging_statistics import merging_statistics

    counted = observed(scan, np.full(len(scan), 0.5), Noise(i_over_sigma=25, instrument_error=0))
    assert merging_statistics(counted, shells=1).overall.i_over_sigma == pytest.approx(25, rel=0.05)
    again = observed(scan, np.full(len(scan), 0.5), Noise(i_over_sigma=25, instrument_error=0))
    np.testing.assert_array_equal(counted.intensity, again.intensity)


def test_a_few_photons_are_counted_by_poisson(scan):
    """Nothing is added to weak intensities, and none of their photons are lost."""
    counted = observed(scan, np.full(len(scan), 0.5), Noise(i_over_sigma=2, instrument_error=0))
    rows = counted.used
    found = (scan.photons * counted.intensity)[rows].sum()
    assert found == pytest.approx(0.5 * (scan.photons * scan.true_intensity)[rows].sum(), rel=0.1)


def test_labels_that_absorb_all_are_refused(scan):
    huge = Labels(sample().data, 50.0)
    with pytest.raises(InputError, match=r"all is absorbed: .*1/µm"):
        judge_labels(scan, huge, Coefficients(liquor=0.5, loop=0.5, crystal=0.5), reference=huge, tolerance=0.5)


def test_no_rmeas_is_no_cost(report):
    """Intensities that add up to nothing have an Rmeas that says nothing."""
    statistics = report.columns["none"].statistics
    for worthless in (-1.07, float("nan")):
        overall = replace(statistics.overall, r_meas_within=worthless)
        weak = replace(report.columns["none"], statistics=replace(statistics, overall=overall))
        (sentence,) = replace(report, columns={**report.columns, "none": weak}).sentences()
        assert "cannot be told" in sentence and "(none)" in sentence


def test_files_are_written(report, tmp_path):
    outputs = QualityOutputs(tmp_path / "q.json", tmp_path / "q.txt", tmp_path / "q.png")
    outputs.check([])
    outputs.write(report)
    assert outputs.text.read_text() == report.text()
    assert outputs.picture.read_bytes().startswith(b"\x89PNG")


def test_no_crystal_is_refused(scan):
    with pytest.raises(InputError, match="labels hold no crystal"):
        judge_labels(scan, Labels(np.ones((8, 8, 8), np.uint8), 5.0), MU)


def test_another_field_is_refused(scan):
    with pytest.raises(InputError, match="do not cover the same field"):
        judge_labels(scan, sample(), MU, reference=Labels(sample().data, 10.0))


def test_measured_intensities_need_a_table(scan):
    with pytest.raises(InputError, match="has no intensities"):
        judge_labels(scan, sample(), MU, measured=True)


def test_names_of_columns_are_one_each(scan):
    with pytest.raises(InputError, match="cannot be called 'none'"):
        judge_labels(scan, sample(), MU, edited={"none": sample()})


@pytest.fixture(scope="module")
def files(scan, tmp_path_factory):
    """The scan as counted with the sample in it, as files of DIALS."""
    absorption = absorb(sample(), MU, scan.directions, tolerance=2e-3).absorption
    return save_integrated(tmp_path_factory.mktemp("files"), scan, observed(scan, absorption, QUIET))


def test_measured_intensities_are_judged(files):
    """Those of the table, in which the sample's absorption is: its own labels correct it best."""
    found = judge_labels(
        scan_of_files(files), sample(liquor_from=10), MU, reference=sample(), measured=True, places=0, empirical=()
    )
    r_meas = {name: column.r_meas for name, column in found.columns.items()}
    assert r_meas["reference"] < r_meas["labels"] < r_meas["none"]
    assert all(column.agreement is None for column in found.columns.values())
    assert "intensities measured" in found.text()


def test_files_give_the_geometry_of_simulated_intensities(files):
    found = judge_labels(scan_of_files(files), sample(), MU, reference=sample(), noise=QUIET, places=0, empirical=())
    assert found.cost_percent("labels") == 0
    assert found.columns["reference"].agreement.r_true < found.columns["none"].agreement.r_true


def test_a_predicted_table_is_enough_for_simulated_intensities(files, scan, tmp_path):
    """Scaling would use none of its rows, as they are not integrated; where they are is known all the same."""
    models, table = files.files
    columns, identifiers = read_table(table)
    columns = {name: values for name, values in columns.items() if not name.startswith("intensity")}
    columns["flags"] = np.ones(len(columns["flags"]), np.int64)
    write_reflection_file(tmp_path / "predicted.refl", columns, identifiers)
    found = scan_of_files(Directions.of_files(models, tmp_path / "predicted.refl"))
    assert found.measured is None
    assert (found.equivalents.group >= 0).all()


def test_crystals_and_energies_that_are_not_merged_are_refused(files):
    (sweep,) = files.sweeps
    half = np.arange(len(files)) % 2
    turned = replace(sweep, reciprocal_axes=sweep.reciprocal_axes[:, [1, 2, 0]])
    larger = replace(sweep, reciprocal_axes=sweep.reciprocal_axes * 0.9)
    scan_of_files(replace(files, sweeps=(sweep, turned), sweep=half))
    with pytest.raises(InputError, match="different cells or space groups"):
        scan_of_files(replace(files, sweeps=(sweep, larger), sweep=half))
    wavelengths = (*files.wavelengths_angstrom, 0.9 * files.wavelengths_angstrom[0])
    with pytest.raises(InputError, match="keV, whose intensities are not merged"):
        scan_of_files(replace(files, sweeps=(sweep, sweep), sweep=half, wavelengths_angstrom=wavelengths))


def seen_by_network(labels, sure=0.97):
    """Class probabilities of a network that is sure of all but the surfaces."""
    own = np.stack([gaussian_filter((labels.data == code).astype(np.float32), 0.4) for code in range(5)])
    values = sure * own + (1 - sure) / 5
    values /= values.sum(axis=0)
    grid = WorkingGrid(labels.shape, labels.shape)
    return ClassProbabilities((grid,), (values.astype(np.float32),), (np.zeros(labels.shape, "f4"),), (0, 1, 2, 3, 4))


def test_the_bound_is_that_of_the_doubt(scan):
    """Where the network is sure, what labels cost at most is told, and it is more than what is expected."""
    probabilities = seen_by_network(sample())
    found = judge_labels(
        scan, sample(), MU, noise=QUIET, probabilities=probabilities, places=0, draws=1, empirical=()
    ).doubt
    assert found.bound_percent > 0
    assert found.at_most_percent >= max(0.0, found.expected_percent)
    assert found.sentence().startswith("This segmentation costs at most")
    assert f"{found.bound_percent:.2g} %" in found.sentence()
