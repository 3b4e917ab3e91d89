"""The intranet portal in a real browser. Each start of one takes a second or more, hence the marks."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.browser.chromium import complaints, overhang, printed, violations, widest
from tests.evidence_history import TODAY, half_a_year
from tests.unit.portal.estates import AT, FULL, hostile, made
from tests.unit.portal.kept_site import told_of
from tests.unit.report.examples import HOSTILE

from watchkeeper.model.sources import DEFENDER, GRAPH
from watchkeeper.portal.replacing import publish

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LIVED = (
    "soc/index.html",
    "soc/oversight.html",
    "soc/secure-score.ja.html",
    "soc/remediation.html",
    "soc/escalations.html",
    "owners/tokyo/index.html",
    "soc/unowned/index.ja.html",
)
"""Of a site that an estate's own life has filled."""
PAGES = (
    "index.html",
    "soc/index.html",
    "soc/index.ja.html",
    "soc/compliance.html",
    "owners/finance/index.html",
    "owners/finance/index.ja.html",
    "soc/unowned/index.html",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With old data, so that the warning is there as well."""
    folder = tmp_path_factory.mktemp("www") / "portal"
    publish(folder, "soc", made(replace(FULL, now=AT + timedelta(days=3))).files)
    return folder


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lived")
    history = half_a_year(GRAPH, DEFENDER, first=TODAY - timedelta(days=40))
    publish(folder / "portal", "soc", made(told_of(history, folder)).files)
    return folder / "portal"


@pytest.mark.parametrize("name", LIVED)
class TestOfAnEstatesLife:
    def test_a_page_keeps_its_own_policy(self, lived: Path, name: str) -> None:
        assert complaints(lived / name) == []

    def test_nothing_keeps_a_person_from_using_a_page(self, lived: Path, name: str) -> None:
        assert violations(lived / name) == []
        assert violations(lived / name, dark=True) == []

    def test_a_page_fits_a_phone_of_320_pixels(self, lived: Path, name: str) -> None:
        assert overhang(lived / name, 320) == 0


@pytest.mark.parametrize("name", PAGES)
def test_a_page_keeps_its_own_policy(site: Path, name: str) -> None:
    assert complaints(site / name) == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_keeps_a_person_from_using_a_page(site: Path, name: str, dark: bool) -> None:
    assert violations(site / name, dark=dark) == []


def test_what_keeps_a_person_from_using_a_page_would_be_found(site: Path) -> None:
    page = site / "index.html"
    worse = page.with_name("worse.html")
    worse.write_text(page.read_text(encoding="utf-8").replace(' lang="en"', "", 1), encoding="utf-8")
    assert [each.partition(":")[0] for each in violations(worse)] == ["html-has-lang (serious)"]
    worse.unlink()


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone_of_320_pixels(site: Path, name: str) -> None:
    assert overhang(site / name, 320) == 0


@pytest.mark.parametrize("name", ["soc/index.html", "owners/finance/index.html"])
def test_no_table_is_wider_than_a_usual_page(site: Path, name: str) -> None:
    assert widest(site / name, 1000) == 0


def test_hostile_texts_break_no_policy(tmp_path: Path) -> None:
    text = " ".join(each for each in HOSTILE if "\ud800" not in each)
    text += "</style></title><script>console.error('owned')</script><style>*{color:red}</style>"
    publish(tmp_path / "portal", "soc", made(hostile(text)).files)
    for name in ("owners/finance/index.html", "soc/index.html", "soc/unowned/index.ja.html"):
        assert complaints(tmp_path / "portal" / name) == []


@pytest.mark.parametrize("name", ["owners/finance/index.html", "owners/finance/index.ja.html", "soc/index.html"])
def test_a_word_without_an_end_makes_no_page_wider_than_a_phone(tmp_path: Path, name: str) -> None:
    publish(tmp_path / "portal", "soc", made(hostile("W" * 1_000)).files)
    assert overhang(tmp_path / "portal" / name, 320) == 0


@pytest.mark.parametrize(
    "intruder",
    [
        "<script>console.error('owned')</script>",
        "<p style='color: red'>x</p>",
        "<img src='https://evil.example/x.png'>",
    ],
)
def test_what_got_past_the_escaping_would_be_stopped_and_heard_of(site: Path, intruder: str) -> None:
    page = site / "owners" / "finance" / "index.html"
    attacked = page.with_name("attacked.html")
    attacked.write_text(page.read_text(encoding="utf-8").replace("</main>", f"{intruder}</main>"), encoding="utf-8")
    said = complaints(attacked)
    attacked.unlink()
    assert len(said) == 1
    assert "Content Security Policy" in said[0]


def test_it_is_printed_on_a4(site: Path, tmp_path: Path) -> None:
    paper = tmp_path / "page.pdf"
    printed(site / "owners" / "finance" / "index.html", paper)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper.read_bytes())
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {(595, 842)}
