"""Files to nouns and back; nothing outside this room knows a file format of images."""

from .description import Description, describe
from .file_places import check_folder_of_results, check_outputs, check_writable, files_read
from .files.atomic import replacing, save_json, write_text
from .files.input_file import check_input
from .files.memory import check_memory
from .files.output_folder import OutputFolder, writing_into
from .formats.readers import suffixes_read
from .opening import kind_of, open_codes, open_file, open_labels, open_scan, open_uncertainty, open_volume, recognises
from .saving import check_suffix, save_labels, save_scan, save_uncertainty, save_volume

__all__ = [
    "Description",
    "OutputFolder",
    "check_folder_of_results",
    "check_input",
    "check_memory",
    "check_outputs",
    "check_suffix",
    "check_writable",
    "describe",
    "files_read",
    "kind_of",
    "open_codes",
    "open_file",
    "open_labels",
    "open_scan",
    "open_uncertainty",
    "open_volume",
    "recognises",
    "replacing",
    "save_json",
    "save_labels",
    "save_scan",
    "save_uncertainty",
    "save_volume",
    "suffixes_read",
    "write_text",
    "writing_into",
]
