"""Every method against known answers, and against each other."""

import sys
import types

import numpy as np
import pytest

from helpers.analytic import discs
from napari_crystalseg.errors import InputError
from napari_crystalseg.tomography import METHODS
from napari_crystalseg.tomography.methods.methods import method_named
from napari_crystalseg.tomography.methods.ray_geometry import Geometry

EVEN = np.linspace(0, 180, 200, endpoint=False)


def installed():
    found = []
    for name in ("fourier", "fbp", "astra-fbp", "astra-sirt", "tomopy", "gpu"):
        try:
            method_named(name)
        except InputError:
            continue
        found.append(name)
    return found


INSTALLED = installed()
# Those that take one pass; the iterative one is slow, and has tests of its own.
EXACT = [name for name in INSTALLED if name != "astra-sirt"]


def slices(name, line_integrals, angles, centre, **options):
    geometry = Geometry(angles, line_integrals.shape[2], centre, **options)
    return method_named(name).prepare(geometry)(line_integrals)


def plane(width, y=0.0, x=0.0):
    away = np.arange(width) - (width - 1) / 2
    return away[:, np.newaxis] - y, away - x


def beads(angles, width, centre, y, x, sigma=1.5):
    """Line integrals of a Gaussian blob of unit height, at pixel middles."""
    phi = np.deg2rad(np.asarray(angles))[:, np.newaxis]
    away = np.arange(width) - centre - (x * np.cos(phi) - y * np.sin(phi))
    profile = np.sqrt(2 * np.pi) * sigma * np.exp(-(away**2) / (2 * sigma**2))
    return profile[:, np.newaxis].astype(np.float32)


def middle_of_mass(image, y, x, within=7):
    """Place of a blob, from what is near it."""
    from_y, from_x = plane(len(image), y, x)
    near = np.where(np.hypot(from_y, from_x) < within, image, 0)
    return y + (near * from_y).sum() / near.sum(), x + (near * from_x).sum() / near.sum()


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("width", [96, 97])
@pytest.mark.parametrize("offset", [0.0, 0.5, -3.3, 17.25])
def test_off_centre_bead_lies_where_it_was(name, width, offset):
    y, x = (-11.3, 17.8) if offset < 10 else (-7.3, 9.2)
    centre = (width - 1) / 2 + offset
    image = slices(name, beads(EVEN, width, centre, y, x), EVEN, centre)[0]
    assert middle_of_mass(image, y, x) == pytest.approx((y, x), abs=0.05)


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("pixel_um", [1.0, 0.4])
def test_uniform_cylinder_recovers_attenuation(name, pixel_um):
    projections = discs(EVEN, 128, 61.3, [(3, -4, 40.3, 0.01)], rows=3)
    found = slices(name, projections, EVEN, 61.3, pixel_size_um=pixel_um)
    assert found.shape == (3, 128, 128) and found.dtype == np.float32
    inside = np.hypot(*plane(128, 3, -4)) < 37
    for image in found:
        assert image[inside].mean() == pytest.approx(0.01 / pixel_um, rel=0.005)


@pytest.mark.parametrize("name", EXACT)
def test_mass_is_kept(name):
    """The integral over a slice is that over any projection (the zeroth frequency)."""
    projections = discs(EVEN, 128, 63.5, [(10, -8, 22.4, 0.01), (-20, 15, 12.7, 0.02)])
    image = slices(name, projections, EVEN, 63.5)[0]
    circle = np.hypot(*plane(128)) < 62
    assert image[circle].sum() == pytest.approx(projections[:, 0].sum(axis=1).mean(), rel=0.01)


@pytest.mark.skipif("astra-sirt" not in INSTALLED, reason="needs ASTRA")
def test_iterations_find_bead_and_cylinder():
    angles = np.linspace(0, 180, 45, endpoint=False)
    for width, centre in ((32, 15.5), (33, 14.2)):
        image = slices("astra-sirt", beads(angles, width, centre, -4.3, 5.8), angles, centre)[0]
        assert middle_of_mass(image, -4.3, 5.8) == pytest.approx((-4.3, 5.8), abs=0.05)
        disc = discs(angles, width, centre, [(1, -2, 9.3, 0.01)])
        image = slices("astra-sirt", disc, angles, centre, pixel_size_um=0.5)[0]
        assert image[np.hypot(*plane(width, 1, -2)) < 7].mean() == pytest.approx(0.02, rel=0.005)


@pytest.mark.parametrize("name", [name for name in EXACT if name not in ("astra-fbp", "tomopy")])
def test_gaussian_blob_keeps_its_shape(name):
    sigma = 4.0
    image = slices(name, beads(EVEN, 96, 47.5, 6.0, -9.0, sigma), EVEN, 47.5)[0]
    # Linear interpolation blurs by a triangle of variance 1/6.
    blurred = np.sqrt(sigma**2 + 1 / 6)
    from_y, from_x = plane(96, 6.0, -9.0)
    wanted = (sigma / blurred) ** 2 * np.exp(-(from_y**2 + from_x**2) / (2 * blurred**2))
    circle = np.hypot(*plane(96)) < 46
    assert np.abs(image - wanted)[circle].max() < 0.01


RANDOM = np.random.default_rng(5)
ANGLES = {
    "full-turn": np.linspace(0, 360, 400, endpoint=False),
    "187-degrees": np.linspace(0, 187, 240),
    "jitter": EVEN + RANDOM.normal(0, 0.3, 200),
    "random-order": RANDOM.permutation(np.arange(0, 180, 0.5) + RANDOM.uniform(0, 0.4, 360)),
    "two-steps": np.concatenate((np.arange(0, 90, 0.5), np.arange(90, 180, 1.5))),
    "reversed": EVEN[::-1],
    "backwards": -EVEN,
}


@pytest.mark.parametrize("name", [name for name in EXACT if name != "tomopy"])
@pytest.mark.parametrize("kind", ANGLES)
def test_angles_are_used_as_they_are(name, kind):
    angles = ANGLES[kind]
    image = slices(name, discs(angles, 96, 44.2, [(6, -9, 25.2, 0.01)]), angles, 44.2)[0]
    assert image[np.hypot(*plane(96, 6, -9)) < 22].mean() == pytest.approx(0.01, rel=0.005)


@pytest.mark.parametrize("name", EXACT)
def test_full_turn_about_an_axis_far_from_the_middle(name):
    angles = np.linspace(0, 360, 400, endpoint=False)
    centre, y, x = 70.7, -6.0, 11.5
    image = slices(name, beads(angles, 96, centre, y, x), angles, centre)[0]
    assert middle_of_mass(image, y, x) == pytest.approx((y, x), abs=0.05)


def test_limited_angles_leave_the_wedge_empty():
    """Nothing is put where nothing was measured: the blob keeps the share of the half turn that was."""
    angles = np.arange(0, 120.0, 0.5)
    projections = beads(angles, 96, 47.5, 0.0, 0.0, 4.0)
    whole = beads(np.arange(0, 180.0, 0.5), 96, 47.5, 0.0, 0.0, 4.0)
    for name in ("fourier", "fbp"):
        part = slices(name, projections, angles, 47.5)[0][47:49, 47:49].mean()
        full = slices(name, whole, np.arange(0, 180.0, 0.5), 47.5)[0][47:49, 47:49].mean()
        assert part / full == pytest.approx(2 / 3, abs=0.01)


@pytest.mark.parametrize("name", [name for name in EXACT if name != "fbp"])
@pytest.mark.parametrize("centre", [47.5, 43.1])
def test_methods_agree_within_the_noise(name, centre):
    """As far apart as 0.6 of the noise at most: what a linear projector and an exact one make of the same noise."""
    rng = np.random.default_rng(7)
    clean = discs(EVEN, 96, centre, [(4, 2, 30.2, 0.01), (-8, 9, 8.3, 0.01)], rows=2)
    noisy = (-np.log(rng.poisson(20000 * np.exp(-clean)) / 20000)).astype(np.float32)
    circle = np.hypot(*plane(96)) < 46
    ours, other = (slices(one, noisy, EVEN, centre)[:, circle] for one in ("fbp", name))
    noise = (ours - slices("fbp", clean, EVEN, centre)[:, circle]).std()
    peak = 0.02
    assert (ours - other).std() < 0.6 * noise
    assert (ours - other).std() < 0.02 * peak
    assert abs(float((ours - other).mean())) < 0.001 * peak


@pytest.mark.parametrize("name", ["fourier", "fbp"])
def test_rows_are_independent_to_the_last_bit(name):
    rng = np.random.default_rng(1)
    lines = rng.normal(size=(60, 40, 33)).astype(np.float32)
    geometry = Geometry(np.linspace(0, 180, 60, endpoint=False), 33, 15.2)
    run = method_named(name).prepare(geometry)
    whole = run(lines)
    for first, last in ((0, 16), (16, 32), (32, 40)):
        np.testing.assert_array_equal(run(lines[:, first:last]), whole[first:last])
    # One row alone, with nothing to be paired with.
    np.testing.assert_allclose(run(lines[:, 7:8])[0], whole[7], atol=2e-3 * np.abs(whole).max())


def test_threads_do_not_change_a_bit(monkeypatch):
    import numba

    lines = np.random.default_rng(1).normal(size=(40, 70, 32)).astype(np.float32)
    run = method_named("fourier").prepare(Geometry(np.linspace(0, 180, 40, endpoint=False), 32, 15.5))
    monkeypatch.setattr(numba, "get_num_threads", lambda: 1)
    alone = run(lines)
    monkeypatch.setattr(numba, "get_num_threads", lambda: 3)
    np.testing.assert_array_equal(run(lines), alone)


def test_spreading_is_the_sum_that_it_stands_for():
    """Against the direct sum over the points of the Fourier plane, and against finufft's type-1 transform."""
    finufft = pytest.importorskip("finufft")
    from napari_crystalseg.tomography.methods.fourier_line import line_factors, padded_length, paired
    from napari_crystalseg.tomography.methods.gpu_fourier import NonUniformSlices

    rng = np.random.default_rng(2)
    for width, centre in ((24, 10.3), (25, 13.0)):
        angles = rng.uniform(0, 180, 30)
        geometry = Geometry(angles, width, centre)
        lines = rng.normal(size=(30, 3, width)).astype(np.float32)
        found = method_named("fourier").prepare(geometry)(lines)
        # The code that runs on a GPU, with NumPy and finufft in the place of CuPy and cufinufft.
        nonuniform = NonUniformSlices(geometry, np, finufft.Plan)(lines)
        length = padded_length(geometry)
        spectra = np.fft.fft(paired(lines, 2, geometry, length), axis=2) * line_factors(geometry, length)[:, np.newaxis]
        n = np.arange(width) - width // 2
        frequency = np.fft.fftfreq(length)
        phi = np.deg2rad(angles)[:, np.newaxis]
        wave_y = np.exp(-2j * np.pi * n[:, np.newaxis, np.newaxis] * frequency * np.sin(phi))
        wave_x = np.exp(2j * np.pi * n[:, np.newaxis, np.newaxis] * frequency * np.cos(phi))
        direct = np.einsum("apk,yak,xak->pyx", spectra, wave_y, wave_x, optimize=True)
        wanted = np.stack([direct[0].real, direct[0].imag, direct[1].real])
        scale = np.abs(wanted).max()
        np.testing.assert_allclose(nonuniform, wanted, atol=1e-3 * scale)
        np.testing.assert_allclose(found, wanted, atol=1e-2 * scale)
        assert np.sqrt(np.mean((found - wanted) ** 2)) < 2e-3 * scale


@pytest.mark.parametrize("lie", [(0, False), (1, False), (2, True), (3, True)])
def test_tomopy_is_laid_as_ours_however_it_lies(lie, monkeypatch):
    """With a stand-in, since TomoPy is on no package index: another orientation each time, attenuation per pixel."""
    turns, flipped = lie

    def recon(tomo, theta, center, algorithm, filter_name):
        assert algorithm == "gridrec" and filter_name == "ramlak"
        image = slices("fbp", tomo, np.rad2deg(theta), center)
        image = image[:, ::-1] if flipped else image
        return np.rot90(image, turns, axes=(1, 2))

    monkeypatch.setitem(sys.modules, "tomopy", types.SimpleNamespace(recon=recon, __version__="0"))
    projections = beads(EVEN, 64, 30.2, -9.0, 4.0)
    found = slices("tomopy", projections, EVEN, 30.2, pixel_size_um=0.5)
    np.testing.assert_allclose(found, slices("fbp", projections, EVEN, 30.2, pixel_size_um=0.5), atol=1e-5)


def test_a_tomopy_that_fails_a_bead_is_refused(monkeypatch):
    def recon(tomo, theta, center, algorithm, filter_name):
        return np.zeros((tomo.shape[1], tomo.shape[2], tomo.shape[2]), np.float32)

    monkeypatch.setitem(sys.modules, "tomopy", types.SimpleNamespace(recon=recon, __version__="0"))
    with pytest.raises(InputError, match="known bead"):
        method_named("tomopy").prepare(Geometry(EVEN, 64, 31.5))


def test_every_method_is_named_or_says_what_to_do():
    for name in METHODS:
        try:
            record = method_named(name).record()
        except InputError as error:
            assert "leave the method out" in str(error) or "Or leave" in str(error)
        else:
            assert record["method"] in METHODS and record["method_version"]
    with pytest.raises(InputError, match="no method"):
        method_named("magic")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"centre_px": -0.1}, "outside the detector"),
        ({"centre_px": 24.0}, "outside the detector"),
        ({"pixel_size_um": 0.0}, "positive"),
        ({"filter_name": "ramp"}, "choose one"),
        ({"extrapolation": "mirror"}, "circle, hold"),
        ({"angles_deg": np.array([0.0, np.nan])}, "NaN"),
    ],
)
def test_unusable_geometry(change, said):
    with pytest.raises(InputError, match=said):
        Geometry(**{"angles_deg": np.arange(10.0), "columns": 24, "centre_px": 11.5} | change)
