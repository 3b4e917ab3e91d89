"""Every relative link leads somewhere, and every anchor is a heading there."""

from __future__ import annotations

from pathlib import Path

from tests.docs.pages import ROOT, Page, pages

LOCAL = [
    (page, link) for page in pages() for link in page.links if not link.startswith(("https://", "http://", "mailto:"))
]


def test_a_relative_link_leads_to_a_file_of_the_project() -> None:
    targets = {(page.name, link): _target(page, link) for page, link in LOCAL}
    assert len(targets) > 100
    assert [named for named, target in targets.items() if not target.is_relative_to(ROOT)] == []
    assert [named for named, target in targets.items() if not target.exists()] == []


def test_an_anchor_is_a_heading_of_its_page() -> None:
    anchored = [(page, link) for page, link in LOCAL if "#" in link]
    anchors = {target: Page(target).anchors for target in {_target(page, link) for page, link in anchored}}
    assert anchored
    assert [
        (page.name, link) for page, link in anchored if link.partition("#")[2] not in anchors[_target(page, link)]
    ] == []


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
