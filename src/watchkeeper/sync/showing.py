"""Fields in which a ticket shows what becomes of what it is about: how the audit of its day or an owner's remediation stands. Pure.

No mapping decides these; what a person has made of them is never written over.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from watchkeeper.mapping.profile import FieldRule
from watchkeeper.model.record import SERVICENOW
from watchkeeper.sync.audit_block import AUDIT, REMEDIATION, with_block
from watchkeeper.sync.case import Case, field_views
from watchkeeper.sync.merge import FieldMerge, changed
from watchkeeper.sync.owner_text import DUE_FIELD, TEXT_FIELD


def shown_in(case: Case, decided: Mapping[str, FieldMerge]) -> Mapping[str, FieldMerge]:
    """What becomes of the fields that show something, by name; `decided` is what becomes of every field without that."""
    shows: dict[str, FieldMerge] = {}
    audited = case.profile.audit_shown_in
    if case.standing and audited:
        shows[audited] = _with_part(case, case.profile.field(audited), decided[audited], case.standing, AUDIT)
    if case.remediation.body and TEXT_FIELD in decided:
        rule, merge = case.profile.field(TEXT_FIELD), decided[TEXT_FIELD]
        shows[TEXT_FIELD] = _with_part(case, rule, merge, case.remediation.body, REMEDIATION)
        if case.remediation.due and DUE_FIELD in decided and shows[TEXT_FIELD] != merge:
            shows[DUE_FIELD] = _dated(case, case.profile.field(DUE_FIELD), decided[DUE_FIELD], case.remediation.due)
    return shows


def _with_part(case: Case, rule: FieldRule, merge: FieldMerge, body: str, name: str) -> FieldMerge:
    """The field with the part of this name that is kept up to date, unless that would take anything from what a person has written."""
    view = field_views(case, rule).get(SERVICENOW)
    held = view.value if view is not None else None
    if view is None or not isinstance(held, str) or merge.writes or not merge.agreed:
        return merge
    asked = rule.lenses[SERVICENOW].get(view.asked)
    text = with_block(held, asked if isinstance(asked, str) else "", body, name)
    fits = text is not None and rule.lenses[SERVICENOW].create(text) == dict.fromkeys(
        rule.lenses[SERVICENOW].raw_fields, text
    )
    return replace(merge, writes={SERVICENOW: text}) if fits else merge


def _dated(case: Case, rule: FieldRule, merge: FieldMerge, due: str) -> FieldMerge:
    """The date, where it is still the one that we wrote last."""
    view, lens = field_views(case, rule).get(SERVICENOW), rule.lenses.get(SERVICENOW)
    if view is None or lens is None or merge.writes or not merge.agreed:
        return merge
    ours = all(name in view.asked and view.raw.get(name) == view.asked[name] for name in lens.raw_fields)
    moves = ours and not changed(lens, view) and bool(lens.put(due, view.raw))
    return replace(merge, writes={SERVICENOW: due}) if moves else merge
