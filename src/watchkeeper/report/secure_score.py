"""Microsoft Secure Score over a period: what it was, what moved it, who has to look at what, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from watchkeeper.evidence.kept import PROFILES, profiles_on, scores_between
from watchkeeper.evidence.maximum import MaximumChange, maximum_change
from watchkeeper.evidence.score_categories import Category, ScoredControl, by_category, counted_in, scored_on
from watchkeeper.evidence.secure_score import (
    WEEK,
    NextAction,
    Profiles,
    Regression,
    ScoreChange,
    compared,
    excused,
    next_actions,
    regressed,
    score_on,
    week_before,
)
from watchkeeper.evidence_ports import EvidenceMemory
from watchkeeper.model.evidence import ControlProfile, DailyScore
from watchkeeper.report.period import Period

ACTIONS: Final = 5
"""How many next actions are told, unless another number is asked for."""
BEFORE: Final = timedelta(days=21)
"""How far before a period scores are read, so that there is one to compare with although the source skips days."""


@dataclass(frozen=True, slots=True)
class ScoreReport:
    """`scores`: those of the period and of some days before, the oldest first. `since_start` compares the latest with the one that the
    period began with, `since_week` with that of a week before; None where there is only one. `profiles`: the controls as they were last
    read, on `profiled`, by whose worth `categories` are told; `earlier_known`: whether they are known as they were when `change` begins."""

    deployment: str
    as_of: datetime
    period: Period
    scores: tuple[DailyScore, ...]
    since_start: ScoreChange | None = None
    since_week: ScoreChange | None = None
    maximum: MaximumChange | None = None
    profiles: Profiles | None = None
    profiled: date | None = None
    earlier_known: bool = False
    actions: tuple[NextAction, ...] = ()
    categories: tuple[Category, ...] = ()

    @property
    def within(self) -> tuple[DailyScore, ...]:
        return tuple(each for each in self.scores if each.day >= self.period.first)

    @property
    def latest(self) -> DailyScore | None:
        return next(reversed(self.within), None)

    @property
    def change(self) -> ScoreChange | None:
        """The comparison that is explained: with the period's beginning, or with a week before where the period is no longer."""
        return self.since_start if is_long(self.period) else self.since_week

    @property
    def regressions(self) -> tuple[Regression, ...]:
        return regressed(self.change, self.profiles or {}) if self.change else ()

    @property
    def unowned(self) -> tuple[Regression, ...]:
        """Those without a known cause that nobody has."""
        return tuple(each for each in self.regressions if each.needs_owner)

    @property
    def accepted(self) -> tuple[ControlProfile, ...]:
        return excused(self.profiles or {})

    @property
    def controls(self) -> tuple[ScoredControl, ...]:
        """Everything that the latest score is made of."""
        return scored_on(self.latest, self.profiles or {}) if self.latest else ()

    @property
    def counted(self) -> tuple[ScoredControl, ...]:
        """The controls that `categories` count on their latest days."""
        return counted_in(self.categories, self.within, self.profiles or {})

    @property
    def unprofiled(self) -> int:
        """Controls of the latest score whose worth is not known, so that they count in no category."""
        return sum(each.profile is None for each in self.controls)

    @property
    def days(self) -> tuple[date, ...]:
        """Every day from the period's beginning, or the first score after it, to the latest score."""
        if not self.within:
            return ()
        first, last = self.within[0].day, self.within[-1].day
        return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))

    @property
    def by_day(self) -> Mapping[date, DailyScore]:
        """The period's scores. Days that the source skipped are not among them."""
        return {each.day: each for each in self.within}


def score_report(
    memory: EvidenceMemory, deployment: str, as_of: datetime, period: Period, most: int = ACTIONS
) -> ScoreReport:
    """What the store keeps of a period, with at most so many next actions. A day on which nothing could be won has no share: it is like
    one of which the source had nothing."""
    since = period.first - min(BEFORE, period.first - date.min)
    kept = scores_between(memory, since, period.until)
    scores = tuple(each for each in kept if each.most > 0)
    latest = max(scores, key=lambda each: each.at, default=None)
    read = memory.latest_snapshot(PROFILES, period.until)
    profiles = read.document.by_id() if read else {}
    if latest is None or latest.day < period.first:
        return ScoreReport(deployment, as_of, period, scores, profiles=profiles, profiled=read.day if read else None)
    began, week = _began_with(scores, latest, period), week_before(scores, latest)
    earlier = {each.day: profiles_on(memory, each.day) for each in (began, week) if each is not None}
    main = began if is_long(period) else week
    known = earlier.get(main.day) if main else None
    return ScoreReport(
        deployment,
        as_of,
        period,
        scores,
        since_start=_change(began, latest, earlier, profiles),
        since_week=_change(week, latest, earlier, profiles),
        maximum=maximum_change(main, latest, known or {}, profiles) if main else None,
        profiles=profiles,
        profiled=read.day if read else None,
        earlier_known=bool(known),
        actions=next_actions(latest, profiles, most),
        categories=by_category((each for each in scores if each.day >= period.first), profiles),
    )


def is_long(period: Period) -> bool:
    """Whether its beginning is further back than a week before its end."""
    return period.last - period.first > WEEK


def _began_with(scores: tuple[DailyScore, ...], latest: DailyScore, period: Period) -> DailyScore | None:
    """The score that held when the period began: a day's score is that of its first moment."""
    found = score_on(scores, period.first) or min(scores, key=lambda each: each.at)
    return found if found.at < latest.at else None


def _change(
    before: DailyScore | None, after: DailyScore, earlier: Mapping[date, Profiles], profiles: Profiles
) -> ScoreChange | None:
    return compared(before, after, earlier[before.day], profiles) if before else None
