from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.io import save_labels, save_volume
from napari_crystalseg.labels import Labels
from napari_crystalseg.volume import Volume
from napari_crystalseg.workflows.evaluate.cases import labelled_cases, paired_cases

CODES = np.pad(np.full((2, 2, 2), 3, np.uint8), 1)


def labels(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_labels(Labels(CODES, 1.0), path)
    return path


def volume(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_volume(Volume(CODES.astype(np.float32), 1.0), path)
    return path


def names(found):
    return [(case.group, case.name) for case in found.cases]


def test_folders_of_simulated_cases_and_flat_ones_and_a_case_itself(tmp_path):
    for case in ("case_0000", "case_0001"):
        volume(tmp_path / "sim" / case / "volume.tif")
        labels(tmp_path / "sim" / case / "labels.tif")
        (tmp_path / "sim" / case / "manifest.json").write_text("{}")
    (tmp_path / "sim" / "priors.yaml").write_text("")
    for name in ("a_1.tif", "b.npy"):
        volume(tmp_path / "flat" / name)
    labels(tmp_path / "flat" / "a_1_labels.tif")
    labels(tmp_path / "flat" / "b_labels.tif")
    (tmp_path / "flat" / "cases.json").write_text("[]")
    found = labelled_cases([tmp_path / "sim", tmp_path / "flat"])
    assert names(found) == [("sim", "case_0000"), ("sim", "case_0001"), ("flat", "a_1"), ("flat", "b")]
    assert [case.manifest is not None for case in found.cases] == [True, True, False, False]
    assert found.cases[3].volume == tmp_path / "flat" / "b.npy"
    assert names(labelled_cases([tmp_path / "sim" / "case_0001"])) == [("sim", "case_0001")]
    # One level further up, the folders are groups.
    assert {group for group, _ in names(labelled_cases([tmp_path]))} == {
        f"{tmp_path.name}/sim",
        f"{tmp_path.name}/flat",
    }


def test_several_volumes_of_a_case_are_cases_of_their_own(tmp_path):
    labels(tmp_path / "sim" / "c" / "labels.tif")
    volume(tmp_path / "sim" / "c" / "volume.tif")
    volume(tmp_path / "sim" / "c" / "volume_paganin.tif")
    assert names(labelled_cases([tmp_path / "sim"])) == [("sim", "c~volume"), ("sim", "c~volume_paganin")]


def test_what_has_no_partner_is_told(tmp_path):
    labels(tmp_path / "flat" / "a_labels.tif")
    volume(tmp_path / "flat" / "a.tif")
    volume(tmp_path / "flat" / "b.tif")
    labels(tmp_path / "flat" / "c_labels.tif")
    with pytest.raises(
        InputError, match=r"2 volumes and labels without their partner: flat/b \(volume alone\), flat/c"
    ):
        labelled_cases([tmp_path / "flat"])
    found = labelled_cases([tmp_path / "flat"], only_complete=True)
    assert names(found) == [("flat", "a")]
    assert "flat/b" in found.statements[0]


def test_several_candidates_are_never_taken_silently(tmp_path):
    labels(tmp_path / "flat" / "a_labels.tif")
    volume(tmp_path / "flat" / "a.tif")
    volume(tmp_path / "flat" / "a.npy")
    with pytest.raises(InputError, match=r"several volumes of flat/a: a\.npy, a\.tif"):
        labelled_cases([tmp_path / "flat"])
    labels(tmp_path / "sim" / "c" / "labels.tif")
    labels(tmp_path / "sim" / "c" / "labels.npy")
    volume(tmp_path / "sim" / "c" / "volume.tif")
    with pytest.raises(InputError, match="several labels of sim/c"):
        labelled_cases([tmp_path / "sim"])


def test_two_folders_of_one_name(tmp_path):
    for above in ("one", "other"):
        labels(tmp_path / above / "set" / "a_labels.tif")
        volume(tmp_path / above / "set" / "a.tif")
    with pytest.raises(InputError, match="same name"):
        labelled_cases([tmp_path / "one" / "set", tmp_path / "other" / "set"])


def test_nothing_there(tmp_path):
    with pytest.raises(InputError, match="no folder"):
        labelled_cases([tmp_path / "absent"])
    with pytest.raises(InputError, match="No case"):
        labelled_cases([tmp_path])


def test_pairs_by_name_whatever_the_layout(tmp_path):
    labels(tmp_path / "pred" / "a.tif")
    labels(tmp_path / "pred" / "b" / "labels.tif")
    labels(tmp_path / "pred" / "sub" / "c_labels.npy")
    labels(tmp_path / "true" / "a_labels.tif")
    volume(tmp_path / "true" / "a.tif")  # the volume beside its labels is no candidate
    labels(tmp_path / "true" / "b.npy")
    labels(tmp_path / "true" / "sub" / "c" / "labels.tif")
    found = paired_cases(tmp_path / "pred", tmp_path / "true")
    assert names(found) == [("true", "a"), ("true", "b"), ("sub", "c")]
    assert found.cases[0].truth == tmp_path / "true" / "a_labels.tif"
    assert found.cases[2].predicted == tmp_path / "pred" / "sub" / "c_labels.npy"


def test_pairs_without_partner_and_with_several_candidates(tmp_path):
    labels(tmp_path / "pred" / "a.tif")
    labels(tmp_path / "true" / "a.tif")
    labels(tmp_path / "true" / "b.tif")
    with pytest.raises(InputError, match=r"b \(true alone\)"):
        paired_cases(tmp_path / "pred", tmp_path / "true")
    assert names(paired_cases(tmp_path / "pred", tmp_path / "true", only_pairs=True)) == [("true", "a")]
    labels(tmp_path / "pred" / "a_labels.tif")
    with pytest.raises(InputError, match="several label files for a"):
        paired_cases(tmp_path / "pred", tmp_path / "true", only_pairs=True)
