"""How long ago each team had its last exercise, what has changed since, and what to play next. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

from watchkeeper.evidence.spelling import folded
from watchkeeper.model.administration import FollowUp
from watchkeeper.model.workspace import Playbook

STALE_AFTER: Final = 12
"""Months."""
_PLAYED: Final = 2
"""Scenarios that one exercise has time for."""


class Scenario(StrEnum):
    """What an exercise may be about. Of two that suit equally well the first one is played."""

    RANSOMWARE = "ransomware"
    PHISHING = "phishing"
    ACCOUNT = "account"
    DATA_LOSS = "data-loss"
    CLOUD = "cloud"
    SUPPLY_CHAIN = "supply-chain"


_WORDS: Final[Mapping[Scenario, tuple[str, ...]]] = {
    Scenario.RANSOMWARE: ("ransom", "malware", "encrypt", "isolat", "restore", "backup", "edr", "ランサム", "隔離"),
    Scenario.PHISHING: ("phish", "mail", "inbox", "exchange", "campaign", "フィッシング", "メール"),
    Scenario.ACCOUNT: (
        "account",
        "user",
        "password",
        "identity",
        "sign-in",
        "signin",
        "mfa",
        "token",
        "アカウント",
        "認証",
    ),
    Scenario.DATA_LOSS: ("dlp", "data loss", "exfil", "leak", "purview", "label", "漏えい", "漏洩"),
    Scenario.CLOUD: ("cloud", "subscription", "storage", "key vault", "keyvault", "kubernetes", "クラウド"),
    Scenario.SUPPLY_CHAIN: ("supply", "vendor", "third party", "third-party", "package", "oauth", "サプライ"),
}
"""Words in the name of a playbook or the title of a corrective action that a scenario puts to the test."""


@dataclass(frozen=True, slots=True)
class TeamExercise:
    """`last`: the day of the team's last completed exercise, None for none that is known. `months`: whole months since. `stale_on`:
    the first day on which it is too long ago; None where nothing tells from when on to count."""

    team: str
    last: date | None
    months: int | None
    stale_on: date | None
    stale: bool


@dataclass(frozen=True, slots=True)
class ChangedPlaybook:
    name: str
    changed: date
    enabled: bool


@dataclass(frozen=True, slots=True)
class Exercises:
    """`teams` by id. `last`: the day of the latest exercise of any team. `playbooks`: those changed since then, the newest first, None
    where they could not be read; `actions`: corrective actions that are still open, the most overdue first, None likewise.
    `scenarios`: what to play, by what has changed."""

    as_of: datetime
    stale_after: int
    teams: tuple[TeamExercise, ...]
    last: date | None
    playbooks: tuple[ChangedPlaybook, ...] | None
    actions: tuple[FollowUp, ...] | None
    scenarios: tuple[Scenario, ...]

    @property
    def stale(self) -> tuple[TeamExercise, ...]:
        return tuple(each for each in self.teams if each.stale)

    @property
    def overdue(self) -> tuple[FollowUp, ...]:
        return tuple(each for each in self.actions or () if each.due_at is not None and each.due_at < self.as_of)


def exercises(
    teams: Sequence[str],
    completed: Iterable[tuple[str, datetime]],
    playbooks: Iterable[Playbook] | None,
    follow_ups: Iterable[FollowUp] | None,
    *,
    now: datetime,
    stale_after: int = STALE_AFTER,
    begin: date | None = None,
) -> Exercises:
    """Where the teams stand. `completed` are exercises by team, in any order; those of other teams play no part. `begin`: from when
    on a team counts that has had none (its go-live). None for a list that could not be read."""
    latest = _latest(completed, teams)
    last = max(latest.values(), default=None)
    today = now.astimezone(UTC).date()
    changed = None if playbooks is None else _changed(playbooks, last)
    actions = (
        None if follow_ups is None else tuple(sorted((each for each in follow_ups if each.open), key=_most_overdue))
    )
    return Exercises(
        as_of=now,
        stale_after=stale_after,
        teams=tuple(_standing(team, latest.get(team), begin, stale_after, today) for team in sorted(set(teams))),
        last=last,
        playbooks=changed,
        actions=actions,
        scenarios=_scenarios([*(each.name for each in changed or ()), *(each.title for each in actions or ())]),
    )


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last one where it has no such day."""
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def months_between(day: date, later: date) -> int:
    """Whole months from a day to a later one."""
    months = (later.year - day.year) * 12 + later.month - day.month
    return months if months_later(day, months) <= later else months - 1


def _latest(completed: Iterable[tuple[str, datetime]], teams: Sequence[str]) -> dict[str, date]:
    latest: dict[str, date] = {}
    for team, at in completed:
        if team in teams:
            day = at.astimezone(UTC).date()
            latest[team] = max(day, latest.get(team, day))
    return latest


def _standing(team: str, last: date | None, begin: date | None, stale_after: int, today: date) -> TeamExercise:
    since = last or begin
    stale_on = None if since is None else months_later(since, stale_after) + timedelta(days=1)
    return TeamExercise(
        team=team,
        last=last,
        months=None if last is None else max(0, months_between(last, today)),
        stale_on=stale_on,
        stale=stale_on is not None and stale_on <= today,
    )


def _changed(playbooks: Iterable[Playbook], last: date | None) -> tuple[ChangedPlaybook, ...]:
    dated = ((each.changed_at.astimezone(UTC).date(), each) for each in playbooks if each.changed_at is not None)
    found = (ChangedPlaybook(each.name, day, each.enabled) for day, each in dated if last is None or day > last)
    return tuple(sorted(found, key=lambda each: (-each.changed.toordinal(), folded(each.name), each.name)))


def _most_overdue(action: FollowUp) -> tuple[bool, float, str, str]:
    due = action.due_at.timestamp() if action.due_at is not None else 0.0
    return action.due_at is None, due, action.number, action.id


def _scenarios(names: Sequence[str]) -> tuple[Scenario, ...]:
    """Those that most names speak of; the first one where none of them speaks of any."""
    said = [folded(name) for name in names]
    score = {each: sum(any(word in name for word in words) for name in said) for each, words in _WORDS.items()}
    order = list(Scenario)
    suited = sorted((each for each in order if score[each]), key=lambda each: (-score[each], order.index(each)))
    return tuple(suited[:_PLAYED]) or (order[0],)
