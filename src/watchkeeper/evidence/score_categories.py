"""Secure Score by category of its controls: how much of what could be won in each was won, day by day. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from watchkeeper.evidence.secure_score import Profiles, is_excused
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

    @property
    def is_asked_for(self) -> bool:
        """Whether points are left in it that nobody has decided to leave there."""
        profile = self.profile
        return profile is not None and self.left > 0 and not profile.deprecated and not is_excused(profile)


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


def counted_in(
    categories: Iterable[Category], scores: Iterable[DailyScore], profiles: Profiles
) -> tuple[ScoredControl, ...]:
    """The controls that each category counts on its latest day, in the order of `in_order`."""
    by_day = {each.day: each for each in scores}
    found = (
        ScoredControl(category.latest, each, profile)
        for category in categories
        for each, profile in _counted(by_day[category.latest], profiles)
        if each.category == category.name
    )
    return in_order(found)


def scored_on(score: DailyScore, profiles: Profiles) -> tuple[ScoredControl, ...]:
    """Every control of a score, which may have one under several categories, in the order of `in_order`."""
    return in_order(ScoredControl(score.day, each, profiles.get(each.control)) for each in score.controls)


def in_order(controls: Iterable[ScoredControl]) -> tuple[ScoredControl, ...]:
    """First what is asked for, the most points at the top; then the others; last those whose worth is not known."""
    return tuple(sorted(controls, key=_by_what_is_left))


def _by_what_is_left(control: ScoredControl) -> tuple[bool, bool, float, str, str]:
    scored = control.scored
    return control.profile is None, not control.is_asked_for, -control.left, scored.control, scored.category


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
