"""What the documentation shows can be done: Python is run, commands are parsed, names of options exist."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer

from napari_crystalseg.cli.entry import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
# A block with this line before it takes too long for a test, or files that are not ours: only its imports are run.
NOT_RUN = "<!-- not run"
EVERYWHERE = {"--help", "--debug", "--version"}

program = typer.main.get_command(app)
commands = program.commands


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, where its text begins, and whether it is to be run."""

    language: str
    line: int
    text: str
    run: bool


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        before = text[: found.start()].rstrip().rpartition("\n")[2]
        line = text[: found.start()].count("\n") + 1
        yield Block(found[1], line, found[2], run=not before.startswith(NOT_RUN))


def names(pages: list[Path]) -> list[str]:
    return [page.name for page in pages]


with_python = [page for page in PAGES if any(block.language == "python" for block in blocks(page))]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty folder with the sample data, as a clone has them."""
    (tmp_path / "sample_data").symlink_to(ROOT / "sample_data", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", with_python, ids=names(with_python))
def test_python_runs(page, place):
    """The blocks of a page follow on each other."""
    seen: dict[str, object] = {}
    for block in blocks(page):
        if block.language != "python":
            continue
        # As many lines above as in the page, so that a traceback names the right one.
        tree = ast.parse("\n" * block.line + block.text, str(page))
        if not block.run:
            tree.body = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        exec(compile(tree, str(page), "exec"), seen)


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_commands_are_understood(page, place):
    """What can be typed is taken by the parser, and what is read is there."""
    for block in blocks(page):
        if block.language != "sh":
            continue
        for line in block.text.replace("\\\n", " ").splitlines():
            words = shlex.split(re.split(r"[>|]", line)[0], comments=True)
            if words and words[0] == "python" and words[1].endswith(".py"):
                assert (ROOT / words[1]).is_file(), line
            if not words or not words[0].endswith("crystalseg"):
                continue
            assert all((place / word).exists() for word in words if word.startswith("sample_data/")), line
            if EVERYWHERE.isdisjoint(words):
                commands[words[1]].make_context(words[1], words[2:])


def parameters_of(words):
    """Options of each parameter of the command that words name; of a group that is given none, those of all its own."""
    found = [commands[words[0]]]
    for word in words[1:]:
        inner = getattr(found[-1], "commands", {})
        if word not in inner:
            break
        found.append(inner[word])
    last = found[-1]
    return [
        parameter.opts + parameter.secondary_opts
        for command in (last, *getattr(last, "commands", {}).values())
        for parameter in command.params
    ]


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_options_exist(page):
    """In blocks and in the text, behind the name of a command."""
    text = page.read_text(encoding="utf-8")
    code = [block.text for block in blocks(page) if block.language != "python"]
    code += re.findall(r"`([^`]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL))
    for piece in code:
        for call in re.split(r"(?=crystalseg [a-z])", piece):
            name = re.match(r"crystalseg ([a-z][a-z-]*)\b(?!\()", call)
            if name is None:
                continue
            assert name[1] in commands, call
            known = {option for parameter in parameters_of(call.split()[1:]) for option in parameter}
            used = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*\b(?!-?…)", call))
            assert used <= known | EVERYWHERE, f"{name[1]}: {sorted(used - known)}"


def test_every_command_has_its_section():
    headings = re.findall(r"^## (.+)$", (ROOT / "docs" / "cli.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name in commands if name not in headings] == []
