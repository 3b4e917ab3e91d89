"""Second looks that some planned writes deserve: was the field changed and changed back, and who closed the record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace

from watchkeeper.errors import Protocol, Reject, Retry
from watchkeeper.mapping.profile import CloseFrom
from watchkeeper.model.activity import ActivityKind, Principal, ReferenceKind, Resolved
from watchkeeper.model.plan import Action, Operation
from watchkeeper.model.record import SERVICENOW, Side
from watchkeeper.sync.history import on_their_clock, told_since
from watchkeeper.sync.openings import is_closed
from watchkeeper.sync.reconcile import Case
from watchkeeper.sync.references import resolve_names
from watchkeeper.sync.systems import Systems


def with_touched(systems: Systems, cases: Sequence[Case], actions: Sequence[Action]) -> list[Case]:
    """Cases in which a planned write would overwrite a field that somebody changed and changed back (A→B→A) since both sides
    last agreed: those fields are marked as touched. Asked only where the record moved at all, one call per side."""
    suspects: dict[Side, dict[str, str]] = {}
    by_key = {case.key: case for case in cases}
    marked: dict[str, Case] = {}
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
    for side, keys in sorted(suspects.items()):
        group = {id_: marked.get(key, by_key[key]) for id_, key in keys.items()}
        marked |= {case.key: case for case in _touched_on(systems, side, group)}
    return list(marked.values())


def _touched_on(systems: Systems, side: Side, suspects: Mapping[str, Case]) -> list[Case]:
    since = {id_: link.confirmed_at for id_, case in suspects.items() if (link := case.sides[side].link) is not None}
    table = next(iter(suspects.values())).profile.sides[side].table
    report = told_since(systems, side, table, list(suspects), min(since.values()))
    account = systems.store.recall(f"account:{side}") or ""
    edited: dict[str, set[str]] = {}
    for deed in report.activities:
        ours = deed.kind is not ActivityKind.FIELD or deed.author.id == account
        if not ours and deed.ref.id in since and deed.at >= on_their_clock(systems, side, since[deed.ref.id]):
            edited.setdefault(deed.ref.id, set()).add(deed.field)
    return [
        case for id_, fields in sorted(edited.items()) if (case := _marked(suspects[id_], side, fields)) is not None
    ]


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
