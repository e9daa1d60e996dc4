import json
import pickle

import numpy as np
import pytest

from helpers.drawn_labels import drawn
from napari_crystalseg.cli import main
from napari_crystalseg.errors import Cancelled, InputError
from napari_crystalseg.io import open_labels, open_scan, open_volume, save_labels
from napari_crystalseg.labels import Labels, Material
from napari_crystalseg.phantom.variants.variant import Variant
from napari_crystalseg.phantom.variants.variants import make_variant
from napari_crystalseg.provenance import hash_file
from napari_crystalseg.simulation import variants
from napari_crystalseg.simulation.condition_priors import ConditionPriors
from napari_crystalseg.simulation.material_priors import MaterialPriors
from napari_crystalseg.simulation.priors import REALISM, TYPICAL, WIDE, Priors
from napari_crystalseg.simulation.requests.variant_request import VariantRequest
from napari_crystalseg.simulation.series.packed_labels import PackedLabels
from napari_crystalseg.simulation.shown_sample import majority
from napari_crystalseg.simulation.variants import simulate_variant, simulate_variants
from napari_crystalseg.xray import LiquorRecipe

FILES = ("labels.tif", "manifest.json", "scan.h5", "volume.tif")


def sample() -> Labels:
    return drawn((18, 41, 48), (2.5, 1.0, 1.0))


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    folder = tmp_path_factory.mktemp("variants")
    simulate_variants(sample(), folder, 2, VariantRequest(4, size=32, angles=40))
    return folder


def test_a_case_has_the_layout_of_simulate(series):
    for case in sorted(series.iterdir()):
        assert sorted(path.name for path in case.iterdir()) == sorted(FILES)
        scan, volume, labels = (read(case / name) for read, name in zip(READERS, FILES[2:] + FILES[:1], strict=True))
        manifest = json.loads((case / "manifest.json").read_text())
        assert volume.shape == labels.shape
        assert labels.shape[1] == labels.shape[2] == scan.shape[2] >= 32
        assert labels.voxel_size_um == pytest.approx((1.5,) * 3)
        assert volume.voxel_size_um == pytest.approx(labels.voxel_size_um)
        assert manifest["files"]["labels.tif"] == hash_file(case / "labels.tif")
        assert set(np.unique(labels.data)) == {0, 1, 2, 3}
        assert manifest["description"]["acquisition"]["energy_kev"] == pytest.approx(scan.energy_kev)
        liquor = manifest["description"]["materials"]["liquor"]
        assert LiquorRecipe.parse(liquor["recipe"]).density_g_cm3 == pytest.approx(liquor["density_g_cm3"], rel=0.031)


READERS = (open_scan, open_volume, open_labels)


def test_the_manifest_makes_the_labels_again(series):
    """As docs/variants.md has it: to the voxel, on the grid that the case was made on."""
    for case in sorted(series.iterdir()):
        record = json.loads((case / "manifest.json").read_text())["description"]["variant"]
        labels = open_labels(case / "labels.tif")
        shape, voxel_size_um = tuple(2 * n for n in labels.shape), labels.voxel_size_um[0] / 2
        fine = make_variant(sample(), Variant.from_dict(record), shape=shape, voxel_size_um=voxel_size_um)
        np.testing.assert_array_equal(majority(fine, 2).data, labels.data)


def test_labels_lie_on_their_volume(series):
    for case in sorted(series.iterdir()):
        volume, labels = open_volume(case / "volume.tif"), open_labels(case / "labels.tif")
        inside = labels.data > 0

        def contrast(mask, volume=volume):
            return volume.data[mask].mean() - volume.data[~mask].mean()

        for axis in range(3):
            assert contrast(inside) > max(contrast(np.roll(inside, shift, axis)) for shift in (-2, 2))


def test_same_seed_same_bytes_and_cases_are_independent(series, tmp_path):
    simulate_variants(sample(), tmp_path, 1, VariantRequest(4, size=32, angles=40), first=1)
    for name in FILES:
        assert (tmp_path / "case_0001" / name).read_bytes() == (series / "case_0001" / name).read_bytes(), name
    assert hash_file(series / "case_0000/labels.tif") != hash_file(series / "case_0001/labels.tif")


def test_resumes_and_leaves_nothing_half_written(tmp_path):
    def cancel(fraction, message):
        if fraction > 0.6:
            raise Cancelled

    with pytest.raises(Cancelled):
        simulate_variants(sample(), tmp_path, 2, VariantRequest(4, size=32, angles=24), progress=cancel)
    assert [path.name for path in tmp_path.iterdir()] == ["case_0000"]
    before = (tmp_path / "case_0000/manifest.json").stat().st_mtime_ns
    simulate_variants(sample(), tmp_path, 2, VariantRequest(4, size=32, angles=24))
    assert (tmp_path / "case_0000/manifest.json").stat().st_mtime_ns == before
    assert (tmp_path / "case_0001/manifest.json").exists()


def test_cases_on_a_cluster_have_the_same_bytes(series, running_cluster, tmp_path):
    address = running_cluster.scheduler_address
    folders = simulate_variants(sample(), tmp_path, 2, VariantRequest(4, size=32, angles=40), scheduler=address)
    assert folders == [tmp_path / "case_0000", tmp_path / "case_0001"]
    for folder in folders:
        assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
        for name in FILES:
            assert (folder / name).read_bytes() == (series / folder.name / name).read_bytes(), name


def test_what_is_sent_with_each_case_is_small():
    """A million voxels of smooth classes."""
    labels = Labels(np.repeat(np.repeat(sample().data, 6, axis=1), 6, axis=2), 1.0)
    sent = pickle.dumps(PackedLabels.of(labels))
    assert len(sent) < labels.data.size / 50
    again = pickle.loads(sent).labels()
    np.testing.assert_array_equal(again.data, labels.data)
    assert again.voxel_size_um == labels.voxel_size_um and again.provenance == labels.provenance


def test_a_case_that_another_run_has_made_meanwhile_is_not_repeated(series, tmp_path, monkeypatch):
    """A run that has started on both finds the second made when it comes to it."""
    making, made = variants.simulate_variant, []

    def make(labels, seed, case, **options):
        made.append(case)
        if case == 0:
            simulate_variants(sample(), tmp_path, 1, VariantRequest(4, size=32, angles=12), first=1)
        return making(labels, seed, case, **options)

    monkeypatch.setattr(variants, "simulate_variant", make)
    simulate_variants(sample(), tmp_path, 2, VariantRequest(4, size=32, angles=12))
    assert made == [0, 1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case_0000", "case_0001"]


def test_a_folder_that_may_not_be_written_is_told_before_the_work(series, tmp_path, monkeypatch):
    monkeypatch.setattr(variants, "simulate_variant", lambda *given, **options: pytest.fail("it was begun"))
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may write anywhere
    with pytest.raises(InputError, match="may not be written"):
        simulate_variants(sample(), tmp_path, 1, VariantRequest(4, size=32, angles=40))
    # What is finished needs no writing.
    assert len(simulate_variants(sample(), series, 2, VariantRequest(4, size=32, angles=40))) == 2
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be made"):
        simulate_variants(sample(), tmp_path / "file", 1, VariantRequest(4, size=32, angles=40))


def test_a_folder_of_other_labels_is_refused(series):
    with pytest.raises(InputError, match="was made with other labels, other voxel size; choose another folder"):
        simulate_variants(drawn((18, 41, 49), (2.5, 1.0, 1.1)), series, 1, VariantRequest(4, size=32, angles=40))
    with pytest.raises(InputError, match="was made with angles 40 instead of none, seed 4 instead of 5; choose"):
        simulate_variants(sample(), series, 1, VariantRequest(5, size=32))


def test_what_is_other_is_drawn():
    data = sample().data.copy()
    data[7:11, 12:16, 14:19] = Material.OTHER
    labels = Labels(data, (2.5, 1.0, 1.0))
    made = simulate_variant(labels, VariantRequest(1, size=32, angles=2), 0)
    assert made.description["materials"]["other"] in ("bubbles", "salt", "ice", "oil", "fluorinated oil")
    assert (made.labels.data == Material.OTHER).any()
    assert 0 < made.description["sampling"]["estimated_error"] < 0.1


def test_conditions_and_materials_are_drawn_from_priors():
    conditions = ConditionPriors(
        photons=(2e4, 2e4),
        gain_drift=(1e-3, 1e-3),
        fresnel=1.0,
        missing_wedge=1.0,
        angles=(1.0, 0.0, 0.0, 0.0),
        wedge_deg=(10.0, 10.0),
    )
    materials = MaterialPriors(cryoprotected=0.0, solvent_fraction=(0.5, 0.5), measured_mount=0.0)
    for priors in (Priors(conditions=conditions, materials=materials), Priors(conditions=conditions)):
        made = simulate_variant(sample(), VariantRequest(3, size=32, angles=2, priors=priors), 0)
        assert made.description["priors"] == "custom"
        assert made.description["acquisition"]["photons"] == pytest.approx(2e4)
        # Two projections over 170 degrees, but for the jitter of their angles.
        assert np.diff(made.scan.angles_deg) == pytest.approx(85, abs=0.1)
        solvent = made.description["materials"]["solvent_fraction"]
        assert (solvent == pytest.approx(0.5)) == (priors.materials is materials)


@pytest.mark.parametrize("case", range(4))
def test_with_recipes_the_energy_suits_the_liquor_of_the_sample(case):
    """Half of the field in the sample's own liquor is as deep as the priors say."""
    made = simulate_variant(sample(), VariantRequest(8, size=32, angles=2, priors=REALISM), case)
    acquired = next(step for step in made.scan.provenance.steps if step["step"] == "acquire")
    wavelength_um = 1.2398419843e-3 / made.description["acquisition"]["energy_kev"]
    attenuation_per_um = 4 * np.pi * acquired["indices"]["liquor"][1] / wavelength_um
    depth = attenuation_per_um * made.scan.shape[2] * made.scan.pixel_size_um / 2
    low, high = REALISM.conditions.liquor_depth
    assert low < depth < high
    assert made.description["priors"] == "realism" and made.description["materials"]["other"] == "none"


def test_priors_are_known_again(series, tmp_path):
    simulate_variants(sample(), series, 2, VariantRequest(4, size=32, angles=40, priors=TYPICAL))
    with pytest.raises(InputError, match="other priors"):
        simulate_variants(sample(), series, 2, VariantRequest(4, size=32, angles=40, priors=WIDE))
    options = {"size": 32, "angles": 2}
    mine = Priors(conditions=WIDE.conditions, name="mine")
    (folder,) = simulate_variants(sample(), tmp_path, 1, VariantRequest(4, priors=mine, **options))
    request = json.loads((folder / "manifest.json").read_text())["request"]
    assert Priors.from_dict(request["priors"]) == mine


def test_varied_cases_have_more_volumes_on_the_same_grid(tmp_path):
    (folder,) = simulate_variants(sample(), tmp_path, 1, VariantRequest(2, size=32, angles=24, varied=True))
    shape = open_labels(folder / "labels.tif").shape
    for name in ("volume.tif", "volume_varied.tif", "volume_painted.tif", "volume_phase.tif", "volume_iterative.tif"):
        assert open_volume(folder / name).shape == shape


def test_command(tmp_path, capsys):
    save_labels(sample(), tmp_path / "labels.tif")
    words = ["variants", str(tmp_path / "labels.tif"), str(tmp_path / "out"), "--n", "1", "--seed", "4"]
    words += ["--size", "32", "--angles", "12", "--priors", "realism"]
    assert main(words) == 0
    assert capsys.readouterr().out.strip().endswith("case_0000")
    request = json.loads((tmp_path / "out/case_0000/manifest.json").read_text())["request"]
    assert request["priors"]["name"] == "realism"
    assert main([*words, "--workers", "2"]) == 2
    assert "local scheduler only" in capsys.readouterr().err
    assert main([*words[:-1], "plain"]) == 2
    assert "Unknown priors 'plain'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("labels", "options", "match"),
    [
        (Labels(np.ones((8, 40, 40), np.uint8), 1.0), {}, "no crystal"),
        (drawn(voxel_size_um=(0.01, 0.01, 0.01)), {}, "check the voxel size"),
        (sample(), {"size": 8}, "32 voxels"),
        (sample(), {"angles": 1}, "two angles"),
        (sample(), {"n": 0}, "one case"),
        (sample(), {"seed": -1}, "negative"),
    ],
)
def test_refusals(labels, options, match, tmp_path):
    with pytest.raises(InputError, match=match):
        wanted = {"n": 1, "seed": 0, "size": 32, **options}
        simulate_variants(labels, tmp_path / "out", wanted.pop("n"), VariantRequest(wanted.pop("seed"), **wanted))
    assert not (tmp_path / "out").exists()


def test_what_is_too_thin_is_told():
    """A single voxel of salt in a large field does not survive voxels of three times its size."""
    data = np.zeros((20, 96, 96), np.uint8)
    data[5:15, 30:60, 30:60] = Material.CRYSTAL
    data[10, 70, 70] = Material.OTHER
    with pytest.raises(InputError, match="larger size"):
        simulate_variant(Labels(data, 1.0), VariantRequest(0, size=32, angles=2), 0)
