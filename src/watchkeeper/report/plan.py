"""The plan as people read it: one sentence, then field by field what would be written where and why, then what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from types import MappingProxyType

from watchkeeper.model.budget import Forecast
from watchkeeper.model.occurrence import Decided, Decision
from watchkeeper.model.plan import Action, ConflictNote, FieldChange, Operation, Parked, Plan, ValveTrip
from watchkeeper.model.run import Resume
from watchkeeper.report.budget import forecast_section, resume_section
from watchkeeper.report.document import Block, Document, Mark, Pairs, Paragraph, Row, Section, Table
from watchkeeper.report.reasons import problem_text, reason_text
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import (
    Numbers,
    changed,
    changed_field,
    in_order,
    moment,
    named,
    number_of,
    shown,
    task_of,
)

NO_NUMBERS: Numbers = MappingProxyType({})

MARKS: Mapping[Operation, Mark] = MappingProxyType(
    {
        Operation.CREATE: Mark.ADD,
        Operation.LINK: Mark.CHANGE,
        Operation.UPDATE: Mark.CHANGE,
        Operation.COMMENT: Mark.ADD,
        Operation.CLOSE: Mark.CLOSE,
    }
)


def plan_document(
    plan: Plan,
    decided: Sequence[Decided] = (),
    valves: Sequence[ValveTrip] = (),
    lang: str = "en",
    numbers: Numbers = NO_NUMBERS,
    *,
    problems: Sequence[str] = (),
    blocked: bool = False,
    forecast: Sequence[Forecast] = (),
    resume: Resume | None = None,
    notes: Sequence[str] = (),
    observing: bool = False,
    undoing: bool = False,
) -> Document:
    """A plan with the decisions and closed valves that belong to it. `numbers` are the display numbers of records.
    `problems` is what else has to be said; `blocked` that because of them the plan is not the whole one. `forecast` is what its
    writes will cost in calls, `resume` where a plan that had to wait goes on; `notes` what people
    have to know of the systems; `observing` that this deployment writes nothing; `undoing` that it takes a run back."""
    texts = texts_in(lang)
    closed = [valve for valve in valves if not valve.opened]
    sections = (
        problem_section(problems, texts),
        resume_section(resume, texts),
        valve_section(valves, texts),
        *_create_sections(plan, texts),
        _change_section(plan, texts, numbers),
        conflict_section(plan.conflicts, texts),
        parked_section(plan.parked, texts),
        decided_section(decided, texts),
        forecast_section(forecast, texts),
        note_section(notes, texts),
        _facts(plan, texts),
    )
    return Document(
        title=texts.say("plan.title"),
        sentence=texts.count("plan.blocked", len(problems))
        if blocked
        else _sentence(plan, closed, problems, texts, undoing=undoing),
        sections=tuple(section for section in sections if section is not None),
        mark=Mark.BAD if closed or blocked else Mark.WARN if problems or plan.parked else Mark.NONE,
        next_steps=_next_steps(
            plan, closed, texts, _way(blocked=blocked, observing=observing, undoing=undoing), undoing=undoing
        ),
        next_title=texts.say("next.title"),
    )


def in_names(plan: Plan, names: Mapping[str, str]) -> Plan:
    """A plan for people: changes that hold an id with a known name (a group's) hold the name."""

    def named_change(change: FieldChange) -> FieldChange:
        before, after = (
            names.get(each, each) if isinstance(each, str) else each for each in (change.before, change.after)
        )
        return replace(change, before=before, after=after)

    actions = [replace(action, changes=tuple(map(named_change, action.changes))) for action in plan.actions]
    return replace(plan, actions=tuple(actions))


def counted(actions: Sequence[Action], texts: Texts) -> str:
    """How many writes of which kind in which system, as one enumeration; the numbers add up to all of them."""
    sides = Counter((action.operation, action.ref.side) for action in actions)
    parts = []
    for operation in Operation:
        per_side = {side: sides[operation, side] for side in in_order(s for kind, s in sides if kind is operation)}
        if per_side:
            shown_sides = [
                texts.say("plan.side", count=f"{count:,}", side=texts.side(side)) for side, count in per_side.items()
            ]
            parts.append(texts.count(f"plan.{operation.value}", sum(per_side.values()), sides=texts.join(shown_sides)))
    return texts.join(parts)


def _way(*, blocked: bool, observing: bool, undoing: bool) -> str:
    """Which text says how the plan is written; "" where it cannot be."""
    if blocked:
        return ""
    if undoing:
        return "undo.next.observe" if observing else "plan.next.undo"
    return "plan.next.observe" if observing else "plan.next.sync"


def _sentence(plan: Plan, closed: Sequence[ValveTrip], problems: Sequence[str], texts: Texts, *, undoing: bool) -> str:
    """That both systems agree is only said where nothing stands against it."""
    if closed:
        parts = counted(plan.actions, texts) or texts.count("run.planned", 0)
        return texts.say("plan.stopped", parts=parts, valves=texts.count("plan.valves", len(closed)))
    if plan.actions:
        return texts.say("plan.sentence", parts=counted(plan.actions, texts))
    if plan.parked or problems:
        return texts.say("plan.left", count=f"{len(plan.parked):,}")
    return texts.say("undo.nothing") if undoing else texts.say("plan.nothing")


def _create_sections(plan: Plan, texts: Texts) -> list[Section]:
    """Creates, grouped by task; both systems of a key side by side."""
    creates = sorted(_of(plan, Operation.CREATE), key=lambda action: (task_of(action.key), action.key, action.step))
    sections = []
    for task, of_task in groupby(creates, key=lambda action: task_of(action.key)):
        actions = list(of_task)
        keys = groupby(actions, key=lambda action: action.key)
        title = texts.say("plan.creates", task=task, count=f"{len(actions):,}")
        sections.append(Section(title, sections=tuple(_created(key, list(each), texts) for key, each in keys)))
    return sections


def _created(key: str, actions: Sequence[Action], texts: Texts) -> Section:
    """What one key gets: a row per field, a column per system."""
    values = [
        {texts.field(each.field): named(each.field, each.after, texts) for each in action.changes}
        or _raw(action, texts)
        for action in actions
    ]
    names = dict.fromkeys(name for each in values for name in each)
    headings = (texts.say("column.field"), *(texts.side(action.ref.side) for action in actions))
    rows = tuple(Row((name, *(each.get(name, "") for each in values))) for name in names)
    reasons = dict.fromkeys(action.reason for action in actions if action.reason)
    return Section(
        key, (*(Paragraph(reason_text(reason, texts)) for reason in reasons), Table(headings, rows)), mark=Mark.ADD
    )


def _raw(action: Action, texts: Texts) -> dict[str, str]:
    return {name: shown(value, texts) for name, value in action.body.items()}


def _change_section(plan: Plan, texts: Texts, numbers: Numbers) -> Section | None:
    """Every other write, key by key in the order in which it would happen."""
    changes = sorted(
        (action for action in plan.actions if action.operation is not Operation.CREATE),
        key=lambda action: (action.key, action.step),
    )
    if not changes:
        return None
    keys = [
        Section(key, sections=tuple(_change(action, texts, numbers) for action in of_key))
        for key, of_key in groupby(changes, key=lambda action: action.key)
    ]
    return Section(texts.say("plan.changes", count=f"{len(changes):,}"), sections=tuple(keys))


def _change(action: Action, texts: Texts, numbers: Numbers) -> Section:
    return Section(action_line(action, texts, numbers), (_fields(action, texts),), mark=MARKS[action.operation])


def action_line(action: Action, texts: Texts, numbers: Numbers = NO_NUMBERS) -> str:
    number = number_of(action, numbers)
    return texts.say(
        "plan.action.numbered" if number else "plan.action",
        operation=texts.say(f"operation.{action.operation.value}"),
        number=number,
        side=texts.side(action.ref.side),
        reason=reason_text(action.reason, texts),
    )


def _fields(action: Action, texts: Texts) -> Block:
    """Before and after of every field: in our words where the mapping has them, and what a close sends besides."""
    if action.operation is Operation.COMMENT:
        return Pairs(tuple((name, shown(value, texts)) for name, value in action.body.items()))
    rows = [
        Row((texts.field(each.field), changed_field(each.field, each.before, each.after, texts), each.rule))
        for each in action.changes
    ]
    if not action.changes or action.operation is Operation.CLOSE:
        rows += [
            Row((name, changed(action.before.get(name), value, texts), ""))
            for name, value in sorted(action.body.items())
        ]
    return Table((texts.say("column.field"), texts.say("column.change"), texts.say("column.rule")), tuple(rows))


def problem_section(problems: Sequence[str], texts: Texts) -> Section | None:
    """Reasons for the exit code, each with its code."""
    if not problems:
        return None
    return Section(
        texts.say("run.reasons"), tuple(Paragraph(problem_text(problem, texts), Mark.BAD) for problem in problems)
    )


def note_section(notes: Sequence[str], texts: Texts) -> Section | None:
    """What people have to know of the systems, whatever the run does."""
    if not notes:
        return None
    return Section(texts.say("notes.title"), tuple(Paragraph(reason_text(note, texts), Mark.WARN) for note in notes))


def valve_section(valves: Sequence[ValveTrip], texts: Texts) -> Section | None:
    """The valves that tripped, closed ones first, each with what it counted."""
    if not valves:
        return None
    ordered = sorted(valves, key=lambda valve: valve.opened)
    lines = tuple(
        Paragraph(
            valve_line(valve, texts),
            Mark.WARN if valve.opened else Mark.BAD,
        )
        for valve in ordered
    )
    closed = any(not valve.opened for valve in valves)
    return Section(texts.say("valves.title" if closed else "valves.open"), lines)


def valve_step(valve: ValveTrip, texts: Texts, *, undoing: bool = False) -> str:
    """How somebody who finds the plan right opens a valve. `undoing`: the plan is that of an undo, which `plan` does not show."""
    named = {"name": valve.name, "digest": valve.digest}
    return texts.say("undo.next.valve", **named) if undoing else texts.say("plan.next.valve", **named)


def valve_line(valve: ValveTrip, texts: Texts) -> str:
    """What a valve counted against its limit; a limit that is no number stands as a sentence of its own."""
    said = {"name": valve.name, "message": reason_text(valve.message, texts), "limit": reason_text(valve.limit, texts)}
    if any(character.isdigit() for character in valve.limit):
        return texts.say("valve.line", count=f"{valve.count:,}", **said)
    return texts.say("valve.line.limit", **said)


def parked_section(parked: Sequence[Parked], texts: Texts) -> Section | None:
    if not parked:
        return None
    headings = tuple(texts.say(f"column.{name}") for name in ("key", "field", "reason", "remedy"))
    rows = tuple(
        Row(
            (
                f"{row.key} {row.number}".strip(),
                texts.field(row.field),
                reason_text(row.reason, texts),
                reason_text(row.remedy, texts),
            ),
            Mark.WARN,
        )
        for row in sorted(parked, key=lambda row: (row.key, row.field, row.reason))
    )
    return Section(texts.say("parked.title", count=f"{len(parked):,}"), (Table(headings, rows),))


def conflict_section(conflicts: Sequence[ConflictNote], texts: Texts) -> Section | None:
    if not conflicts:
        return None
    names = ("key", "field", "winner", "winning", "losing", "resolver")
    rows = tuple(
        Row(
            (
                row.key,
                texts.field(row.field),
                texts.side(row.winner),
                named(row.field, row.winning, texts),
                named(row.field, row.losing, texts),
                row.resolver,
            ),
            Mark.WARN,
        )
        for row in conflicts
    )
    table = Table(tuple(texts.say(f"column.{name}") for name in names), rows)
    return Section(texts.say("conflicts.title", count=f"{len(conflicts):,}"), (table,))


def decided_section(decided: Sequence[Decided], texts: Texts) -> Section | None:
    """Occurrences that are due and get no ticket of their own, with the reason."""
    others = [each for each in decided if each.decision is not Decision.CREATE]
    if not others:
        return None
    return Section(texts.say("decided.title", count=f"{len(others):,}"), (decided_table(others, texts),))


def decided_table(decided: Sequence[Decided], texts: Texts) -> Table:
    headings = tuple(texts.say(f"column.{name}") for name in ("key", "decision", "due", "reason"))
    rows = tuple(
        Row(
            (
                each.occurrence.key,
                texts.say(f"decision.{each.decision.value}"),
                moment(each.occurrence.due, texts),
                reason_text(each.reason or each.occurrence.reason, texts),
            ),
            Mark.WARN if each.decision is Decision.MISSED else Mark.NONE,
        )
        for each in decided
    )
    return Table(headings, rows)


def _facts(plan: Plan, texts: Texts) -> Section | None:
    if not plan.actions:
        return None
    rows = [(texts.say("plan.digest"), plan.digest)]
    if plan.lineage:
        rows.append((texts.say("plan.lineage"), plan.lineage))
    return Section("", (Pairs(tuple(rows)),))


def _next_steps(plan: Plan, closed: Sequence[ValveTrip], texts: Texts, way: str, *, undoing: bool) -> tuple[str, ...]:
    steps = [valve_step(valve, texts, undoing=undoing) for valve in closed]
    if plan.actions and not closed and way:
        steps.append(texts.say(way))
    if plan.parked:
        steps.append(texts.say("plan.next.parked"))
    return tuple(steps)


def _of(plan: Plan, operation: Operation) -> list[Action]:
    return [action for action in plan.actions if action.operation is operation]
