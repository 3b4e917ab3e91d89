"""The pictures of reports in the documents: `python -m tests.browser.pictures` makes them anew, where there is a Chromium."""

from __future__ import annotations

import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path

from tests.browser.chromium import printed, screenshot
from tests.docs.pages import ROOT
from tests.unit.report.months import compliance, judged

from watchkeeper.report import html, text
from watchkeeper.report.compliance import compliance_document
from watchkeeper.report.document import Document
from watchkeeper.report.standing import standing_document
from watchkeeper.report.texts import texts_in

FOLDER = ROOT / "docs" / "pictures"
DRAWN_FROM = FOLDER / "drawn-from.txt"
"""What the reports said when they were drawn, as digests: how a test notices that they say something else by now."""
HOSTS = frozenset({"example.service-now.com"})


def drawn() -> dict[str, tuple[Document, str]]:
    """What each picture shows, and in which language."""
    return {
        "escalations": (standing_document(judged()), "en"),
        "compliance-dark-ja": (compliance_document(compliance(), "ja"), "ja"),
        "compliance-a4": (compliance_document(compliance()), "en"),
    }


def digests() -> str:
    """A line for each picture, of the words and numbers in it; not of how they are laid out."""
    said = {name: text.render(document, colour=False) for name, (document, _) in drawn().items()}
    return "".join(f"{sha256(words.encode()).hexdigest()}  {name}.png\n" for name, words in said.items())


def draw(document: Document, language: str, name: str, *, width: int, height: int, dark: bool = False) -> None:
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "report.html"
        page.write_text(html.render(document, texts=texts_in(language), hosts=HOSTS), encoding="utf-8")
        screenshot(page, FOLDER / f"{name}.png", width=width, height=height, dark=dark)


def on_paper(document: Document, language: str, name: str) -> None:
    """The first sheet, by way of Poppler's pdftoppm."""
    with tempfile.TemporaryDirectory() as folder:
        page, paper = Path(folder) / "report.html", Path(folder) / "report.pdf"
        page.write_text(html.render(document, texts=texts_in(language), hosts=HOSTS), encoding="utf-8")
        printed(page, paper)
        sheet = ["-r", "72", "-png", "-f", "1", "-singlefile", str(paper), str(FOLDER / name)]
        subprocess.run(["pdftoppm", *sheet], check=True)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    shown = drawn()
    draw(*shown["escalations"], "escalations", width=820, height=700)
    draw(*shown["compliance-dark-ja"], "compliance-dark-ja", width=820, height=700, dark=True)
    on_paper(*shown["compliance-a4"], "compliance-a4")
    DRAWN_FROM.write_text(digests(), encoding="utf-8")


if __name__ == "__main__":
    main()
