"""What a stage found comes back from its record as it was, and a record that lacks something is not gone on with."""

from __future__ import annotations

import json

import pytest

from napari_crystalseg.absorption import Coefficients
from napari_crystalseg.io import writing_into
from napari_crystalseg.progress import silent
from napari_crystalseg.workflows.process.facts import (
    AbsorbFacts,
    ExportFacts,
    FactorFacts,
    ReconstructFacts,
    ReportFacts,
    SegmentFacts,
)
from napari_crystalseg.workflows.process.process_run import ProcessRun
from napari_crystalseg.workflows.process.stages import Stages

MADE = ReconstructFacts("volume", None, "v.tif", (2, 3, 4), (0.5, 0.5, 0.6), "arbitrary", ("cubes",), ())
SCANNED = ReconstructFacts(
    "scan", 3.5, "s.h5", (2, 3, 3), (0.3, 0.3, 0.3), "linear", (), (), (90, 2, 3), ("Note: it leans.",)
)
SEGMENTED = SegmentFacts("bundled", "ab", 0.1, {"crystal": 2.0}, "cd")
CORRECTED = SegmentFacts("bundled", "ab", 0.1, {"crystal": 2.0}, "cd", {"crystal": 1.0}, "labels.tif was changed.")
NONE = AbsorbFacts(False, None, Coefficients(0.1, 0.2, 0.3), "As given.", "9 directions")
ABSORBED = AbsorbFacts(
    True,
    None,
    Coefficients(0.1, 0.2, 0.3, 0.0, energy_kev=12.4, origin="tabulated"),
    "Typical.",
    "9 directions",
    FactorFacts(9, 0, 0.8, 0.7, 0.9, 1e-4, ("LOOK: one is odd.",)),
)
REPORTED = ReportFacts(({"level": "good", "text": "Fine."}, {"level": "problem", "text": "Thin."}))


@pytest.mark.parametrize(
    "facts",
    [MADE, SCANNED, SEGMENTED, CORRECTED, NONE, ABSORBED, ExportFacts(), ExportFacts("No room."), REPORTED],
    ids=lambda facts: type(facts).__name__,
)
def test_facts_come_back_from_their_record(facts):
    record = json.loads(json.dumps(facts.to_dict()))
    assert type(facts).from_dict(record | {"of_a_later_version": 1}) == facts


def test_what_is_not_known_is_left_out_of_the_record_only_where_it_may_be():
    assert MADE.to_dict()["energy_kev"] is None and "projections" not in MADE.to_dict()
    assert "corrected" not in SEGMENTED.to_dict() and ExportFacts().to_dict() == {}
    assert "A_mean" not in NONE.to_dict() and ABSORBED.to_dict()["A_min"] == 0.7
    assert ABSORBED.to_dict()["coefficients_energy_kev"] == 12.4


def test_only_doubts_are_told():
    assert REPORTED.doubts == ("Thin.",)


@pytest.mark.parametrize("broken", [{}, {"model": "bundled"}, {"volumes_um3": 3}])
def test_a_stage_whose_record_lacks_something_is_done_again(tmp_path, broken):
    done = []

    def work(progress):
        done.append(1)
        return [], SEGMENTED

    with writing_into(tmp_path / "out") as output:
        run = ProcessRun(Stages(output), silent)
        for _ in range(2):
            assert run.stage("segment", SegmentFacts, {"n": 1}, 0.0, 1.0, work) == SEGMENTED
        assert done == [1] and run.skipped == ["segment"]
        manifest = tmp_path / "out" / "manifest.json"
        record = json.loads(manifest.read_text())
        record["stages"]["segment"]["facts"] = broken
        manifest.write_text(json.dumps(record))
        assert ProcessRun(Stages(output), silent).stage("segment", SegmentFacts, {"n": 1}, 0.0, 1.0, work) == SEGMENTED
    assert done == [1, 1]
