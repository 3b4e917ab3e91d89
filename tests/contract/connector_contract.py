"""What every connector must show, whatever stands behind it.

A subclass gives a `rig` fixture: a connector, and hands to move the world behind it with.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

import pytest
from tests.scopes import shipped_scope

from watchkeeper.errors import AlreadyExists, Ambiguous, PreconditionFailed, WatchkeeperError, WritesForbidden
from watchkeeper.model.activity import CommentDraft, ReferenceKind, Resolved
from watchkeeper.model.attached import AttachedFile
from watchkeeper.model.population import Feed
from watchkeeper.model.record import Absent, Draft, RawFields, Record, RecordRef, Revision
from watchkeeper.model.scan import Page, ScanEnd
from watchkeeper.ports import Connector
from watchkeeper.report.checks import remedy_text
from watchkeeper.report.texts import texts_in

MARKER = "contract/defender-xdr-portal/soc-oversight@2026-11-16"
HOSTILE = 'x^NQactive=true^ORnumber=1"; DROP TABLE incident; -- <script>alert(1)</script> {{7*7}} [code]<b>b</b>[/code] 日本語 😀'


class Rig(Protocol):
    """A connector with the world behind it."""

    connector: Connector
    table: str
    title_field: str
    other_title: RawFields
    """Changes that give a record another title."""
    closing: RawFields
    """Changes that close a record for good."""
    foreign_ref: RecordRef
    """A well-formed id that nothing has."""

    def draft(self, marker: str, title: str) -> Draft: ...

    def feed(self) -> Feed: ...

    def advance(self, delta: timedelta) -> None:
        """Let time pass in the world."""
        ...

    def person_edits(self, ref: RecordRef) -> None:
        """Somebody else changes a field of a record."""
        ...

    def person_comments(self, ref: RecordRef, text: str) -> None: ...

    def person_opens(self, title: str) -> RecordRef:
        """Somebody else opens a record that is in the feed's population."""
        ...

    def lose_reply(self, method: str) -> None:
        """The next call with this method takes effect, but its answer is lost."""
        ...

    def cut_listings(self) -> None:
        """From now on the side cuts every listing short."""
        ...

    def heal(self) -> None:
        """No more faults."""
        ...

    def observing(self) -> Connector:
        """A connector to the same world that is not allowed to write."""
        ...

    def requests_made(self) -> int:
        """How many requests reached the side so far, writes of people not counted."""
        ...

    def writes_made(self) -> int: ...


def scanned(rig: Rig, since: str | None) -> tuple[list[Record], ScanEnd]:
    items = list(rig.connector.scan(rig.feed(), since))
    end = items[-1]
    assert isinstance(end, ScanEnd)
    pages = [item for item in items[:-1] if isinstance(item, Page)]
    assert len(pages) == len(items) - 1
    return [record for page in pages for record in page.records], end


def versions(records: list[Record]) -> set[tuple[RecordRef, str]]:
    return {(record.ref, record.revision.token) for record in records}


class ConnectorContract:
    """Subclass it, and give `rig`."""

    @pytest.fixture
    def rig(self) -> Rig:
        raise NotImplementedError

    @pytest.fixture
    def fields(self, rig: Rig) -> frozenset[str]:
        return rig.feed().fields

    # --- creating, reading, finding ---

    def test_a_created_record_stands_under_the_chosen_id(self, rig: Rig, fields: frozenset[str]) -> None:
        draft = rig.draft(MARKER, "Check licences")
        written = rig.connector.create(draft)
        assert written.record.ref == draft.ref == rig.connector.chosen_ref(rig.table, MARKER)
        read = rig.connector.get([draft.ref], fields)[draft.ref]
        assert isinstance(read, Record)
        assert read.fields[rig.title_field] == "Check licences"
        assert (read.marker, read.ours) == (MARKER, True)
        assert read.revision == written.record.revision
        assert read.number
        assert read.url == rig.connector.url_of(draft.ref)

    def test_a_created_record_is_found_by_its_marker(self, rig: Rig, fields: frozenset[str]) -> None:
        draft = rig.draft(MARKER, "Check licences")
        rig.connector.create(draft)
        found = rig.connector.find(rig.table, [MARKER, "contract/unknown@2026-11-16"], fields)
        assert [record.ref for record in found[MARKER]] == [draft.ref]
        assert found["contract/unknown@2026-11-16"] == ()

    def test_a_record_is_looked_up_by_what_people_call_it(self, rig: Rig, fields: frozenset[str]) -> None:
        record = rig.connector.create(rig.draft(MARKER, "Check licences")).record
        for name in (record.number, record.ref.id, record.url):
            assert [found.ref for found in rig.connector.look_up(rig.table, name, fields)] == [record.ref]
        assert rig.connector.look_up(rig.table, "999999999", fields) == ()

    def test_a_second_create_never_makes_a_second_record(self, rig: Rig, fields: frozenset[str]) -> None:
        first = rig.connector.create(rig.draft(MARKER, "Check licences")).record
        with pytest.raises(AlreadyExists):
            rig.connector.create(rig.draft(MARKER, "Something else"))
        found = rig.connector.find(rig.table, [MARKER], fields)[MARKER]
        assert [(record.ref, record.fields[rig.title_field]) for record in found] == [(first.ref, "Check licences")]

    def test_an_unknown_id_is_absent_and_never_called_deleted(self, rig: Rig, fields: frozenset[str]) -> None:
        ref = rig.foreign_ref
        answer = rig.connector.get([ref], fields)[ref]
        assert isinstance(answer, Absent)
        assert not answer.deleted

    def test_many_ids_are_read_at_once_and_each_is_answered(self, rig: Rig, fields: frozenset[str]) -> None:
        drafts = [rig.draft(f"{MARKER}-{number}", f"Task {number}") for number in range(3)]
        for draft in drafts:
            rig.connector.create(draft)
        refs = [*(draft.ref for draft in drafts), rig.foreign_ref]
        answers = rig.connector.get(refs, fields)
        assert {ref: isinstance(answer, Record) for ref, answer in answers.items()} == {
            **{draft.ref: True for draft in drafts},
            rig.foreign_ref: False,
        }

    def test_hostile_text_comes_back_as_text_and_does_nothing_else(self, rig: Rig, fields: frozenset[str]) -> None:
        bystander = rig.connector.create(rig.draft(f"{MARKER}-bystander", "Bystander")).record
        draft = rig.draft(MARKER, HOSTILE)
        rig.connector.create(draft)
        answers = rig.connector.get([draft.ref, bystander.ref], fields)
        hostile, untouched = answers[draft.ref], answers[bystander.ref]
        assert isinstance(hostile, Record)
        assert isinstance(untouched, Record)
        assert hostile.fields[rig.title_field] == HOSTILE
        assert untouched.revision == bystander.revision

    def test_a_hostile_marker_is_searched_for_as_text(self, rig: Rig, fields: frozenset[str]) -> None:
        rig.connector.create(rig.draft(MARKER, "Check licences"))
        hostile = "contract/x^NQactive=true' or 1 eq 1"
        assert rig.connector.find(rig.table, [hostile], fields) == {hostile: ()}

    # --- changing ---

    def test_an_update_changes_what_it_names_and_moves_the_revision(self, rig: Rig, fields: frozenset[str]) -> None:
        before = rig.connector.create(rig.draft(MARKER, "Check licences")).record
        written = rig.connector.update(before.ref, rig.other_title, before.revision)
        assert written.refused == ()
        assert written.record.revision != before.revision
        after = rig.connector.get([before.ref], fields)[before.ref]
        assert isinstance(after, Record)
        assert after.revision == written.record.revision
        changed = {name for name in fields if after.fields.get(name) != before.fields.get(name)}
        assert changed <= {*rig.other_title, "sys_updated_on", "lastModifiedTimeUtc", "sys_mod_count"}
        assert rig.title_field in changed

    def test_an_update_of_an_older_revision_changes_nothing(self, rig: Rig, fields: frozenset[str]) -> None:
        before = rig.connector.create(rig.draft(MARKER, "Check licences")).record
        rig.advance(timedelta(seconds=30))
        rig.person_edits(before.ref)
        theirs = rig.connector.get([before.ref], fields)[before.ref]
        with pytest.raises(PreconditionFailed):
            rig.connector.update(before.ref, rig.other_title, before.revision)
        assert rig.connector.get([before.ref], fields)[before.ref] == theirs

    def test_a_close_closes_in_one_write(self, rig: Rig) -> None:
        before = rig.connector.create(rig.draft(MARKER, "Check licences")).record
        writes = rig.writes_made()
        written = rig.connector.close(before.ref, rig.closing, before.revision)
        assert written.refused == ()
        assert rig.writes_made() == writes + 1

    # --- scanning ---

    def test_a_scan_brings_each_change_once_and_then_nothing_new(self, rig: Rig) -> None:
        ours = rig.connector.create(rig.draft(MARKER, "Check licences")).record.ref
        theirs = rig.person_opens("Suspicious sign-in")
        rig.advance(timedelta(minutes=30))
        first, end = scanned(rig, None)
        assert {record.ref for record in first} == {ours, theirs}
        assert end.complete
        again, end = scanned(rig, end.watermark)
        assert versions(again) <= versions(first)
        rig.person_edits(theirs)
        rig.advance(timedelta(minutes=30))
        changed, end = scanned(rig, end.watermark)
        assert {ref for ref, _ in versions(changed) - versions(first)} == {theirs}
        last, _ = scanned(rig, end.watermark)
        assert versions(last) <= versions(changed)

    def test_a_scan_may_begin_at_a_moment(self, rig: Rig) -> None:
        earlier = rig.person_opens("Earlier")
        rig.advance(timedelta(hours=1))
        since = rig.connector.cursor_at(rig.feed().table, self._read_clock(rig))
        rig.advance(timedelta(minutes=1))
        later = rig.person_opens("Later")
        listed_since = {record.ref for record in scanned(rig, since)[0]} & {earlier, later}
        assert listed_since == ({later} if since else {earlier, later}), "without an order of changes all are listed"

    def test_an_idle_scan_costs_one_call(self, rig: Rig) -> None:
        rig.connector.create(rig.draft(MARKER, "Check licences"))
        rig.advance(timedelta(minutes=5))
        _, end = scanned(rig, None)
        before = rig.requests_made()
        scanned(rig, end.watermark)
        assert rig.requests_made() == before + 1

    def test_records_of_the_same_instant_are_never_skipped(self, rig: Rig) -> None:
        first = {rig.person_opens(f"Alert {number}") for number in range(3)}
        _, end = scanned(rig, None)
        second = {rig.person_opens(f"Late alert {number}") for number in range(3)}
        records, _ = scanned(rig, end.watermark)
        assert second <= {record.ref for record in records} <= first | second

    def test_a_scan_reads_only_what_was_asked_for(self, rig: Rig, fields: frozenset[str]) -> None:
        rig.person_opens("Suspicious sign-in")
        records, _ = scanned(rig, None)
        assert [set(record.fields) for record in records] == [set(fields)]

    def test_a_cut_listing_is_incomplete_and_has_no_watermark(self, rig: Rig) -> None:
        for number in range(4):
            rig.person_opens(f"Alert {number}")
        rig.cut_listings()
        _, end = scanned(rig, None)
        assert (end.complete, end.watermark) == (False, None)
        assert end.reason
        rig.heal()
        records, end = scanned(rig, None)
        assert (len(records), end.complete) == (4, True)

    def test_a_watermark_never_passes_the_clock_of_the_side(self, rig: Rig) -> None:
        rig.person_opens("Suspicious sign-in")
        _, end = scanned(rig, None)
        rig.advance(timedelta(hours=-2))
        late = rig.person_opens("From a clock that was set back")
        _, set_back = scanned(rig, None)
        records, _ = scanned(rig, set_back.watermark)
        assert late in {record.ref for record in records}
        assert end.watermark

    # --- comments ---

    def test_comments_come_in_order_with_their_authors(self, rig: Rig) -> None:
        ref = rig.connector.create(rig.draft(MARKER, "Check licences")).record.ref
        for text in ("first", "second", "third"):
            rig.advance(timedelta(seconds=10))
            rig.person_comments(ref, text)
        comments = rig.connector.comments([ref])[ref]
        assert [comment.text for comment in comments] == ["first", "second", "third"]
        assert all(comment.author.id and comment.id for comment in comments)
        assert [comment.created_at for comment in comments] == sorted(comment.created_at for comment in comments)

    def test_a_comment_of_ours_has_the_id_under_which_it_is_read(self, rig: Rig) -> None:
        ref = rig.connector.create(rig.draft(MARKER, "Check licences")).record.ref
        rig.person_comments(ref, "theirs")
        rig.advance(timedelta(seconds=10))
        written = rig.connector.add_comment(CommentDraft(ref, "origin-1", "ours"))
        read = {comment.id: comment for comment in rig.connector.comments([ref])[ref]}
        assert written.id in read
        assert read[written.id].author.id == rig.connector.identity().account
        assert len(read) == 2
        assert rig.connector.chosen_comment_id(ref, "origin-1") in {None, written.id}

    def test_a_comment_is_written_with_its_files_or_without_them(self, rig: Rig) -> None:
        ref = rig.connector.create(rig.draft(MARKER, "Check licences")).record.ref
        files = (AttachedFile("trend.svg", "image/svg+xml", b"<svg/>"), AttachedFile("a/b.csv", "text/csv", b"1"))
        written = rig.connector.add_comment(CommentDraft(ref, "origin-1", "see the files", files))
        assert written.refused == ()
        assert [comment.text for comment in rig.connector.comments([ref])[ref]] == ["see the files"]

    def test_a_record_without_comments_has_none(self, rig: Rig) -> None:
        ref = rig.connector.create(rig.draft(MARKER, "Check licences")).record.ref
        assert rig.connector.comments([ref]) == {ref: ()}

    # --- activity ---

    def test_activity_tells_who_commented_inside_the_window_only(self, rig: Rig) -> None:
        ref = rig.connector.create(rig.draft(MARKER, "Check licences")).record.ref
        start = rig.connector.server_now()
        rig.advance(timedelta(minutes=10))
        rig.person_comments(ref, "looked into it")
        rig.advance(timedelta(hours=2))
        now = self._read_clock(rig)
        inside = rig.connector.activity(rig.table, start, now, [ref.id])
        assert inside.readable, inside.reason
        comments = [deed for deed in inside.activities if deed.text_length == len("looked into it")]
        assert len(comments) == 1
        later = rig.connector.activity(rig.table, now - timedelta(hours=1), now, [ref.id])
        assert [deed for deed in later.activities if deed.text_length] == []

    # --- guards and faults ---

    def test_a_connector_that_only_observes_sends_no_write(self, rig: Rig) -> None:
        record = rig.connector.create(rig.draft(MARKER, "Check licences")).record
        observer = rig.observing()
        writes = rig.writes_made()
        deeds: tuple[Callable[[], object], ...] = (
            lambda: observer.create(rig.draft(f"{MARKER}-2", "Another")),
            lambda: observer.update(record.ref, rig.other_title, record.revision),
            lambda: observer.close(record.ref, rig.closing, record.revision),
            lambda: observer.add_comment(CommentDraft(record.ref, "origin-1", "ours")),
        )
        for deed in deeds:
            with pytest.raises(WritesForbidden):
                deed()
        assert rig.writes_made() == writes

    def test_a_create_with_a_lost_reply_is_ambiguous_and_its_record_is_found(
        self, rig: Rig, fields: frozenset[str]
    ) -> None:
        draft = rig.draft(MARKER, "Check licences")
        rig.lose_reply("create")
        with pytest.raises(Ambiguous):
            rig.connector.create(draft)
        rig.heal()
        assert isinstance(rig.connector.get([draft.ref], fields)[draft.ref], Record)
        with pytest.raises(AlreadyExists):
            rig.connector.create(draft)

    def test_an_update_with_a_lost_reply_is_ambiguous_and_sent_once(self, rig: Rig) -> None:
        record = rig.connector.create(rig.draft(MARKER, "Check licences")).record
        writes = rig.writes_made()
        rig.lose_reply("update")
        with pytest.raises(Ambiguous):
            rig.connector.update(record.ref, rig.other_title, record.revision)
        rig.heal()
        assert rig.writes_made() == writes + 1
        with pytest.raises(PreconditionFailed):
            rig.connector.update(record.ref, rig.other_title, record.revision)

    def test_a_write_to_an_unknown_record_is_refused(self, rig: Rig) -> None:
        with pytest.raises(WatchkeeperError) as caught:
            rig.connector.update(rig.foreign_ref, rig.other_title, Revision("1"))
        assert not isinstance(caught.value, Ambiguous)

    # --- who and when ---

    def test_the_side_says_what_it_is_and_who_we_are(self, rig: Rig) -> None:
        identity = rig.connector.identity()
        assert identity.side == rig.connector.side == rig.connector.capabilities.side
        assert identity.id
        assert identity.account
        assert identity == rig.observing().identity()

    def test_names_to_choose_from_are_names_that_resolve(self, rig: Rig) -> None:
        offered = rig.connector.names_like(ReferenceKind.GROUP, "soc")
        resolved = rig.connector.resolve(ReferenceKind.GROUP, offered)
        assert {resolved[name].outcome for name in offered} <= {Resolved.ONE}
        assert rig.connector.names_like(ReferenceKind.GROUP, "nothing is called like this at all") == ()

    def test_the_clock_is_the_sides_own(self, rig: Rig) -> None:
        before = self._read_clock(rig)
        rig.advance(timedelta(hours=5))
        assert timedelta(hours=4, minutes=59) < self._read_clock(rig) - before < timedelta(hours=5, minutes=1)

    def test_probes_find_nothing_wrong_with_a_sound_side(self, rig: Rig) -> None:
        probes = rig.connector.probes(shipped_scope(rig.connector.side))
        assert probes
        assert [probe for probe in probes if probe.outcome == "fail"] == []
        english = texts_in("en")
        assert all(remedy_text(probe, english) for probe in probes if probe.outcome == "warn")

    @staticmethod
    def _read_clock(rig: Rig) -> datetime:
        """The side's clock as of an answer that was asked for just now."""
        rig.connector.get([rig.foreign_ref], frozenset())
        return rig.connector.server_now()
