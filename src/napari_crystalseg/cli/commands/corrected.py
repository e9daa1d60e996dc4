"""crystalseg corrected"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    review: Annotated[Path, typer.Argument(help="Folder of a review, begun or accepted: NAME.review.")],
    out_labels: Annotated[Path, typer.Argument(help="Labels to write: .tif, .zarr, .h5 or .npy.")],
) -> None:
    """Write the labels of a review, as they were last saved, to a file."""
    from ...io import check_outputs, save_labels
    from ...review.session.kept_labels import labels_of_review

    check_outputs([out_labels], [review])
    save_labels(labels_of_review(review), out_labels)
