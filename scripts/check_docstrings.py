"""Check that public docstrings say what they must: parameters as they are, shapes of arrays, and what is refused.

A docstring of one sentence may stand alone where names and annotations say the rest. One with sections (numpydoc) must
name the parameters as the signature does, state the shape or the axes of every array among them, and have a section
Raises where the function itself raises :class:`InputError`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path("src/napari_crystalseg")
_SECTION = re.compile(r"^( *)(Parameters|Returns|Raises|Yields|Attributes|Notes|References)\n\1-{4,}\n", re.M)
_AXES = re.compile(r"shape|\((angle|frame|row|z|y|x|N|n|H|W|reflection|direction|column|voxel|ray|slice)\b")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def public_functions(tree: ast.Module) -> Iterator[tuple[str, Function, str]]:
    """Yield the public functions of a module and the public methods of its public classes, with where they stand."""
    for node in tree.body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            yield node.name, node, "function"
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            for method in node.body:
                if isinstance(method, Function) and not method.name.startswith("_"):
                    yield f"{node.name}.{method.name}", method, "method"


def sections(docstring: str) -> dict[str, str]:
    """Return the text of each numpydoc section."""
    found = list(_SECTION.finditer(docstring))
    ends = [*(one.start() for one in found[1:]), len(docstring)]
    return {one[2]: docstring[one.end() : end] for one, end in zip(found, ends, strict=False)}


def documented_parameters(section: str) -> dict[str, str]:
    """Return the text of each parameter, its type included; names that share an entry share the text."""
    indent = len(section) - len(section.lstrip(" "))
    found: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines():
        if line.strip() and len(line) - len(line.lstrip(" ")) == indent:
            head, _, kind = line.strip().partition(" : ")
            names = [name.strip().lstrip("*") for name in head.split(",")]
            found |= dict.fromkeys(names, kind)
        else:
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found


def raises_input_error(function: Function) -> bool:
    """Whether a function itself raises InputError, and does not catch it."""
    return any(
        isinstance(node, ast.Raise)
        and isinstance(node.exc, ast.Call)
        and isinstance(node.exc.func, ast.Name)
        and node.exc.func.id == "InputError"
        for node in ast.walk(function)
    )


def complaints(path: Path) -> Iterator[str]:
    """Yield what is missing in a file, a line each."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not ast.get_docstring(tree):
        yield f"{path}:1 the module has no docstring"
    for name, function, kind in public_functions(tree):
        place = f"{path}:{function.lineno} {name}"
        docstring = ast.get_docstring(function)
        overload = any(
            isinstance(one, ast.Name) and one.id in ("overload", "override") for one in function.decorator_list
        )
        if not docstring:
            if not overload:
                yield f"{place} has no docstring"
            continue
        found = sections(docstring + "\n")
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        arguments = arguments[1:] if kind == "method" else arguments
        known = {one.arg for one in arguments} | {one.arg for one in (function.args.vararg, function.args.kwarg) if one}
        if "Parameters" in found:
            documented = documented_parameters(found["Parameters"])
            for one in documented.keys() - known:
                yield f"{place} documents {one}, which is no parameter"
            for one in arguments:
                if one.arg not in documented and one.arg != "progress":
                    yield f"{place} does not document {one.arg}"
                kind_of = ast.unparse(one.annotation) if one.annotation else ""
                if re.match(r"(NDArray|np\.ndarray|Array)\b", kind_of) and not _AXES.search(
                    documented.get(one.arg, "")
                ):
                    yield f"{place} does not say the shape of {one.arg}"
        if raises_input_error(function) and "Raises" not in found and not re.search(r"[Rr]efuse|InputError", docstring):
            yield f"{place} raises InputError and does not say so"


def main() -> int:
    """Print what is missing; 1 where something is."""
    found = [one for path in sorted(SOURCE.rglob("*.py")) for one in complaints(path)]
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
