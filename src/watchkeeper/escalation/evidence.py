"""Which deeds on a ticket are human updates: weighing activities. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from watchkeeper.escalation.authors import AuthorBook, Classification
from watchkeeper.escalation.reasons import Flag, Why
from watchkeeper.mapping.profile import Owner, Profile
from watchkeeper.model.activity import Activity, ActivityKind
from watchkeeper.model.record import Side
from watchkeeper.model.verdict import AuthorClass, Deed

SHORT_TEXT = 15
"""A comment below this length (as `measure_text` counts: wide characters twice) counts, and is flagged."""

_PEOPLE_CHANGE = frozenset({Owner.SHARED, Owner.SERVICENOW, Owner.SENTINEL})
_TAGS = "labels"


def human_fields(profile: Profile, side: Side) -> frozenset[str]:
    """Raw fields whose change by a person is an update: status, severity, assignment, hold and closing fields; not tags,
    and not what only the engine writes."""
    rules = profile.sides[side]
    mapped = (
        rule.lenses[side].raw_fields
        for rule in profile.fields
        if side in rule.lenses and rule.owner in _PEOPLE_CHANGE and rule.name != _TAGS
    )
    named = (rules.assignee_field, rules.group_field, rules.hold_reason_field, rules.follow_up_field)
    fields = {name for names in mapped for name in names} | {name for name in named if name}
    return frozenset(fields | set(profile.closure.source_fields(side)))


def weigh(activities: Iterable[Activity], book: AuthorBook, fields: Mapping[Side, frozenset[str]]) -> tuple[Deed, ...]:
    """One ticket's activities from all its sides as judged deeds, oldest first; a comment that repeats an earlier counting
    one is flagged."""
    ordered = sorted(activities, key=lambda each: (each.at, each.ref.side, each.kind, each.id, each.field))
    classes = {author: book.classify(author) for author in {each.author for each in ordered}}
    return _mark_repeats([_deed(each, classes[each.author], book, fields) for each in ordered])


def _deed(activity: Activity, judged: Classification, book: AuthorBook, fields: Mapping[Side, frozenset[str]]) -> Deed:
    if judged.author_class is AuthorClass.BOT:
        mirror = activity.kind is ActivityKind.COMMENT and book.is_ours(activity.author)
        return Deed(activity, judged.author_class, False, (Why.MIRROR if mirror else judged.basis).value)
    against = _not_an_update(activity, fields.get(activity.ref.side, frozenset()))
    if against is not None:
        return Deed(activity, judged.author_class, False, against.value)
    if judged.author_class is AuthorClass.UNCLASSIFIED:
        return Deed(activity, judged.author_class, False, Why.UNCLASSIFIED_AUTHOR.value)
    return Deed(activity, judged.author_class, True, Why.COUNTS.value, _quality(activity))


def _not_an_update(activity: Activity, fields: frozenset[str]) -> Why | None:
    match activity.kind:
        case ActivityKind.COMMENT:
            return None
        case ActivityKind.FIELD if activity.field not in fields:
            return Why.FIELD_NOT_HUMAN
        case ActivityKind.FIELD:
            return Why.NO_CHANGE if activity.old == activity.new else None


def _quality(activity: Activity) -> tuple[str, ...]:
    short = activity.kind is ActivityKind.COMMENT and activity.text_length < SHORT_TEXT
    return (Flag.SHORT.value,) if short else ()


def _mark_repeats(deeds: Sequence[Deed]) -> tuple[Deed, ...]:
    seen: set[str] = set()
    marked = []
    for deed in deeds:
        digest = deed.activity.text_digest if deed.counts and deed.activity.kind is ActivityKind.COMMENT else ""
        marked.append(replace(deed, flags=(*deed.flags, Flag.REPEATED.value)) if digest and digest in seen else deed)
        seen.add(digest)
    return tuple(marked)
