from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.io import open_labels, open_volume, save_labels, save_volume
from napari_crystalseg.labels import Labels
from napari_crystalseg.volume import Volume
from napari_crystalseg.workflows.domain_experiment.placed_cases import divided, place, placed_name
from napari_crystalseg.workflows.evaluate.cases import EvaluatedCase

CODES = np.pad(np.full((2, 3, 4), 3, np.uint8), 1)


def case(folder: Path, suffix: str, size: float | None = 2.0, codes=CODES) -> EvaluatedCase:
    folder.mkdir(parents=True, exist_ok=True)
    made = EvaluatedCase("a", "hand", folder / f"a_labels{suffix}", volume=folder / f"a{suffix}")
    save_volume(Volume(CODES.astype(np.float32) + 0.5, size), made.volume)
    save_labels(Labels(codes, size), made.truth)
    return made


def test_the_division_is_by_the_seed_and_leaves_no_case_on_both_sides():
    cases = [EvaluatedCase(f"{n}", "g", Path(f"{n}.tif")) for n in range(10)]
    learnt, tested = divided(cases, None, 3)
    assert len(tested) == 3 and sorted([*learnt, *tested], key=lambda each: each.name) == cases
    assert divided(cases, None, 3) == (learnt, tested)
    assert any(divided(cases, None, seed)[1] != tested for seed in range(4, 9))
    assert len(divided(cases[:2], None, 0)[1]) == 1
    with pytest.raises(InputError, match="nothing would be left"):
        divided(cases, 10, 0)
    with pytest.raises(InputError, match="nothing would be left"):
        divided(cases[:1], None, 0)


def test_volumes_of_one_sample_stay_on_one_side():
    cases = [EvaluatedCase(f"{n}~{kind}", "g", Path(f"{n}.tif")) for n in range(6) for kind in ("plain", "noisy")]
    for seed in range(5):
        learnt, tested = divided(cases, None, seed)
        assert len(tested) == 4 and len(learnt) == 8
        assert not {each.truth for each in learnt} & {each.truth for each in tested}
    with pytest.raises(InputError, match="nothing would be left"):
        divided(cases, 6, 0)


@pytest.mark.parametrize("suffix", [".tif", ".npy"])
def test_cases_of_any_format_are_laid_out_for_trainings(tmp_path, suffix):
    place(case(tmp_path / "in", suffix), tmp_path / "out")
    volume, labels = open_volume(tmp_path / "out" / "volume.tif"), open_labels(tmp_path / "out" / "labels.tif")
    assert (volume.data == CODES + 0.5).all() and (labels.data == CODES).all()
    assert volume.voxel_size_um == labels.voxel_size_um == (2.0, 2.0, 2.0)


def test_what_is_whole_stays(tmp_path):
    one = case(tmp_path / "in", ".tif")
    place(one, tmp_path / "out")
    before = (tmp_path / "out" / "labels.tif").stat().st_mtime_ns
    one.volume.unlink()
    place(one, tmp_path / "out")
    assert (tmp_path / "out" / "labels.tif").stat().st_mtime_ns == before


def test_a_size_that_is_not_known_is_asked_for_and_taken(tmp_path):
    one = case(tmp_path / "in", ".npy", size=None)
    with pytest.raises(InputError, match="--voxel-size-um"):
        place(one, tmp_path / "out")
    place(one, tmp_path / "out", 1.5)
    assert open_volume(tmp_path / "out" / "volume.tif").voxel_size_um == (1.5, 1.5, 1.5)


def test_other_grids_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"hand/a: the volume is \(4, 5, 6\)"):
        place(case(tmp_path / "in", ".tif", codes=CODES[1:]), tmp_path / "out")


def test_names_that_trainings_take():
    assert placed_name(EvaluatedCase("c~volume__2", "set/sub", Path("x"))) == "set-sub-c-volume_2"
