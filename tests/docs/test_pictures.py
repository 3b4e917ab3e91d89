"""The pictures of reports say what the reports say."""

from __future__ import annotations

from tests.browser.pictures import DRAWN_FROM, FOLDER, digests
from tests.docs.pages import ROOT


def test_the_pictures_were_drawn_since_the_reports_last_said_something_else_and_are_shown() -> None:
    told = DRAWN_FROM.read_text(encoding="utf-8")
    assert told == digests(), "draw them again: python -m tests.browser.pictures"
    pages = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md"))
    names = [line.split()[1] for line in told.splitlines()]
    assert {path.name for path in FOLDER.glob("*.png")} == set(names)
    assert all(f"(pictures/{name})" in pages for name in names)
