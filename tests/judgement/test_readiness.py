"""The light before export: what is red, what is amber, what is green."""

from __future__ import annotations

from dataclasses import replace

import pytest

from napari_crystalseg.absorption import Coefficients
from napari_crystalseg.calibration.geometry_score import Candidate, GeometryScore
from napari_crystalseg.calibration.label_projection import Orientation
from napari_crystalseg.judgement.finding import Finding, worst_level
from napari_crystalseg.judgement.readiness import Readiness
from napari_crystalseg.labels import Material

VOLUMES = {Material.AIR: 1e6, Material.LIQUOR: 1e4, Material.LOOP: 1e3, Material.CRYSTAL: 1e4, Material.OTHER: 0.0}


def score(best: Orientation, given: float, reached: float, findings: tuple[str, ...] = ()) -> GeometryScore:
    return GeometryScore(Candidate(Orientation(), given), Candidate(best, reached), 0.1, (), (0.0, 0.0), findings)


MEASURED = Coefficients(0.001, 0.001, 0.001, energy_kev=12.4, origin="measured")
READY = Readiness(
    volumes_um3=VOLUMES,
    sample_findings=(Finding("good", "The crystal is in one piece."),),
    coefficients=MEASURED,
    experiment_energies_kev=(12.41,),
    of_experiment=True,
    scan_energy_kev=12.4,
    has_scan=True,
    geometry=score(Orientation(), 0.98, 0.98),
)


def told(**changes: object) -> tuple[str, str]:
    found = replace(READY, **changes).findings()
    return worst_level(found), found[0].text


def test_all_is_green_where_all_is_known():
    assert {finding.level for finding in READY.findings()} == {"good"}


@pytest.mark.parametrize(
    ("changes", "level", "words"),
    [
        ({"volumes_um3": None}, "problem", "how large a voxel is"),
        ({"label_problems": ("'a' belong to 'b'.",)}, "problem", "'a' belong to 'b'."),
        ({"coefficients": replace(MEASURED, origin="example")}, "problem", "an example (thaumatin at 3.0 keV)"),
        (
            {"coefficients": replace(MEASURED, energy_kev=5.812)},
            "problem",
            "hold at 5.812 keV, the diffraction experiment was made at 12",
        ),
        ({"experiment_energies_kev": (12.4, 7.0)}, "problem", "12.4 keV and 7 keV"),
        ({"volumes_um3": {**VOLUMES, Material.OTHER: 339.0}}, "problem", "339 µm³ and has no attenuation coefficient"),
        ({"factors_outdated": "The labels were edited after"}, "problem", "compute it again"),
        ({"sample_findings": (Finding("problem", "No crystal."),)}, "problem", "No crystal."),
        ({"sample_findings": None}, "warning", "plausible"),
        ({"geometry": None}, "warning", "press Check geometry"),
        ({"geometry": None, "has_scan": False}, "warning", "cannot be told without the raw scan"),
        ({"coefficients": replace(MEASURED, origin="tabulated")}, "warning", "typical materials"),
        ({"coefficients": None}, "problem", "no attenuation coefficients"),
        ({"coefficients_sample": "first.h5"}, "warning", "another sample (first.h5)"),
        (
            {"coefficients": replace(MEASURED, energy_kev=None)},
            "warning",
            "at which energy the coefficients were measured",
        ),
    ],
)
def test_each_doubt_is_told_first(changes, level, words):
    found_level, text = told(**changes)
    assert found_level == level and words in text


def test_gas_that_was_said_to_be_gas_is_only_pointed_at():
    with_gas = {"volumes_um3": {**VOLUMES, Material.OTHER: 339.0}}
    level, text = told(**with_gas, coefficients=replace(MEASURED, other=0.0))
    assert level == "warning" and "taken for gas" in text
    assert told(**with_gas, coefficients=replace(MEASURED, other=0.004))[0] == "good"


def test_labels_alone_need_no_coefficients():
    example = replace(
        READY, coefficients=replace(MEASURED, origin="example"), factors_outdated="The labels were edited"
    )
    assert worst_level(example.findings(with_coefficients=False)) == "good"
    assert worst_level(example.findings()) == "problem"


def test_coefficients_typed_in_and_half_a_percent_apart_are_believed():
    assert told(coefficients=Coefficients(0.001, 0.001, 0.001, energy_kev=12.4))[0] == "good"
    level, text = told(coefficients=Coefficients(0.001, 0.001, 0.001))
    assert level == "warning" and text.startswith("Nothing says at which energy typed-in values hold")
    assert told(coefficients=replace(MEASURED, energy_kev=12.34))[0] == "good"


def test_geometry_that_is_wrong_is_red_and_one_that_nobody_can_tell_is_amber():
    mirrored = score(Orientation(flipped=True), 0.7, 0.99, ("The labels match best when mirrored.",))
    assert told(geometry=mirrored) == ("problem", "The labels match best when mirrored.")
    undecided = replace(mirrored, rivals=(mirrored.best,))
    assert told(geometry=undecided)[0] == "warning"


def test_what_is_not_computed_with():
    assert READY.refusals() == []
    example = replace(MEASURED, energy_kev=3.0, origin="example")
    assert "an example" in replace(READY, coefficients=example).refusals()[0]
    # The pattern of the absorption may be looked at with an example, where there is no experiment yet.
    assert replace(READY, coefficients=example, experiment_energies_kev=()).refusals() == []
    assert "5.812 keV" in replace(READY, coefficients=replace(MEASURED, energy_kev=5.812)).refusals()[0]
    with_gas = replace(READY, volumes_um3={**VOLUMES, Material.OTHER: 339.0})
    assert "Class 4" in with_gas.refusals()[0]
