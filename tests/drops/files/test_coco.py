"""COCO JSON: what is written pycocotools loads, and what others write is read."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pycocotools import mask as coco_masks
from pycocotools.coco import COCO

from helpers.drawn_examples import arrays, examples, given, st
from napari_crystalseg.drops.files import (
    OutlinedImage,
    coco_dataset,
    read_coco,
    read_coco_results,
    write_coco,
    write_coco_results,
)
from napari_crystalseg.drops.files.coco.run_lengths import checked_runs, compressed_runs, mask_of_runs
from napari_crystalseg.drops.objects import CRYSTAL, DROP, DropObject, DropObjects
from napari_crystalseg.errors import InputError
from napari_crystalseg.provenance import Provenance

SHAPE = (30, 41)


def images() -> tuple[OutlinedImage, ...]:
    rows, columns = np.indices(SHAPE)
    objects = (
        DropObject(CRYSTAL, (rows - 12) ** 2 + (columns - 20) ** 2 < 9, score=0.75),
        DropObject(DROP, (rows - 15) ** 2 + (columns - 20) ** 2 < 150),
        DropObject(CRYSTAL, (rows > 25) & (columns > 38)),
    )
    return (
        OutlinedImage("plate/a.jpg", DropObjects(SHAPE, objects), frozenset({2}), 2.837),
        OutlinedImage("b.png", DropObjects((5, 6))),
    )


def told(image: OutlinedImage):
    objects = [(one.kind, one.origin_px, one.mask.tolist(), one.score) for one in image.objects.objects]
    return image.name, image.objects.shape, objects, image.crowds, image.pixel_size_um


def test_pycocotools_loads_it_and_gives_the_same_masks_boxes_and_areas(tmp_path, capsys):
    path = tmp_path / "coco.json"
    write_coco(images(), path, Provenance().then("detect", lowest_score=0.6))
    coco = COCO(str(path))
    capsys.readouterr()
    assert [(one["id"], one["name"]) for one in coco.loadCats(coco.getCatIds())] == [(1, "drop"), (2, "crystal")]
    assert [one["file_name"] for one in coco.loadImgs(coco.getImgIds())] == ["plate/a.jpg", "b.png"]
    annotations = coco.loadAnns(coco.getAnnIds(imgIds=1))
    for annotation, one in zip(annotations, images()[0].objects.objects, strict=True):
        np.testing.assert_array_equal(coco.annToMask(annotation), one.whole_mask(SHAPE))
        column, row, end_column, end_row = one.box_px
        assert annotation["bbox"] == [column, row, end_column - column, end_row - row]
        assert annotation["bbox"] == coco_masks.toBbox(coco.annToRLE(annotation)).tolist()
        assert annotation["area"] == coco_masks.area(coco.annToRLE(annotation))
    assert [one["iscrowd"] for one in annotations] == [0, 0, 1]
    assert coco.dataset["info"]["provenance"]["steps"] == [{"step": "detect", "lowest_score": 0.6}]


def test_round_trip_and_the_same_bytes(tmp_path):
    path, again = tmp_path / "coco.json", tmp_path / "again.json"
    write_coco(images(), path)
    found = read_coco(path)
    assert [told(one) for one in found] == [told(one) for one in images()]
    assert all(one.assumed == () for one in found)
    write_coco(found, again)
    assert again.read_bytes() == path.read_bytes()


def test_results_are_written_loaded_by_pycocotools_and_read(tmp_path, capsys):
    path, results = tmp_path / "coco.json", tmp_path / "results.json"
    write_coco(images(), path)
    write_coco_results(images(), {"plate/a.jpg": 1, "b.png": 2}, results)
    loaded = COCO(str(path)).loadRes(str(results))
    capsys.readouterr()
    assert [one["score"] for one in loaded.loadAnns(loaded.getAnnIds())] == [0.75, 1.0, 1.0]
    found = read_coco_results(results, path)
    assert [told(one)[2] for one in found] == [told(one)[2] for one in images()]
    with pytest.raises(InputError, match=r"plate/a\.jpg is no image"):
        write_coco_results(images(), {"b.png": 1}, results)
    write_coco_results(images()[1:], {"b.png": 77}, results)
    assert [len(one.objects.objects) for one in read_coco_results(results, path)] == [0, 0]
    results.write_text('[{"image_id": 77, "category_id": 1, "score": 0.5, "bbox": [0, 0, 1, 1]}]')
    with pytest.raises(InputError, match=r"1 of its 1 results are of no image of coco\.json, such as image_id 77"):
        read_coco_results(results, path)


@given(arrays(np.bool_, st.tuples(st.integers(1, 12), st.integers(1, 12))))
@examples(60)
def test_runs_are_those_of_pycocotools_both_ways(mask):
    runs = compressed_runs(mask)
    encoded = coco_masks.encode(np.asfortranarray(mask, np.uint8))
    assert runs == {"size": [*mask.shape], "counts": encoded["counts"].decode()}
    assert checked_runs(runs, mask.shape) == runs
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if rows.size:
        part = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        assert compressed_runs(part, (int(rows[0]), int(columns[0])), mask.shape) == runs
    np.testing.assert_array_equal(mask_of_runs(runs, mask.shape), mask)
    np.testing.assert_array_equal(coco_masks.decode({**runs, "counts": runs["counts"].encode()}), mask)


def test_long_runs_and_uncompressed_ones():
    mask = np.zeros((700, 900), bool)
    mask[3:690, 5:400] = True
    mask[100, 200] = False
    np.testing.assert_array_equal(mask_of_runs(compressed_runs(mask), mask.shape), mask)
    assert compressed_runs(mask)["counts"] == coco_masks.encode(np.asfortranarray(mask, np.uint8))["counts"].decode()
    np.testing.assert_array_equal(
        mask_of_runs({"size": [2, 3], "counts": [1, 2, 3]}, (2, 3)), [[False, True, False], [True, False, False]]
    )


def foreign(**changes):
    return {
        "images": [{"id": 7, "file_name": "one.jpg", "height": 20, "width": 30}],
        "categories": [{"id": 5, "name": "Crystal"}, {"id": 6, "name": "droplet"}, {"id": 9, "name": "bubble"}],
        "annotations": [],
        **changes,
    }


def annotation(**changes):
    return {"id": 1, "image_id": 7, "category_id": 5, "bbox": [2.5, 3, 10, 4], **changes}


def save(tmp_path, data):
    path = tmp_path / "foreign.json"
    path.write_text(json.dumps(data))
    return path


def test_polygons_of_others_are_filled_as_pycocotools_does(tmp_path):
    polygons = [[2.0, 3.0, 12.5, 3.0, 12.5, 9.0, 2.0, 9.0], [20.0, 10.0, 28.0, 10.0, 24.0, 18.0]]
    path = save(
        tmp_path,
        foreign(
            annotations=[
                annotation(segmentation=polygons),
                annotation(id=2, category_id=6, segmentation=polygons[0], iscrowd=0),
                annotation(id=3, segmentation={"size": [20, 30], "counts": [40, 30, 530]}, iscrowd=1),
                annotation(id=4, category_id=9, segmentation=polygons),
            ]
        ),
    )
    (found,) = read_coco(path)
    expected = coco_masks.decode(coco_masks.merge(coco_masks.frPyObjects(polygons, 20, 30)))
    assert [one.kind for one in found.objects.objects] == [CRYSTAL, DROP, CRYSTAL]
    np.testing.assert_array_equal(found.objects.objects[0].whole_mask((20, 30)), expected)
    assert found.objects.objects[2].area_px == 30
    assert found.crowds == frozenset({2})
    assert found.assumed == ("its category 'bubble' is not used",)


def test_boxes_alone_are_taken_whole_and_said(tmp_path):
    path = save(
        tmp_path,
        foreign(
            annotations=[
                annotation(segmentation=[]),
                annotation(id=2, bbox=[-5, -5, 8, 8]),
                annotation(id=3, bbox=[100, 100, 8, 8]),
                annotation(id=4, segmentation=[[1, 1, 5, 5]]),
            ]
        ),
    )
    (found,) = read_coco(path)
    assert [one.box_px for one in found.objects.objects] == [(2, 3, 12, 7), (0, 0, 3, 3), (2, 3, 12, 7)]
    assert found.assumed[1:] == (
        "3 of its objects have a box and no outline: the whole box is taken",
        "1 of its objects lie outside the image or have no pixel, and are left out",
    )


def test_without_categories_one_is_a_drop(tmp_path):
    data = foreign(categories=[], annotations=[annotation(category_id=1), annotation(category_id=2)])
    (found,) = read_coco(save(tmp_path, data))
    assert [one.kind for one in found.objects.objects] == [DROP, CRYSTAL]
    assert "1 is taken for drops" in found.assumed[0]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([], "not a COCO data set"),
        ({"images": 3}, "not a COCO data set"),
        (foreign(annotations={}), "annotations are not a list"),
        (foreign(images=[{"id": 1}]), "has no file_name"),
        (foreign(images=[{"id": 1, "file_name": "a", "width": 3}]), "no height"),
        (foreign(images=[{"id": 1, "file_name": "a", "width": 3, "height": 1.5}]), "no height"),
        (foreign(images=foreign()["images"] * 2), "same id"),
        (foreign(categories=[{"id": 1}]), "no id or no name"),
        (foreign(categories=[{"id": 1, "name": "cat"}]), "none of its categories is a drop or a crystal; they are cat"),
        (foreign(annotations=[annotation(image_id=8)]), "an image that it does not hold"),
        (foreign(annotations=[{"id": 1}]), "no image_id"),
        (foreign(annotations=[annotation(bbox=None)]), "neither an outline nor a box"),
        (foreign(annotations=[annotation(bbox=[1, 2, 3])]), "not four numbers"),
        (foreign(annotations=[annotation(segmentation=[[1, 2, 3]])]), "not a list of x and y"),
        (foreign(annotations=[annotation(segmentation=[[1, 2, "a", 3, 4, 5]])]), "not a list of x and y"),
        (foreign(annotations=[annotation(segmentation=[[1, 2, 1e12, 3, 4, 5]])]), "far outside"),
        (foreign(annotations=[annotation(segmentation={"size": [9, 9], "counts": [81]})]), "of the size"),
        (foreign(annotations=[annotation(segmentation={"size": [20, 30], "counts": [9]})]), "do not fill"),
        (foreign(annotations=[annotation(segmentation={"size": [20, 30], "counts": "~~~"})]), "may not"),
        (
            foreign(annotations=[annotation(segmentation={"size": [20, 30], "counts": "o" * 18 + "1"})]),
            "may not",
        ),
        (foreign(annotations=[annotation(segmentation={"size": [20, 30], "counts": [-600, 1200]})]), "do not fill"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(tmp_path, data, said):
    with pytest.raises(InputError, match=said) as caught:
        read_coco(save(tmp_path, data))
    assert "foreign.json" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_what_is_not_json(tmp_path):
    path = tmp_path / "foreign.json"
    path.write_text("{")
    with pytest.raises(InputError, match="not JSON"):
        read_coco(path)
    path.write_text("[" * 100000)
    with pytest.raises(InputError, match="nested too deeply"):
        read_coco(path)
    with pytest.raises(InputError, match="folder"):
        read_coco(tmp_path)


def test_two_images_of_one_name_are_not_written():
    with pytest.raises(InputError, match=r"Two images are called b\.png"):
        coco_dataset(images()[1:] * 2)
