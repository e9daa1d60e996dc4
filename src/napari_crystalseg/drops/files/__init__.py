"""Files of outlined drops and crystals: CHiMP's and COCO's, both ways."""

from .chimp.detections import write_chimp_detections
from .chimp.masks import read_chimp_masks, write_chimp_masks
from .chimp.positions import PositionsRow, chimp_positions_text, read_chimp_positions, write_chimp_positions
from .coco.dataset import coco_dataset, coco_results, write_coco, write_coco_results
from .coco.reading import each_of_coco, each_of_coco_results, read_coco, read_coco_results
from .outlined_image import OutlinedImage

__all__ = [
    "OutlinedImage",
    "PositionsRow",
    "chimp_positions_text",
    "coco_dataset",
    "coco_results",
    "each_of_coco",
    "each_of_coco_results",
    "read_chimp_masks",
    "read_chimp_positions",
    "read_coco",
    "read_coco_results",
    "write_chimp_detections",
    "write_chimp_masks",
    "write_chimp_positions",
    "write_coco",
    "write_coco_results",
]
