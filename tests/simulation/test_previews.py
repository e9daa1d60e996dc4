import numpy as np
import pytest

from napari_crystalseg.errors import InputError
from napari_crystalseg.labels import Material
from napari_crystalseg.simulation import previews
from napari_crystalseg.simulation.previews import SampleRequest, preview_projection, preview_sample
from napari_crystalseg.simulation.priors import PRESETS
from napari_crystalseg.simulation.requests.case_request import CaseRequest
from napari_crystalseg.simulation.simulate import simulate_case


@pytest.fixture
def small(monkeypatch):
    """Cases of 32 voxels a side."""
    monkeypatch.setattr(previews, "SIZE", 32)


@pytest.mark.parametrize("request_", [SampleRequest(5), SampleRequest(6, "thaumatin", "wide")])
def test_it_is_the_first_case_of_simulate(small, request_):
    case = simulate_case(
        CaseRequest(request_.seed, size=32, angles=None, habit=request_.habit, priors=PRESETS[request_.priors]), 0
    )
    preview = preview_projection(request_, grid=32)
    assert preview.sample.description == case.description["sample"]
    assert preview.description == case.description["conditions"]
    assert preview.energy_kev == case.scan.energy_kev
    assert preview.distance_mm == case.scan.distance_mm
    assert preview.pixel_size_um == case.scan.pixel_size_um
    # The case's labels are majorities of finer voxels, the preview's the classes at the middle of its own.
    assert np.mean(preview.sample.labels.data == case.labels.data) > 0.97
    assert preview.sample.labels.voxel_size_um == pytest.approx(case.labels.voxel_size_um)


def test_the_grid_changes_nothing_but_the_grid(small):
    coarse, fine = (preview_sample(SampleRequest(5), grid=grid) for grid in (32, 96))
    assert coarse.description == fine.description
    extent = [np.array(made.labels.shape) * made.labels.voxel_size_um for made in (coarse, fine)]
    np.testing.assert_allclose(*extent)
    # The middle voxel of every three lies where the coarse one does; of mount and liquor, whose distances are
    # interpolated between voxels, edges may differ.
    there = fine.labels.data[1::3, 1::3, 1::3]
    assert np.mean(coarse.labels.data == there) > 0.98
    crystal = coarse.labels.data == Material.CRYSTAL
    assert crystal.any()
    assert np.count_nonzero(crystal != (there == Material.CRYSTAL)) <= 2  # rounding of float32


def test_the_projection_shows_the_sample_where_its_labels_are(small):
    for angle, axis in ((0.0, 1), (90.0, 2)):
        made = preview_projection(SampleRequest(9), angle_deg=angle, grid=32)
        path = np.count_nonzero(made.sample.labels.data, axis=axis)
        if axis == 2:
            path = path[:, ::-1]  # at 90° the column is -y
        assert made.transmission.shape == (32, 32) and made.transmission.dtype == np.float32
        absorbed = -np.log(made.transmission).ravel()

        def likeness(image, absorbed=absorbed):
            return np.corrcoef(image.ravel(), absorbed)[0, 1]

        assert likeness(path) > 0.75
        assert likeness(path) > max(likeness(mirrored) for mirrored in (path[::-1], path[:, ::-1])) + 0.1
        assert np.median(made.transmission[path == 0]) == pytest.approx(1.0, abs=0.02)


def test_same_request_same_picture(small):
    first, again, other = (preview_projection(SampleRequest(seed), grid=16) for seed in (5, 5, 6))
    np.testing.assert_array_equal(first.transmission, again.transmission)
    np.testing.assert_array_equal(first.sample.labels.data, again.sample.labels.data)
    assert first.energy_kev != other.energy_kev


def test_a_drop_that_blender_cannot_resolve_is_drawn_again_as_for_a_case(small, monkeypatch):
    from napari_crystalseg.phantom.liquors.blender_liquor import UnresolvedDrop
    from napari_crystalseg.phantom.sample import Sample

    voxelise, refused = Sample.voxelised_with_liquor, []

    def coarse(self, shape, voxel_size_um):
        if not refused:
            refused.append(self.description)
            raise UnresolvedDrop("too coarse")
        return voxelise(self, shape, voxel_size_um)

    monkeypatch.setattr(Sample, "voxelised_with_liquor", coarse)
    looked_at = preview_sample(SampleRequest(5), grid=16)
    refused.clear()
    assert looked_at.description == simulate_case(CaseRequest(5, size=32, angles=4), 0).description["sample"]
    assert looked_at.description not in refused

    def too_coarse(self, shape, voxel_size_um):
        raise UnresolvedDrop("too coarse")

    monkeypatch.setattr(Sample, "voxelised_with_liquor", too_coarse)
    with pytest.raises(UnresolvedDrop, match="too coarse"):
        preview_sample(SampleRequest(5), grid=16)


def test_refusals():
    with pytest.raises(InputError, match="negative"):
        SampleRequest(-1)
    with pytest.raises(InputError, match="Unknown habit 'salt'; choose one of"):
        preview_sample(SampleRequest(0, "salt"))
    with pytest.raises(InputError, match="Unknown priors 'rare'"):
        preview_sample(SampleRequest(0, priors="rare"))
    for look in (preview_sample, preview_projection):
        with pytest.raises(InputError, match="at least 16"):
            look(SampleRequest(0), grid=8)
