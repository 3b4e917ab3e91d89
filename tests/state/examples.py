"""Ordinary values to store, each with one thing to vary."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from watchkeeper.model.activity import Activity, ActivityKind, Actor
from watchkeeper.model.link import Link
from watchkeeper.model.occurrence import Decided, Decision, Occurrence
from watchkeeper.model.owner_request import Ground, OwnerRequest, RequestKind, Subject
from watchkeeper.model.plan import Action, FieldChange, Intent, Operation, Parked, Plan, ValveTrip
from watchkeeper.model.record import RawFields, Record, RecordRef, Revision
from watchkeeper.model.run import ActionResult, Outcome, RunReport, SideReport
from watchkeeper.model.traffic import Traffic
from watchkeeper.model.verdict import AuthorClass, Deed, Verdict, VerdictKind

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KEY = "secure-score/monitoring@2026-11-23"


@dataclass
class SetClock:
    """A clock that stands where it is put."""

    at: datetime = MONDAY

    def now(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


def a_ref(number: int = 1, side: str = "servicenow") -> RecordRef:
    return RecordRef(side, "incident", f"{number:032x}")


def a_link(key: str = KEY, number: int = 1, side: str = "servicenow", **changes: object) -> Link:
    link = Link(
        key=key,
        profile="maintenance",
        ref=a_ref(number, side),
        number=f"INC{number:07}",
        url=f"https://example.service-now.com/incident/{number}",
        revision=Revision("7", 7),
        fingerprint="ab" * 16,
        confirmed_at=MONDAY,
        base={"state": "2", "labels": ("a", "b"), "hidden": None},
        asked={"state": "2"},
    )
    return replace(link, **changes)  # type: ignore[arg-type]


def a_record(number: int = 1, side: str = "servicenow", **changes: object) -> Record:
    record = Record(
        ref=a_ref(number, side),
        number=f"INC{number:07}",
        url=f"https://example.service-now.com/incident/{number}",
        revision=Revision("7", 7),
        created_at=MONDAY,
        updated_at=MONDAY,
        fields={"state": "2", "short_description": "スコアを確認", "labels": ("a", "b"), "hidden": None},
    )
    return replace(record, **changes)  # type: ignore[arg-type]


def an_action(
    key: str = KEY,
    number: int = 1,
    operation: Operation = Operation.UPDATE,
    body: RawFields | None = None,
    **changes: object,
) -> Action:
    action = Action(
        key=key,
        profile="maintenance",
        ref=a_ref(number),
        operation=operation,
        body={"state": "6"} if body is None else body,
        reason="the incident was closed",
        expect=Revision("7", 7),
        changes=(FieldChange("status", "active", "resolved", "shared"),),
        before={"state": "2"},
    )
    return replace(action, **changes)  # type: ignore[arg-type]


def an_intent(run_id: str = "run-1", **changes: object) -> Intent:
    return Intent(an_action(**changes), run_id, MONDAY)  # type: ignore[arg-type]


def a_result(intent: Intent, outcome: Outcome = Outcome.DONE, **changes: object) -> ActionResult:
    return replace(ActionResult(intent.action, outcome, number="INC0000001"), **changes)  # type: ignore[arg-type]


def an_occurrence(period: str = "2026-11-23", reason: str = "") -> Occurrence:
    return Occurrence(
        key=f"secure-score/monitoring@{period}",
        task="secure-score",
        team="monitoring",
        period=period,
        nominal=date(2026, 11, 23),
        due=MONDAY,
        zone="Asia/Tokyo",
        reason=reason,
    )


def a_decision(decision: Decision = Decision.CREATE, period: str = "2026-11-23") -> Decided:
    return Decided(an_occurrence(period), decision, "it is due", MONDAY)


def a_verdict(
    kind: VerdictKind = VerdictKind.STALE, *, key: str = KEY, day: date = date(2026, 11, 23), final: bool = False
) -> Verdict:
    wrote = Activity(
        a_ref(), Actor("servicenow", "aiko"), MONDAY, ActivityKind.COMMENT, text_digest="00", text_length=4
    )
    return Verdict(
        key=key,
        refs=(a_ref(),),
        numbers=("INC0000001",),
        urls=("https://example.service-now.com/incident/1",),
        title="Phishing wave",
        team="csirt",
        severity="high",
        assignee="aiko",
        day=day,
        kind=kind,
        final=final,
        reason="no human update today",
        evidence=(Deed(wrote, AuthorClass.HUMAN, True, "on the roster"),),
        last_human_update=MONDAY,
        working_days=1,
    )


def a_report(run_id: str = "run-1", *, at: datetime = MONDAY, results: tuple[ActionResult, ...] = ()) -> RunReport:
    return RunReport(
        run_id=run_id,
        command="sync",
        deployment="test",
        mode="full",
        started_at=at,
        ended_at=at + timedelta(seconds=3),
        plan=Plan(tuple(result.action for result in results), made_at=at),
        results=results,
        decided=(),
        valves=(ValveTrip("creates", "too many", 21, "20", "00"),),
        sides=(SideReport("servicenow", True, True, Traffic({"GET": 2})),),
        parked=(Parked(KEY, "status", "unmapped"),),
        problems=(),
        exit_code=0,
    )


SERIES = "owner-not-mine/soc-oversight@~0123456789"


def a_request(episode: int = 1, **changes: object) -> OwnerRequest:
    """An asset owner says that something is not its own."""
    subject = Subject(
        "finance", "Finance IT", "update/edge", "Update Edge", 12, 40, grounds=(Ground("Finance", "file"),)
    )
    usual = OwnerRequest(RequestKind.NOT_MINE, subject, episode, "Not ours", "ana@corp.example", MONDAY, "board")
    return replace(usual, **changes)  # type: ignore[arg-type]


def a_request_duty(request: OwnerRequest, series: str = SERIES) -> Occurrence:
    key = series if request.episode == 1 else f"{series}-{request.episode}"
    task, _, rest = key.partition("/")
    team, _, period = rest.partition("@")
    return Occurrence(key, task, team, period, MONDAY.date(), MONDAY, "UTC", request.reason)
