"""Why the maximum of a Secure Score is another than before: which controls came, went, or are worth something else. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from watchkeeper.evidence.secure_score import HUNDREDTH, Profiles
from watchkeeper.model.evidence import DailyScore


@dataclass(frozen=True, slots=True)
class MaximumMove:
    """A control that has another part in the maximum. None: it was not scored."""

    control: str
    title: str
    before: float | None
    after: float | None

    @property
    def points(self) -> float:
        return (self.after or 0.0) - (self.before or 0.0)


@dataclass(frozen=True, slots=True)
class MaximumChange:
    """`moves`, the greatest first. `unexplained`: what of the change no kept profile accounts for, in points."""

    moves: tuple[MaximumMove, ...]
    unexplained: float


def maximum_change(before: DailyScore, after: DailyScore, earlier: Profiles, profiles: Profiles) -> MaximumChange:
    """`earlier` and `profiles`: as of both scores; see `compared`. A control without a profile has no known worth."""
    moves = sorted(_moves(before, after, earlier, profiles), key=lambda each: (-abs(each.points), each.control))
    rest = after.most - before.most - sum(each.points for each in moves)
    return MaximumChange(tuple(moves), rest if abs(rest) > HUNDREDTH else 0.0)


def _moves(before: DailyScore, after: DailyScore, earlier: Profiles, profiles: Profiles) -> Iterator[MaximumMove]:
    then, now = ({each.control for each in score.controls} for score in (before, after))
    for name in then | now:
        new = profiles.get(name)
        old = earlier.get(name) or (new if name not in now else None)
        if (name in then and old is None) or (name in now and new is None):
            continue
        worth_before, worth = (
            known.most if known and name in scored else None for known, scored in ((old, then), (new, now))
        )
        title = next(known.title for known in (new, old) if known)
        move = MaximumMove(name, title, worth_before, worth)
        if abs(move.points) > HUNDREDTH:
            yield move
