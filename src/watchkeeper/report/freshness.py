"""How long ago the scheduled commands last succeeded, and whether that is too long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from watchkeeper.model.success import LastSuccess
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment


@dataclass(frozen=True, slots=True)
class Freshness:
    """The last successes, seen at `now`. `limits`: how old that of a command may be; nobody minds the others."""

    now: datetime
    successes: tuple[LastSuccess, ...] = ()
    limits: Mapping[str, timedelta] = field(default_factory=dict)

    @property
    def overdue(self) -> tuple[LastSuccess, ...]:
        """Those that are older than they may be."""
        return tuple(
            each
            for each in self.successes
            if each.command in self.limits and each.is_older(self.limits[each.command], self.now)
        )


def overdue_reasons(fresh: Freshness, texts: Texts | None = None) -> tuple[str, ...]:
    """Which commands should have succeeded since, a sentence each; in English unless told otherwise."""
    texts = texts or texts_in("en")
    return tuple(
        texts.say("status.late", command=each.command, limit=age(fresh.limits[each.command], texts))
        for each in fresh.overdue
    )


def with_overdue(sentence: str, fresh: Freshness, texts: Texts) -> str:
    """A report's sentence, and which commands are overdue."""
    late = overdue_reasons(fresh, texts)
    return texts.say("status.overdue", sentence=sentence, late=texts.join(late)) if late else sentence


def overdue_steps(fresh: Freshness, texts: Texts) -> tuple[str, ...]:
    """What to do about it. The runs of `history` are none that collected evidence."""
    return tuple(
        texts.say("status.next.overdue.evidence")
        if each.command == "evidence"
        else texts.say("status.next.overdue", command=each.command)
        for each in fresh.overdue
    )


def success_facts(fresh: Freshness, texts: Texts) -> tuple[tuple[str, str], ...]:
    """A line for each scheduled command."""
    return tuple(_success(each, fresh.now, texts) for each in fresh.successes)


def _success(success: LastSuccess, now: datetime, texts: Texts) -> tuple[str, str]:
    name = texts.say("status.fact.success", command=success.command)
    past = success.age_at(now)
    if past is None:
        return name, texts.say("status.success.none")
    text = "status.success" if success.run_id else "status.success.runless"
    return name, texts.say(text, at=moment(success.at, texts), age=age(past, texts), run=success.run_id)


def age(past: timedelta, texts: Texts) -> str:
    """A length of time in its two largest units, cut to whole minutes."""
    minutes = int(past.total_seconds()) // 60
    days, hours = minutes // (24 * 60), minutes // 60 % 24
    text = "age.days" if days else "age.hours" if hours else "age.minutes"
    return texts.say(text, days=f"{days:,}", hours=hours, minutes=minutes % 60)


def successes_json(fresh: Freshness) -> list[dict[str, Any]]:
    return [_success_json(each, fresh) for each in fresh.successes]


def _success_json(success: LastSuccess, fresh: Freshness) -> dict[str, Any]:
    past, limit = success.age_at(fresh.now), fresh.limits.get(success.command)
    return {
        "command": success.command,
        "at": success.at,
        "run_id": success.run_id,
        "age_seconds": None if past is None else int(past.total_seconds()),
        "limit_seconds": None if limit is None else int(limit.total_seconds()),
        "overdue": success in fresh.overdue,
    }
