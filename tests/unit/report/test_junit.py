from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.report.examples import HOSTILE, a_verdict, an_audit
from tests.unit.report.junit_rules import read
from tests.unit.report.test_neutralise import PIECES, is_inert
from tests.unit.report.test_renderers import quickly

from watchkeeper.model.verdict import VerdictKind
from watchkeeper.report import junit
from watchkeeper.report.junit import Case, Outcome, Suite
from watchkeeper.report.verdict_suites import audit_suites, author_suites

NAMES = PIECES.map(lambda text: f"n{text}")
CASES = st.builds(Case, NAMES, NAMES, st.sampled_from(Outcome), PIECES, PIECES)
SUITES = st.lists(st.builds(Suite, NAMES, st.lists(CASES, max_size=4).map(tuple)), max_size=3)


@quickly
@given(SUITES)
def test_any_suites_make_a_document_that_keeps_the_rules(suites: list[Suite]) -> None:
    written = junit.render("Escalation audit", suites)
    root = read(written)
    assert [len(suite) for suite in root] == [len(suite.cases) for suite in suites]
    assert is_inert(written)


@pytest.mark.parametrize(
    "illegal", ["\x00", "\x08", "\x0b", "\x1b", "\ufffe", "\uffff", "\ud800", "]]>", "&#0;", "<!--"]
)
def test_no_text_breaks_the_document(illegal: str) -> None:
    name = f"a{illegal}b"
    root = read(junit.render(name, [Suite(name, (Case(name, name, Outcome.FAILED, name, name),))]))
    assert (root[0][0][0].text or "").startswith("a")


class TestOfAnAudit:
    def suites(self) -> dict[str, list[ElementTree.Element]]:
        return {suite.attrib["name"]: list(suite) for suite in read(junit.render("x", audit_suites(an_audit())))}

    def test_every_team_is_a_suite_and_every_escalation_a_case(self) -> None:
        found = self.suites()
        assert {name: len(cases) for name, cases in found.items()} == {
            "csirt": 3,
            "monitoring": 2,
            "oversight": 2,
            "Could not be read": 2,
        }

    def test_each_verdict_is_what_a_pipeline_may_make_of_it(self) -> None:
        outcomes = {
            kind: read(junit.render("x", audit_suites(an_audit(verdicts=(a_verdict(kind),)))))[0][0]
            for kind in VerdictKind
        }
        assert {kind: [child.tag for child in case] for kind, case in outcomes.items()} == {
            VerdictKind.FRESH: [],
            VerdictKind.DUE: ["skipped"],
            VerdictKind.STALE: ["failure"],
            VerdictKind.VERY_STALE: ["failure"],
            VerdictKind.EXEMPT: ["skipped"],
            VerdictKind.UNKNOWN: ["error"],
        }

    def test_what_could_not_be_read_is_an_error_and_never_silent(self) -> None:
        cases = self.suites()["Could not be read"]
        assert [child.tag for case in cases for child in case] == ["error", "error"]
        assert "403 on the workspace" in (cases[0][0].text or "")

    def test_a_failure_says_why(self) -> None:
        (failed,) = [case for case in self.suites()["csirt"] if case.find("failure") is not None]
        assert "no human update on 2026-11-23" in failed[0].attrib["message"]
        assert failed.attrib["name"].startswith("INC0000003 / 3 2026-11-23")

    @pytest.mark.parametrize("lang", ["en", "ja"])
    def test_accounts_are_cases_and_one_that_nobody_has_classed_is_an_error(self, lang: str) -> None:
        suites = read(junit.render("x", author_suites(an_audit(), lang)))
        found = {
            suite.attrib["name"]: [(case.attrib["name"], [each.tag for each in case]) for case in suite]
            for suite in suites
        }
        assert found == {"ServiceNow": [("佐藤 愛子 (aiko)", [])], "Sentinel": [("svc-x", ["error"])]}

    def test_a_title_of_a_megabyte_is_cut(self) -> None:
        verdict = a_verdict(VerdictKind.FRESH, title="x" * 1_000_000)
        assert len(junit.render("x", audit_suites(an_audit(verdicts=(verdict,))))) < 2_000

    def test_it_is_told_in_japanese(self) -> None:
        written = junit.render("x", audit_suites(an_audit(), "ja"))
        assert re.search(r"人による更新がありません", written)
        read(written)

    @pytest.mark.parametrize("hostile", HOSTILE)
    def test_hostile_tickets_are_cases_like_any_other(self, hostile: str) -> None:
        verdict = a_verdict(VerdictKind.STALE, title=hostile, team=f"t{hostile}", numbers=(hostile,), reason=hostile)
        written = junit.render("x", audit_suites(an_audit(verdicts=(verdict,))))
        assert is_inert(written)
        assert len(read(written)[0]) == 1
