"""HTML reports in a real browser. Each start of one takes a second or more, hence the marks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.browser.chromium import complaints, overhang, printed, violations, widest
from tests.evidence_history import TODAY, half_a_year
from tests.unit.report.examples import HOSTILE, a_verdict, an_audit
from tests.unit.report.kept_evidence import NOW, store_of
from tests.unit.report.months import compliance, judged
from tests.unit.report.squares import a_grid, a_strip
from tests.unit.report.test_html import with_charts
from tests.unit.report.test_renderers import everywhere

from watchkeeper.evidence.owners import Ownership
from watchkeeper.model.sources import DEFENDER, GRAPH
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.report import html
from watchkeeper.report.audit import audit_document
from watchkeeper.report.compliance import compliance_document
from watchkeeper.report.document import Document, Section
from watchkeeper.report.period import period
from watchkeeper.report.remediation import remediation_report
from watchkeeper.report.remediation_document import remediation_document
from watchkeeper.report.secure_score import score_report
from watchkeeper.report.secure_score_document import score_document
from watchkeeper.report.standing import standing_document
from watchkeeper.report.texts import texts_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def written(folder: Path, document: Document, language: str = "en") -> Path:
    page = folder / "report.html"
    page.write_text(html.render(document, texts=texts_in(language)), encoding="utf-8")
    return page


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_report_keeps_its_own_policy(tmp_path: Path, language: str) -> None:
    assert complaints(written(tmp_path, audit_document(an_audit(), language), language)) == []


def test_a_report_with_pictures_keeps_it_as_well(tmp_path: Path) -> None:
    for document in (standing_document(judged()), compliance_document(compliance())):
        assert complaints(written(tmp_path, document)) == []


def test_a_report_with_grids_and_strips_keeps_it_and_lets_everybody_use_it(tmp_path: Path) -> None:
    blocks = (a_grid(), a_strip())
    page = written(tmp_path, Document("t", "s", (Section("t", blocks),)))
    assert complaints(page) == []
    assert violations(page) == []
    assert violations(page, dark=True) == []
    assert overhang(page, 320) == 0


@pytest.mark.parametrize("language", ["en", "ja"])
def test_reports_of_evidence_keep_it_and_fit_a_small_window(tmp_path: Path, language: str) -> None:
    history = half_a_year(GRAPH, DEFENDER)
    with store_of(history, tmp_path) as store:
        chosen = period("180d", TODAY)
        score = score_report(store, "production", NOW, chosen)
        remediation = remediation_report(store, "production", NOW, chosen, Ownership(()))
    for document in (score_document(score, language), remediation_document(remediation, language)):
        page = written(tmp_path, document, language)
        assert complaints(page) == []
        assert widest(page, 820) == 0


def test_hostile_texts_break_no_policy_in_any_place(tmp_path: Path) -> None:
    hostile = " ".join(HOSTILE) + "</style></title><script>console.error('owned')</script><style>*{color:red}</style>"
    for document in (everywhere(hostile), with_charts(hostile)):
        assert complaints(written(tmp_path, document)) == []


@pytest.mark.parametrize(
    "intruder",
    [
        "<script>console.error('owned')</script>",
        "<p style='color: red'>x</p>",
        "<img src='https://evil.example/x.png'>",
        "<style>* { color: red }</style>",
    ],
)
def test_what_got_past_the_escaping_would_be_stopped_and_heard_of(tmp_path: Path, intruder: str) -> None:
    page = written(tmp_path, audit_document(an_audit()))
    page.write_text(page.read_text(encoding="utf-8").replace("</main>", f"{intruder}</main>"), encoding="utf-8")
    said = complaints(page)
    assert len(said) == 1
    assert "Content Security Policy" in said[0]


@pytest.mark.parametrize(("width", "language"), [(1000, "en"), (1000, "ja"), (700, "en")])
def test_a_word_without_an_end_makes_no_table_wider_than_the_page(tmp_path: Path, width: int, language: str) -> None:
    long = a_verdict(VerdictKind.STALE, title="W" * 1_000, reason=f"x{'W' * 300}")
    page = written(tmp_path, audit_document(an_audit(verdicts=(long,)), language), language)
    assert widest(page, width) == 0


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_tables_of_the_escalations_fit_a_phone(tmp_path: Path, language: str) -> None:
    assert widest(written(tmp_path, standing_document(judged("1d"), language), language), 500) == 0


def test_it_is_printed_on_a4(tmp_path: Path) -> None:
    paper = tmp_path / "report.pdf"
    printed(written(tmp_path, audit_document(an_audit())), paper)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper.read_bytes())
    assert boxes
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {(595, 842)}
