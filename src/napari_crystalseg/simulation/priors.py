"""Priors: everything that random cases are drawn from, as one object that can be written down, edited and read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError, shortened
from ..io import check_input
from ..phantom.drawing import sample_priors as samples
from ..phantom.drawing.crystal_ranges import CrystalRanges
from ..phantom.drawing.sample_priors import SamplePriors
from . import condition_priors, material_priors
from .condition_priors import ConditionPriors
from .earlier_priors import with_materials_apart
from .material_priors import MaterialPriors


@dataclass(frozen=True)
class Priors:
    """Ranges and probabilities that samples, materials and scans are drawn from.

    Parameters
    ----------
    sample : SamplePriors
        Crystals, mount and liquor, with sizes in units of the field of view.
    conditions : ConditionPriors
        Energy, geometry, detector and their artefacts.
    crystals : CrystalRanges, optional
        Grow crystals in true micrometres from these, with twins, fragments, dissolved faces and clusters. The count,
        size, shape and cracks of ``sample`` then do not apply.
    materials : MaterialPriors
        Liquor, protein, mount and what else is in a drop: of four liquors, or from recipes of crystallisation.
    name : str
        Name of the preset, or whatever the author calls it.
    """

    sample: SamplePriors = samples.TYPICAL
    conditions: ConditionPriors = condition_priors.TYPICAL
    crystals: CrystalRanges | None = None
    materials: MaterialPriors = material_priors.TYPICAL
    name: str = "custom"

    def to_dict(self) -> dict[str, Any]:
        """Return the priors as JSON values; ranges and probabilities are lists.

        What came with later versions is left out where it is as by default, so that records of older ones compare.
        """
        record: dict[str, Any] = {"name": self.name}
        for section in _SECTIONS:
            part = getattr(self, section)
            record[section] = None if part is None else _listed(part)
        return record

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> Priors:
        """Rebuild priors from :meth:`to_dict`.

        What is left out of ``sample``, ``conditions``, and ``materials`` of four liquors is as in the preset typical,
        and what is left out of ``crystals``, and of materials from recipes, as in their defaults. What earlier versions
        wrote is read as they meant it.

        Raises
        ------
        InputError
            An unknown key, or a value that cannot be; the text names it and tells what is allowed.
        """
        if not isinstance(record, Mapping):
            raise InputError(f"Priors need the sections {', '.join(_SECTIONS)}, not {type(record).__name__}.")
        _check_keys(record, ("name", *_SECTIONS), "the priors")
        record = with_materials_apart(record)
        parts: dict[str, Any] = {"name": str(record.get("name") or "custom")}
        for section, kind in _SECTIONS.items():
            given = record.get(section)
            if given is None:
                continue
            if not isinstance(given, Mapping):
                raise InputError(f"The section {section} of the priors needs keys with values, not {given!r}.")
            _check_keys(given, [f.name for f in fields(kind)], f"the section {section} of the priors")
            names = {one.name for one in fields(kind) if isinstance(one.default, str)}
            values = {
                # Where a name is wanted, the section says which; what does not apply to these liquors is null.
                key: value if key in names or value is None else _tupled(value, f"{section}.{key}")
                for key, value in given.items()
            }
            try:
                parts[section] = kind(**(_left_out(section, values) | values))
            except InputError as error:
                raise InputError(f"In the section {section} of the priors: {error}") from error
            except (TypeError, ValueError) as error:
                raise InputError(
                    f"The section {section} of the priors holds a value of the wrong kind: {error}."
                ) from error
        return cls(**parts)

    def to_yaml(self) -> str:
        """Return the priors as YAML, each value explained."""
        lines = [*_comment(_HEAD, ""), f"name: {json.dumps(self.name)}"]
        for section, kind in _SECTIONS.items():
            part = getattr(self, section)
            lines += ["", *_comment(_documented(Priors)[section], "")]
            if part is None:
                lines.append(f"{section}: null")
                continue
            lines.append(f"{section}:")
            told = ""
            for key, text in _documented(kind).items():
                # Names that share a line of the documentation share the comment.
                lines += [] if text == told else _comment(text, "  ")
                lines.append(f"  {key}: {_yaml_value(getattr(part, key))}")
                told = text
        return "\n".join(lines) + "\n"

    @classmethod
    def from_yaml(cls, text: str | bytes) -> Priors:
        """Read priors from YAML; see :meth:`from_dict`.

        Raises
        ------
        InputError
            Not YAML, or not priors.
        """
        import yaml

        if len(text) > _LONGEST_YAML:
            raise InputError(f"The priors are {len(text)} characters long; {_LONGEST_YAML} are the most.")
        try:
            record = yaml.load(text, _loader())
        except InputError:
            raise
        # Values of the wrong kind, such as a date that is none, end in other errors.
        except (yaml.YAMLError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError) as error:
            raise InputError(f"The priors are not valid YAML: {shortened(error)}") from error
        return cls.from_dict({} if record is None else record)


_LONGEST_YAML = 1_000_000
_SECTIONS: dict[str, Any] = {
    "sample": SamplePriors,
    "conditions": ConditionPriors,
    "crystals": CrystalRanges,
    "materials": MaterialPriors,
}
_HEAD = (
    "Priors of simulated cases. Ranges are [low, high]; probabilities lie between 0 and 1. What is left out is as in "
    "typical."
)

TYPICAL = Priors(name="typical")
"""What a beamline sees on most days, in well-chosen conditions."""

WIDE = Priors(samples.WIDE, condition_priors.WIDE, materials=material_priors.WIDE, name="wide")
"""What a network must have seen: rarer and harder samples, poorer scans."""

REALISM = Priors(
    sample=SamplePriors(
        mount=(0.45, 0.47, 0.08),
        placement=(0.55, 0.3, 0.15),
        liquor=(0.15, 0.45, 0.25, 0.15),
        crystal_count=(1.0, 0.0, 0.0, 0.0),
        crystal_reach=(0.12, 0.42),
        crack=0.15,
        other=(0.35, 0.35, 0.3),
        gradient=0.3,
        skin=0.15,
        mount_catalogue=0.5,
    ),
    conditions=ConditionPriors(
        photons=(5e2, 1e5),
        gain_drift=(2e-4, 1e-2),
        fresnel=7.0,
        missing_wedge=0.15,
        angles=(0.2, 0.35, 0.3, 0.15),
        contact=0.05,
        absorption_only=0.0,
        wedge_deg=(0.0, 30.0),
        tilt_deg=(0.0, 0.3),
        wobble=1.0,
        wobble_px=(0.0, 1.5),
        twelve_bit=0.5,
        psf_sigma_px=(0.6, 2.0),
        psf_tail=(0.0, 0.08),
        flats=(10, 50),
        flat_drift=1.0,
        flat_drift_px=(0.0, 5.0),
        harmonic=0.5,
    ),
    crystals=CrystalRanges(),
    # Bubbles 0.25, salt 0.2, ice 0.1 and oils 0.1 of all samples; 0.15 of all have hardly any contrast.
    materials=MaterialPriors(other=(0.38, 0.31, 0.15, 0.08, 0.08), equal_contrast=0.3),
    name="realism",
)
"""What tomograms of long-wavelength beamlines show, as far as it can be drawn; docs/priors.md says what is left out."""

PRESETS = {priors.name: priors for priors in (TYPICAL, WIDE, REALISM)}


def find_priors(name: str) -> Priors:
    """Return a preset, or the priors in a YAML file.

    Parameters
    ----------
    name : str
        Name of a preset, a key of :data:`PRESETS`, or path of a file ``.yaml`` or ``.yml``.

    Raises
    ------
    InputError
        Neither, or a file that does not hold priors.
    """
    if name in PRESETS:
        return PRESETS[name]
    path = Path(name)
    if path.suffix.lower() not in (".yaml", ".yml"):
        raise InputError(f"Unknown priors {name!r}; choose {', '.join(PRESETS)} or a YAML file.")
    check_input(path)
    try:
        # As bytes: shells of Windows write UTF-16, which YAML knows by its mark.
        found = Priors.from_yaml(path.read_bytes())
    except OSError as error:
        raise InputError(f"The priors {path} cannot be read ({error.strerror}).") from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    # An edited copy of a preset still bears its name, and what is made from it would pass for the preset's.
    return replace(found, name=path.stem) if PRESETS.get(found.name, found) != found else found


def _loader() -> Any:
    """YAML's safe loader, which refuses a key that is given twice; the last one would hold unsaid."""
    import yaml

    class Loader(yaml.SafeLoader):  # type: ignore[misc]  # has no types
        def compose_node(self, parent: Any, index: Any) -> Any:
            # A few hundred letters of references to references stand for more values than there is memory.
            if self.check_event(yaml.AliasEvent):
                raise InputError("The priors refer back to a value with '*'; write the value itself.")
            return super().compose_node(parent, index)

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            keys = [self.construct_object(key, deep=True) for key, _ in node.value]
            if twice := sorted({str(key) for key in keys if keys.count(key) > 1}):
                raise InputError(f"The priors give {', '.join(twice)} more than once; keep one.")
            return super().construct_mapping(node, deep)

    return Loader


def _left_out(section: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a section has where a file leaves it out, beside the defaults of its class."""
    if section in ("sample", "conditions") or (section, given.get("liquors")) == ("materials", "four"):
        return asdict(getattr(TYPICAL, section))
    return {}


def _listed(part: Any) -> dict[str, Any]:
    values = {f.name: getattr(part, f.name) for f in fields(part) if not _is_neutral(part, f)}
    return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}


def _is_neutral(part: Any, one: Field[Any]) -> bool:
    return bool(one.metadata.get("neutral")) and getattr(part, one.name) == one.default


def _tupled(value: Any, name: str) -> Any:
    """Give numbers and lists of numbers as floats and tuples."""
    if isinstance(value, list | tuple):
        return tuple(_tupled(one, name) for one in value)
    try:
        # YAML takes 1e5 for text.
        number = float("" if isinstance(value, bool) else value)
    except (TypeError, ValueError):
        raise InputError(f"{name} of the priors needs numbers, not {value!r}.") from None
    if not np.isfinite(number):
        raise InputError(f"{name} of the priors needs finite numbers, not {value!r}.")
    return number


def _check_keys(given: Mapping[str, Any], known: Any, where: str) -> None:
    for key in given:
        if key not in known:
            raise InputError(f"Unknown key {key!r} in {where}; choose of {', '.join(known)}.")


def _documented(kind: type) -> dict[str, str]:
    """Name and explanation of each parameter in a class's documentation."""
    found: dict[str, str] = {}
    names: list[str] = []
    for line in (kind.__doc__ or "").splitlines():
        head = re.fullmatch(r"    (\w[\w, ]*) : .*", line)
        if head:
            names = [name.strip() for name in head[1].split(",")]
            found |= dict.fromkeys(names, "")
        elif names and line.startswith("        "):
            found |= {name: f"{found[name]} {line.strip()}".strip() for name in names}
        else:
            names = []
    # In the order of the fields, and none is lost where documentation is stripped.
    return {f.name: found.get(f.name, "").replace("`", "") for f in fields(kind)}


def _comment(text: str, indent: str) -> list[str]:
    import textwrap

    mark = f"{indent}# "
    # Any shell can write ASCII to a file.
    text = text.replace("\N{MICRO SIGN}", "u")
    return textwrap.wrap(text, 100, initial_indent=mark, subsequent_indent=mark, break_on_hyphens=False)


def _yaml_value(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(_yaml_value(one) for one in value)}]"
    # Without the point, YAML takes 1e-05 for text.
    return "null" if value is None else re.sub(r"^(-?\d+)e", r"\1.0e", repr(value))
