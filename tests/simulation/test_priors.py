import json
import re
from dataclasses import asdict, fields, replace

import numpy as np
import pytest

from napari_crystalseg.cli import main
from napari_crystalseg.errors import InputError
from napari_crystalseg.phantom import CrystalRanges, draw_sample
from napari_crystalseg.phantom.drawing.sample_priors import SamplePriors
from napari_crystalseg.simulation import conditions as conditions_of_scans
from napari_crystalseg.simulation.condition_priors import ConditionPriors
from napari_crystalseg.simulation.conditions import draw_conditions, draw_pixel_size_um
from napari_crystalseg.simulation.material_priors import MaterialPriors
from napari_crystalseg.simulation.priors import PRESETS, REALISM, TYPICAL, WIDE, Priors, _documented, find_priors
from napari_crystalseg.simulation.requests.case_request import CaseRequest
from napari_crystalseg.simulation.simulate import simulate, simulate_case

SMALL = {"size": 32, "angles": 12}
# The wide ranges of the first release, which have been made wider since.
FIRST_WIDE = replace(
    WIDE,
    conditions=replace(
        WIDE.conditions,
        photons=(1e3, 1e5),
        gain_drift=(2e-4, 1e-2),
        fresnel=7.0,
        column_gain_drift=(2e-4, 5e-3),
    ),
    materials=replace(WIDE.materials, mount_to_liquor=(0.7, 1.2)),
)


def draw(priors, seed, size=64):
    rng = np.random.default_rng([seed, 1])
    pixel_size_um = draw_pixel_size_um(rng, size)
    sample = draw_sample(rng, size * pixel_size_um, None, priors.sample, priors.crystals)
    other = sample.description["other"]
    conditions = draw_conditions(rng, size, pixel_size_um, other, None, priors.conditions, priors.materials)
    return sample, conditions, int(rng.integers(2**31))


@pytest.mark.parametrize(
    ("priors", "seed", "energy_kev", "distance_mm", "photons", "next_draw"),
    [
        ("typical", 0, 5.152547950872578, 8.048774699145888, 82207.04979645374, 1779644140),
        ("typical", 1, 4.95438117708164, 2.8593756599137032, 13934.67570590606, 1241708728),
        ("typical", 2, 2.944386537440826, 1.75371523433925, 90457.17301584852, 1857297659),
        ("typical", 3, 5.499486537502531, 3.3506774389519474, 9698.857791408493, 2038095567),
        ("wide", 0, 5.295083538914853, 22.825984446164075, 3712.2998474373835, 1393121358),
        ("wide", 1, 2.8909573693214936, 8.06235905331744, 33820.91208378796, 2058317500),
        ("wide", 2, 2.944386537440826, 3.3007172881721183, 1658.175121053106, 870287805),
        ("wide", 3, 5.499486537502531, 6.7249965037653965, 25006.071209158225, 1459489790),
    ],
)
def test_a_seed_keeps_its_draws(priors, seed, energy_kev, distance_mm, photons, next_draw):
    """Draws of the first release: a case must not change because something else can be drawn as well."""
    _, conditions, following = draw({"typical": TYPICAL, "wide": FIRST_WIDE}[priors], seed)
    acquisition = conditions.acquisition
    drawn = (acquisition.energy_kev, acquisition.distance_mm, acquisition.photons)
    assert drawn == pytest.approx((energy_kev, distance_mm, photons), rel=1e-9)
    assert following == next_draw


@pytest.mark.parametrize("name", PRESETS)
def test_round_trip(name):
    priors = PRESETS[name]
    assert Priors.from_dict(json.loads(json.dumps(priors.to_dict()))) == priors
    assert Priors.from_yaml(priors.to_yaml()) == priors
    assert priors.to_dict()["name"] == name


@pytest.mark.parametrize("encoding", ["ascii", "utf-8-sig", "utf-16"])
def test_files_of_every_shell_are_read(tmp_path, encoding):
    path = tmp_path / "priors.yaml"
    path.write_text(REALISM.to_yaml(), encoding=encoding)
    assert find_priors(str(path)) == REALISM


def test_every_value_is_explained():
    """Each key has the explanation of its class's documentation above it."""
    text = " ".join(line.strip(" #") for line in REALISM.to_yaml().splitlines() if "#" in line)
    for kind in (SamplePriors, ConditionPriors, CrystalRanges, MaterialPriors):
        explained = _documented(kind)
        assert list(explained) == [field.name for field in fields(kind)]
        for explanation in explained.values():
            assert len(explanation) > 10
            assert explanation.replace("\N{MICRO SIGN}", "u") in text


def test_what_is_left_out_is_typical():
    assert Priors.from_yaml("name: typical") == TYPICAL
    few = Priors.from_yaml("conditions: {photons: [1e3, 2.0e3]}\nmaterials: {kapton: 1}")
    assert few.sample == TYPICAL.sample
    assert few.conditions == replace(TYPICAL.conditions, photons=(1000.0, 2000.0))
    assert few.materials == MaterialPriors(kapton=1.0)
    assert Priors.from_yaml("") == replace(TYPICAL, name="custom")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("samples: {}", "'samples'.*sample, conditions, crystals, materials"),
        ("sample: {crak: 0.1}", "'crak' in the section sample.*crack"),
        ("sample: {crack: 1.5}", "sample.*crack must be between 0 and 1, not 1.5"),
        ("sample: {crack: often}", r"sample\.crack.*numbers, not 'often'"),
        ("sample: {crack: [0.1, 0.2]}", "crack must be a number"),
        ("sample: {mount: [0.5, 0.2, 0.2]}", "mount .fibre, sheet, none. must add up to 1, not 0.9"),
        ("sample: {mount: 1}", "mount must be 3 probabilities"),
        ("sample: {sheet_bend: [1, 1e6]}", "sheet_bend must be between 0.2 and 1000"),
        ("conditions: {photons: [9, 2]}", "photons.*low at most high"),
        ("conditions: {photons: 5000}", r"photons must be a range of two numbers, \[low, high\]"),
        ("conditions: {photons: [0, 100]}", "photons must be 1e-06 or more"),
        ("conditions: {photons: [1, .inf]}", r"conditions\.photons.*finite"),
        ("conditions: {wobble: true}", r"conditions\.wobble.*not True"),
        ("crystals: {extent_um: 20}", "crystals.*extent_um must be a range"),
        ("crystals: {few: 0.8, cluster: 0.5}", "add up to more than 1"),
        ("materials: {other: [1, 0]}", "other must be 5 probabilities .bubbles, salt"),
        ("materials: {liquors: three}", "liquors must be one of four, recipes, not 'three'"),
        ("materials: {liquors: 4}", "liquors must be one of four, recipes, not 4"),
        ("materials: {liquors: four, sulphur_fraction: [0, 0.1]}", "sulphur_fraction has an effect with .*recipes"),
        ("materials: {salt_to_liquor: [2, 3]}", "salt_to_liquor has an effect with 'liquors: four' only"),
        ("materials: {kapton: null}", "kapton must be a number, not None"),
        ("sample: 3", "section sample"),
        ("[1, 2]", "sections sample"),
        ("sample: {", "not valid YAML"),
    ],
)
def test_wrong_priors_are_refused_by_name(text, told):
    with pytest.raises(InputError, match=told):
        Priors.from_yaml(text)


def test_a_value_given_twice_is_refused():
    with pytest.raises(InputError, match="give liquor more than once"):
        Priors.from_yaml("sample:\n  liquor: [1, 0, 0, 0]\n  liquor: [0, 1, 0, 0]\n")


def test_an_edited_copy_of_a_preset_goes_by_its_file(tmp_path):
    copy, edited = tmp_path / "copy.yaml", tmp_path / "mine.yaml"
    copy.write_text(TYPICAL.to_yaml(), encoding="utf-8")
    assert find_priors(str(copy)) == TYPICAL
    text = TYPICAL.to_yaml()
    changed = re.sub(r"crack: .*", "crack: 0.99", text)
    assert changed != text
    edited.write_text(changed, encoding="utf-8")
    assert find_priors(str(edited)).name == "mine"


def test_unknown_priors_are_refused(tmp_path):
    with pytest.raises(InputError, match="typical, wide, realism or a YAML file"):
        find_priors("typcal")
    with pytest.raises(InputError, match="There is no file"):
        find_priors(str(tmp_path / "none.yaml"))
    (tmp_path / "bad.yaml").write_text("sample: {crak: 1}")
    with pytest.raises(InputError, match=r"bad\.yaml: Unknown key 'crak'"):
        find_priors(str(tmp_path / "bad.yaml"))


def test_energies_that_nothing_suits_are_refused(monkeypatch):
    monkeypatch.setattr(conditions_of_scans, "_TRIES", 50)
    black = replace(TYPICAL, conditions=replace(TYPICAL.conditions, liquor_depth=(1e9, 2e9)))
    with pytest.raises(InputError, match="liquor_depth"):
        draw(black, 0, size=32)


def test_every_draw_lies_in_its_range():
    """Realism's: crystals in true micrometres, recipes, rarer faults."""
    drawn = [draw(REALISM, seed) for seed in range(8)]
    bits = [c.acquisition.bits for _, c, _ in drawn]
    assert {12, 16} == set(bits)
    tilts = np.array([c.acquisition.tilt_deg for _, c, _ in drawn])
    assert 0.1 < np.abs(tilts).max() <= 0.3 and tilts.min() < 0 < tilts.max()
    assert all(5e2 <= c.acquisition.photons <= 1e5 and c.acquisition.wobble_px <= 1.5 for _, c, _ in drawn)
    assert {c.acquisition.propagation for _, c, _ in drawn} == {"auto"}
    for sample, conditions, _ in drawn:
        field_um = sample.description["field_um"]
        sizes = [np.ptp(crystal.parts[0].vertices_um(), axis=0).max() for crystal in sample.crystals]
        assert max(sizes) <= 0.84 * field_um
        kind = conditions.materials["other"]
        allowed = {"none": {"none"}, "bubbles": {"bubbles", "oil", "fluorinated oil"}, "salt": {"salt", "ice"}}
        assert kind in allowed[sample.description["other"]]


def test_the_manifest_holds_priors_and_every_draw(tmp_path):
    priors = replace(REALISM, name="ours", sample=replace(REALISM.sample, mount=(1.0, 0.0, 0.0)))
    (folder,) = simulate(tmp_path, 1, CaseRequest(4, priors=priors, **SMALL))
    manifest = json.loads((folder / "manifest.json").read_text())
    told = manifest["description"]
    assert Priors.from_dict(told["priors"]) == priors
    assert Priors.from_dict(manifest["request"]["priors"]) == priors
    drawn = told["drawn"]
    assert drawn["shapes"]["mount"]["shape"] == "FibreLoop"
    assert drawn["acquisition"]["photons"] == told["conditions"]["photons"]
    assert drawn["materials"]["liquor"]["recipe"]
    # The same folder is not taken for other priors.
    with pytest.raises(InputError, match="was made with"):
        simulate(tmp_path, 1, CaseRequest(4, **SMALL))


def test_the_drawn_shapes_give_the_labels():
    """A sample built again from the manifest alone fills the same voxels."""
    from napari_crystalseg.phantom import Polyhedron, Sample
    from napari_crystalseg.phantom.liquors import liquor
    from napari_crystalseg.phantom.mounts import mount
    from napari_crystalseg.simulation.case import SUPERSAMPLING
    from napari_crystalseg.simulation.shown_sample import majority

    kinds = {"Polyhedron": Polyhedron, "FibreLoop": mount.FibreLoop, "PolymerSheet": mount.PolymerSheet}
    kinds["Liquor"] = liquor.Liquor

    def built(value):
        if isinstance(value, dict):
            values = {key: built(one) for key, one in value.items() if key != "shape"}
            return kinds[value["shape"]](**values)
        return np.array(value) if isinstance(value, list) else value

    case = simulate_case(CaseRequest(7, **SMALL), 1)
    record = json.loads(json.dumps(case.description["drawn"]["shapes"]))
    parts = {name: tuple(built(one) for one in record.pop(name)) for name in ("crystals", "inclusions")}
    values = {name: built(value) for name, value in record.items()}
    values["cracks"], values["bubbles"] = (values[name].reshape(-1, 4) for name in ("cracks", "bubbles"))
    size_um = case.description["pixel_size_um"] / SUPERSAMPLING
    fine = Sample(**parts, **values).voxelise((SMALL["size"] * SUPERSAMPLING,) * 3, size_um)
    np.testing.assert_array_equal(majority(fine, SUPERSAMPLING).data, case.labels.data)


def test_wide_is_what_varied_cases_are_drawn_from():
    made = [
        simulate_case(CaseRequest(3, varied=True, **SMALL), 0),
        simulate_case(CaseRequest(3, priors=WIDE, **SMALL), 0),
    ]
    np.testing.assert_array_equal(made[0].scan.projections, made[1].scan.projections)
    assert made[0].description == made[1].description
    assert made[0].description["priors"] == WIDE.to_dict()


def test_command_line(tmp_path, capsys):
    assert main(["priors", "wide"]) == 0
    printed = capsys.readouterr().out
    assert Priors.from_yaml(printed) == WIDE
    edited = tmp_path / "mine.yaml"
    edited.write_text(printed.replace('name: "wide"', "name: mine").replace("crack: 0.15", "crack: 0.0"))
    words = ["simulate", str(tmp_path / "out"), "--n", "1", "--seed", "2", "--size", "32", "--angles", "6"]
    assert main([*words, "--priors", str(edited)]) == 0
    manifest = json.loads((tmp_path / "out/case_0000/manifest.json").read_text())
    assert manifest["description"]["priors"]["sample"]["crack"] == 0.0
    assert manifest["description"]["priors"]["name"] == "mine"
    assert main([*words, "--priors", "nonsense"]) == 2
    assert "realism" in capsys.readouterr().err


def test_priors_do_not_change_by_being_read():
    """Checks turn lists into tuples and text into numbers, and nothing else."""
    assert asdict(SamplePriors(**asdict(TYPICAL.sample))) == asdict(TYPICAL.sample)
    assert ConditionPriors(**{**asdict(TYPICAL.conditions), "photons": ["5e3", 1e5]}) == TYPICAL.conditions


@pytest.mark.parametrize(
    "text",
    [
        "sample:\n  crack:\n  - &a0 [1,1,1,1,1,1,1,1,1]\n"
        + "".join(f"  - &a{n} [{','.join(['*a' + str(n - 1)] * 9)}]\n" for n in range(1, 9)),
        "crack: &a [*a]",
        "<<: &a {sample: 1}\nother: *a",
        "[" * 100_000,
        "{a: " * 5_000,
        "sample: !!timestamp 2001-99-99",
        "sample: !!python/object/apply:os.mkdir [bomb-went-off]",
        "sample: !!float abc",
        "? [a, b]\n: 1",
        "x" * 2_000_000,
        "a: \0",
    ],
    ids=range(11),
)
def test_yaml_that_does_harm_is_refused_at_once(tmp_path, text, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "p.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        find_priors(str(path))
    assert len(str(caught.value).replace(str(tmp_path), "")) < 400
    assert [file.name for file in tmp_path.iterdir()] == ["p.yaml"]


@pytest.mark.parametrize("name", ["a\0.yaml", "x" * 300 + ".yaml", "/dev/stdin/p.yaml"])
def test_names_of_priors_that_no_file_can_have(name):
    with pytest.raises(InputError):
        find_priors(name)
