"""One verdict in words, and verdicts as the rows of a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC

from watchkeeper.model.audit import AuthorCount
from watchkeeper.model.verdict import Verdict
from watchkeeper.report.document import Row, Table
from watchkeeper.report.texts import Texts
from watchkeeper.report.values import on_the_wall, wall_clock, yes_no

_COLUMNS = (
    "key",
    "ticket",
    "title",
    "team",
    "group",
    "severity",
    "assignee",
    "day",
    "verdict",
    "final",
    "days",
    "last",
    "reason",
    "flags",
    "url",
)


def verdict_listing(verdicts: Iterable[Verdict], texts: Texts) -> Table:
    """A row per verdict, each with everything that a reader may want to sort or count by. Instants are UTC in ISO 8601."""
    rows = tuple(Row(_cells(verdict, texts)) for verdict in verdicts)
    return Table(tuple(texts.say(f"column.{name}") for name in _COLUMNS), rows)


def _cells(verdict: Verdict, texts: Texts) -> tuple[str, ...]:
    last = verdict.last_human_update
    return (
        verdict.key,
        ticket_names(verdict),
        verdict.title,
        verdict.team,
        verdict.group,
        severity_text(verdict, texts),
        verdict.assignee,
        verdict.day.isoformat(),
        texts.say(f"verdict.{verdict.kind.value}"),
        yes_no(verdict.final, texts),
        str(verdict.working_days),
        "" if last is None else last.astimezone(UTC).isoformat(timespec="seconds"),
        reason_of(verdict, texts),
        texts.join(flag_names(verdict, texts)),
        verdict.urls[0] if verdict.urls else "",
    )


def author_name(author: AuthorCount) -> str:
    """An account as people know it."""
    actor = author.actor
    return f"{actor.name} ({actor.id})" if actor.name else actor.id


def author_basis(author: AuthorCount, texts: Texts) -> str:
    """Why an account is what it counts as."""
    key = f"basis.{author.why}"
    return texts.say(key) if texts.has(key) else author.why


def last_update(verdict: Verdict, texts: Texts) -> str:
    """When a person last updated it, on its team's wall clock; that none is known does not say that there never was one."""
    last = verdict.last_human_update
    return texts.say("last.unknown") if last is None else on_the_wall(last, verdict.zone, texts)


def ticket_names(verdict: Verdict) -> str:
    """What people call the ticket on each side."""
    return " / ".join(verdict.numbers) or verdict.key


def severity_text(verdict: Verdict, texts: Texts) -> str:
    key = f"severity.{verdict.severity}"
    return texts.say(key) if texts.has(key) else verdict.severity


def flag_names(verdict: Verdict, texts: Texts) -> list[str]:
    return [texts.say(f"flag.{flag}") if texts.has(f"flag.{flag}") else flag for flag in verdict.flags]


def reason_of(verdict: Verdict, texts: Texts) -> str:
    """A verdict's reason in the report's language: by its code, else the English sentence that came with it."""
    return judged_because(verdict.reason, verdict.reason_code, verdict.reason_args, texts)


def judged_because(reason: str, code: str, arguments: Iterable[tuple[str, str]], texts: Texts) -> str:
    """The same of a verdict's reason, its code and what belongs to it."""
    key = f"reason.{code}"
    if not texts.has(key):
        return reason
    try:
        return texts.say(key, **{name: _spoken(name, value, texts) for name, value in arguments})
    except KeyError:
        return reason


def _spoken(name: str, value: str, texts: Texts) -> str:
    """A value of a reason as people say it: a system's own name, and a comment by that word."""
    if name == "side":
        return texts.side(value)
    return texts.say("what.comment") if (name, value) == ("what", "comment") else wall_clock(value)
