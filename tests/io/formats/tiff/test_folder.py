"""Folders of TIFF files: which file is what, and what is lacking."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

from napari_crystalseg import io
from napari_crystalseg.errors import InputError

RNG = np.random.default_rng(0)
FRAMES = RNG.integers(1000, 60000, (12, 4, 6)).astype(np.uint16)
FLATS = RNG.integers(60000, 65000, (3, 4, 6)).astype(np.uint16)
DARKS = RNG.integers(0, 100, (2, 4, 6)).astype(np.uint16)
ANGLES = np.linspace(0, 165, 12)


def write(folder, prefix, frames, width=0):
    folder.mkdir(parents=True, exist_ok=True)
    for number, frame in enumerate(frames):
        tifffile.imwrite(folder / f"{prefix}{number:0{width}}.tif", frame)


def by_names(folder):
    # Without leading zeros, so that 10 must come after 9.
    write(folder, "lysozyme_", FRAMES)
    write(folder, "lysozyme_flat_", FLATS)
    write(folder, "lysozyme_dark_", DARKS)
    np.savetxt(folder / "angles.txt", ANGLES)


def by_subfolders(folder):
    write(folder / "Projections", "a", FRAMES, 4)
    write(folder / "flats", "a", FLATS)
    write(folder / "darks", "a", DARKS)
    write(folder / "reconstruction", "slice", FRAMES[:, :2])
    np.save(folder / "theta.npy", np.radians(ANGLES))


def by_stacks(folder):
    folder.mkdir()
    for name, frames in (("tomo.tif", FRAMES), ("White.tiff", FLATS), ("DarkField.TIF", DARKS)):
        tifffile.imwrite(folder / name, frames, photometric="minisblack")
    (folder / "my_angles.csv").write_text("angle\n" + "\n".join(map(str, ANGLES)))


@pytest.mark.parametrize("layout", [by_names, by_subfolders, by_stacks])
@pytest.mark.parametrize("lazy", [True, False])
def test_a_scan(tmp_path, layout, lazy):
    folder = tmp_path / "scan"
    layout(folder)
    (folder / ".DS_Store.tif").write_bytes(b"")
    (folder / "notes.txt").write_text("no angles here")
    assert io.kind_of(folder) == "scan" and io.recognises(folder)
    scan = io.open_scan(folder, pixel_size_um=0.5, lazy=lazy)
    np.testing.assert_array_equal(np.asarray(scan.projections), FRAMES)
    np.testing.assert_array_equal(scan.flats, FLATS)
    np.testing.assert_array_equal(scan.darks, DARKS)
    np.testing.assert_allclose(scan.angles_deg, ANGLES)
    assert scan.pixel_size_um == 0.5 and scan.flat_positions is None
    assert len(scan.provenance.inputs["scan"]) == 64
    assert "12 projections of 4 × 6" in str(io.describe(folder))


def test_flats_before_and_after(tmp_path):
    write(tmp_path, "p", FRAMES)
    write(tmp_path / "flats_before", "", FLATS[:1])
    write(tmp_path / "flats_after", "", FLATS[1:])
    np.savetxt(tmp_path / "angles.txt", ANGLES)
    scan = io.open_scan(tmp_path)
    flats = {0.0: FLATS[:1], 12.0: FLATS[1:]}
    for place, expected in flats.items():
        np.testing.assert_array_equal(scan.flats[scan.flat_positions == place], expected)
    assert "no dark frames" in scan.provenance.steps[-1]["assumed"] and scan.darks.max() == 0


def test_slices_of_a_volume(tmp_path):
    write(tmp_path, "slice_", FRAMES)
    assert io.kind_of(tmp_path) == "volume"
    np.testing.assert_array_equal(io.open_volume(tmp_path, 0.5).data, FRAMES)
    assert io.open_volume(tmp_path).voxel_size_um is None
    # Other readers show plain images as well.
    assert not io.recognises(tmp_path)


def without_angles(folder):
    (folder / "angles.txt").unlink()


def without_flats(folder):
    for file in folder.glob("*flat*"):
        file.unlink()


def without_projections(folder):
    for number in range(12):
        (folder / f"lysozyme_{number}.tif").unlink()


def with_two_lists(folder):
    np.save(folder / "angles.npy", ANGLES)


def with_few_angles(folder):
    np.savetxt(folder / "angles.txt", ANGLES[:-1])


def with_nan(folder):
    np.savetxt(folder / "angles.txt", np.where(ANGLES > 100, np.nan, ANGLES))


def with_another_size(folder):
    tifffile.imwrite(folder / "lysozyme_7.tif", FRAMES[7, :3])


def with_another_type(folder):
    tifffile.imwrite(folder / "lysozyme_7.tif", FRAMES[7].astype(np.float32))


def with_larger_flats(folder):
    without_flats(folder)
    write(folder, "flat", np.ones((2, 8, 6), np.uint16))


def in_colour(folder):
    tifffile.imwrite(folder / "lysozyme_7.tif", np.zeros((4, 6, 3), np.uint8), photometric="rgb")


def with_an_empty_file(folder):
    (folder / "lysozyme_7.tif").write_bytes(b"")


def with_a_cut_file(folder):
    whole = (folder / "lysozyme_7.tif").read_bytes()
    (folder / "lysozyme_7.tif").write_bytes(whole[:-10])


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (without_angles, r"no file of angles; add angles\.txt"),
        (without_flats, "no flats; put them in a subfolder 'flats'"),
        (without_projections, "no projections"),
        (with_two_lists, r"several files of angles \(angles\.npy, angles\.txt\); keep one"),
        (with_few_angles, r"angles\.txt has 11 angles but .* 12 projections"),
        (with_nan, r"angles\.txt has 5 of 12 angles that are NaN"),
        (with_another_size, r"lysozyme_7\.tif has 3 × 6 pixels .* but lysozyme_0\.tif has 4 × 6"),
        (with_another_type, r"lysozyme_7\.tif has 4 × 6 pixels \(float32\)"),
        (with_larger_flats, r"flats are \(8, 6\) \(row, column\) but the projections are \(4, 6\)"),
        (in_colour, r"lysozyme_7\.tif is a colour image"),
        (with_an_empty_file, r"lysozyme_7\.tif is empty"),
        (with_a_cut_file, r"lysozyme_7\.tif is truncated"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, harm, says):
    folder = tmp_path / "scan"
    by_names(folder)
    harm(folder)
    for opener in (io.open_scan, io.describe):
        with pytest.raises(InputError, match=says):
            opener(folder)


def test_several_subfolders_to_choose_from(tmp_path):
    write(tmp_path / "first", "", FRAMES)
    write(tmp_path / "second", "", FRAMES)
    write(tmp_path / "flats", "", FLATS)
    with pytest.raises(InputError, match=r"several subfolders \(first, second\).*name the one of the projections"):
        io.open_scan(tmp_path)


def test_a_folder_without_images(tmp_path):
    (tmp_path / "notes.txt").write_text("")
    for opener in (io.open_scan, io.open_volume, io.kind_of, io.describe):
        with pytest.raises(InputError, match="without TIFF files or a Zarr image"):
            opener(tmp_path)
    assert not io.recognises(tmp_path)
