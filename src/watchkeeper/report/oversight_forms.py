"""A period for whoever oversees the SOC, for programs and as tests."""

from __future__ import annotations

from typing import Final

from watchkeeper.model.duty_record import DutyEnd
from watchkeeper.report.junit import Case, Outcome, Suite
from watchkeeper.report.machine import Json, payload
from watchkeeper.report.oversight import Duty, Oversight, counted
from watchkeeper.report.oversight_compliance import updates_of_teams
from watchkeeper.report.oversight_document import end_words
from watchkeeper.report.oversight_exercises import exercises_json
from watchkeeper.report.oversight_packs import packs_json
from watchkeeper.report.oversight_round import round_json
from watchkeeper.report.texts import Texts, texts_in

_OUTCOMES: Final = {
    DutyEnd.IN_TIME: Outcome.PASSED,
    DutyEnd.OPEN: Outcome.SKIPPED,
    DutyEnd.CARRIED: Outcome.SKIPPED,
    DutyEnd.SUPERSEDED: Outcome.SKIPPED,
    DutyEnd.SKIPPED: Outcome.SKIPPED,
}
"""What is not named here has failed."""


def oversight_suites(oversight: Oversight, lang: str = "en") -> tuple[Suite, ...]:
    """A suite for each task, a case for each duty: failed where it was missed, is late or was closed without its evidence; skipped where
    nothing was owed, or is not yet. An error where no duty fell due at all."""
    texts = texts_in(lang)
    if not oversight.duties:
        title = texts.say("oversight.title")
        none = Case(texts.say("oversight.known"), "oversight", Outcome.ERROR, "unknown", texts.say("oversight.unknown"))
        return (Suite(title, (none,)),)
    return tuple(
        Suite(task, tuple(_case(each, texts) for each in duties)) for task, duties in oversight.by_task.items()
    )


def _case(duty: Duty, texts: Texts) -> Case:
    outcome = Outcome.FAILED if duty.gaps else _OUTCOMES.get(duty.end, Outcome.FAILED)
    kind = "without-evidence" if duty.gaps else duty.end.value
    return Case(duty.record.decided.occurrence.key, duty.task, outcome, kind, end_words(duty, texts))


def oversight_json(oversight: Oversight) -> Json:
    latest = oversight.score.latest
    burned = oversight.remediation.latest
    return payload(
        "report oversight",
        0,
        (),
        deployment=oversight.deployment,
        as_of=oversight.as_of,
        first=oversight.period.first,
        last=oversight.period.last,
        evidence_collected=oversight.collected,
        totals=_totals(oversight.duties),
        tasks=[{"task": task, **_counts(duties)} for task, duties in oversight.by_task.items()],
        teams=[
            {"team": team, "name": dict(oversight.teams.get(team, {})), **_counts(duties)}
            for team, duties in oversight.by_team.items()
        ],
        without_evidence=[each.record.decided.occurrence.key for each in oversight.bare],
        compliance=oversight.compliance.total.share,
        compliance_before=oversight.compliance.total_before.share,
        compliance_by_team=[
            {
                "team": each.team,
                "name": dict(oversight.teams.get(each.team, {})),
                "owed": each.owed,
                "made": each.made,
                "compliance": each.share,
                "compliance_before": each.before,
            }
            for each in updates_of_teams(oversight.compliance)
        ],
        packs=packs_json(oversight),
        exercises=exercises_json(oversight),
        portal_round=round_json(oversight),
        secure_score=latest.share if latest else None,
        remediation_open=burned.open_tasks if burned else None,
        remediation_overdue=burned.overdue if burned else None,
        duties=[_duty(each) for each in oversight.duties],
    )


def _counts(duties: tuple[Duty, ...]) -> Json:
    return {
        "totals": _totals(duties),
        "opened": sum(each.opened for each in duties),
        "without_evidence": sum(bool(each.gaps) for each in duties),
    }


def _totals(duties: tuple[Duty, ...]) -> dict[str, int]:
    return {end.value: count for end, count in counted(duties).items()}


def _duty(duty: Duty) -> Json:
    occurrence, ticket = duty.record.decided.occurrence, duty.record.ticket
    return {
        "key": occurrence.key,
        "task": duty.task,
        "team": occurrence.team,
        "due": occurrence.due,
        "end": duty.end,
        "decision": duty.record.decided.decision,
        "ticket": ticket.number if ticket else "",
        "url": ticket.url if ticket else "",
        "closed_at": duty.record.closed_at,
        "lacks": [
            {"evidence": each.evidence, "subject": each.subject, "lack": each.lack, "why": each.why}
            for each in duty.gaps
        ],
    }
