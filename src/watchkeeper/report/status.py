"""What happened and what is remembered: history, the state of a deployment, one key link by link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from watchkeeper.errors import LeaseHolder
from watchkeeper.model.exit_code import Upshot, upshot_of
from watchkeeper.model.halt import Halt
from watchkeeper.model.link import ConflictRow, Dirty, LedgerEntry, Link
from watchkeeper.model.occurrence import Decided
from watchkeeper.model.owner_request import OwnerRequest
from watchkeeper.model.record import Side
from watchkeeper.model.run import WriteLogEntry
from watchkeeper.model.verdict import Verdict
from watchkeeper.report import document as doc
from watchkeeper.report.audit import MARKS
from watchkeeper.report.document import Document, Mark, Pairs, Paragraph, Row, Section, Table
from watchkeeper.report.freshness import Freshness, overdue_steps, success_facts, with_overdue
from watchkeeper.report.owner_request import request_section
from watchkeeper.report.plan import decided_table
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import changed, in_order, moment, shortened, shown, stored_value
from watchkeeper.report.verdict_rows import reason_of

Run = Mapping[str, object]
"""A row of StateStore.runs."""
WRITTEN, FAILED, LEFT = ("done", "adopted"), ("failed", "conflict", "unknown"), ("skipped",)
"""Outcomes of actions, by what they mean for a run."""
_MARKS: Final[Mapping[Upshot, Mark]] = {
    Upshot.SUCCESS: Mark.GOOD,
    Upshot.LATER: Mark.WARN,
    Upshot.FAILURE: Mark.BAD,
}


@dataclass(frozen=True, slots=True)
class StatusView:
    """What `status` shows of a deployment: everything that waits, and the latest runs."""

    deployment: str
    lineage: str
    born: datetime | None
    linked: int
    open_intents: int
    dirty: tuple[Dirty, ...]
    runs: tuple[Run, ...]
    fresh: Freshness
    holder: LeaseHolder | None = None
    store: str = ""
    """Where the memory is looked for, without a password. There is none yet where `born` is None."""
    halt: Halt | None = None
    """A person's order that nothing is written, while it stands."""
    halt_said: tuple[str, ...] = ()
    """The same in words."""


@dataclass(frozen=True, slots=True)
class KeyView:
    """What `show KEY` shows: everything remembered about one key."""

    key: str
    links: Mapping[Side, Link]
    decided: Decided | None = None
    dirty: Dirty | None = None
    conflicts: tuple[ConflictRow, ...] = ()
    ledger: tuple[LedgerEntry, ...] = ()
    writes: tuple[WriteLogEntry, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    request: OwnerRequest | None = None
    """What an asset owner asked for, where it is a duty of that kind."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What people call ids that stand in the records (groups)."""


def history_document(runs: Sequence[Run], lang: str = "en") -> Document:
    texts = texts_in(lang)
    sentence = texts.count("history.sentence", len(runs)) if runs else texts.say("history.sentence.none")
    sections = (Section("", (runs_table(runs, texts),)),) if runs else ()
    return Document(texts.say("history.title"), sentence, sections)


def status_document(view: StatusView, lang: str = "en") -> Document:
    texts = texts_in(lang)
    if view.born is None:
        sentence = texts.say("status.sentence.nothing", deployment=view.deployment, store=view.store)
        return Document(
            texts.say("status.title"),
            with_overdue(sentence, view.fresh, texts),
            mark=Mark.BAD if view.fresh.overdue else Mark.WARN,
            next_steps=(texts.say("status.next.nothing"), *overdue_steps(view.fresh, texts)),
            next_title=texts.say("next.title"),
        )
    sentence = texts.say(
        "status.sentence",
        deployment=view.deployment,
        links=texts.count("status.links", view.linked),
        dirty=texts.count("status.dirty", len(view.dirty)),
        intents=texts.count("status.intents", view.open_intents),
    )
    mark = Mark.BAD if view.fresh.overdue else Mark.NONE if view.halt is None else Mark.WARN
    sections = [Section(texts.say("status.facts"), (Pairs(_status_facts(view, texts)),), mark=mark)]
    if view.dirty:
        sections.append(
            Section(texts.say("status.waiting"), tuple(_waiting(row, texts, row.key) for row in view.dirty))
        )
    if view.runs:
        sections.append(Section(texts.say("status.runs"), (runs_table(view.runs, texts),)))
    return Document(
        texts.say("status.title"),
        with_overdue(sentence, view.fresh, texts),
        tuple(sections),
        mark=mark,
        next_steps=overdue_steps(view.fresh, texts),
        next_title=texts.say("next.title"),
    )


def _status_facts(view: StatusView, texts: Texts) -> tuple[tuple[str, str], ...]:
    facts = [
        *((texts.say("status.fact.halt"), reason_text(line, texts)) for line in view.halt_said),
        *success_facts(view.fresh, texts),
        (texts.say("status.fact.born"), moment(view.born, texts)),
        (texts.say("status.fact.lineage"), view.lineage),
    ]
    if view.holder is not None:
        holder = view.holder
        line = texts.say(
            "status.lease",
            operation=holder.operation,
            run=holder.run_id,
            holder=holder.holder,
            host=holder.host,
            at=moment(holder.taken_at, texts),
        )
        facts.append((texts.say("status.fact.lease"), line))
    return tuple(facts)


def _waiting(row: Dirty, texts: Texts, key: str = "") -> Paragraph:
    line = texts.say(
        "show.waiting", reason=reason_text(row.reason, texts), at=moment(row.since, texts), attempts=f"{row.attempts:,}"
    )
    return Paragraph(f"{key}: {line}" if key else line, Mark.WARN)


def runs_table(runs: Sequence[Run], texts: Texts) -> Table:
    """A row per run: when, what, how it ended, how much it wrote."""
    names = ("started", "command", "run", "exit", "written", "failed", "left")
    rows = tuple(_run_row(run, texts) for run in runs)
    return Table(tuple(texts.say(f"column.{name}") for name in names), rows, numbers=frozenset({4, 5, 6}))


def _run_row(run: Run, texts: Texts) -> Row:
    started, code = run.get("started_at"), run.get("exit_code")
    written, failed, left = (f"{counted(run, *names):,}" for names in (WRITTEN, FAILED, LEFT))
    cells = (
        moment(started, texts) if isinstance(started, datetime) else "",
        str(run.get("command", "")),
        str(run.get("run_id", "")),
        texts.say("history.unfinished") if code is None else str(code),
        written,
        failed,
        left,
    )
    upshot = upshot_of_run(run)
    return Row(cells, Mark.BAD if upshot is None else _MARKS[upshot])


def upshot_of_run(run: Run) -> Upshot | None:
    """What a run's end means; None where it never ended."""
    code = run.get("exit_code")
    return upshot_of(code) if isinstance(code, int) else None


def counted(run: Run, *outcomes: str) -> int:
    """How many of a run's actions ended in one of these ways."""
    counts = run.get("counts")
    return sum(int(counts.get(name, 0)) for name in outcomes) if isinstance(counts, Mapping) else 0


def show_document(view: KeyView, lang: str = "en") -> Document:
    """One key, link by link, with what waits, what was decided, written and judged."""
    texts = texts_in(lang)
    known = bool(view.links or view.decided or view.writes or view.verdicts or view.request)
    sections = (
        _waiting_section(view, texts),
        None if view.request is None else request_section(view.request, texts),
        *(_link_section(view.links[side], view.names, texts) for side in in_order(view.links)),
        _occurrence(view, texts),
        _conflicts(view, texts),
        _ledger(view, texts),
        _writes(view, texts),
        _verdicts(view, texts),
    )
    return Document(
        title=texts.say("show.title", key=view.key),
        sentence=texts.count("show.sentence", len(view.links), key=view.key)
        if known
        else texts.say("show.sentence.none", key=view.key),
        sections=tuple(section for section in sections if section is not None),
        mark=Mark.NONE if known else Mark.WARN,
        next_steps=() if known else (texts.say("show.next.unknown"),),
        next_title=texts.say("next.title"),
    )


def _waiting_section(view: KeyView, texts: Texts) -> Section | None:
    return Section("", (_waiting(view.dirty, texts),)) if view.dirty else None


def _link_section(link: Link, names: Mapping[str, str], texts: Texts) -> Section:
    state = f"{link.state.value}: {link.reason}" if link.reason else link.state.value
    facts = Pairs(
        (
            (texts.say("show.record"), doc.Link(f"{link.ref.table}/{link.ref.id}", link.url)),
            (texts.say("column.state"), state),
            (texts.say("show.revision"), link.revision.token),
            (texts.say("show.confirmed"), moment(link.confirmed_at, texts)),
        )
    )
    rows = tuple(
        Row((name, shown(names.get(value, value) if isinstance(value, str) else value, texts)))
        for name, value in sorted(link.base.items())
    )
    fields = Table((texts.say("column.field"), texts.say("column.base")), rows)
    parts = (Section(texts.say("show.fields"), (fields,)),) if rows else ()
    title = texts.say("show.link", side=texts.side(link.ref.side), number=link.number or link.ref.id)
    return Section(title, (facts,), parts)


def _occurrence(view: KeyView, texts: Texts) -> Section | None:
    if view.decided is None:
        return None
    return Section(texts.say("show.occurrence"), (decided_table([view.decided], texts),))


def _conflicts(view: KeyView, texts: Texts) -> Section | None:
    if not view.conflicts:
        return None
    names = ("at", "field", "winner", "winning", "losing", "resolver")
    rows = tuple(
        Row(
            (
                moment(row.at, texts),
                row.field,
                texts.side(row.winner),
                stored_value(row.winning, texts),
                stored_value(row.losing, texts),
                row.resolver,
            )
        )
        for row in view.conflicts
    )
    table = Table(tuple(texts.say(f"column.{name}") for name in names), rows)
    return Section(texts.say("conflicts.title", count=f"{len(rows):,}"), (table,))


def _ledger(view: KeyView, texts: Texts) -> Section | None:
    if not view.ledger:
        return None
    rows = tuple(
        Row((moment(row.at, texts), texts.side(row.origin.side), row.comment_id, row.outcome)) for row in view.ledger
    )
    headings = tuple(texts.say(f"column.{name}") for name in ("at", "side", "comment", "outcome"))
    return Section(texts.say("show.comments", count=f"{len(rows):,}"), (Table(headings, rows),))


def _writes(view: KeyView, texts: Texts) -> Section | None:
    if not view.writes:
        return None
    names = ("at", "side", "operation", "kind", "change", "reason")
    rows = tuple(
        Row(
            (
                moment(row.at, texts),
                texts.side(row.side),
                texts.say(f"operation.{row.operation}") if texts.has(f"operation.{row.operation}") else row.operation,
                row.outcome or row.kind,
                changed(_in_names(row.before, view.names), _in_names(row.after, view.names), texts)
                if row.before or row.after
                else "",
                shortened(reason_text(row.reason, texts), texts),
            )
        )
        for row in view.writes
    )
    table = Table(tuple(texts.say(f"column.{name}") for name in names), rows)
    return Section(texts.say("show.writes", count=f"{len(rows):,}"), (table,))


def _in_names(text: str, names: Mapping[str, str]) -> str:
    """Logged fields with names for the ids that have one."""
    for each, name in names.items():
        text = text.replace(each, name)
    return text


def _verdicts(view: KeyView, texts: Texts) -> Section | None:
    if not view.verdicts:
        return None
    rows = tuple(
        Row(
            (verdict.day.isoformat(), texts.say(f"verdict.{verdict.kind.value}"), reason_of(verdict, texts)),
            MARKS[verdict.kind],
        )
        for verdict in sorted(view.verdicts, key=lambda each: each.day, reverse=True)
    )
    headings = tuple(texts.say(f"column.{name}") for name in ("day", "verdict", "reason"))
    return Section(texts.say("show.verdicts", count=f"{len(rows):,}"), (Table(headings, rows),))
