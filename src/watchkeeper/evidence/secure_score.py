"""Secure Score of two days side by side: by how much it changed, what moved it, and what would raise it most. Pure.

A score is points of a maximum, and both move: controls come, go and change their worth. So a changed share is split in two parts,
what was won or lost in points and what the maximum did, which add up to it exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from watchkeeper.model.evidence import ControlPoints, ControlProfile, DailyScore

WEEK = timedelta(days=7)
HUNDREDTH = 0.005
"""Points below which a control has not moved: the source rounds to hundredths."""

EXCUSED = frozenset({"ignored", "thirdParty", "riskAccepted"})
"""Decisions after which a control is not to be done any more (resource secureScoreControlProfile, controlStateUpdates)."""
UNDECIDED = "default"
"""What the source says of a control that nobody has said anything about."""
COSTS = {"low": 0, "moderate": 1, "high": 2}

Profiles = Mapping[str, ControlProfile]


class Cause(StrEnum):
    """Why a control has other points than before, as far as the source shows it."""

    DECIDED = "decided"
    """Somebody said something else about it."""
    WORTH = "worth"
    """It is worth more or less than before, and that makes the difference: the part of it that is done did not change the same way."""
    ADDED = "added"
    """It was not scored before: a new control, or one of a product that is new to the tenant."""
    DEPRECATED = "deprecated"
    WITHDRAWN = "withdrawn"
    """It is not scored any more."""
    STATE = "state"
    """What it looks at has changed: settings, devices or users."""


@dataclass(frozen=True, slots=True)
class Mover:
    """A control that won or lost points. None: it was not scored. `worth` is its maximum after, `worth_before` the one before, where
    its profile is known."""

    control: str
    title: str
    before: float | None
    after: float | None
    cause: Cause
    worth_before: float | None = None
    worth: float | None = None

    @property
    def points(self) -> float:
        return (self.after or 0.0) - (self.before or 0.0)


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """Two days' scores. `movers` by what they did, the greatest first."""

    before: DailyScore
    after: DailyScore
    movers: tuple[Mover, ...]

    @property
    def points(self) -> float:
        return self.after.points - self.before.points

    @property
    def most(self) -> float:
        return self.after.most - self.before.most

    @property
    def share(self) -> float:
        return self.after.share - self.before.share

    @property
    def share_by_points(self) -> float:
        """The part of `share` that points alone would have made, had the maximum stayed."""
        return self.points / self.before.most if self.before.most else self.share

    @property
    def share_by_maximum(self) -> float:
        """The rest of `share`: what the maximum's own change made."""
        return self.share - self.share_by_points

    @property
    def regressions(self) -> tuple[Mover, ...]:
        """Controls that lost points, the greatest loss first."""
        return tuple(sorted((each for each in self.movers if each.points < 0), key=_smallest_first))

    @property
    def gains(self) -> tuple[Mover, ...]:
        return tuple(each for each in self.movers if each.points > 0)


@dataclass(frozen=True, slots=True)
class Regression:
    """A control that lost points, and who has been given it in the source ("" for nobody)."""

    mover: Mover
    owner: str

    @property
    def needs_owner(self) -> bool:
        """Whether nothing that the source shows explains the loss, so that somebody has to find out, and nobody does."""
        return self.mover.cause is Cause.STATE and not self.owner


@dataclass(frozen=True, slots=True)
class NextAction:
    """A control that is not fully done, and what doing it would add."""

    profile: ControlProfile
    points: float

    @property
    def gain(self) -> float:
        return self.profile.most - self.points

    @property
    def owner(self) -> str:
        return _owner(self.profile)


def score_on(scores: Iterable[DailyScore], day: date) -> DailyScore | None:
    """The latest score of a day or before; None where there is none. The source skips days."""
    return max((each for each in scores if each.day <= day), key=lambda each: each.at, default=None)


def week_before(scores: Sequence[DailyScore], after: DailyScore) -> DailyScore | None:
    """What to compare a score with: that of a week before or, where there is none so old, the oldest one."""
    older = [each for each in scores if each.at < after.at]
    return score_on(older, after.day - WEEK) or min(older, key=lambda each: each.at, default=None)


def compared(before: DailyScore, after: DailyScore, earlier: Profiles, profiles: Profiles) -> ScoreChange:
    """`earlier` and `profiles`: the controls' profiles as they were at both scores; `earlier` may be empty where nobody kept them, and
    then a change of worth is not told from one of state."""
    then, now = _points(before.controls), _points(after.controls)
    moved = [name for name in sorted(then.keys() | now.keys()) if _moved(then.get(name), now.get(name))]
    movers = [_mover(name, then.get(name), now.get(name), earlier.get(name), profiles.get(name)) for name in moved]
    return ScoreChange(before, after, tuple(sorted(movers, key=lambda each: (-abs(each.points), each.control))))


def next_actions(latest: DailyScore, profiles: Profiles, most: int = 10) -> tuple[NextAction, ...]:
    """What would raise the score most: scored controls that are not fully done and that nobody has decided to leave, by their gain,
    then by the source's own rank and the cheaper one first."""
    held = _points(latest.controls)
    open_ones = [
        NextAction(profile, held[name])
        for name, profile in profiles.items()
        if name in held and not profile.deprecated and not is_excused(profile)
    ]
    worthwhile = [each for each in open_ones if each.gain > HUNDREDTH]
    return tuple(sorted(worthwhile, key=_most_worthwhile)[:most])


def regressed(change: ScoreChange, profiles: Profiles) -> tuple[Regression, ...]:
    """The controls that lost points with their owners, those first that need one, then the greatest loss."""
    found = [Regression(each, _owner(profiles.get(each.control))) for each in change.regressions]
    return tuple(sorted(found, key=lambda each: not each.needs_owner))


def excused(profiles: Profiles) -> tuple[ControlProfile, ...]:
    """The controls that somebody has decided to leave, the most valuable first."""
    left = [each for each in profiles.values() if not each.deprecated and is_excused(each)]
    return tuple(sorted(left, key=lambda each: (-each.most, each.id)))


def _owner(profile: ControlProfile | None) -> str:
    return profile.decision.assigned_to if profile is not None and profile.decision is not None else ""


def _points(controls: Iterable[ControlPoints]) -> dict[str, float]:
    """By control. The source may list one under several categories."""
    points: dict[str, float] = {}
    for each in controls:
        points[each.control] = points.get(each.control, 0.0) + each.points
    return points


def _moved(before: float | None, after: float | None) -> bool:
    return abs((after or 0.0) - (before or 0.0)) > HUNDREDTH


def _mover(
    name: str, before: float | None, after: float | None, earlier: ControlProfile | None, now: ControlProfile | None
) -> Mover:
    known = now or earlier
    return Mover(
        name,
        known.title if known else name,
        before,
        after,
        _cause(before, after, earlier, now),
        earlier.most if earlier else None,
        now.most if now else None,
    )


def _cause(
    before: float | None, after: float | None, earlier: ControlProfile | None, now: ControlProfile | None
) -> Cause:
    if before is None:
        return Cause.ADDED
    if now is not None and now.deprecated and not (earlier is not None and earlier.deprecated):
        return Cause.DEPRECATED
    if after is None:
        return Cause.WITHDRAWN
    if earlier is not None and now is not None:
        if _state(earlier) != _state(now):
            return Cause.DECIDED
        if _worth_explains(before, after, earlier.most, now.most):
            return Cause.WORTH
    return Cause.STATE


def _worth_explains(before: float, after: float, worth_before: float, worth: float) -> bool:
    """Whether a control's points would have gone where they went had only its worth changed. A control that is worth more now and has
    lost points has lost them by something else."""
    if abs(worth - worth_before) <= HUNDREDTH or not worth_before:
        return False
    as_done_before = before * worth / worth_before
    rest = after - as_done_before
    return abs(rest) <= 2 * HUNDREDTH or (rest > 0) != (after > before)


def _state(profile: ControlProfile) -> str:
    return profile.decision.state if profile.decision else UNDECIDED


def is_excused(profile: ControlProfile) -> bool:
    return _state(profile) in EXCUSED


def _smallest_first(mover: Mover) -> tuple[float, str]:
    return mover.points, mover.control


def _most_worthwhile(action: NextAction) -> tuple[float, int, int, str]:
    profile = action.profile
    last = 1 << 30
    return -action.gain, profile.rank or last, COSTS.get(profile.cost.casefold(), len(COSTS)), profile.id
