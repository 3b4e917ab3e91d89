"""Secure Score by category of its controls: how much of what could be won in each was won, day by day. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from watchkeeper.evidence.secure_score import Profiles, points_by_control
from watchkeeper.model.evidence import ControlPoints, ControlProfile, DailyScore

ORDER: Final = ("identity", "device", "apps", "data", "infrastructure")
"""Microsoft's categories (resource secureScoreControlProfile, controlCategory), in small letters as they are kept, in the order
of its portal; others come after."""


@dataclass(frozen=True, slots=True)
class CategoryScore:
    """`points` of `most` on one day, which `controls` that are scored make."""

    points: float
    most: float
    controls: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return min(max(self.points / self.most, 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Category:
    """A category on the days on which something could be won in it."""

    name: str
    by_day: Mapping[date, CategoryScore]

    @property
    def latest(self) -> date:
        return max(self.by_day)


@dataclass(frozen=True, slots=True)
class ScoredControl:
    """What a control contributed on a day. `profile`: None where its worth is not known."""

    day: date
    scored: ControlPoints
    profile: ControlProfile | None

    @property
    def left(self) -> float:
        """Points that it could still win; 0 where nobody knows."""
        return max(self.profile.most - self.scored.points, 0.0) if self.profile else 0.0


def by_category(scores: Iterable[DailyScore], profiles: Profiles) -> tuple[Category, ...]:
    """`profiles`: the controls as they were last read. The source says of no day what a category is worth at most, so each control counts
    with what it is worth by its profile; one without a profile counts on neither side."""
    found: dict[str, dict[date, CategoryScore]] = {}
    for score in scores:
        for name, held in _of_day(score, profiles).items():
            found.setdefault(name, {})[score.day] = held
    ranks = {name: rank for rank, name in enumerate(ORDER)}
    names = sorted(found, key=lambda name: (ranks.get(name, len(ranks)), name))
    return tuple(Category(name, found[name]) for name in names)


def controls_of(
    categories: Iterable[Category], scores: Iterable[DailyScore], profiles: Profiles
) -> Iterator[ScoredControl]:
    """The controls that each category counts on its latest day, those first that could win most."""
    by_day = {each.day: each for each in scores}
    for category in categories:
        day = category.latest
        found = [
            ScoredControl(day, each, profile)
            for each, profile in _counted(by_day[day], profiles)
            if each.category == category.name
        ]
        yield from sorted(found, key=lambda each: (-each.left, each.scored.control))


def unprofiled(score: DailyScore, profiles: Profiles) -> Iterator[ScoredControl]:
    """Those whose worth is not known, so that they count in no category: each once, though the source may list it under several."""
    category_of = {each.control: each.category for each in score.controls}
    for control, points in sorted(points_by_control(score.controls).items()):
        if control not in profiles:
            yield ScoredControl(score.day, ControlPoints(control, category_of[control], points), None)


def _of_day(score: DailyScore, profiles: Profiles) -> Mapping[str, CategoryScore]:
    sums: dict[str, tuple[float, float, int]] = {}
    for each, profile in _counted(score, profiles):
        points, most, controls = sums.get(each.category, (0.0, 0.0, 0))
        sums[each.category] = (points + each.points, most + profile.most, controls + 1)
    return {name: CategoryScore(*held) for name, held in sums.items()}


def _counted(score: DailyScore, profiles: Profiles) -> Iterator[tuple[ControlPoints, ControlProfile]]:
    for each in score.controls:
        profile = profiles.get(each.control)
        if profile is not None and profile.most > 0:
            yield each, profile
