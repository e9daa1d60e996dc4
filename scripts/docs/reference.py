"""Pages of the Python reference: one for each package, with what its modules make public.

Read from the text of the package, which is never imported: neither Qt nor PyTorch is needed, and what is moved there
moves here.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src"
ROOT = SOURCE / "napari_crystalseg"

# Faces are used, not called; of kernels the callers are documented.
_FACES = ("cli", "widgets")
_KERNEL = "_kernel"


@dataclass(frozen=True)
class Package:
    """One folder of modules.

    Parameters
    ----------
    folder : path
        Where its ``__init__.py`` lies.
    """

    folder: Path

    @property
    def name(self) -> str:
        """Dotted name."""
        return ".".join(self.folder.relative_to(SOURCE).parts)

    @property
    def title(self) -> str:
        """Dotted name within the package; that of the root is its own."""
        return self.name.removeprefix(f"{ROOT.name}.")

    @property
    def page(self) -> str:
        """Path of its page in the site."""
        return f"reference/{'index' if self.folder == ROOT else self.title}.md"

    @cached_property
    def modules(self) -> list[Path]:
        """Modules that define something public and documented, by name."""
        found = sorted(self.folder.glob("*.py"))
        return [file for file in found if _is_public(file) and any(_documented(file))]

    @cached_property
    def exports(self) -> dict[str, str]:
        """Name → dotted name of what is imported from the package itself, by name."""
        stub = self.folder / "__init__.pyi"
        tree = ast.parse((stub if stub.is_file() else self.folder / "__init__.py").read_text(encoding="utf-8"))
        imports = [
            node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module
        ]
        return dict(
            sorted((alias.name, f"{self.name}.{node.module}.{alias.name}") for node in imports for alias in node.names)
        )

    @cached_property
    def summary(self) -> str:
        """First paragraph of its docstring."""
        return _docstring(self.folder / "__init__.py").split("\n\n")[0].replace("\n", " ")

    def markdown(self) -> str:
        """Text of its page, for mkdocstrings."""
        lines = [f"# {self.name}", "", _docstring(self.folder / "__init__.py"), ""]
        if self.folder == ROOT:
            lines += ["| package | |", "| --- | --- |"]
            lines += [
                f"| [`{one.name}`]({Path(one.page).name}) | {one.summary} |" for one in packages() if one.folder != ROOT
            ]
            lines += [""]
        elif self.exports:
            links = (
                f'<autoref identifier="{target}" optional><code>{name}</code></autoref>'
                for name, target in self.exports.items()
            )
            lines += [f"`from {self.name} import …`: " + ", ".join(links), ""]
        for file in self.modules:
            lines += [f"::: {self.name}.{file.stem}", ""]
        return "\n".join(lines)


def packages() -> list[Package]:
    """Every package of the core that has public modules, the root first."""
    folders = [ROOT, *(file.parent for file in sorted(ROOT.rglob("*/__init__.py")))]
    inside = [one for one in folders if one == ROOT or one.relative_to(ROOT).parts[0] not in _FACES]
    found = [Package(folder) for folder in inside]
    return [one for one in found if one.folder == ROOT or one.modules]


def _is_public(file: Path) -> bool:
    return not file.stem.startswith("_") and not file.stem.endswith(_KERNEL)


def _documented(file: Path) -> Iterator[str]:
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if (
            isinstance(node, (ast.FunctionDef, ast.ClassDef))
            and not node.name.startswith("_")
            and ast.get_docstring(node)
        ):
            yield node.name


def _docstring(file: Path) -> str:
    return ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
