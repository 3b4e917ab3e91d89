"""A report of Secure Score for programs, and as tests."""

from __future__ import annotations

from watchkeeper.evidence.score_categories import ScoredControl
from watchkeeper.evidence.secure_score import Mover, NextAction, ScoreChange
from watchkeeper.model.evidence import ControlProfile, DailyScore
from watchkeeper.report.junit import Case, Outcome, Suite
from watchkeeper.report.machine import Json, payload
from watchkeeper.report.secure_score import ScoreReport, is_long
from watchkeeper.report.secure_score_categories import categories_json
from watchkeeper.report.secure_score_document import cause_words
from watchkeeper.report.texts import texts_in


def score_suites(report: ScoreReport, lang: str = "en") -> tuple[Suite, ...]:
    """A case for each regression, failed where it needs an owner; for each next action, skipped until somebody has it; and one for the
    score itself, an error where nobody knows it."""
    texts = texts_in(lang)
    known = Case(texts.say("score.known"), "secure-score", Outcome.PASSED)
    if report.latest is None:
        known = Case(known.name, known.within, Outcome.ERROR, "unknown", texts.say("score.unread"))
    regressions = tuple(
        Case(
            each.mover.title,
            each.mover.control,
            Outcome.FAILED if each.needs_owner else Outcome.PASSED,
            "needs-owner",
            cause_words(each.mover, texts),
        )
        for each in report.regressions
    )
    actions = tuple(
        Case(
            each.profile.title,
            each.profile.id,
            Outcome.PASSED if each.owner else Outcome.SKIPPED,
            message="" if each.owner else texts.say("score.nobody"),
        )
        for each in report.actions
    )
    suites = (
        Suite(texts.say("score.title"), (known,)),
        Suite(texts.say("score.regressions"), regressions),
        Suite(texts.say("score.actions"), actions),
    )
    return tuple(each for each in suites if each.cases)


def score_json(report: ScoreReport) -> Json:
    latest, maximum = report.latest, report.maximum
    return payload(
        "report secure-score",
        0,
        (),
        deployment=report.deployment,
        as_of=report.as_of,
        first=report.period.first,
        last=report.period.last,
        latest=None if latest is None else _score(latest),
        since_start=_change_json(report.since_start),
        since_week=_change_json(report.since_week),
        explained="start" if is_long(report.period) else "week",
        movers=[_mover(each) for each in _movers(report)],
        regressions=[
            {"control": each.mover.control, "owner": each.owner, "needs_owner": each.needs_owner}
            for each in report.regressions
        ],
        maximum_moves=[
            {"control": each.control, "title": each.title, "before": each.before, "after": each.after}
            for each in (maximum.moves if maximum else ())
        ],
        maximum_unexplained=maximum.unexplained if maximum else None,
        comparisons=[{"basis": each.basis, "average": each.average} for each in (latest.comparisons if latest else ())],
        next_actions=[_action(each) for each in report.actions],
        accepted=[_accepted(each) for each in report.accepted],
        profiles_read=report.profiled,
        days=[_score(each) for each in report.within],
        categories=categories_json(report),
        controls=[_control(each) for each in report.controls],
    )


def _control(control: ScoredControl) -> Json:
    scored, profile = control.scored, control.profile
    decision = profile.decision if profile else None
    return {
        "control": scored.control,
        "title": profile.title if profile else "",
        "category": scored.category,
        "day": control.day.isoformat(),
        "points": scored.points,
        "most": profile.most if profile else None,
        "counted": profile is not None and profile.most > 0,
        "decision": decision.state if decision else "",
        "owner": decision.assigned_to if decision else "",
    }


def _score(score: DailyScore) -> Json:
    return {"day": score.day.isoformat(), "share": score.share, "points": score.points, "most": score.most}


def _change_json(change: ScoreChange | None) -> Json | None:
    if change is None:
        return None
    return {
        "before": _score(change.before),
        "share": change.share,
        "share_by_points": change.share_by_points,
        "share_by_maximum": change.share_by_maximum,
        "points": change.points,
        "most": change.most,
    }


def _movers(report: ScoreReport) -> tuple[Mover, ...]:
    return report.change.movers if report.change else ()


def _mover(mover: Mover) -> Json:
    return {
        "control": mover.control,
        "title": mover.title,
        "before": mover.before,
        "after": mover.after,
        "points": mover.points,
        "cause": mover.cause.value,
        "worth_before": mover.worth_before,
        "worth": mover.worth,
    }


def _action(action: NextAction) -> Json:
    profile = action.profile
    return {
        "control": profile.id,
        "title": profile.title,
        "gain": action.gain,
        "points": action.points,
        "most": profile.most,
        "rank": profile.rank,
        "owner": action.owner,
        "cost": profile.cost,
        "user_impact": profile.user_impact,
        "address": profile.address,
    }


def _accepted(profile: ControlProfile) -> Json:
    decision = profile.decision
    return {
        "control": profile.id,
        "title": profile.title,
        "most": profile.most,
        "state": decision.state if decision else "",
        "comment": decision.comment if decision else "",
        "by": decision.by if decision else "",
        "at": decision.at if decision else None,
    }
