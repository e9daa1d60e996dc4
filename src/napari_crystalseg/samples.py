"""Where the sample data lie."""

from __future__ import annotations

from pathlib import Path

from .errors import InputError


def sample_data_folder() -> Path:
    """Folder of the sample data: inside the installed package, or at the root of a checkout.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        Neither is there.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "sample_data", package.parents[1] / "sample_data"):
        if (folder / "ATTRIBUTION.md").is_file():
            return folder
    raise InputError("The sample data are not installed; install napari-crystalseg from its wheel or a full checkout.")
