from __future__ import annotations

import re
from dataclasses import replace

import pytest
from tests.unit.report.examples import HOSTILE, a_verdict, an_audit
from tests.unit.report.test_neutralise import is_inert

from watchkeeper.model.audit import SideReading
from watchkeeper.model.record import SERVICENOW
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.report import markdown, text
from watchkeeper.report.audit import WORST_FIRST, audit_document, authors_document
from watchkeeper.report.document import Document, Mark, Table
from watchkeeper.report.headline import sentence
from watchkeeper.report.texts import texts_in
from watchkeeper.report.verdict_rows import reason_of


def table(document: Document, title: str) -> Table:
    section = next(section for section in document.sections if section.title == title)
    return next(block for block in section.blocks if isinstance(block, Table))


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_totals_add_up_in_every_direction(lang: str) -> None:
    totals = table(audit_document(an_audit(), lang), texts_in(lang).say("audit.totals"))
    *teams, whole = [[int(str(cell)) for cell in row.cells[1:]] for row in totals.rows]
    assert whole == [sum(column) for column in zip(*teams, strict=True)]
    assert all(sum(row[:-1]) == row[-1] for row in (*teams, whole))
    assert whole[-1] == len(an_audit().verdicts)


def test_every_verdict_stands_in_the_section_of_its_kind() -> None:
    document = audit_document(an_audit())
    assert set(WORST_FIRST) == set(VerdictKind)
    for kind in VerdictKind:
        count = an_audit().totals[kind]
        assert len(table(document, f"{texts_in('en').say(f'verdict.{kind.value}')} ({count})").rows) == count


def test_the_worst_tickets_come_first_and_the_longest_without_an_update_before_others() -> None:
    verdicts = tuple(a_verdict(VerdictKind.STALE, number=days, working_days=days) for days in (1, 9, 4))
    rows = table(audit_document(an_audit(verdicts=verdicts)), "stale (3)").rows
    assert [row.cells[4] for row in rows] == ["9", "4", "1"]


def test_an_audit_begins_with_the_sentence_that_a_manager_reads() -> None:
    report = an_audit()
    for lang, rest in (("en", " As of 2026-11-23 09:00 UTC: 33%."), ("ja", "2026-11-23 09:00 UTC 時点、更新率 33%。")):
        said = sentence(report.verdicts, texts_in(lang))
        assert audit_document(report, lang).sentence == said + rest
        assert text.render(audit_document(report, lang)).startswith(said[:12])
        assert said in markdown.render(audit_document(report, lang), texts=texts_in(lang)).splitlines()[2]
    assert audit_document(report).sentence.startswith("2 of 6 updated; 2 stale, ")


def test_all_but_one_is_never_a_hundred_per_cent() -> None:
    kept = tuple(a_verdict(VerdictKind.FRESH, number=number) for number in range(999))
    report = an_audit(verdicts=(*kept, a_verdict(VerdictKind.UNKNOWN, number=999)))
    assert audit_document(report).sentence.startswith("999 of 1,000 updated; 1 unknown.")
    assert audit_document(report).sentence.endswith(": 99%.")


def test_where_everything_is_exempt_there_is_no_duty_to_count() -> None:
    report = an_audit(verdicts=(a_verdict(VerdictKind.EXEMPT),))
    assert audit_document(report).sentence.endswith("no escalation has a duty that day; 1 exempt.")


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_nothing_to_judge_is_fine_only_where_everything_could_be_read(lang: str) -> None:
    whole = an_audit(verdicts=(), problems=(), unreadable=(), sides=())
    assert audit_document(whole).sentence.endswith("no escalation is open.")
    assert audit_document(whole).mark is Mark.GOOD
    dark = replace(whole, sides=(SideReading(SERVICENOW, listed=False, told=False, reasons=("refused",)),))
    for report in (dark, replace(whole, unreadable=an_audit().unreadable)):
        document = audit_document(report, lang)
        assert document.mark is Mark.WARN
        assert document.sentence == texts_in(lang).say("audit.sentence.dark", at="2026-11-23 09:00 UTC")


def test_a_reason_names_system_and_deed_as_people_do() -> None:
    said = (("author", "田中 恵子"), ("side", "servicenow"), ("at", "2026-11-23T09:30+09:00"), ("what", "comment"))
    verdict = replace(a_verdict(VerdictKind.FRESH), reason_code="human-update", reason_args=said)
    assert reason_of(verdict, texts_in("ja")) == (
        "田中 恵子 が ServiceNow で 2026-11-23 09:30 +09:00 に更新しました（コメント）"
    )
    assert (
        reason_of(verdict, texts_in("en")) == "田中 恵子 updated it in ServiceNow at 2026-11-23 09:30 +09:00 (comment)"
    )


def test_a_reason_is_told_in_the_report_s_language_by_its_code() -> None:
    verdict = a_verdict(VerdictKind.STALE)
    assert reason_of(verdict, texts_in("en")) == verdict.reason
    assert reason_of(verdict, texts_in("ja")) == "2026-11-23 に人による更新がありません。更新のない営業日は 2 日です"


@pytest.mark.parametrize("changes", [{"reason_code": "from-the-future"}, {"reason_args": ()}, {"reason_code": ""}])
def test_a_reason_that_we_have_no_text_for_is_told_as_it_came(changes: dict[str, object]) -> None:
    verdict = replace(a_verdict(VerdictKind.STALE), **changes)  # type: ignore[arg-type]
    assert reason_of(verdict, texts_in("ja")) == verdict.reason


def test_the_report_is_as_bad_as_its_worst_ticket_and_a_problem_is_never_fine() -> None:
    def mark(*kinds: VerdictKind, problems: tuple[str, ...] = ()) -> Mark:
        report = an_audit(verdicts=tuple(a_verdict(kind) for kind in kinds), problems=problems, unreadable=(), sides=())
        return audit_document(report).mark

    assert mark(VerdictKind.FRESH, VerdictKind.STALE) is Mark.BAD
    assert mark(VerdictKind.FRESH, VerdictKind.UNKNOWN) is Mark.WARN
    assert mark(VerdictKind.FRESH) is Mark.GOOD
    assert mark(VerdictKind.EXEMPT, problems=("x",)) is Mark.WARN


def test_a_row_says_what_the_ticket_is_about_and_tells_time_by_its_team_s_clock() -> None:
    stale = a_verdict(VerdictKind.STALE, zone="Asia/Tokyo")
    (row,) = table(audit_document(an_audit(verdicts=(stale,)), "ja"), "未更新（1 件）").rows
    assert row.cells[2] == "高"
    assert row.cells[5] == "2026-11-20 18:00 +09:00"
    assert row.note.startswith("「Phishing wave」：2026-11-23 に人による更新がありません。")


def test_without_a_title_or_a_known_zone_nothing_is_made_up() -> None:
    plain = a_verdict(VerdictKind.STALE, title="", severity="5 - planning")
    (row,) = table(audit_document(an_audit(verdicts=(plain,), days=())), "stale (1)").rows
    assert (row.cells[2], row.cells[5]) == ("5 - planning", "2026-11-20 09:00 UTC")
    assert row.note.startswith("no human update on 2026-11-23")


def test_nothing_that_could_not_be_read_is_hidden() -> None:
    shown = text.render(audit_document(an_audit()))
    for piece in (
        "Could not be read (1)",
        "no sys_updated_on",
        "403 on the workspace",
        "history is not kept that long",
    ):
        assert piece in shown


def test_days_off_and_provisional_days_are_told_apart() -> None:
    shown = text.render(audit_document(an_audit()))
    assert "csirt       2026-11-23 (Asia/Tokyo), final" in shown
    assert "monitoring  2026-11-23 (Europe/Dublin), provisional" in shown
    assert "oversight   day off today; judged 2026-11-23 (America/Los_Angeles), final" in shown


def test_a_verdict_that_reads_differently_today_stands_beside_the_stored_one() -> None:
    assert re.search(r"INC0000001 / 1 +2026-11-23 +fresh +stale", text.render(audit_document(an_audit())))


def test_accounts_to_confirm_come_with_class_rule_and_count() -> None:
    shown = text.render(authors_document(an_audit()))
    assert "Accounts seen writing (2)" in shown
    assert re.search(r"佐藤 愛子 \(aiko\) +ServiceNow +person +on a team's roster +yes +4", shown)
    assert re.search(r"! svc-x +Sentinel +unclassified +not known +no +2", shown)
    assert "--confirm" in shown


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_what_people_wrote_is_inert_in_an_audit(hostile: str, lang: str) -> None:
    verdict = replace(
        a_verdict(VerdictKind.STALE),
        numbers=(hostile,),
        urls=(hostile,),
        title=hostile,
        assignee=hostile,
        group=hostile,
        reason=hostile,
        reason_code="human-update",
        reason_args=tuple((name, hostile) for name in ("author", "side", "at", "what")),
        flags=(hostile,),
    )
    document = audit_document(an_audit(verdicts=(verdict,), problems=(hostile,), exclusions={hostile: 1}), lang)
    assert is_inert(text.render(document))
    printed = markdown.render(document, texts=texts_in(lang))
    assert is_inert(printed)
    assert "<img" not in printed
