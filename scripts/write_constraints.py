"""Write constraints.txt from the running environment: the exact version of everything the package needs.

Run with the environment's own Python after its tests have passed: ``python scripts/write_constraints.py``. What only a
CUDA build of PyTorch brings is left out, so that the same file serves machines with and without a GPU.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LEFT_OUT = (
    "nvidia-",
    "cuda-",
    "triton",
    "pytorch-triton",
    "pip",
    "setuptools",
    "wheel",
    "argparse",
    "napari-crystalseg",
)
HEADER = """\
# Versions that the tests pass with (Python 3.11); scripts/write_constraints.py writes this file.
# Constraints pin what is installed and install nothing themselves.
"""


def closure(root: str, extras: set[str]) -> dict[str, str]:
    """Return the name and version of every installed distribution that ``root`` needs, directly or not."""
    found: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    queue = [(root, extra) for extra in ("", *sorted(extras))]
    while queue:
        name, extra = queue.pop()
        if (canonicalize_name(name), extra) in seen:
            continue
        seen.add((canonicalize_name(name), extra))
        try:
            installed = distribution(name)
        except PackageNotFoundError:
            continue
        # A local part such as +cpu names one build of a version; the pin must allow the others.
        found[canonicalize_name(name)] = installed.version.split("+")[0]
        for line in installed.requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
                queue += [(requirement.name, wanted) for wanted in ("", *requirement.extras)]
    return found


def main() -> None:
    """Write the file beside pyproject.toml."""
    found = closure("napari-crystalseg", {"all", "astra", "blender", "test", "dev", "docs"})
    lines = [f"{name}=={version}" for name, version in sorted(found.items()) if not name.startswith(LEFT_OUT)]
    target = Path(__file__).resolve().parent.parent / "constraints.txt"
    target.write_text(HEADER + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{target}: {len(lines)} versions")


if __name__ == "__main__":
    main()
