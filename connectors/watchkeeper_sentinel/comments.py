"""Incident comments: what people wrote, as plain text with its author, and what we add under ids of our own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from watchkeeper.errors import Ambiguous, Attempt, NotFound, PreconditionFailed, Protocol
from watchkeeper.model.activity import Comment, CommentDraft
from watchkeeper.model.record import SENTINEL, RecordRef
from watchkeeper.transport.times import instant_key, parse_instant
from watchkeeper_sentinel.incidents import Incidents, child_name
from watchkeeper_sentinel.people import People
from watchkeeper_sentinel.records import pick, section, text_of
from watchkeeper_sentinel.rich_text import plain_text, rich_text


def read_comments(
    incidents: Incidents, people: People, refs: Iterable[RecordRef]
) -> dict[RecordRef, tuple[Comment, ...]]:
    """All comments of each incident, oldest first; an incident that is not there is left out.

    Read from ARM: the table cuts the oldest comments of a long row.
    """
    found: dict[RecordRef, tuple[Comment, ...]] = {}
    for ref in refs:
        try:
            items = incidents.comments(ref.id)
        except NotFound:
            continue
        found[ref] = tuple(read_comment(ref, item, people) for item in sorted(items, key=_age))
    return found


def _age(item: Mapping[str, Any]) -> tuple[datetime, str, str]:
    """Oldest first, to the last digit that the service gives; one without a time is found out when it is read."""
    name = text_of(pick(item, "name")) or ""
    try:
        return *instant_key(pick(section(item, "properties"), "createdTimeUtc")), name
    except ValueError:
        return datetime.max.replace(tzinfo=UTC), "", name


def read_comment(ref: RecordRef, item: Mapping[str, Any], people: People) -> Comment:
    """A comment from ARM's JSON. Raises Protocol when it has no name or no time."""
    properties, name = section(item, "properties"), text_of(pick(item, "name"))
    try:
        created = parse_instant(pick(properties, "createdTimeUtc") or pick(properties, "lastModifiedTimeUtc"))
    except ValueError as error:
        raise _unreadable(ref, str(error)) from error
    if not name:
        raise _unreadable(ref, "it has no name")
    message = text_of(pick(properties, "message")) or ""
    author = people.author(pick(properties, "author"))
    return Comment(ref, name.lower(), author, created, plain_text(message))


def add_comment(incidents: Incidents, people: People, draft: CommentDraft) -> Comment:
    """Write a comment under the id that derives from the incident and the draft's id; writing it again changes nothing.

    A conflict is looked into: when the comment is there, an earlier sending of ours had landed. Raises Ambiguous for an
    answer that cannot be read.
    """
    name = child_name(draft.ref.id, draft.id)
    try:
        item: Mapping[str, Any] = incidents.put_comment(draft.ref.id, name, rich_text(draft.text))
    except PreconditionFailed:
        there = incidents.get_comment(draft.ref.id, name)
        if there is None:
            raise
        item = there
    try:
        return read_comment(draft.ref, item, people)
    except Protocol as error:
        raise Ambiguous(
            f"{error.message}; it may have been written", attempt=Attempt(SENTINEL, "PUT comment", draft.ref.id)
        ) from error


def _unreadable(ref: RecordRef, reason: str) -> Protocol:
    return Protocol(
        f"a comment of incident {ref.id} cannot be read: {reason}", attempt=Attempt(SENTINEL, "GET comments", ref.id)
    )
