"""Average precision: hand-made orders of right and wrong detections, and the figures of pycocotools itself."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from scipy.ndimage import gaussian_filter

from napari_crystalseg.drops.files import OutlinedImage, coco_dataset, coco_results
from napari_crystalseg.drops.objects import CRYSTAL, DROP, DropObject, DropObjects
from napari_crystalseg.drops.scores import coco_scores, detection_scores
from napari_crystalseg.errors import InputError

SHAPE = (200, 260)


def square(row, column, side=10, kind=CRYSTAL, score=1.0):
    mask = np.zeros(SHAPE, bool)
    mask[row : row + side, column : column + side] = True
    return DropObject(kind, mask, score=score)


def image(*objects, name="a.jpg", crowds=()):
    return OutlinedImage(name, DropObjects(SHAPE, objects), frozenset(crowds))


def rounded(*figures):
    """pycocotools divides by a sum of a small number, and gets 0.9999999999999998 for 1."""
    return tuple(None if one is None else round(one, 12) for one in figures)


def both_ap(truth, found):
    scores = detection_scores([truth], [found])
    return rounded(scores.boxes.ap, scores.masks.ap)


def test_all_found_and_nothing_else():
    truth = image(square(10, 10), square(50, 50))
    scores = detection_scores([truth], [truth])
    assert rounded(*scores.masks.stats) == (1.0, 1.0, 1.0, 1.0, None, None, 0.5, 1.0, 1.0, 1.0, None, None)
    assert scores.boxes.stats == scores.masks.stats
    assert (scores.masks.truths, scores.masks.found) == (2, 2)
    assert scores.masks.classes[CRYSTAL].ap == 1.0
    # Without a drop in the truth nothing can be said of drops.
    assert scores.masks.classes[DROP].ap is None


def test_a_wrong_one_that_is_surer_halves_the_precision():
    truth = image(square(10, 10))
    right, wrong = square(10, 10, score=0.9), square(100, 100, score=0.8)
    assert both_ap(truth, image(right, wrong)) == (1.0, 1.0)
    right, wrong = square(10, 10, score=0.8), square(100, 100, score=0.9)
    assert both_ap(truth, image(right, wrong)) == (0.5, 0.5)


def test_one_of_two_found_is_the_precision_at_recalls_up_to_a_half():
    # Recalls 0, 0.01 … 1: those to 0.5 are reached, 51 of 101.
    truth = image(square(10, 10), square(50, 50))
    assert both_ap(truth, image(square(10, 10))) == pytest.approx((51 / 101, 51 / 101))
    # Right, wrong, right: 1 up to 0.5, then 2 / 3.
    found = image(square(10, 10, score=0.9), square(90, 90, score=0.8), square(50, 50, score=0.7))
    expected = (51 + 50 * 2 / 3) / 101
    assert both_ap(truth, found) == pytest.approx((expected, expected))


def test_the_second_detection_of_one_object_is_wrong():
    truth = image(square(10, 10), square(50, 50))
    found = image(square(10, 10, score=0.9), square(10, 10, score=0.8), square(50, 50, score=0.7))
    expected = (51 + 50 * 2 / 3) / 101
    assert both_ap(truth, found) == pytest.approx((expected, expected))


def test_an_overlap_of_two_thirds_counts_up_to_0_65():
    # 10 by 10 against 10 by 15: 100 / 150. Of the ten overlaps 0.5, 0.55, 0.6 and 0.65 are met.
    mask = np.zeros(SHAPE, bool)
    mask[10:20, 10:25] = True
    scores = detection_scores([image(square(10, 10))], [image(DropObject(CRYSTAL, mask))])
    assert scores.boxes.ap == pytest.approx(0.4)
    assert rounded(scores.boxes.ap_50, scores.boxes.ap_75) == (1.0, 0.0)


def test_sizes_are_those_of_coco():
    truth = image(square(0, 0, 31), square(40, 0, 33), square(100, 0, 97))
    scores = detection_scores([truth], [image(square(0, 0, 31), square(100, 0, 97))])
    assert rounded(scores.masks.ap_small, scores.masks.ap_medium, scores.masks.ap_large) == (1.0, 0.0, 1.0)


def test_what_lies_in_a_crowd_is_neither_right_nor_wrong():
    truth = image(square(10, 10), square(50, 50, 60), crowds={1})
    found = image(square(10, 10, score=0.8), square(60, 60, score=0.9))
    assert both_ap(truth, found) == (1.0, 1.0)


def test_nothing_found_nothing_there_and_images_left_out():
    truth, other = image(square(10, 10)), image(name="b.jpg")
    assert detection_scores([truth], [image()]).masks.ap == 0.0
    assert detection_scores([truth, other], []).boxes.ap == 0.0
    empty = detection_scores([other], [image(square(1, 1), name="b.jpg")])
    assert set(empty.masks.stats) == {None}
    assert (empty.masks.truths, empty.masks.found) == (0, 1)
    # In an image without objects a find is wrong all the same.
    assert (
        detection_scores(
            [truth, other], [image(square(10, 10, score=0.5)), image(square(1, 1, score=0.9), name="b.jpg")]
        ).masks.ap
        == 0.5
    )


def random_case(seed, images=4):
    """Images with blobs, and detections that are moved, dropped, doubled and invented."""
    random = np.random.default_rng(seed)
    truth, found = [], []
    for number in range(images):
        objects, seen, crowds = [], [], set()
        for _ in range(random.integers(0, 7)):
            side = int(random.choice([8, 30, 60, 110]))
            blob = gaussian_filter(random.normal(size=(side, side)), side / 6)
            mask = np.zeros(SHAPE, bool)
            row, column = (int(random.integers(0, length - side)) for length in SHAPE)
            mask[row : row + side, column : column + side] = blob > np.quantile(blob, 0.4)
            kind = str(random.choice([DROP, CRYSTAL]))
            if random.random() < 0.1:
                crowds.add(len(objects))
            objects.append(DropObject(kind, mask))
            for _ in range(random.integers(0, 3)):
                moved = np.roll(mask, random.integers(-5, 6, 2), (0, 1))
                given = kind if random.random() < 0.9 else str(random.choice([DROP, CRYSTAL]))
                # Few different scores, so that some are equal.
                seen.append(DropObject(given, moved, score=float(random.integers(0, 11) / 10)))
        name = f"{number}.jpg"
        truth.append(OutlinedImage(name, DropObjects(SHAPE, tuple(objects)), frozenset(crowds)))
        found.append(OutlinedImage(name, DropObjects(SHAPE, tuple(seen))))
    return truth, found


def asked_directly(dataset, results, of):
    truth = COCO()
    truth.dataset = copy.deepcopy(dataset)
    truth.createIndex()
    evaluation = COCOeval(truth, truth.loadRes(copy.deepcopy(results)), of)
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    return evaluation.stats


@pytest.mark.parametrize("seed", range(3))
def test_the_figures_are_those_of_pycocotools(seed, capsys):
    truth, found = random_case(seed)
    dataset = coco_dataset(truth)
    results = coco_results(found, {one["file_name"]: one["id"] for one in dataset["images"]})
    bare = [{key: value for key, value in one.items() if key != "bbox"} for one in results]
    scores = detection_scores(truth, found)
    for got, of, given in (
        (scores.boxes, "bbox", results),
        (scores.masks, "segm", bare),
        (coco_scores(dataset, results, "segm"), "segm", results),
    ):
        capsys.readouterr()
        expected = asked_directly(dataset, given, of)
        stats = [-1.0 if one is None else one for one in got.stats]
        np.testing.assert_allclose(stats, expected, atol=1e-9)
    capsys.readouterr()
    scores = detection_scores(truth, found)
    assert capsys.readouterr().out == ""
    for kind, number in ((DROP, 1), (CRYSTAL, 2)):
        alone = coco_scores(dataset, results, "bbox", {number})
        assert alone.stats == scores.boxes.classes[kind].stats


def test_data_sets_of_others(capsys):
    """Polygons, boxes between pixels, areas of their own, ids that begin elsewhere."""
    dataset = {
        "images": [{"id": 30, "file_name": "a", "height": 100, "width": 100}],
        "categories": [{"id": 7, "name": "crystal"}],
        "annotations": [
            {"id": 4, "image_id": 30, "category_id": 7, "bbox": [10.25, 10.5, 30.5, 20.25], "area": 900.5, "iscrowd": 0,
             "segmentation": [[10.25, 10.5, 40.75, 10.5, 40.75, 30.75, 10.25, 30.75]]},
            {"id": 9, "image_id": 30, "category_id": 7, "bbox": [60, 60, 20, 20], "area": 400, "iscrowd": 0,
             "segmentation": [[60, 60, 80, 60, 80, 80, 60, 80]]},
        ],
    }  # fmt: skip
    results = [
        {"image_id": 30, "category_id": 7, "bbox": [11.0, 10.0, 29.0, 21.0], "score": 0.7},
        {"image_id": 30, "category_id": 7, "bbox": [60.0, 63.0, 20.0, 21.0], "score": 0.9},
    ]
    for of in ("bbox", "segm"):
        expected = asked_directly(dataset, results, of)
        if of == "segm":
            outlined = [
                {**one, "segmentation": [[x, y, x + w, y, x + w, y + h, x, y + h]]}
                for one in results
                for x, y, w, h in [one["bbox"]]
            ]
            got = coco_scores(dataset, outlined, of)
        else:
            got = coco_scores(dataset, results, of)
        np.testing.assert_allclose([-1.0 if one is None else one for one in got.stats], expected, atol=1e-9)
    plain = copy.deepcopy(dataset)
    for one in plain["annotations"]:
        del one["area"], one["iscrowd"], one["bbox"]
        one["id"] = 0
    assert coco_scores(plain, [{**dataset["annotations"][0], "score": 1.0}], "segm").ap == pytest.approx(51 / 101)
    capsys.readouterr()


@pytest.mark.parametrize(
    ("change", "of", "said"),
    [
        ({}, "keypoints", "not of 'keypoints'"),
        ({"image_id": 99}, "bbox", "of an image that the truth does not hold"),
        ({"segmentation": None}, "segm", "result 1 has no outline"),
        ({"segmentation": None, "bbox": None}, "bbox", "neither an outline nor a box"),
        ({"bbox": [1, 2]}, "bbox", "not four numbers"),
        ({"segmentation": {"size": [200, 260], "counts": [1]}}, "segm", "do not fill"),
    ],
)
def test_results_that_cannot_be_used(change, of, said):
    dataset = coco_dataset([image(square(10, 10))])
    results = coco_results([image(square(10, 10))], {"a.jpg": 1})
    with pytest.raises(InputError, match=said):
        coco_scores(dataset, [{**results[0], **change}], of)


def test_ids_of_two_kinds():
    dataset = coco_dataset([image(square(10, 10)), image(name="b.jpg")])
    dataset["images"][1]["id"] = "two"
    with pytest.raises(InputError, match="images of the truth have numbers and texts for ids"):
        coco_scores(dataset, [])


def test_images_that_do_not_belong_together():
    truth = image(square(10, 10))
    with pytest.raises(InputError, match=r"b\.jpg is no image of the data set"):
        detection_scores([truth], [image(square(1, 1), name="b.jpg")])
    with pytest.raises(InputError, match="same name"):
        detection_scores([truth], [truth, truth])
    small = OutlinedImage("a.jpg", DropObjects((9, 9), (DropObject(DROP, np.ones((9, 9), bool)),)))
    with pytest.raises(InputError, match="9 by 9 pixels in the results and 200 by 260 in the truth"):
        detection_scores([truth], [small])
