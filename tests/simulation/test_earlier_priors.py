"""Priors as earlier versions wrote them, in files of users and in manifests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.simulation.material_priors import MaterialPriors
from napari_crystalseg.simulation.priors import PRESETS, REALISM, TYPICAL, WIDE, Priors
from napari_crystalseg.simulation.series.case_folder import is_finished

# What earlier versions had in the section conditions, as they printed it for each preset.
CONDITIONS = {
    "crystal_to_liquor": [0.65, 0.95],
    "measured_crystal": 1.0,
    "mount_to_liquor": [0.7, 1.2],
    "measured_mount": 0.6,
    "salt_to_liquor": [1.4, 5.0],
    "solvent_fraction": [0.3, 0.75],
    "liquor_density": [0.97, 1.03],
    "glycerol": 0.5,
    "kapton": 0.6,
}
OF_WIDE = {"crystal_to_liquor": [0.6, 1.35], "measured_crystal": 0.75, "mount_to_liquor": [0.3, 1.3]}
OF_REALISM = {"crystal_to_liquor": [0.6, 1.35], "measured_crystal": 0.75}
RECIPES = {
    "cryoprotected": 0.5,
    "kapton": 0.6,
    "liquor_density": [0.97, 1.03],
    "sulphur_fraction": [0.0, 0.012],
    "solvent_fraction": [0.3, 0.75],
    "other": [0.38, 0.31, 0.15, 0.08, 0.08],
    "measured_crystal": 0.5,
    "crystal_to_liquor": [0.6, 1.35],
    "equal_contrast": 0.3,
    "measured_mount": 0.5,
    "mount_to_liquor": [0.7, 1.2],
}


def earlier(name):
    """The record of a preset as an earlier version wrote it."""
    record = PRESETS[name].to_dict()
    record["conditions"] |= CONDITIONS | {"typical": {}, "wide": OF_WIDE, "realism": OF_REALISM}[name]
    record["materials"] = RECIPES if name == "realism" else None
    return record


@pytest.mark.parametrize("name", PRESETS)
def test_what_an_earlier_version_wrote_is_what_it_meant(name):
    assert Priors.from_dict(earlier(name)) == PRESETS[name]


def test_a_part_of_the_conditions_is_read():
    few = Priors.from_yaml("conditions: {glycerol: 0, crystal_to_liquor: [0.9, 1.1]}")
    assert few.conditions == TYPICAL.conditions
    assert few.materials == replace(TYPICAL.materials, cryoprotected=0.0, crystal_to_liquor=(0.9, 1.1))
    # Without the word, materials have come from recipes.
    assert Priors.from_yaml("materials: {measured_crystal: 1}").materials == MaterialPriors(measured_crystal=1.0)
    assert Priors.from_yaml("materials: null").materials == TYPICAL.materials


@pytest.mark.parametrize("materials", ["{cryoprotected: 0}", "{liquors: four}", "{liquors: recipes, kapton: 0.5}"])
def test_what_would_have_no_effect_is_refused(materials):
    with pytest.raises(InputError, match=r"^kapton in the section conditions .* no effect .*; move what is meant"):
        Priors.from_yaml(f"conditions: {{kapton: 1}}\nmaterials: {materials}")


def test_values_that_cannot_be_are_refused_where_they_stand():
    with pytest.raises(InputError, match="glycerol"):
        Priors.from_yaml("materials: {glycerol: 0.5}")
    with pytest.raises(InputError, match="measured_crystal must be between 0 and 1"):
        Priors.from_yaml("conditions: {measured_crystal: 2}")
    with pytest.raises(InputError, match="section conditions"):
        Priors.from_yaml("conditions: 5")


@pytest.mark.parametrize(("name", "sections"), [("wide", None), ("realism", None), ("realism", ("sample", "crystals"))])
def test_a_series_that_an_earlier_version_began_goes_on(tmp_path, name, sections):
    """Also one of variants, whose request leaves out what the labels give."""
    import json

    def request(record):
        return {"seed": 1, "priors": {key: value for key, value in record.items() if key not in (sections or ())}}

    (tmp_path / "manifest.json").write_text(json.dumps({"request": request(earlier(name))}))
    assert is_finished(tmp_path, request(PRESETS[name].to_dict()))
    other = {"wide": REALISM, "realism": WIDE}[name]
    with pytest.raises(InputError, match="other priors"):
        is_finished(tmp_path, request(other.to_dict()))
