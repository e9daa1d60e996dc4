"""crystalseg reviews"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def command(
    folder: Annotated[Path, typer.Argument(help="Folder of the data, or of one review.")],
) -> None:
    """List the reviews that were begun or accepted in a folder: state, edits, places, time spent."""
    from ...errors import InputError
    from ...review.session.begun_review import reviews_in
    from ...texts.printable import printable

    found = reviews_in(folder)
    if not found:
        print(printable(f"No reviews lie in {folder}."))
    for path, review in found:
        if isinstance(review, InputError):
            print(printable(f"{path.name}: {review}"))
            continue
        state = "accepted" if review.accepted else "open now" if review.held else "begun"
        print(printable(f"{path.name}: {state}, {review.summary}, saved {review.saved:%Y-%m-%d %H:%M}"))
