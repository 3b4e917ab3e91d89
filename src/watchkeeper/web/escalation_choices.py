"""What can be chosen on the page on escalations."""

from __future__ import annotations

from typing import Final

from watchkeeper.report.audit import WORST_FIRST
from watchkeeper.report.board.duties import team_text
from watchkeeper.report.board.escalations import Escalations, age_text, kind_text
from watchkeeper.report.board.nouns import BEHIND, OWED
from watchkeeper.report.standing import BUCKETS, NEVER, bucket_name
from watchkeeper.report.texts import Texts
from watchkeeper.web.asked import Choice, Parameter, any_of

TEAM: Final = Parameter("team", "A team's id: only its escalations.")
KIND: Final = Parameter(
    "kind",
    "A verdict, such as `stale`: only what was judged so; `behind`: what is stale or very stale; `owed`: all but `exempt`.",
)
DAY: Final = Parameter("day", "A day, such as 2026-11-23: what was judged for it, and not each team's latest day.")
AGE: Final = Parameter("age", "Days since a person's last update: `0-0`, `1-5`, `6-10`, `10-30`, `30-`, or `never`.")


def escalation_choices(found: Escalations, texts: Texts) -> tuple[Choice, ...]:
    teams = tuple((each.id, team_text(each.id, each.name, texts)) for each in found.teams)
    kinds = tuple((kind, kind_text(kind, texts)) for kind in (OWED, BEHIND, *(each.value for each in WORST_FIRST)))
    days = sorted({sheet.day.isoformat() for sheet in found.sheets}, reverse=True)
    ages = tuple((name, age_text(name, texts)) for name in (*map(bucket_name, BUCKETS), NEVER))
    chosen = found.chosen
    day = chosen.day.isoformat() if chosen.day else ""
    return (
        Choice("team", texts.say("column.team"), any_of(teams, chosen.team, texts), chosen.team),
        Choice("kind", texts.say("column.verdict"), any_of(kinds, chosen.kind, texts), chosen.kind),
        Choice("age", texts.say("standing.ages"), any_of(ages, chosen.age, texts), chosen.age),
        Choice("day", texts.say("column.day"), any_of(zip(days, days, strict=True), day, texts), day),
    )
