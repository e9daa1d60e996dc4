"""CHiMP's files of masks: those for training and those that its detector saves."""

from __future__ import annotations

import numpy as np
import pytest

from napari_crystalseg.drops.files import read_chimp_masks, write_chimp_detections, write_chimp_masks
from napari_crystalseg.drops.objects import CRYSTAL, DROP, DropObject, DropObjects
from napari_crystalseg.errors import InputError
from napari_crystalseg.provenance import Provenance

SHAPE = (30, 41)


def outlined() -> DropObjects:
    rows, columns = np.indices(SHAPE)
    return DropObjects(
        SHAPE,
        (
            DropObject(CRYSTAL, (rows - 12) ** 2 + (columns - 20) ** 2 < 9, score=0.75),
            DropObject(DROP, (rows - 15) ** 2 + (columns - 20) ** 2 < 150),
            DropObject(CRYSTAL, (rows > 25) & (columns > 38), score=0.5),
        ),
    )


def told(objects: DropObjects):
    return [(one.kind, one.origin_px, one.mask.tolist(), one.score) for one in objects.objects]


def test_a_training_file_is_read_by_chimps_own_steps(tmp_path):
    path = tmp_path / "image.npz"
    write_chimp_masks(outlined(), path, pixel_size_um=2.837, provenance=Provenance().then("drawn"))
    # What its data set does with it.
    file = np.load(path, allow_pickle=False)
    masks, labels = list(file["masks"].astype(int)), list(file["class_labels"])
    assert labels == ["drop", "crystal", "crystal"]
    assert [int(one.sum()) for one in masks] == [
        one.area_px for one in sorted(outlined().objects, key=lambda o: o.kind, reverse=True)
    ]
    assert file["masks"].dtype == bool
    assert {v: k + 1 for k, v in enumerate(["drop", "crystal"])}[labels[1]] == 2


def test_round_trip_of_training_files_and_the_same_bytes(tmp_path):
    path, again = tmp_path / "image.npz", tmp_path / "again.npz"
    write_chimp_masks(outlined(), path, pixel_size_um=2.837)
    found = read_chimp_masks(path)
    assert (found.name, found.pixel_size_um, found.assumed) == ("image", 2.837, ())
    assert found.objects.shape == SHAPE
    assert sorted(told(found.objects)) == sorted(told(outlined()))
    write_chimp_masks(found.objects, again, pixel_size_um=2.837)
    assert again.read_bytes() == path.read_bytes()


def test_files_of_chimp_without_objects_and_with_some(tmp_path):
    path = tmp_path / "theirs.npz"
    np.savez_compressed(path, class_labels=np.array([]), masks=np.array([], dtype=bool))
    assert read_chimp_masks(path).objects.shape == (0, 0)
    assert read_chimp_masks(path, shape=SHAPE).objects.shape == SHAPE
    masks = np.zeros((2, *SHAPE), bool)
    masks[0, 3:9, 4:11] = True
    np.savez_compressed(path, class_labels=np.array(["drop", "crystal"]), masks=masks)
    found = read_chimp_masks(path)
    assert [one.kind for one in found.objects.objects] == [DROP]
    assert found.assumed == ("1 of its 2 masks are empty, and left out",)
    with pytest.raises(InputError, match="30 by 41 pixels, and the image has 9 by 9"):
        read_chimp_masks(path, shape=(9, 9))
    empty = tmp_path / "none.npz"
    write_chimp_masks(DropObjects(SHAPE), empty)
    assert read_chimp_masks(empty).objects.shape == SHAPE


def test_what_the_detector_of_chimp_saves_is_read_without_unpickling(tmp_path):
    """As its mask_saver does it: lists and None made arrays, masks of the sure ones, classes of all."""
    masks = [np.zeros(SHAPE, np.uint8), np.zeros(SHAPE, np.uint8)]
    masks[0][2:20, 2:30] = 1
    masks[1][5:8, 6:9] = 1
    output = {
        "image_path": "/data/plate/90j8_01A_1.jpg",
        "mask_index": np.array([0, 2]),
        "masks": masks,
        "probs": [],
        "labels": np.array([1, 1, 2, 2]),
        "bounding_boxes": [],
        "xtal_coordinates": [],
        "well_centroid": None,
        "echo_coordinate": [],
        "real_space_offset": None,
        "original_image_shape": SHAPE,
        "drop_detected": False,
    }
    path = tmp_path / "90j8_01A_1.npz"
    np.savez_compressed(path, **{key: np.array(value) for key, value in output.items()})
    found = read_chimp_masks(path)
    assert found.name == "/data/plate/90j8_01A_1.jpg"
    assert [(one.kind, one.area_px, one.score) for one in found.objects.objects] == [
        (DROP, 504, 1.0),
        (CRYSTAL, 9, 1.0),
    ]
    assert found.assumed == ("its class 1 is taken for drops and 2 for crystals", "it holds no scores, and 1 is taken")
    output |= {"labels": np.array([1, 1, 1, 1])}
    np.savez_compressed(path, **{key: np.array(value) for key, value in output.items()})
    alone = read_chimp_masks(path, kinds=(CRYSTAL,))
    assert [one.kind for one in alone.objects.objects] == [CRYSTAL, CRYSTAL]


def test_detections_are_written_and_read(tmp_path):
    path = tmp_path / "image.npz"
    write_chimp_detections(outlined(), path, "plate/image.jpg", lowest_score=0.6)
    file = np.load(path, allow_pickle=False)
    assert file["labels"].tolist() == [1, 2, 2]
    assert file["mask_index"].tolist() == [0, 1]
    assert file["masks"].dtype == np.uint8
    assert set(file.files) == {
        *("image_path", "mask_index", "masks", "probs", "labels", "bounding_boxes", "xtal_coordinates"),
        *("well_centroid", "echo_coordinate", "real_space_offset", "original_image_shape", "drop_detected"),
        *("class_labels", "scores"),
    }
    assert file["class_labels"].tolist() == ["drop", "crystal"]
    found = read_chimp_masks(path)
    assert found.name == "plate/image.jpg"
    crystal, drop, _ = told(outlined())
    assert told(found.objects) == [drop, crystal]
    write_chimp_detections(DropObjects(SHAPE), path, "image.jpg")
    assert read_chimp_masks(path).objects.shape == SHAPE


def test_what_is_no_file_of_masks(tmp_path):
    path = tmp_path / "image.npz"
    with pytest.raises(InputError, match="no file"):
        read_chimp_masks(path)
    path.write_bytes(b"not a zip")
    with pytest.raises(InputError, match=r"image\.npz is not an \.npz file"):
        read_chimp_masks(path)
    np.savez(path, other=np.arange(3))
    with pytest.raises(InputError, match="holds no masks with their classes"):
        read_chimp_masks(path)
    np.savez(path, masks=np.array([object()]), class_labels=np.array(["drop"]))
    with pytest.raises(InputError, match="holds no masks"):
        read_chimp_masks(path)
    np.savez(path, masks=np.ones((1, 3, 3), bool), class_labels=np.array(["loop"]))
    with pytest.raises(InputError, match="of 'loop', not of a drop or a crystal"):
        read_chimp_masks(path)
    np.savez(path, masks=np.ones((1, 3, 3), bool), class_labels=np.array(["drop", "drop"]))
    with pytest.raises(InputError, match="1 masks and 2 classes"):
        read_chimp_masks(path)
    np.savez(path, masks=np.ones((1, 3, 3), bool), labels=np.array([7]))
    with pytest.raises(InputError, match="none of 1 to 2"):
        read_chimp_masks(path)
    np.savez(path, masks=np.ones((2, 3, 3), bool), labels=np.array([1, 1]), mask_index=np.array([0, 5]))
    with pytest.raises(InputError, match="that it does not hold"):
        read_chimp_masks(path)
    np.savez(path, masks=np.ones((3, 3), bool), class_labels=np.array(["drop"] * 3))
    with pytest.raises(InputError, match="not \\(object, row, column\\)"):
        read_chimp_masks(path)
    path.write_bytes(path.read_bytes()[:-90])
    with pytest.raises(InputError, match=r"image\.npz"):
        read_chimp_masks(path)
    with pytest.raises(InputError, match=r"ends in \.npz"):
        write_chimp_masks(outlined(), tmp_path / "image.png")
