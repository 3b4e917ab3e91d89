"""Second looks that some planned writes deserve: was the field changed and changed back, and who closed the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime

from watchkeeper.errors import Protocol, Reject, Retry
from watchkeeper.mapping.profile import CloseFrom
from watchkeeper.model.activity import ActivityKind, ActivityReport, Principal, ReferenceKind, Resolved
from watchkeeper.model.link import Link
from watchkeeper.model.plan import Action, Operation
from watchkeeper.model.reasons import because
from watchkeeper.model.record import SERVICENOW, Side
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.case import Case
from watchkeeper.sync.history import PATIENCE, on_their_clock, told_since
from watchkeeper.sync.log_reading import logged_writes
from watchkeeper.sync.openings import is_closed
from watchkeeper.sync.references import resolve_names
from watchkeeper.sync.systems import Systems


@dataclass(slots=True)
class Touches:
    """`cases`: those with fields that somebody edited. `waiting`: keys of which nobody can tell now, and why."""

    cases: list[Case] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)


def with_touched(systems: Systems, cases: Sequence[Case], actions: Sequence[Action]) -> Touches:
    """Cases in which a planned write would overwrite a field that somebody changed and changed back (A→B→A) since both sides
    last agreed: those fields are marked as touched. Asked only where the record moved at all, one call per side."""
    suspects: dict[Side, dict[str, str]] = {}
    by_key = {case.key: case for case in cases}
    for action in actions:
        case = by_key.get(action.key)
        view = case.sides.get(action.ref.side) if case else None
        moved = (
            view is not None
            and view.link is not None
            and view.record is not None
            and view.record.revision != view.link.revision
        )
        if case is not None and moved and action.operation in {Operation.UPDATE, Operation.CLOSE}:
            suspects.setdefault(action.ref.side, {})[action.ref.id] = action.key
    marked: dict[str, Case] = {}
    waiting: dict[str, str] = {}
    for side, keys in sorted(suspects.items()):
        group = {id_: marked.get(key, by_key[key]) for id_, key in keys.items()}
        found = _touched_on(systems, side, group)
        marked |= {case.key: case for case in found.cases}
        waiting |= found.waiting
    return Touches(list(marked.values()), waiting)


def _touched_on(systems: Systems, side: Side, suspects: Mapping[str, Case]) -> Touches:
    links = {id_: link for id_, case in suspects.items() if (link := case.sides[side].link) is not None}
    since = {id_: _known_until(systems, link) for id_, link in links.items()}
    table = next(iter(suspects.values())).profile.sides[side].table
    report = told_since(systems, side, table, list(suspects), min(since.values()))
    account = systems.store.recall(f"account:{side}") or ""
    edited: dict[str, set[str]] = {}
    for deed in report.activities:
        link = links.get(deed.ref.id)
        if link is None or deed.kind is not ActivityKind.FIELD or deed.author.id == account:
            continue
        news = report.tells_us_apart or deed.new != (link.base.get(deed.field) or "")
        if news and deed.at >= on_their_clock(systems, side, since[deed.ref.id]):
            edited.setdefault(deed.ref.id, set()).add(deed.field)
    found = (_marked(suspects[id_], side, fields) for id_, fields in sorted(edited.items()))
    return Touches([case for case in found if case is not None], _waiting(systems, side, suspects, report))


def _known_until(systems: Systems, link: Link) -> datetime:
    """Up to when a link is known to tell all that happened to its record. Where our own write was the last to confirm it, that is
    when the write set out: its answer may have been long on its way, or have waited for a process that stood still."""
    writes = logged_writes(systems.store.write_log(key=link.key))
    last = (write.at for write in writes if write.ref == link.ref and write.ended_at == link.confirmed_at)
    return min((link.confirmed_at, *last))


def _waiting(systems: Systems, side: Side, suspects: Mapping[str, Case], report: ActivityReport) -> dict[str, str]:
    """The keys whose history does not answer now and may in a moment, as long as that lasts no longer than our patience. Not those
    of a table that lags behind its system anyway: what it would tell now is not worth the wait."""
    if side != SERVICENOW:
        return {}
    now, since = systems.clock.now(), {row.key: row.since for row in systems.store.dirty()}
    why = because(Trouble.TOUCHES_NOT_YET, side=side, why=report.reason)
    keys = (suspects[ref.id].key for ref in sorted(report.unclear, key=lambda ref: ref.id) if ref.id in suspects)
    return {key: why for key in keys if now - since.get(key, now) < PATIENCE}


def _marked(case: Case, side: Side, raw_names: Set[str]) -> Case | None:
    """The case with the fields that somebody edited on a side; None when none of them is mapped."""
    names = frozenset(
        rule.name
        for rule in case.profile.fields
        if side in rule.lenses and not raw_names.isdisjoint(rule.lenses[side].raw_fields)
    )
    view = replace(case.sides[side], touched=names)
    return replace(case, sides={**case.sides, side: view}) if names else None


def with_closers(systems: Systems, cases: Sequence[Case]) -> list[Case]:
    """Cases with the answer to: may the person who closed this ticket close the incident too? Looked up only for fresh closes
    in ServiceNow where the profile lets SOC teams alone close across."""
    asked = {case.key: who for case in cases if (who := _closer(case)) is not None}
    if not asked:
        return list(cases)
    try:
        people = systems.connectors[SERVICENOW].principals(sorted({who for who in asked.values() if who}))
    except (Retry, Reject, Protocol) as error:
        return [_unjudged(case, error.message) if case.key in asked else case for case in cases]
    teams = [team.group for team in systems.catalog.teams.values() if team.enabled]
    groups = resolve_names(systems, SERVICENOW, ReferenceKind.GROUP, teams)
    soc = {found.id for found in groups.values() if found.outcome is Resolved.ONE}
    return [_judged(case, people.get(asked[case.key]), soc) if case.key in asked else case for case in cases]


def undecided_closes(cases: Iterable[Case]) -> Mapping[str, str]:
    """Keys of which a later run has to ask again who closed the ticket, and why."""
    return {case.key: view.closer_unread for case in cases for view in case.sides.values() if view.closer_unread}


def _unjudged(case: Case, why: str) -> Case:
    view = replace(case.sides[SERVICENOW], close_crosses=False, closer_unread=why)
    return replace(case, sides={**case.sides, SERVICENOW: view})


def _judged(case: Case, person: Principal | None, soc: Set[str]) -> Case:
    view = case.sides[SERVICENOW]
    name = (person.actor.name or person.actor.id) if person else view.closer
    crosses = person is not None and person.active and not soc.isdisjoint(person.groups)
    return replace(case, sides={**case.sides, SERVICENOW: replace(view, close_crosses=crosses, closer=name)})


def _closer(case: Case) -> str | None:
    """Who resolved a freshly closed ticket ("" when it does not say); None when that does not matter."""
    rules = case.profile.sides[SERVICENOW]
    if rules.close_from is not CloseFrom.SOC_TEAMS or not _freshly_closed(case, SERVICENOW):
        return None
    record = case.sides[SERVICENOW].record
    value = record.fields.get(rules.resolver_field) if record and rules.resolver_field else None
    return value if isinstance(value, str) else ""


def _freshly_closed(case: Case, side: Side) -> bool:
    view = case.sides.get(side)
    other = next((each for name, each in case.sides.items() if name != side), None)
    if view is None or view.record is None or other is None or other.record is None:
        return False
    return is_closed(case.profile, view.record) and not is_closed(case.profile, other.record)
