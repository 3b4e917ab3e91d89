"""Verdicts as test results: a suite per team, a case per escalation, and what could not be read as errors of its own; accounts likewise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from watchkeeper.model.audit import AuditReport, AuthorCount
from watchkeeper.model.verdict import AuthorClass, Verdict, VerdictKind
from watchkeeper.report.junit import Case, Outcome, Suite
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import shortened
from watchkeeper.report.verdict_rows import author_basis, author_name, reason_of, ticket_names

_OUTCOMES: Mapping[VerdictKind, Outcome] = MappingProxyType(
    {
        VerdictKind.FRESH: Outcome.PASSED,
        VerdictKind.DUE: Outcome.SKIPPED,
        VerdictKind.EXEMPT: Outcome.SKIPPED,
        VerdictKind.STALE: Outcome.FAILED,
        VerdictKind.VERY_STALE: Outcome.FAILED,
        VerdictKind.UNKNOWN: Outcome.ERROR,
    }
)


def audit_suites(report: AuditReport, lang: str = "en") -> tuple[Suite, ...]:
    """An audit as suites: its verdicts, then the systems and records that could not be read."""
    texts = texts_in(lang)
    unread = tuple(_unread(report, texts))
    return (*verdict_suites(report.verdicts, texts), *((Suite(texts.say("suite.unread"), unread),) if unread else ()))


def author_suites(report: AuditReport, lang: str = "en") -> tuple[Suite, ...]:
    """A suite per system, a case per account that wrote; one that nobody has classed is an error."""
    texts = texts_in(lang)
    sides = sorted({author.actor.side for author in report.authors})
    return tuple(
        Suite(texts.side(side), tuple(_account(each, texts) for each in report.authors if each.actor.side == side))
        for side in sides
    )


def _account(author: AuthorCount, texts: Texts) -> Case:
    known = author.author_class is not AuthorClass.UNCLASSIFIED
    return Case(
        name=author_name(author),
        within=texts.side(author.actor.side),
        outcome=Outcome.PASSED if known else Outcome.ERROR,
        kind=author.author_class.value,
        message=f"{texts.say(f'author.{author.author_class.value}')}: {author_basis(author, texts)}",
    )


def verdict_suites(verdicts: Sequence[Verdict], texts: Texts) -> tuple[Suite, ...]:
    """A suite per team, its escalations in order."""
    teams = sorted({verdict.team for verdict in verdicts})
    return tuple(
        Suite(team, tuple(_case(verdict, texts) for verdict in verdicts if verdict.team == team)) for team in teams
    )


def _case(verdict: Verdict, texts: Texts) -> Case:
    names = ticket_names(verdict)
    return Case(
        name=f"{names} {verdict.day.isoformat()}" + (f": {shortened(verdict.title, texts)}" if verdict.title else ""),
        within=verdict.group or verdict.team,
        outcome=_OUTCOMES[verdict.kind],
        kind=verdict.kind.value,
        message=f"{texts.say(f'verdict.{verdict.kind.value}')}: {reason_of(verdict, texts)}",
    )


def _unread(report: AuditReport, texts: Texts) -> Iterable[Case]:
    within = texts.say("suite.unread")
    for side in report.sides:
        if not side.readable:
            said = texts.join([reason_text(reason, texts) for reason in side.reasons])
            yield Case(texts.side(side.side), within, Outcome.ERROR, side.error or "unreadable", said)
    for row in report.unreadable:
        name = f"{texts.side(row.ref.side)} {row.ref.id}"
        yield Case(name, within, Outcome.ERROR, "unreadable", reason_text(row.reason, texts))
