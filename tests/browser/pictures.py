"""The pictures of reports in the documents: `python -m tests.browser.pictures` makes them anew, where there is a Chromium."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

from tests.browser.chromium import printed, screenshot
from tests.docs.pages import ROOT
from tests.unit.report.months import compliance, judged

from watchkeeper.report import html
from watchkeeper.report.compliance import compliance_document
from watchkeeper.report.document import Document
from watchkeeper.report.standing import standing_document
from watchkeeper.report.texts import texts_in

FOLDER = ROOT / "docs" / "pictures"
HOSTS = frozenset({"example.service-now.com"})


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
    draw(standing_document(judged()), "en", "escalations", width=820, height=700)
    draw(compliance_document(compliance(), "ja"), "ja", "compliance-dark-ja", width=820, height=700, dark=True)
    on_paper(compliance_document(compliance()), "en", "compliance-a4")


if __name__ == "__main__":
    main()
