"""Quality files: labels judged from files to a report, a record and a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...io import check_outputs, replacing, save_json, write_text
from .quality_report import QualityReport


@dataclass(frozen=True)
class QualityOutputs:
    """Files to write; None for those that are not wanted.

    Parameters
    ----------
    json, text, picture : Path or None
        Record of all figures, report as text, and picture (PNG).
    """

    json: Path | None = None
    text: Path | None = None
    picture: Path | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """Those that are wanted."""
        return tuple(path for path in (self.json, self.text, self.picture) if path is not None)

    def check(self, inputs: list[Path | None]) -> None:
        """Refuse, before the work, files that cannot be written or are inputs.

        Raises
        ------
        InputError
        """
        check_outputs(self.files, [path for path in inputs if path is not None])

    def write(self, report: QualityReport) -> None:
        """Write a report in every form wanted, each file whole or not at all."""
        if self.json is not None:
            save_json(report.to_dict(), self.json)
        if self.text is not None:
            write_text(self.text, report.text())
        if self.picture is not None:
            from ...pictures.quality import quality_png

            png = quality_png({name: each.statistics for name, each in report.columns.items()})
            with replacing(self.picture) as partial:
                partial.write_bytes(png)
