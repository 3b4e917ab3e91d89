"""What the weekly round of portals and licences has to judge: posts of the Message center, and licences that run out. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from watchkeeper.evidence.spelling import folded
from watchkeeper.model.evidence import Announcement, Licence

LOW: Final = 0.05
"""The share of free units below which a licence is called low."""


@dataclass(frozen=True, slots=True)
class Post:
    """A post that needs a verdict. `days_left` until something has to be done, below 0 when that is over; None where nothing has.
    `fresh`: new or changed since the last round."""

    announcement: Announcement
    days_left: int | None
    fresh: bool


class Supply(StrEnum):
    """How a licence stands, the worst first."""

    OVERDRAWN = "overdrawn"
    """More are in use than there are."""
    LAPSING = "lapsing"
    """Units work for some time yet and are not paid for any more."""
    USED_UP = "used-up"
    LOW = "low"
    ENOUGH = "enough"


@dataclass(frozen=True, slots=True)
class Headroom:
    licence: Licence
    supply: Supply


def posts(
    announcements: Iterable[Announcement], services: Collection[str], since: datetime, today: date
) -> tuple[Post, ...]:
    """Posts about some services (all, if none are named) that are new since the last round or have to be acted upon still: those with
    a date first, the nearest one before the others, then major changes, then the newest."""
    wanted = {folded(each) for each in services}
    about = (each for each in announcements if not wanted or any(folded(name) in wanted for name in each.services))
    found = (_post(each, since, today) for each in about)
    return tuple(sorted((each for each in found if _is_open(each)), key=_most_urgent))


def headroom(licences: Iterable[Licence], low: float = LOW) -> tuple[Headroom, ...]:
    """Every licence that has units, the scarcest first. `low`: the share of free units below which it is called low."""
    found = [Headroom(each, _supply(each, low)) for each in licences if each.enabled + each.warning + each.consumed > 0]
    return tuple(sorted(found, key=_scarcest))


def _post(announcement: Announcement, since: datetime, today: date) -> Post:
    act_by = announcement.act_by
    left = None if act_by is None else (act_by.date() - today).days
    return Post(announcement, left, announcement.changed_at > since)


def _is_open(post: Post) -> bool:
    return post.fresh or (post.days_left is not None and post.days_left >= 0)


def _most_urgent(post: Post) -> tuple[bool, int, bool, float, str]:
    announcement = post.announcement
    dated = post.days_left is not None
    left = post.days_left if post.days_left is not None else 0
    return not dated, left, not announcement.major, -announcement.changed_at.timestamp(), announcement.id


def _supply(licence: Licence, low: float) -> Supply:
    units = licence.enabled + licence.warning
    if licence.headroom < 0:
        return Supply.OVERDRAWN
    if licence.warning > 0 and licence.consumed > licence.enabled:
        return Supply.LAPSING
    if licence.headroom == 0:
        return Supply.USED_UP
    return Supply.LOW if licence.headroom < low * units else Supply.ENOUGH


def _scarcest(headroom: Headroom) -> tuple[int, int, str]:
    return list(Supply).index(headroom.supply), headroom.licence.headroom, headroom.licence.name
