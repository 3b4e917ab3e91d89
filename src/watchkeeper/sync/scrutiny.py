"""Second looks that some planned writes deserve: was the field changed and changed back, and who closed the record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from watchkeeper.mapping.profile import CloseFrom
from watchkeeper.model.activity import ActivityKind, ReferenceKind, Resolved
from watchkeeper.model.plan import Action, Operation
from watchkeeper.model.record import SERVICENOW, Side
from watchkeeper.sync.cases import is_closed
from watchkeeper.sync.reconcile import Case
from watchkeeper.sync.references import resolve_names
from watchkeeper.sync.systems import Systems


def with_touched(systems: Systems, cases: Sequence[Case], actions: Sequence[Action]) -> list[Case]:
    """Cases in which a planned write would overwrite a field that somebody changed and changed back (A→B→A) since both sides
    last agreed: those fields are marked as touched. Asked only where the record moved at all, one call per side."""
    suspects: dict[Side, dict[str, Case]] = {}
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
            suspects.setdefault(action.ref.side, {})[action.ref.id] = case
    return [marked for side, group in sorted(suspects.items()) for marked in _touched_on(systems, side, group)]


def _touched_on(systems: Systems, side: Side, suspects: Mapping[str, Case]) -> list[Case]:
    connector = systems.connectors[side]
    links = {id_: case.sides[side].link for id_, case in suspects.items()}
    since = min(link.confirmed_at for link in links.values() if link is not None)
    table = next(iter(suspects.values())).profile.sides[side].table
    account = systems.store.recall(f"account:{side}") or ""
    report = connector.activity(table, since, connector.server_now(), sorted(suspects))
    edited: dict[str, set[str]] = {}
    for deed in report.activities:
        link = links.get(deed.ref.id)
        if (
            deed.kind is ActivityKind.FIELD
            and deed.author.id != account
            and link is not None
            and deed.at >= link.confirmed_at
        ):
            edited.setdefault(deed.ref.id, set()).add(deed.field)
    marked = []
    for id_, raw_names in sorted(edited.items()):
        case = suspects[id_]
        names = frozenset(
            rule.name
            for rule in case.profile.fields
            if side in rule.lenses and raw_names & set(rule.lenses[side].raw_fields)
        )
        if names:
            marked.append(replace(case, sides={**case.sides, side: replace(case.sides[side], touched=names)}))
    return marked


def with_closers(systems: Systems, cases: Sequence[Case]) -> list[Case]:
    """Cases with the answer to: may the person who closed this record close the other side too? Looked up only for fresh
    closes on a side whose profile lets SOC teams alone close across."""
    asked: dict[str, str] = {}
    for case in cases:
        for side, view in case.sides.items():
            rules = case.profile.sides[side]
            if rules.close_from is CloseFrom.SOC_TEAMS and _freshly_closed(case, side):
                value = view.record.fields.get(rules.resolver_field) if view.record and rules.resolver_field else None
                asked[case.key] = value if isinstance(value, str) else ""
    if not asked:
        return list(cases)
    people = systems.connectors[SERVICENOW].principals(sorted({who for who in asked.values() if who}))
    groups = resolve_names(
        systems,
        SERVICENOW,
        ReferenceKind.GROUP,
        [team.group for team in systems.catalog.teams.values() if team.enabled],
    )
    soc = {found.id for found in groups.values() if found.outcome is Resolved.ONE}
    result = []
    for case in cases:
        if case.key not in asked:
            result.append(case)
            continue
        person = people.get(asked[case.key])
        view = case.sides[SERVICENOW]
        name = (person.actor.name or person.actor.id) if person else view.closer
        crosses = person is not None and person.active and not soc.isdisjoint(person.groups)
        result.append(
            replace(case, sides={**case.sides, SERVICENOW: replace(view, close_crosses=crosses, closer=name)})
        )
    return result


def _freshly_closed(case: Case, side: Side) -> bool:
    view = case.sides[side]
    other = next((each for name, each in case.sides.items() if name != side), None)
    if view.record is None or other is None or other.record is None:
        return False
    return is_closed(case.profile, view.record) and not is_closed(case.profile, other.record)
