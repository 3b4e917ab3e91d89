"""What the ticket of the deployment of automation scripts is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from watchkeeper.evidence.automation_review import AutomationReview, Failure, Fetched, RuleChange, Update
from watchkeeper.report.briefings.brevity import (
    data_as_of,
    day_of,
    headings,
    hour_of,
    items_of,
    named,
    rows_of,
    unread,
)
from watchkeeper.report.document import Block, Document, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.texts import Texts, texts_in
from watchkeeper.report.values import moment, yes_no


def automation_document(found: AutomationReview, language: str = "en") -> Document:
    """Files and content to review before they are deployed, and automation that fails or was changed."""
    texts = texts_in(language)
    files = (Section(texts.say("automation.files"), _files(found, texts)),)
    return Document(
        title=texts.say("automation.title"),
        sentence=texts.say("automation.sentence", parts=texts.join(tuple(_said(found, texts)))),
        sections=(
            *(() if found.fetched == () else files),
            Section(texts.say("automation.updates"), _updates(found, texts)),
            Section(texts.say("automation.failures"), _failures(found, texts)),
            Section(texts.say("automation.rules"), _rules(found, texts)),
            data_as_of(found.as_of, texts, found.since),
        ),
        mark=_mark(found),
        listing=_listing(found, texts),
    )


def _is_partial(found: AutomationReview) -> bool:
    return None in (found.updates, found.failures, found.rule_changes, found.fetched)


def _said(found: AutomationReview, texts: Texts) -> Iterator[str]:
    if found.updates is not None:
        numbers = {"installed": f"{found.installed:,}", "fresh": f"{len(found.fresh):,}"}
        yield texts.count("automation.said.updates", len(found.updates), **numbers)
    if found.failures is not None:
        yield texts.count("automation.said.failures", sum(each.times for each in found.failures))
    if found.fetched:
        yield texts.count("automation.said.altered", len(found.altered), files=f"{len(found.fetched):,}")
    if _is_partial(found):
        yield texts.say("briefing.said.unread")


def _mark(found: AutomationReview) -> Mark:
    if found.altered:
        return Mark.BAD
    if found.failures or _is_partial(found):
        return Mark.WARN
    return Mark.OPEN if found.updates or found.fetched else Mark.GOOD


def _files(found: AutomationReview, texts: Texts) -> tuple[Block, ...]:
    if found.fetched is None:
        return unread(texts)
    shown = headings(("file", "origin", "size", "reviewer", "test"), texts)
    rows = rows_of(shown, found.fetched, lambda each: _file(each, texts), texts, 2)
    return Paragraph(texts.say("automation.how")), *rows


def _file(fetched: Fetched, texts: Texts) -> Row:
    download, blank = fetched.download, texts.say("briefing.blank")
    cells = (named(download.name, 24), named(download.address, 60), f"{download.size:,}", blank, blank)
    key = "automation.digest.changed" if fetched.changed else "automation.digest"
    note = texts.say(key, digest=named(download.sha256, 64), was=named(fetched.was, 64))
    return Row(cells, Mark.BAD if fetched.changed else Mark.ADD if fetched.fresh else Mark.GOOD, note)


def _updates(found: AutomationReview, texts: Texts) -> tuple[Block, ...]:
    if found.updates is None:
        return unread(texts)
    if not found.updates:
        return (Paragraph(texts.say("automation.updates.none"), Mark.GOOD),)
    shown = headings(("package", "versions", "published", "publisher", "reviewer", "test"), texts)
    return rows_of(shown, found.updates, lambda each: _update(each, texts), texts)


def _update(update: Update, texts: Texts) -> Row:
    versions = texts.say("value.change", before=named(update.installed, 12), after=named(update.available, 12))
    name = named(update.name, 32)
    if update.preview:
        name = texts.say("automation.preview", name=name)
    blank = texts.say("briefing.blank")
    cells = (name, versions, day_of(update.published), named(update.source, 16), blank, blank)
    return Row(cells, Mark.ADD if update.fresh else Mark.OPEN)


def _failures(found: AutomationReview, texts: Texts) -> tuple[Block, ...]:
    if found.failures is None:
        return unread(texts)
    if not found.failures:
        return (Paragraph(texts.say("automation.failures.none"), Mark.GOOD),)
    shown = headings(("name", "times", "last_at", "reason"), texts)
    return rows_of(shown, found.failures, _failure, texts, 1)


def _failure(failure: Failure) -> Row:
    why = named(failure.reason or failure.status)
    return Row((named(failure.name, 36), f"{failure.times:,}", hour_of(failure.last_at), why), Mark.WARN)


def _rules(found: AutomationReview, texts: Texts) -> tuple[Block, ...]:
    if found.rule_changes is None:
        return unread(texts)
    if not found.rule_changes:
        return (Paragraph(texts.say("automation.rules.none"), Mark.GOOD),)
    return items_of(found.rule_changes, lambda each: _rule(each, texts), texts)


def _rule(change: RuleChange, texts: Texts) -> Paragraph:
    key = "automation.rule" if change.enabled else "automation.rule.off"
    said = texts.say(key, day=day_of(change.changed), name=named(change.name), by=named(change.changed_by, 32))
    return Paragraph(said, Mark.CHANGE)


_COLUMNS: Final = (
    "kind",
    "name",
    "publisher",
    "installed",
    "available",
    "published",
    "digest",
    "was",
    "size",
    "times",
    "last_at",
    "reason",
    "run_by",
    "enabled",
    "reviewer",
    "test",
)


def _listing(found: AutomationReview, texts: Texts) -> Table:
    rows = (
        *(_file_line(each, texts) for each in found.fetched or ()),
        *(_update_line(each, texts) for each in found.updates or ()),
        *(_failure_line(each, texts) for each in found.failures or ()),
        *(_rule_line(each, texts) for each in found.rule_changes or ()),
    )
    return Table(headings(_COLUMNS, texts), rows, frozenset({8, 9}))


def _file_line(fetched: Fetched, texts: Texts) -> Row:
    download = fetched.download
    said = (texts.say("automation.line.file"), download.name, download.address, "", "", "")
    return Row((*said, download.sha256, fetched.was, str(download.size), *("",) * 7))


def _update_line(update: Update, texts: Texts) -> Row:
    published = "" if update.published is None else day_of(update.published)
    said = (texts.say("automation.line.update"), update.name, update.source, update.installed, update.available)
    return Row((*said, published, *("",) * 10))


def _failure_line(failure: Failure, texts: Texts) -> Row:
    said = (texts.say("automation.line.failure"), failure.name, failure.kind, *("",) * 6)
    facts = (str(failure.times), moment(failure.last_at, texts), failure.reason or failure.status)
    enabled = "" if failure.enabled is None else yes_no(failure.enabled, texts)
    return Row((*said, *facts, ", ".join(failure.run_by), enabled, "", ""))


def _rule_line(change: RuleChange, texts: Texts) -> Row:
    said = (texts.say("automation.line.rule"), change.name, change.changed_by, *("",) * 7)
    return Row((*said, day_of(change.changed), "", "", yes_no(change.enabled, texts), "", ""))
