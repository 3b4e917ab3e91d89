"""Every relative link leads somewhere, and every anchor is a heading there."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.docs.pages import ROOT, Page, pages

LOCAL = [
    (page, link) for page in pages() for link in page.links if not link.startswith(("https://", "http://", "mailto:"))
]


@pytest.mark.parametrize(("page", "link"), LOCAL, ids=[f"{page.name}:{link}" for page, link in LOCAL])
def test_a_relative_link_leads_to_a_file_of_the_project(page: Page, link: str) -> None:
    target = _target(page, link)
    assert target.is_relative_to(ROOT), f"{page.name} links outside the project: {link}"
    assert target.exists(), f"{page.name} links to {link}, which is not there"


@pytest.mark.parametrize(
    ("page", "link"), [each for each in LOCAL if "#" in each[1]], ids=[link for _, link in LOCAL if "#" in link]
)
def test_an_anchor_is_a_heading_of_its_page(page: Page, link: str) -> None:
    target = Page(_target(page, link))
    assert link.partition("#")[2] in target.anchors, f"{page.name}: {link}; there is {sorted(target.anchors)}"


def test_every_document_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        path = waiting.pop()
        if path in reached or path.suffix != ".md" or not path.exists():
            continue
        reached.add(path)
        page = Page(path)
        waiting += [_target(page, link) for link in page.links if "://" not in link]
    assert [page.name for page in pages() if page.path not in reached] == []


def _target(page: Page, link: str) -> Path:
    file = link.partition("#")[0]
    return (page.path.parent / file).resolve() if file else page.path
