"""The weekly round of portals and licences: what has to be judged, what is due, what is disturbed, what runs out. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from urllib.parse import quote

from watchkeeper.evidence.portal import LOW, Headroom, Post, Supply, headroom, posts
from watchkeeper.evidence.spelling import folded
from watchkeeper.model.evidence import Announcement, Licence, ServiceHealth, ServiceIssue

_POST_URL: Final = "https://admin.microsoft.com/Adminportal/Home#/MessageCenter/:/messages/"
"""Where the admin center shows a post, by its id (links of that form are in MicrosoftDocs, e.g. on Teams' app policies)."""

CALM: Final = frozenset(
    folded(status)
    for status in (
        "serviceOperational",
        "serviceRestored",
        "falsePositive",
        "resolved",
        "resolvedExternal",
        "mitigated",
        "mitigatedExternal",
        "postIncidentReviewPublished",
    )
)
"""States in which nothing is wrong any more (enumeration serviceHealthStatus); each other one, a new one too, is a disturbance."""


@dataclass(frozen=True, slots=True)
class Message:
    """A post that needs a verdict, without its long text. `act_by` and `days_left` as of a Post, `fresh` too."""

    id: str
    title: str
    category: str
    services: tuple[str, ...]
    major: bool
    act_by: date | None
    days_left: int | None
    fresh: bool
    changed: date

    @property
    def url(self) -> str:
        return _POST_URL + quote(self.id, safe="", errors="replace")


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that is wrong with a service. `since`: None where the source does not say."""

    id: str
    title: str
    classification: str
    feature: str
    since: date | None


@dataclass(frozen=True, slots=True)
class Disturbance:
    """A service that does not work as it should. `status` as the source spells it."""

    service: str
    status: str
    troubles: tuple[Trouble, ...]


@dataclass(frozen=True, slots=True)
class PortalRound:
    """What the round found at an instant. Each part is None where its source could not be read."""

    as_of: datetime
    since: datetime
    messages: tuple[Message, ...] | None
    disturbances: tuple[Disturbance, ...] | None
    licences: tuple[Headroom, ...] | None

    @property
    def dated(self) -> tuple[Message, ...]:
        """The messages with something to do, the nearest date first."""
        return tuple(each for each in self.messages or () if each.act_by is not None)

    @property
    def scarce(self) -> tuple[Headroom, ...]:
        """The licences that are low or worse, the scarcest first."""
        return tuple(each for each in self.licences or () if each.supply is not Supply.ENOUGH)


def portal_round(
    announcements: Iterable[Announcement] | None,
    health: Iterable[ServiceHealth] | None,
    licences: Iterable[Licence] | None,
    *,
    services: Collection[str] = (),
    since: datetime,
    now: datetime,
    low: float = LOW,
) -> PortalRound:
    """What there is to judge about some services (all, if none are named) since the last round. `low`: the share of free units below
    which a licence is called low. None for a list that could not be read."""
    today = now.astimezone(UTC).date()
    return PortalRound(
        as_of=now,
        since=since,
        messages=None if announcements is None else _messages(announcements, services, since, today),
        disturbances=None if health is None else _disturbances(health, services),
        licences=None if licences is None else headroom(licences, low),
    )


def _messages(
    announcements: Iterable[Announcement], services: Collection[str], since: datetime, today: date
) -> tuple[Message, ...]:
    return tuple(_message(post) for post in posts(announcements, services, since, today))


def _message(post: Post) -> Message:
    about = post.announcement
    return Message(
        id=about.id,
        title=about.title,
        category=about.category,
        services=about.services,
        major=about.major,
        act_by=None if about.act_by is None else about.act_by.astimezone(UTC).date(),
        days_left=post.days_left,
        fresh=post.fresh,
        changed=about.changed_at.astimezone(UTC).date(),
    )


def _disturbances(health: Iterable[ServiceHealth], services: Collection[str]) -> tuple[Disturbance, ...]:
    wanted = {folded(each) for each in services}
    found = [_disturbance(each) for each in health if not wanted or folded(each.service) in wanted]
    disturbed = (each for each in found if folded(each.status) not in CALM or each.troubles)
    return tuple(sorted(disturbed, key=lambda each: (folded(each.status) in CALM, folded(each.service), each.service)))


def _disturbance(health: ServiceHealth) -> Disturbance:
    open_ones = sorted((each for each in health.issues if not _is_over(each)), key=lambda each: each.id)
    return Disturbance(health.service, health.status, tuple(_trouble(each) for each in open_ones))


def _is_over(issue: ServiceIssue) -> bool:
    return issue.resolved or folded(issue.status) in CALM


def _trouble(issue: ServiceIssue) -> Trouble:
    since = None if issue.starts_at is None else issue.starts_at.astimezone(UTC).date()
    return Trouble(issue.id, issue.title, issue.classification, issue.feature, since)
