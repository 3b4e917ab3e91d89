"""Results as events: what somebody has to look at, the worst first, and the numbers that later steps decide by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.unit.report import examples
from tests.unit.report.examples import KEY, a_report, a_verdict, an_action, an_audit

from watchkeeper.model.gathering import Found, Gathering, Piece
from watchkeeper.model.occurrence import Occurrence
from watchkeeper.model.run import ActionResult, Outcome, RunReport
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.report.audit import audit_document
from watchkeeper.report.ci.commands import annotated_events
from watchkeeper.report.ci.comment import as_comment, marker
from watchkeeper.report.ci.events import Event, Level, events_of_audit, events_of_evidence, events_of_run, level_of
from watchkeeper.report.ci.outputs import outputs_of_audit, outputs_of_evidence, outputs_of_run
from watchkeeper.report.ci.systems import GITHUB
from watchkeeper.report.document import Document
from watchkeeper.report.markdown import COMMENT_LIMIT
from watchkeeper.report.run import plan_run_document, run_document
from watchkeeper.report.texts import texts_in

ENGLISH = texts_in("en")


def a_clean_run() -> RunReport:
    return a_report(exit_code=0, reasons=(), problems=(), valves=(), parked=(), results=(), notes=(), resume=None)


@pytest.mark.parametrize(
    ("code", "level"),
    [(0, Level.NOTICE), (75, Level.WARNING), (6, Level.WARNING), (143, Level.WARNING), (8, Level.WARNING)]
    + [(code, Level.ERROR) for code in (1, 2, 3, 4, 5, 7, 9)],
)
def test_only_what_is_broken_is_an_error(code: int, level: Level) -> None:
    assert level_of(code) is level


def test_a_run_tells_its_failures_first_and_names_keys_not_titles() -> None:
    results = tuple(
        ActionResult(an_action(), outcome, number="INC0010001", message="no such group")
        for outcome in (Outcome.SKIPPED, Outcome.FAILED, Outcome.DONE)
    )
    report = replace(a_report(), results=results, exit_code=4, reasons=("4: something",), problems=(), valves=())
    events = events_of_run(report, ENGLISH)
    assert [event.level for event in events] == sorted(
        (event.level for event in events), key=lambda level: list(Level).index(level)
    )
    failed = next(event for event in events if event.title == "1 failed")
    assert failed.lines == (f"{KEY} INC0010001: no such group",)
    assert not [event for event in events if "written" in event.title]


def test_a_closed_valve_is_an_error_of_its_own_and_an_open_one_is_none() -> None:
    report = a_report()
    closed = [valve for valve in report.valves if not valve.opened]
    titles = [event.title for event in events_of_run(report, ENGLISH)]
    assert [title for title in titles if title.startswith("the valve")] == [
        f"the valve {valve.name} is closed" for valve in closed
    ]


def test_a_plan_says_how_much_it_would_write() -> None:
    report = a_clean_run()
    (event,) = events_of_run(report, ENGLISH)
    assert event.level is Level.NOTICE
    assert event.title in plan_run_document(report).sentence


def test_an_audit_is_told_per_team_and_verdict_with_the_longest_silence_first() -> None:
    verdicts = (
        a_verdict(VerdictKind.STALE, "csirt", 1, working_days=1),
        a_verdict(VerdictKind.STALE, "monitoring", 2, working_days=4),
        a_verdict(VerdictKind.VERY_STALE, "csirt", 3, working_days=9),
        a_verdict(VerdictKind.STALE, "csirt", 4, working_days=2),
        a_verdict(VerdictKind.FRESH, "csirt", 5),
    )
    report = replace(an_audit(), verdicts=verdicts, exit_code=6, sides=(), unreadable=(), problems=())
    events = events_of_audit(report, ENGLISH)
    assert [(event.level, event.title) for event in events] == [
        (Level.ERROR, "csirt: 1 very stale"),
        (Level.ERROR, "monitoring: 1 stale"),
        (Level.ERROR, "csirt: 2 stale"),
    ]
    assert [line.partition(":")[0] for line in events[2].lines] == [
        ", ".join(verdicts[3].numbers),
        ", ".join(verdicts[0].numbers),
    ]
    asked_for_nothing = events_of_audit(replace(report, exit_code=0), ENGLISH)
    assert {event.level for event in asked_for_nothing} == {Level.WARNING}


def test_what_could_not_be_read_is_told() -> None:
    events = events_of_audit(an_audit(), ENGLISH)
    assert [event.level for event in events if event.title == "not everything could be read"] == [Level.WARNING]


def test_outputs_are_what_the_report_counts() -> None:
    report = a_report()
    outputs = outputs_of_run(report, run_document(report), report.exit_code)
    assert outputs["changes"] == str(len(report.plan.actions))
    assert outputs["exit-code"] == str(report.exit_code)
    assert outputs["run-id"] == report.run_id
    done = [each for each in report.results if each.outcome in (Outcome.DONE, Outcome.ADOPTED)]
    assert outputs["written"] == str(len(done))

    audit = an_audit()
    outputs = outputs_of_audit(audit, audit_document(audit), audit.exit_code)
    counted = ("fresh", "due", "stale", "unknown", "exempt")
    assert sum(int(outputs[name]) for name in counted) == int(outputs["escalations"]) == len(audit.verdicts)


def gathered(task: str, *found: Found) -> Gathering:
    pieces = (Piece(f"graph/{number}", each, why=f"why {each.value}") for number, each in enumerate(found))
    return Gathering(task, NOON, tuple(pieces))


NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
RAISED = Occurrence(
    "soc/portal-licences/x", "portal-licences", "soc", "2026-11-23~0123456789", NOON.date(), NOON, "UTC", "used up"
)
COLLECTION = (
    gathered("secure-score", Found.MISSING, Found.COLLECTED, Found.MISSING),
    gathered("portal-licences", Found.COLLECTED, Found.EMPTY),
    gathered("tabletop-exercise", Found.NOT_ASKED),
)


def test_a_collection_tells_once_of_each_duty_what_could_not_be_read_and_what_it_raised() -> None:
    events = events_of_evidence(COLLECTION, [RAISED], 4, ENGLISH)
    assert events == (
        Event(Level.WARNING, "secure-score: evidence is missing", ("graph/0: why missing", "graph/2: why missing")),
        Event(Level.NOTICE, "1 duty is raised for what was found", (RAISED.key,)),
    )
    assert [each.level for each in events_of_evidence(COLLECTION, (), 1, ENGLISH)] == [Level.ERROR]


def test_no_more_duties_without_evidence_are_annotated_than_are_shown_and_the_rest_is_counted() -> None:
    many = [gathered(f"task-{number}", Found.MISSING) for number in range(12)]
    told = list(annotated_events(events_of_evidence(many, (), 4, ENGLISH), GITHUB, ENGLISH))
    assert len(told) == 10
    assert "3 more stand in the summary" in told[-1]


def test_a_collection_counts_duties() -> None:
    assert outputs_of_evidence(COLLECTION, [RAISED], Document("", "One is missing."), 4) == {
        "exit-code": "4",
        "complete": "1",
        "missing": "1",
        "raised": "1",
        "sentence": "One is missing.",
    }


def test_a_comment_begins_with_its_mark_and_fits() -> None:
    document = plan_run_document(a_report())
    body = as_comment(document, marker("plan", "soc"), ENGLISH)
    assert body.splitlines()[0] == marker("plan", "soc") == "<!-- watchkeeper plan soc -->"
    long = replace(document, next_steps=tuple(f"{text} {number}" for number in range(900) for text in examples.HOSTILE))
    body = as_comment(long, marker("plan", "soc"), ENGLISH)
    assert len(body.encode()) <= COMMENT_LIMIT
    assert "left out" in body
    assert body.count("<!--") == 1
