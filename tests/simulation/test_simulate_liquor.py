"""The liquor of a simulated case can be shaped and made up otherwise, and nothing else changes with it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from napari_crystalseg.cli import main
from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.phantom.liquors.capillary_liquor import CapillaryLiquor
from napari_crystalseg.simulation.priors import REALISM, TYPICAL, Priors
from napari_crystalseg.simulation.requests.case_request import CaseRequest
from napari_crystalseg.simulation.simulate import simulate, simulate_case

SMALL = {"size": 32, "angles": 4}


@pytest.fixture(scope="module")
def draped():
    return simulate_case(CaseRequest(7, **SMALL), 0)


def assert_only_the_liquor_differs(case, draped):
    shapes = [dict(one.description["drawn"]["shapes"], liquor=None) for one in (case, draped)]
    shapes[0].pop("composition", None)
    assert shapes[0] == shapes[1]
    assert case.description["conditions"] == draped.description["conditions"]
    np.testing.assert_array_equal(case.scan.flats, draped.scan.flats)


def test_capillary_surface(draped):
    case = simulate_case(CaseRequest(7, **SMALL, liquor="capillary"), 0)
    assert_only_the_liquor_differs(case, draped)
    liquor = [one.labels.data == Material.LIQUOR for one in (case, draped)]
    assert (liquor[0] != liquor[1]).any()
    # Voxels of this size tell the volume to a few parts in a hundred.
    assert liquor[0].sum() == pytest.approx(liquor[1].sum(), rel=0.05)
    told = case.description
    assert told["sample"]["liquor_surface"] == told["priors"]["sample"]["liquor_surface"] == "capillary"
    assert told["drawn"]["shapes"]["liquor"]["shape"] == "CapillaryLiquor"
    assert told["drawn"]["shapes"]["liquor"]["volume_um3"] == told["sample"]["liquor_volume_um3"]
    assert told["drawn"]["liquor_at_rest"]["converged"] in (True, False)
    assert "liquor_at_rest" not in draped.description["drawn"]


def test_shares_have_the_surface_of_the_labels(monkeypatch):
    # It took a second time to come to rest.
    rests = []
    at_rest = CapillaryLiquor.at_rest
    monkeypatch.setattr(CapillaryLiquor, "at_rest", lambda *given: rests.append(at_rest(*given)) or rests[-1])
    case = simulate_case(CaseRequest(7, **SMALL, liquor="capillary", partial_volumes=True), 0)
    assert len(rests) == 1 + case.description["drawn"]["samples_missed"]
    assert case.description["drawn"]["partial_volume_points"] == 3
    assert case.description["drawn"]["liquor_at_rest"]["residual_per_um"] == rests[-1].residual_per_um


def test_draped_is_the_default(draped):
    case = simulate_case(CaseRequest(7, **SMALL, liquor="draped"), 0)
    np.testing.assert_array_equal(case.scan.projections, draped.scan.projections)
    assert case.description == draped.description


def test_a_series_knows_its_liquor(tmp_path, capsys):
    words = ["simulate", str(tmp_path), "--n", "1", "--seed", "7", "--size", "32", "--angles", "4"]
    assert main([*words, "--liquor", "capillary"]) == 0
    manifest = json.loads((tmp_path / "case_0000/manifest.json").read_text())
    assert manifest["request"]["liquor"] == "capillary"
    assert "priors" not in manifest["request"]
    # Found again, and not taken for a draped one.
    simulate(tmp_path, 1, CaseRequest(7, liquor="capillary", **SMALL))
    with pytest.raises(InputError, match="liquor capillary instead of none"):
        simulate(tmp_path, 1, CaseRequest(7, **SMALL))
    capsys.readouterr()
    assert main([*words, "--first", "1", "--liquor", "foam"]) == 2
    assert "draped, capillary, blender" in capsys.readouterr().err


def test_gradients_and_skins(draped):
    uneven = replace(TYPICAL, sample=replace(TYPICAL.sample, gradient=1.0, skin=1.0))
    case = simulate_case(CaseRequest(7, priors=uneven, **SMALL), 0)
    assert_only_the_liquor_differs(case, draped)
    np.testing.assert_array_equal(case.labels.data, draped.labels.data)
    assert (case.scan.projections != draped.scan.projections).mean() > 0.1
    drawn = case.description["drawn"]["shapes"]["composition"]
    assert drawn["shape"] == "Composition" and drawn["skin_excess"] > 0
    assert "composition" not in draped.description["drawn"]["shapes"]


def test_priors_in_yaml_choose():
    text = "sample: {liquor_surface: capillary, gradient: 0.3, crystal_angle_deg: [20, 30]}"
    priors = Priors.from_yaml(text)
    assert (priors.sample.liquor_surface, priors.sample.gradient) == ("capillary", 0.3)
    for one in (priors, REALISM):
        assert Priors.from_yaml(one.to_yaml()) == Priors.from_dict(json.loads(json.dumps(one.to_dict()))) == one
    with pytest.raises(InputError, match=r"section sample.*draped, capillary, blender, not 3"):
        Priors.from_yaml("sample: {liquor_surface: 3}")


def test_records_of_earlier_versions_compare():
    """What the first versions did not know is in a record where it is chosen, and nowhere else."""
    later = {"liquor_surface", "crystal_angle_deg", "mount_angle_deg", "skin", "skin_excess", "skin_thickness"}
    later |= {"gradient", "gradient_change", "mount_catalogue", "film", "film_thickness", "whole_bubbles"}
    assert not later & set(TYPICAL.to_dict()["sample"])
    chosen = replace(TYPICAL, sample=replace(TYPICAL.sample, skin=0.1)).to_dict()["sample"]
    assert later & set(chosen) == {"skin"}


def test_a_drop_that_blender_cannot_resolve_is_drawn_again(monkeypatch):
    from napari_crystalseg.phantom.liquors.blender_liquor import UnresolvedDrop
    from napari_crystalseg.phantom.sample import Sample

    voxelise, refused = Sample.voxelised_with_liquor, []

    def coarse(self, shape, voxel_size_um):
        if len(refused) < 2:
            refused.append(self.description)
            raise UnresolvedDrop("too coarse")
        return voxelise(self, shape, voxel_size_um)

    monkeypatch.setattr(Sample, "voxelised_with_liquor", coarse)
    case = simulate_case(CaseRequest(7, **SMALL), 0)
    assert case.description["drawn"]["drops_unresolved"] == 2
    assert case.description["sample"] not in refused

    def too_coarse(self, shape, voxel_size_um):
        raise UnresolvedDrop("too coarse")

    monkeypatch.setattr(Sample, "voxelised_with_liquor", too_coarse)
    with pytest.raises(UnresolvedDrop, match="too coarse"):
        simulate_case(CaseRequest(7, **SMALL), 0)
