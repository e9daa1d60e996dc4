"""Requests refuse what no case can be made of, and are what a case is known again by."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Labels
from napari_crystalseg.phantom.drawing.sample_priors import SURFACES
from napari_crystalseg.simulation.previews import SampleRequest
from napari_crystalseg.simulation.priors import REALISM, TYPICAL, WIDE
from napari_crystalseg.simulation.requests.case_request import CaseRequest
from napari_crystalseg.simulation.requests.label_map_request import LabelMapRequest
from napari_crystalseg.simulation.requests.scan_request import ScanRequest
from napari_crystalseg.simulation.requests.variant_request import VariantRequest
from napari_crystalseg.xray import Acquisition


def test_the_least_is_enough():
    for kind in (ScanRequest, CaseRequest, VariantRequest):
        assert kind(0, size=32, angles=2).seed == 0
    assert SampleRequest(0).seed == LabelMapRequest(0, size=32).seed == 0


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"seed": -1}, "The seed must not be negative, not -1."),
        ({"size": 31}, "A case needs at least 32 voxels a side, not 31."),
        ({"angles": 1}, "A scan needs at least two angles, not 1."),
    ],
)
def test_less_is_refused_in_the_same_words_everywhere(wrong, sentence):
    request = {"seed": 0, "size": 32, "angles": 2} | wrong
    checks = [lambda kind=kind: kind(**request) for kind in (ScanRequest, CaseRequest, VariantRequest)]
    if "angles" not in wrong:
        checks.append(lambda: LabelMapRequest(request["seed"], size=request["size"]))
    if "seed" in wrong:
        checks.append(lambda: SampleRequest(request["seed"]))
    for check in checks:
        with pytest.raises(InputError) as refused:
            check()
        assert str(refused.value) == sentence


@pytest.mark.parametrize("kind", [CaseRequest, LabelMapRequest])
@pytest.mark.parametrize(("wrong", "told"), [({"habit": "granite"}, "'granite'"), ({"liquor": "water"}, "'water'")])
def test_shapes_that_there_are_not(kind, wrong, told):
    with pytest.raises(InputError, match=told):
        kind(0, **wrong)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (CaseRequest(5), {"size": 128, "angles": None, "habit": None, "varied": False}),
        (CaseRequest(5, priors=TYPICAL), {"size": 128, "angles": None, "habit": None, "varied": False}),
        (CaseRequest(5, varied=True, priors=WIDE), {"size": 128, "angles": None, "habit": None, "varied": True}),
        (
            CaseRequest(5, size=64, angles=9, habit="thaumatin", slices=3, liquor="capillary", partial_volumes=True),
            {"size": 64, "angles": 9, "habit": "thaumatin", "varied": False}
            | {"slices": 3, "liquor": "capillary", "partial_volumes": True},
        ),
        (
            CaseRequest(5, priors=REALISM, propagation="absorption"),
            {"size": 128, "angles": None, "habit": None, "varied": False}
            | {"priors": REALISM.to_dict(), "propagation": "absorption"},
        ),
        (VariantRequest(5), {"size": None, "angles": None, "varied": False}),
        (
            VariantRequest(5, size=40, priors=REALISM),
            {"size": 40, "angles": None, "varied": False}
            | {"priors": {name: REALISM.to_dict()[name] for name in ("name", "conditions", "materials")}},
        ),
        (LabelMapRequest(5), {"size": 96, "labels_only": True}),
        (
            LabelMapRequest(5, habit="lysozyme", priors=WIDE),
            {"size": 96, "labels_only": True, "habit": "lysozyme", "priors": WIDE.to_dict()},
        ),
    ],
    ids=range(9),
)
def test_what_a_case_is_known_again_by(request_, expected):
    """As manifests have had it from the first release on: with another record no series could go on."""
    assert request_.to_dict(7) == {"seed": 5, "case": 7} | expected
    # Workers get it with each case.
    assert pickle.loads(pickle.dumps(request_)) == request_


def test_the_surface_of_the_liquor_is_asked_for_beside_the_priors():
    for liquor in SURFACES:
        request = CaseRequest(0, liquor=liquor)
        assert request.drawn_from.sample.liquor_surface == liquor
        assert "priors" not in request.to_dict(0)
    assert CaseRequest(0, varied=True).drawn_from == WIDE


def test_propagation_replaces_what_was_drawn():
    drawn = Acquisition(energy_kev=8.0, distance_mm=10.0, pixel_size_um=1.0, angles_deg=[0.0], propagation="absorption")
    assert CaseRequest(0).propagated(drawn) is drawn
    asked = CaseRequest(0, slices=3).propagated(drawn)
    assert (asked.propagation, asked.slices, asked.energy_kev) == ("auto", 3, 8.0)


def test_a_pixel_of_variants_is_the_finest_voxel_or_a_share_of_the_field():
    data = np.zeros((8, 10, 20), np.uint8)
    data[4, 5, 5] = 3
    labels = Labels(data, (3.0, 2.0, 1.5))
    assert VariantRequest(0).pixel_size_um(labels) == 1.5
    # 20 columns of 1.5 µm, and 10 of 2 µm.
    assert VariantRequest(0, size=60).pixel_size_um(labels) == pytest.approx(0.5)
