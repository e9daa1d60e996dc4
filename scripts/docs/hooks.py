"""What the site has beside the files of docs/: the pages of the root, the reference, and links into the repository."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from reference import packages

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES_OF_THE_ROOT = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
REFERENCE = "reference/"

log = get_plugin_logger("repository")
_LINK = re.compile(r"(\]\()([^)\s#]+)(#[^)\s]*)?(\))")
_FENCED = re.compile(r"(^```.*?^```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the pages of the reference into the navigation."""
    for section in config.nav or []:
        for title, pages in section.items():
            if pages == REFERENCE:
                section[title] = [{one.title: one.page} for one in packages()]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are not in docs/."""
    for source, page in PAGES_OF_THE_ROOT.items():
        files.append(File.generated(config, page, content=(REPOSITORY / source).read_text(encoding="utf-8")))
    for package in packages():
        files.append(File.generated(config, package.page, content=package.markdown()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links to files of the repository into links to pages of the site, else to the repository's own page."""
    source = next((one for one, made in PAGES_OF_THE_ROOT.items() if made == page.file.src_uri), None)
    here = posixpath.dirname(source or f"docs/{page.file.src_uri}")

    def link(found: re.Match[str]) -> str:
        begin, target, anchor, end = found.groups(default="")
        if "://" in target or target.startswith(("mailto:", "/")):
            return found.group()
        place = posixpath.normpath(posixpath.join(here, target))
        return begin + _place_of(place, page, config, target) + anchor + end

    parts = _FENCED.split(markdown)
    return "".join(part if i % 2 else _LINK.sub(link, part) for i, part in enumerate(parts))


def _place_of(place: str, page: Page, config: MkDocsConfig, target: str) -> str:
    """Where a link leads that names ``place`` in the repository."""
    if place in PAGES_OF_THE_ROOT:
        place = f"docs/{PAGES_OF_THE_ROOT[place]}"
    elif page.file.src_uri.startswith(REFERENCE):
        return target
    if place.startswith("docs/"):
        return posixpath.relpath(place, f"docs/{posixpath.dirname(page.file.src_uri)}")
    if not (REPOSITORY / place).exists():
        log.warning(f"{page.file.src_uri} links to {place}, which the repository does not have.")
    return f"{config.repo_url}/blob/main/{place}"
