"""What each stage found: JSON values in the manifest, for the stages after it, the report and later runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from ...absorption import Coefficients


@dataclass(frozen=True)
class Facts:
    """What a stage found; what has the default None is left out of the record where it is None."""

    def to_dict(self) -> dict[str, Any]:
        """Return the facts as JSON-ready values."""
        values = ((one, getattr(self, one.name)) for one in fields(self))
        return {
            one.name: list(value) if isinstance(value, tuple) else value
            for one, value in values
            if value is not None or one.default is MISSING
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Self:
        """Return the facts of a record, in which what another version has added is passed over.

        Raises
        ------
        KeyError
            The record lacks what this version needs.
        """
        given = {one.name: record[one.name] for one in fields(cls) if one.default is MISSING or one.name in record}
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in given.items()})


@dataclass(frozen=True)
class ReconstructFacts(Facts):
    """What the stage Reconstruct found.

    Parameters
    ----------
    kind : {"scan", "volume"}
        What the input is.
    energy_kev : float or None
        Photon energy of the scan, keV.
    input : str
        Name of the input.
    shape : tuple of int
        Of the volume, (z, y, x).
    voxel_size_um : tuple of float
        Of the volume, for each axis, µm.
    quantity : str
        What the voxel values are.
    assumed, said : tuple of str
        What was assumed of the input, and what is wrong with it.
    projections : tuple of int, optional
        Shape of those of a scan, (angle, row, column).
    found : tuple of str, optional
        What the user must know of the rotation axis of a scan, a sentence each.
    """

    kind: str
    energy_kev: float | None
    input: str
    shape: tuple[int, ...]
    voxel_size_um: tuple[float, ...]
    quantity: str
    assumed: tuple[str, ...]
    said: tuple[str, ...]
    projections: tuple[int, ...] | None = None
    found: tuple[str, ...] | None = None


@dataclass(frozen=True)
class SegmentFacts(Facts):
    """What the stage Segment found.

    Parameters
    ----------
    model, model_sha256 : str
        Name of the model, and hash of its weights.
    mean_uncertainty : float
        Mean probability that a label of the sample is wrong, 0 to 1.
    volumes_um3 : dict of str to float
        Volume of each class, µm³.
    labels_sha256 : str
        Hash of the labels as the network made them.
    volumes_um3_as_segmented : dict of str to float, optional
        Volumes before the user corrected the labels.
    corrected : str, optional
        A sentence about what the user has corrected.
    """

    model: str
    model_sha256: str
    mean_uncertainty: float
    volumes_um3: dict[str, float]
    labels_sha256: str
    volumes_um3_as_segmented: dict[str, float] | None = None
    corrected: str | None = None


@dataclass(frozen=True)
class FactorFacts:
    """Statistics of the absorption factors.

    Parameters
    ----------
    reflections, without_direction : int
        Reflections that have a factor, and that have none.
    mean, least, largest : float
        Of the factors.
    largest_standard_error : float
        Of any of the factors.
    statements : tuple of str
        What the user must know of the reflections.
    """

    reflections: int
    without_direction: int
    mean: float
    least: float
    largest: float
    largest_standard_error: float
    statements: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the statistics as JSON-ready values."""
        return {
            "reflections": self.reflections,
            "without_direction": self.without_direction,
            "A_mean": self.mean,
            "A_min": self.least,
            "A_max": self.largest,
            "largest_standard_error": self.largest_standard_error,
            "reflections_found": list(self.statements),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> FactorFacts:
        """Return the statistics of a record."""
        return cls(
            record["reflections"],
            record["without_direction"],
            record["A_mean"],
            record["A_min"],
            record["A_max"],
            record["largest_standard_error"],
            tuple(record["reflections_found"]),
        )


@dataclass(frozen=True)
class AbsorbFacts(Facts):
    """What the stage Absorb found.

    Parameters
    ----------
    crystal_found : bool
        Whether there is a crystal.
    without_factors : str or None
        Why there are no factors in spite of a crystal.
    coefficients : Coefficients
        Those used.
    coefficients_explanation : str
        Where they come from.
    directions : str
        What the directions are, in a few words.
    factors : FactorFacts or None
        Statistics of the factors, where there are some.
    """

    crystal_found: bool
    without_factors: str | None
    coefficients: Coefficients
    coefficients_explanation: str
    directions: str
    factors: FactorFacts | None = None

    @property
    def may_have_factors(self) -> bool:
        """Whether the labels are such that factors can be computed."""
        return self.crystal_found and self.without_factors is None

    def to_dict(self) -> dict[str, Any]:
        """Return the facts as JSON-ready values, those of coefficients and factors among them."""
        return {
            "crystal_found": self.crystal_found,
            "without_factors": self.without_factors,
            **self.coefficients.record(),
            "coefficients_explanation": self.coefficients_explanation,
            "directions": self.directions,
            **({} if self.factors is None else self.factors.to_dict()),
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> AbsorbFacts:
        """Return the facts of a record.

        Raises
        ------
        KeyError
            The record lacks what this version needs.
        """
        from ...absorption import Coefficients

        return cls(
            record["crystal_found"],
            record["without_factors"],
            Coefficients.from_record(record),
            record["coefficients_explanation"],
            record["directions"],
            FactorFacts.from_dict(record) if "A_mean" in record else None,
        )


@dataclass(frozen=True)
class ExportFacts(Facts):
    """What the stage Export found.

    Parameters
    ----------
    without_anacor : str, optional
        Why there is no folder for AnACor, where there could be one.
    """

    without_anacor: str | None = None


@dataclass(frozen=True)
class ReportFacts(Facts):
    """What the stage Report found.

    Parameters
    ----------
    findings : tuple of dict
        How plausible the labels are; each has a ``level`` and a ``text``.
    """

    findings: tuple[dict[str, Any], ...]

    @property
    def doubts(self) -> tuple[str, ...]:
        """What speaks against the labels."""
        return tuple(one["text"] for one in self.findings if one["level"] != "good")
