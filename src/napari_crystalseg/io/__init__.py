"""Files to nouns and back; nothing outside this room knows a file format of images."""

from .atomic import replacing, save_json
from .opening import kind_of, open_labels, open_scan, open_volume
from .saving import save_labels, save_scan, save_volume

__all__ = [
    "kind_of",
    "open_labels",
    "open_scan",
    "open_volume",
    "replacing",
    "save_json",
    "save_labels",
    "save_scan",
    "save_volume",
]
