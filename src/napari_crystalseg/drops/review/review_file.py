"""A review as JSON, and back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import CrystalSegError, InputError, shortened
from ...provenance import Provenance, package_version
from ...texts.json_text import parse_json
from ..files.coco.run_lengths import compressed_runs, mask_of_runs
from ..objects import DropObject, DropObjects
from .drop_review import AutomaticFindings, DropReview, Place

KIND = "napari-crystalseg review of a drop"
SCHEMA = 1


def review_to_dict(review: DropReview) -> dict[str, Any]:
    """Return a review as JSON-ready values; masks as COCO's runs within the part of the image that holds them."""
    automatic = review.automatic
    return {
        "kind": KIND,
        "schema": SCHEMA,
        "version": package_version(),
        "image": {"name": review.image_name, "sha256": review.image_sha256},
        "accepted": review.accepted,
        "saved_at": review.saved_at,
        "class": review.drop_class,
        "class_by_hand": review.class_by_hand,
        "dispensing_point_px": None if review.place_px is None else list(review.place_px),
        "dispensing_point_by_hand": review.place_by_hand,
        "pixel_size_um": review.pixel_size_um,
        "pixel_size_assumed": review.pixel_size_assumed,
        "lowest_score": review.lowest_score,
        "objects_by_hand": review.objects_by_hand,
        "objects": _objects_to_dict(review.objects),
        "automatic": {
            "class_names": list(automatic.class_names),
            "probabilities": list(automatic.probabilities),
            "dispensing_point_px": None if automatic.place_px is None else list(automatic.place_px),
            "objects": None if automatic.objects is None else _objects_to_dict(automatic.objects),
        },
        "provenance": review.provenance.to_dict(),
    }


def read_review(path: Path) -> DropReview:
    """Read a review.

    Raises
    ------
    InputError
        No such file, not a review, a damaged one, or one of a later version.
    """
    try:
        record = parse_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path.name} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise InputError(f"{path.name} is damaged ({shortened(error)}).") from error
    if not isinstance(record, Mapping) or record.get("kind") != KIND:
        raise InputError(f"{path.name} is not the review of a drop.")
    if record.get("schema") != SCHEMA:
        raise InputError(f"{path.name} was written by version {record.get('version')}; open it with that one.")
    try:
        return _review_of(record)
    except (
        KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError, MemoryError, CrystalSegError,
    ) as error:  # fmt: skip
        raise InputError(f"{path.name} is damaged ({shortened(error)}).") from error


def _review_of(record: Mapping[str, Any]) -> DropReview:
    found = record["automatic"]
    automatic = AutomaticFindings(
        tuple(str(name) for name in found["class_names"]),
        tuple(float(one) for one in found["probabilities"]),
        None if found["objects"] is None else _objects_of(found["objects"]),
        _place_of(found["dispensing_point_px"]),
    )
    return DropReview(
        image_name=str(record["image"]["name"]),
        image_sha256=str(record["image"]["sha256"]),
        objects=_objects_of(record["objects"]),
        drop_class=record["class"],
        class_by_hand=bool(record["class_by_hand"]),
        objects_by_hand=bool(record["objects_by_hand"]),
        place_px=_place_of(record["dispensing_point_px"]),
        place_by_hand=bool(record["dispensing_point_by_hand"]),
        lowest_score=float(record["lowest_score"]),
        pixel_size_um=None if record["pixel_size_um"] is None else float(record["pixel_size_um"]),
        pixel_size_assumed=bool(record["pixel_size_assumed"]),
        accepted=bool(record["accepted"]),
        saved_at=str(record["saved_at"]),
        automatic=automatic,
        provenance=Provenance.from_dict(record["provenance"]),
    )


def _place_of(value: Any) -> Place | None:
    return None if value is None else (float(value[0]), float(value[1]))


def _objects_to_dict(objects: DropObjects) -> dict[str, Any]:
    return {
        "shape": list(objects.shape),
        "objects": [
            {
                "kind": one.kind,
                "score": float(one.score),
                "origin_px": list(one.origin_px),
                "mask": compressed_runs(one.mask),
            }
            for one in objects.objects
        ],
    }


def _objects_of(record: Mapping[str, Any]) -> DropObjects:
    rows, columns = (int(length) for length in record["shape"])
    objects = []
    for one in record["objects"]:
        height, width = (int(length) for length in one["mask"]["size"])
        if height > rows or width > columns:
            raise InputError("A mask is larger than the image.")
        row, column = (int(at) for at in one["origin_px"])
        mask = mask_of_runs(one["mask"], (height, width))
        objects.append(DropObject(str(one["kind"]), mask, (row, column), float(one["score"])))
    return DropObjects((rows, columns), tuple(objects))
