"""From the models of a profile file to the profile that the engine uses. Only called with a file that the lint found sound."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from watchkeeper.mapping.base_models import Compared, LocalParagraphs
from watchkeeper.mapping.closure import ClosingText, ClosureTable, TableClosure
from watchkeeper.mapping.compile_lens import REDIRECTED, compile_lens, condition_of
from watchkeeper.mapping.documents import Document
from watchkeeper.mapping.kind_models import FieldOnSide
from watchkeeper.mapping.lens import (
    Lens,
    TableLens,
)
from watchkeeper.mapping.lens_default import DefaultLens
from watchkeeper.mapping.lens_views import LookedUp, ViewLens
from watchkeeper.mapping.models import (
    SOC_GROUPS,
    Audit,
    AuditResult,
    Closing,
    FieldRuleFile,
    OnCreate,
    ProfileFile,
    SideFile,
)
from watchkeeper.mapping.names import CLOSING_NAMES, Name, names_of
from watchkeeper.mapping.profile import FieldRule, Owner, Profile, ProfileKind, SideRules, StartingValue
from watchkeeper.mapping.template_parser import parse_template
from watchkeeper.mapping.templates import FixedValue, LocalTemplate, NamedValue, Template
from watchkeeper.model.population import Condition, Filter
from watchkeeper.model.record import INCIDENT_TASKS, SENTINEL, SERVICENOW, RawFields, Side
from watchkeeper.model.ticket import STATUS_FIELD

DEMANDED: Final[Mapping[Side, tuple[str, ...]]] = {
    SERVICENOW: ("close_code", "close_notes"),
    SENTINEL: ("classification",),
}
"""What a close needs where a profile does not say it: ServiceNow's incident table demands both for Resolved and Closed (UI and
data policy); Sentinel's portal demands a classification of an incident, and nothing of a task."""


def demanded_by(file: ProfileFile, side: Side) -> tuple[str, ...]:
    """The raw fields that every close on a side needs where the profile does not say it."""
    return () if side == SENTINEL and file.sides.sentinel.table == INCIDENT_TASKS else DEMANDED[side]


ROOM_FOR_ROWS: Final = 1000
"""Characters: a field that takes fewer is a title rather than a text."""

_DIRECTIONS: Final[Mapping[str, tuple[tuple[Side, Side], ...]]] = {
    "off": (),
    "both": ((SERVICENOW, SENTINEL), (SENTINEL, SERVICENOW)),
    "servicenow-to-sentinel": ((SERVICENOW, SENTINEL),),
    "sentinel-to-servicenow": ((SENTINEL, SERVICENOW),),
}


def compile_profile(document: Document, file: ProfileFile, groups: Sequence[str] = ()) -> Profile:
    """The profile of a sound file. `groups` stand for `$soc_groups`; without them the placeholder stays."""
    names = names_of(file.kind)
    return Profile(
        name=file.name,
        kind=file.kind,
        sides={side: _side(document, side, sides, file, groups) for side, sides in sides_of(file).items()},
        fields=tuple(_field(document, name, rule, file, names) for name, rule in file.fields.items()),
        closure=TableClosure(
            {
                side: _closing(document, side, closing, demanded_by(file, side))
                for side, closing in closings_of(file).items()
            }
        ),
        comments=_DIRECTIONS[file.comments],
        gone=file.gone,
        go_live=file.go_live,
        fingerprint=fingerprint(file),
        place=document.position(("name",)),
        hold_reasons=file.hold.reasons,
        hold_max=file.hold.max_days,
        audit_window=file.audit.window,
        audit_by_severity={severity.value: window for severity, window in file.audit.by_severity.items()},
        parent_field=file.audit.parent_field,
        audited_tasks=file.audit_result.tasks if file.kind is ProfileKind.MAINTENANCE else (),
        audit_shown_in=_shown_in(file),
        close_when_kept=file.audit_result.close,
        sweep_every=timedelta(hours=file.sweep_hours),
        enabled=file.enabled,
    )


def _shown_in(file: ProfileFile) -> str | None:
    """The field that shows how the audit stands, where ServiceNow keeps it as a text that is nobody's to keep in step."""
    name = file.audit_result.shown_in
    rule = file.fields.get(name)
    return name if rule is not None and can_show(rule) else None


def can_show(rule: FieldRuleFile) -> bool:
    """Whether a field may show how the audit stands: set on creation and then left to people, and a text in ServiceNow with
    room for a row per team."""
    text = rule.servicenow.text if rule.servicenow is not None else None
    return rule.owner is Owner.CREATE_ONCE and text is not None and text.room >= ROOM_FOR_ROWS


def _side(document: Document, side: Side, rules: SideFile, file: ProfileFile, groups: Sequence[str]) -> SideRules:
    """The side's rules with the places of its constants."""
    places = {name: document.position(("sides", side, "constants", name)) for name in rules.constants}
    return replace(side_rules(side, rules, file, groups), constant_places=places)


def fingerprint(file: ProfileFile) -> str:
    """Hex SHA-256 over what a file means: comments, order of keys, layout and spelt-out defaults do not count.

    What is only audited counts where it is said, so that a profile from before there was such a thing keeps its own."""
    left_out = {"enabled", "extends"}
    left_out |= {"audit"} if file.audit == Audit() else set()
    left_out |= {"audit_result"} if file.audit_result == AuditResult() else set()
    plain = file.model_dump(mode="json", by_alias=True, exclude=left_out)
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def sides_of(file: ProfileFile) -> Mapping[Side, SideFile]:
    return {SERVICENOW: file.sides.servicenow, SENTINEL: file.sides.sentinel}


def lenses_of(rule: FieldRuleFile) -> Mapping[Side, FieldOnSide]:
    both = {SERVICENOW: rule.servicenow, SENTINEL: rule.sentinel}
    return {side: spec for side, spec in both.items() if spec is not None}


def conditions_of(rule: FieldRuleFile) -> Mapping[Side, Mapping[str, Compared]]:
    """The conditions under which a rule applies, by side."""
    both = {} if rule.when is None else {SERVICENOW: rule.when.servicenow, SENTINEL: rule.when.sentinel}
    return {side: conditions for side, conditions in both.items() if conditions is not None}


def closings_of(file: ProfileFile) -> Mapping[Side, Closing]:
    """What is written where, by target side."""
    return {SERVICENOW: file.closure.servicenow, SENTINEL: file.closure.sentinel}


def compile_template(text: LocalParagraphs, names: Mapping[str, Name]) -> LocalTemplate:
    """A text in both languages, from sound templates."""
    return LocalTemplate({language: _paragraphs(getattr(text, language), names) for language in ("en", "ja")})


def side_rules(side: Side, rules: SideFile, file: ProfileFile, groups: Sequence[str]) -> SideRules:
    watched = REDIRECTED.labels_field if side == SENTINEL else None
    return SideRules(
        side=side,
        table=rules.table,
        creates=rules.creates,
        population=tuple(_filter(conditions, groups) for conditions in rules.population),
        constants=dict(rules.constants),
        pair_by=rules.pair_by,
        close_from=rules.close_from,
        link_back=rules.link_back,
        labels=rules.labels,
        resolver_field=rules.resolver_field,
        assignee_field=rules.assignee_field,
        group_field=rules.group_field,
        hold_reason_field=rules.hold_reason_field,
        follow_up_field=rules.follow_up_field,
        title_field=rules.title_field,
        also_read=(watched,) if watched and STATUS_FIELD in file.fields else (),
    )


def _field(
    document: Document, name: str, rule: FieldRuleFile, file: ProfileFile, names: Mapping[str, Name]
) -> FieldRule:
    tables = {side: rules.table for side, rules in sides_of(file).items()}
    kept = rule.owner is not Owner.CREATE_ONCE
    lenses = {side: compile_lens(name, side, spec, tables[side], kept=kept) for side, spec in lenses_of(rule).items()}
    return FieldRule(
        name=name,
        owner=rule.owner,
        resolver=rule.resolver,
        lenses={side: _placed(document, name, side, lens) for side, lens in lenses.items()},
        place=document.position(("fields", name)),
        may_lower=rule.may_lower,
        on_create=_starting_value(rule.on_create, names) if rule.on_create else None,
        direction=rule.direction,
        when={side: _filter(conditions, ()) for side, conditions in conditions_of(rule).items()},
    )


def _placed(document: Document, name: str, side: Side, lens: Lens) -> Lens:
    """The lens with the places of its rows."""
    path = ("fields", name, side)
    match lens:
        case TableLens(rows=rows):
            placed = (replace(row, place=document.position((*path, "table", "rows", i))) for i, row in enumerate(rows))
            return replace(lens, rows=tuple(placed))
        case DefaultLens(inner=inner):
            return replace(lens, inner=_placed(document, name, side, inner))
        case ViewLens(reading=LookedUp() as lookup):
            places = (document.position((*path, "lookup", "rows", index)) for index, _ in enumerate(lookup.rows))
            lines = tuple(replace(line, place=place) for line, place in zip(lookup.rows, places, strict=True))
            return replace(lens, reading=replace(lookup, rows=lines))
        case _:
            return lens


def _starting_value(source: OnCreate, names: Mapping[str, Name]) -> StartingValue:
    if source.value is not None:
        return FixedValue(source.value)
    if source.source is not None:
        return NamedValue(source.source, names[source.source])
    if source.text is None:
        raise AssertionError("a field without a starting value is refused by its model")
    return compile_template(source.text, names)


def _filter(conditions: Mapping[str, Compared], groups: Sequence[str]) -> Filter:
    return Filter(tuple(with_groups(condition_of(name, compared), groups) for name, compared in conditions.items()))


def with_groups(condition: Condition, groups: Sequence[str]) -> Condition:
    """A condition with `$soc_groups` replaced by the groups; unchanged when there are none."""
    if SOC_GROUPS not in condition.values or not groups:
        return condition
    return replace(condition, values=tuple(sorted({*groups, *condition.values} - {SOC_GROUPS})))


def _closing(document: Document, side: Side, closing: Closing, always: tuple[str, ...]) -> ClosureTable:
    path = ("closure", side)
    return ClosureTable(
        place=document.position(path),
        places={row.raw: document.position((*path, "rows", index)) for index, row in enumerate(closing.rows)},
        demands=dict(closing.demands) if closing.demands is not None else None,
        always=always,
        reads=closing.reads,
        empty_when_absent=closing.empty_when_absent,
        rows={row.raw: _fields(row.write) for row in closing.rows},
        otherwise=_fields(closing.otherwise) if closing.otherwise is not None else None,
        texts={
            name: ClosingText(compile_template(text.text, CLOSING_NAMES), text.max)
            for name, text in closing.texts.items()
        },
        notes=closing.notes,
        clear_on_reopen=closing.clear_on_reopen,
    )


def _fields(write: Mapping[str, str]) -> RawFields:
    return dict(write)


def _paragraphs(sources: Sequence[str], names: Mapping[str, Name]) -> tuple[Template, ...]:
    parsed = [parse_template(source, names)[0] for source in sources]
    return tuple(template for template in parsed if template is not None)
