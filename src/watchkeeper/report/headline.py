"""What a manager reads: one sentence on how many escalations were updated, what is late and with whom, what is excused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from watchkeeper.model.audit import totals_of
from watchkeeper.model.verdict import Verdict, VerdictKind
from watchkeeper.report.texts import Texts

ON_HOLD: Final = "on-hold"
"""The reason code of a ticket that waits within its time."""
STALE: Final = (VerdictKind.STALE, VerdictKind.VERY_STALE)
_NAMED_TEAMS: Final = 3
_BY_ID: Final[Mapping[str, str]] = MappingProxyType({})


def sentence(standing: Sequence[Verdict], texts: Texts, called: Mapping[str, str] = _BY_ID) -> str:
    """All of it for somebody who reads one line: how many of how many, what is late and with whom, what is excused. `called`: what teams
    are called, by id; who is not in it is named by the id."""
    totals = totals_of(standing)
    stale = [verdict for verdict in standing if verdict.kind in STALE]
    held = sum(verdict.kind is VerdictKind.EXEMPT and verdict.reason_code == ON_HOLD for verdict in standing)
    duties = len(standing) - totals[VerdictKind.EXEMPT]
    parts = [texts.say("standing.updated", fresh=f"{totals[VerdictKind.FRESH]:,}", duties=f"{duties:,}")]
    if stale:
        parts.append(texts.say("standing.stale", count=f"{len(stale):,}", teams=_with_whom(stale, texts, called)))
    counted = (
        ("standing.unknown", totals[VerdictKind.UNKNOWN]),
        ("standing.due", totals[VerdictKind.DUE]),
        ("standing.held", held),
        ("standing.exempt", totals[VerdictKind.EXEMPT] - held),
    )
    parts += [texts.say(key, count=f"{count:,}") for key, count in counted if count]
    return texts.say("standing.sentence", parts=texts.say("standing.between").join(parts))


def _with_whom(stale: Sequence[Verdict], texts: Texts, called: Mapping[str, str]) -> str:
    teams = Counter(verdict.group or called.get(verdict.team, verdict.team) for verdict in stale)
    ((first, count), *others) = teams.most_common()
    if not others:
        key = {1: "standing.only", 2: "standing.both"}.get(count, "standing.all")
        return texts.say(key, team=first)
    if len(teams) > _NAMED_TEAMS:
        return texts.say("standing.teams", count=f"{len(teams):,}")
    return texts.join(
        [texts.say("standing.some", count=f"{count:,}", team=team) for team, count in teams.most_common()]
    )
