"""What this deployment really uses of each side: from its profiles, its tasks and its mode to what is to be checked. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from watchkeeper.catalog.model import Catalog, SentinelMode
from watchkeeper.doctor.permissions import OF_EVIDENCE, READ_ONLY, READ_WRITE, Permissions
from watchkeeper.mapping.closure import TableClosure
from watchkeeper.mapping.lens import Lens, TableLens
from watchkeeper.mapping.lens_default import looked_at, without_default
from watchkeeper.mapping.lens_values import BooleanLens
from watchkeeper.mapping.lens_views import LookedUp, ViewLens
from watchkeeper.mapping.profile import FieldRule, LinkBack, Owner, Profile, ProfileKind
from watchkeeper.model.population import Operator
from watchkeeper.model.probing import ProbeScope, TableRight, TableUse
from watchkeeper.model.record import INCIDENT_TASKS, SENTINEL, SERVICENOW, RawFields, RawValue, Side
from watchkeeper.model.ticket import SEVERITY_FIELD, STATUS_FIELD, Severity, Status, Unmapped
from watchkeeper.sync.owner_text import kept_up_to_date

_PLACEHOLDER = "Watchkeeper checks whether it may write this"
EVIDENCE: Final = "evidence"
"""What a right is for that only collecting evidence needs."""
_NOT_RANGED = frozenset({Operator.IN, Operator.NOT_IN, Operator.HAS_ANY, Operator.HAS_NONE})


def scopes_of(
    catalog: Catalog, profiles: Mapping[str, Profile], mode: str, permissions: Permissions, *, evidence: bool = False
) -> Mapping[Side, ProbeScope]:
    """The scope of each side. `evidence`: whether this deployment collects any."""
    profiles = in_use(catalog, profiles)
    used = _used(profiles, mode)
    azure = READ_ONLY if mode == "observe" else READ_WRITE
    modes = Counter(task.sentinel_mode.value for task in catalog.tasks.values() if task.teams)
    name = catalog.deployment.name
    return {
        SERVICENOW: ProbeScope(
            mode=mode,
            rights=servicenow_rights(profiles, mode, permissions, evidence=evidence),
            unneeded=permissions.unneeded_roles,
            never=permissions.never_roles,
            private=permissions.private,
            uses=tuple(table_use(profile, SERVICENOW) for profile in used if SERVICENOW in profile.sides),
            deployment=name,
        ),
        SENTINEL: ProbeScope(
            mode=mode,
            actions=permissions.roles_of_azure[azure],
            evidence_actions=permissions.roles_of_azure[OF_EVIDENCE] if evidence else frozenset(),
            unneeded=permissions.unneeded_actions,
            never=permissions.never_actions,
            uses=tuple(table_use(profile, SENTINEL) for profile in used if SENTINEL in profile.sides),
            modes_used=dict(sorted(modes.items())),
            deployment=name,
        ),
    }


def in_use(catalog: Catalog, profiles: Mapping[str, Profile]) -> Mapping[str, Profile]:
    """The profiles that have records to look at: all but the one of incident tasks where no task asks for it."""
    asked = any(task.sentinel_mode is SentinelMode.INCIDENT_TASK for task in catalog.tasks.values())
    return {
        name: profile
        for name, profile in profiles.items()
        if asked or SENTINEL not in profile.sides or profile.sides[SENTINEL].table != INCIDENT_TASKS
    }


def _used(profiles: Mapping[str, Profile], mode: str) -> tuple[Profile, ...]:
    """The profiles whose records this mode writes; in observe mode those that a later mode would write."""
    kinds = {ProfileKind.MAINTENANCE} if mode == "maintenance" else set(ProfileKind)
    return tuple(profile for profile in profiles.values() if profile.kind in kinds)


def servicenow_rights(
    profiles: Mapping[str, Profile], mode: str, permissions: Permissions, *, evidence: bool
) -> tuple[TableRight, ...]:
    """The tables of the profiles, then the instance's own. Every profile is read in every mode; what is written depends. What
    evidence needs is asked of nobody who collects none."""
    writing = () if mode == "observe" else _used(profiles, mode)
    by_table: dict[str, list[Profile]] = defaultdict(list)
    for profile in profiles.values():
        if SERVICENOW in profile.sides:
            by_table[profile.sides[SERVICENOW].table].append(profile)
    records = tuple(
        _record_rights(table, users, [each for each in users if each in writing], permissions)
        for table, users in sorted(by_table.items())
    )
    counts = tuple(_counting_right(table, users) for table, users in sorted(by_table.items()))
    own = (right for right in permissions.tables if evidence or right.purpose != EVIDENCE)
    shown = _owner_rights(writing) if evidence else ()
    return (*records, *shown, *counts, *(right if writing else replace(right, create=frozenset()) for right in own))


def _owner_rights(writers: Iterable[Profile]) -> Iterator[TableRight]:
    """The text of asset owners' tickets and their date are kept up to date by what is collected."""
    for profile in writers:
        rules = kept_up_to_date(profile) if profile.kind is ProfileKind.MAINTENANCE else ()
        if rules:
            names = frozenset(name for rule in rules for name in rule.lenses[SERVICENOW].raw_fields)
            yield TableRight(profile.sides[SERVICENOW].table, read=frozenset(), write=names, purpose=EVIDENCE)


def _counting_right(table: str, readers: Iterable[Profile]) -> TableRight:
    """To let the instance count which values are in use, which groups by them, ours by how their markers begin."""
    counted = frozenset[str]().union(*(fields_counted(profile, SERVICENOW) for profile in readers))
    return TableRight(table, read=counted, range=counted | {"correlation_id"}, purpose="mappings", optional=True)


def knows_its_values(lens: Lens) -> bool:
    """Whether a lens has a row, or a word, for every value that it is to read."""
    plain = without_default(lens)
    looks_up = isinstance(plain, ViewLens) and isinstance(plain.reading, LookedUp)
    return looks_up or isinstance(plain, TableLens | BooleanLens)


def fields_counted(profile: Profile, side: Side) -> frozenset[str]:
    """The raw fields of which a profile knows the values on a side, one by one."""
    names = {*profile.field(STATUS_FIELD).lenses[side].raw_fields, *profile.sides[side].also_read}
    for rule in profile.fields:
        lens = rule.lenses.get(side)
        if lens is not None and knows_its_values(lens):
            when = rule.when[side].conditions if side in rule.when else ()
            names |= {*looked_at(lens), *(condition.field for condition in when)}
    if isinstance(profile.closure, TableClosure):
        names |= {name for target, table in profile.closure.tables.items() if target != side for name in table.reads}
    return frozenset(names)


def _record_rights(
    table: str, readers: Iterable[Profile], writers: Iterable[Profile], permissions: Permissions
) -> TableRight:
    base = permissions.records
    match, ranged, create, write = set(base.match), set(base.range), set[str](), set[str]()
    read = set(base.read)
    for profile in readers:
        read |= profile.raw_fields(SERVICENOW)
        match.add(profile.field(STATUS_FIELD).lenses[SERVICENOW].raw_fields[0])
        for condition in (each for filter_ in profile.sides[SERVICENOW].population for each in filter_.conditions):
            (match if condition.operator in _NOT_RANGED else ranged).add(condition.field)
    for profile in writers:
        if profile.sides[SERVICENOW].creates:
            create |= base.create | fills_of(profile, SERVICENOW)
        write |= writes_of(profile, SERVICENOW)
        write |= base.note if any(target == SERVICENOW for _, target in profile.comments) else set()
        write |= base.mark if profile.kind is ProfileKind.ESCALATION else set()
    read |= (create | write) - base.note  # an answer without a field that was sent reads as a refusal of it
    return TableRight(
        table,
        read=frozenset(read),
        match=frozenset(match),
        range=frozenset(ranged),
        create=frozenset(create),
        write=frozenset(write),
        purpose="sync",
    )


def fills_of(profile: Profile, side: Side) -> frozenset[str]:
    """The raw fields that a new record may be given."""
    rules = (rule for rule in profile.fields if side in rule.lenses and rule.direction.reaches(side))
    lenses = (rule.lenses[side] for rule in rules)
    mapped = frozenset(name for lens in lenses for name in lens.raw_fields)
    return mapped | frozenset(profile.sides[side].constants)


def writes_of(profile: Profile, side: Side) -> frozenset[str]:
    """The raw fields of an existing record that the engine may change: fields that it follows, and what a close carries."""
    names = {name for rule in profile.fields if _followed(rule, side) for name in rule.lenses[side].raw_fields}
    if _followed(profile.field(STATUS_FIELD), side):
        names |= set(closing_of(profile, side))
    if profile.sides[side].link_back is LinkBack.LABEL:
        names.add("labels")
    if side == SERVICENOW and profile.audit_shown_in is not None:
        names |= set(profile.field(profile.audit_shown_in).lenses[side].raw_fields)
    return frozenset(names)


def _followed(rule: FieldRule, side: Side) -> bool:
    owned_elsewhere = {Owner.SERVICENOW: SENTINEL, Owner.SENTINEL: SERVICENOW}.get(rule.owner)
    if side not in rule.lenses or not rule.direction.reaches(side):
        return False
    return rule.owner in {Owner.SHARED, Owner.DEFINITION} or owned_elsewhere == side


def closing_of(profile: Profile, side: Side) -> RawFields:
    """What a record that is closed on our side gets beside its status; texts are placeholders."""
    closure = profile.closure
    if not isinstance(closure, TableClosure):
        return {}
    table = closure.tables[side]
    coded = table.otherwise or next(iter(table.rows.values()), {})
    cleared = dict.fromkeys(table.clear_on_reopen, "")
    return {**cleared, **coded, **dict.fromkeys(table.texts, _PLACEHOLDER)}


def table_use(profile: Profile, side: Side) -> TableUse:
    rules = profile.sides[side]
    maintenance = profile.kind is ProfileKind.MAINTENANCE
    status = profile.field(STATUS_FIELD).lenses[side].create(Status.RESOLVED.value)
    closing = {} if isinstance(status, Unmapped) else {**status, **closing_of(profile, side)}
    return TableUse(
        profile=profile.name,
        table=rules.table,
        place=profile.place,
        creates=rules.creates,
        reads=profile.raw_fields(side),
        fills=fills_of(profile, side),
        chosen=_chosen(profile, side),
        understood=_understood(profile, side),
        codes_read=_codes_read(profile, side),
        sample=_sample(profile, side) if maintenance and rules.creates else {},
        closing=closing,
    )


def _sample(profile: Profile, side: Side) -> RawFields:
    """What the records of new duties have in common: constants, first status and severity, labels."""
    fields: dict[str, RawValue] = dict(profile.sides[side].constants)
    values = {STATUS_FIELD: Status.NEW.value, SEVERITY_FIELD: Severity.INFORMATIONAL.value}
    for name, value in values.items():
        rule = next((each for each in profile.fields if each.name == name and side in each.lenses), None)
        raw = rule.lenses[side].create(value) if rule is not None else {}
        if not isinstance(raw, Unmapped):
            fields.update(raw)
    if profile.sides[side].labels:
        fields["labels"] = profile.sides[side].labels
    return fields


def _chosen(profile: Profile, side: Side) -> Mapping[str, frozenset[str]]:
    """Raw values that may be written, per field: constants, value tables, closing codes."""
    chosen: dict[str, set[str]] = defaultdict(set)
    for name, value in profile.sides[side].constants.items():
        if isinstance(value, str):
            chosen[name].add(value)
    for rule in profile.fields:
        lens = rule.lenses.get(side)
        for row in lens.rows if isinstance(lens, TableLens) else ():
            for name, value in zip(lens.raw_fields, row.raw, strict=True) if row.writes and lens else ():
                chosen[name].add(value)
    for coded in _closings(profile, side):
        for name, value in coded.items():
            if isinstance(value, str) and value:
                chosen[name].add(value)
    return {name: frozenset(values) for name, values in sorted(chosen.items())}


def _closings(profile: Profile, side: Side) -> Iterable[RawFields]:
    closure = profile.closure
    if not isinstance(closure, TableClosure) or not _followed(profile.field(STATUS_FIELD), side):
        return ()
    table = closure.tables[side]
    return (*table.rows.values(), *((table.otherwise,) if table.otherwise else ()))


def _understood(profile: Profile, side: Side) -> Mapping[str, frozenset[str]]:
    """Raw values that can be read, per field: of the value tables here, and of the closure table that reads from here."""
    known: dict[str, set[str]] = defaultdict(set)
    for rule in profile.fields:
        lens = rule.lenses.get(side)
        for row in lens.rows if isinstance(lens, TableLens) else ():
            for name, value in zip(lens.raw_fields, row.raw, strict=True) if lens else ():
                known[name].add(value)
    for name, values in _read_codes(profile, side).items():
        known[name] |= values
    return {name: frozenset(values) for name, values in sorted(known.items())}


def _codes_read(profile: Profile, side: Side) -> frozenset[str]:
    return frozenset(_read_codes(profile, side))


def _read_codes(profile: Profile, side: Side) -> Mapping[str, set[str]]:
    """Fields of this side whose values decide how the other side is closed; none where every value is treated alike."""
    closure = profile.closure
    if not isinstance(closure, TableClosure):
        return {}
    tables = [table for target, table in closure.tables.items() if target != side and table.otherwise is None]
    found: dict[str, set[str]] = defaultdict(set)
    for table in tables:
        for row in table.rows:
            for name, value in zip(table.reads, row, strict=True):
                found[name].add(value)
    return found
