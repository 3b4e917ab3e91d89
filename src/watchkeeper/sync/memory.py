"""What the links of a pair become as its writes are confirmed, one by one. Holds nothing that no answer has confirmed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from watchkeeper.mapping.profile import Profile
from watchkeeper.model.link import Link, LinkState
from watchkeeper.model.plan import Action, Operation
from watchkeeper.model.record import RawFields, Record, RecordRef, Revision, Side
from watchkeeper.model.ticket import STATUS_FIELD, Status
from watchkeeper.sync.case import Case
from watchkeeper.sync.systems import fingerprint

UNPROCESSED = ""
"""The fingerprint of a link whose record still has changes to be carried over: it never equals a real one."""

FOREIGN_PAIR = "another integration made this pair"
"""The reason of a link that nothing has been agreed about yet: what was said before is not repeated."""

BETWEEN = "; "
"""Between the parts of a link's reason."""


def holds_open(profile: Profile, link: Link) -> bool:
    """Whether a linked record was open when both sides last agreed."""
    value = profile.field(STATUS_FIELD).lenses[link.ref.side].get(link.base)
    return isinstance(value, str) and not Status(value).is_closed


@dataclass(slots=True)
class PairMemory:
    """Two versions of each side's link: `working` may be stored while the pair's chain of writes is under way, and still
    shows the record as unprocessed; `final` holds once the whole chain has succeeded. `records` are as last confirmed."""

    profile: Profile
    working: dict[Side, Link] = field(default_factory=dict)
    final: dict[Side, Link] = field(default_factory=dict)
    records: dict[Side, Record] = field(default_factory=dict)
    _found: dict[Side, Record] = field(default_factory=dict)
    _own_writes: dict[Side, int] = field(default_factory=dict)
    _own_comments: dict[Side, int] = field(default_factory=dict)
    _unread: bool = False
    _created: bool = False

    @classmethod
    def of(cls, case: Case, bases: Mapping[Side, RawFields], at: datetime, parked: str = "") -> PairMemory:
        """`bases`: what both sides agree on without a write. `at`: when the pair was looked at; a record that a listing showed was
        read before. `parked`: why some of the pair's fields are left alone."""
        memory = cls(case.profile)
        for side, view in case.sides.items():
            if view.record is None:
                if view.link is not None:
                    memory.working[side] = memory.final[side] = view.link
                continue
            memory.records[side] = memory._found[side] = view.record
            read_at = view.record.read_at or at
            stored = view.link or _link_to(case.key, case.profile, view.record, read_at)
            working = replace(stored, base={**stored.base, **bases.get(side, {})}, state=LinkState.LIVE, reason=parked)
            memory.working[side] = working
            memory.final[side] = _processed(working, case.profile, view.record, read_at)
        return memory

    def with_agreement(self, action: Action) -> Action:
        """The action with what both sides had agreed on in its fields until now; where it makes up for an earlier run's, with what
        they had agreed on then."""
        if action.was is not None or not action.changes or action.operation is Operation.CREATE:
            return action
        fields = [change.field for change in action.changes]
        was = {
            side: {name: link.base[name] for name in sorted(self._raw_names(fields, side)) if name in link.base}
            for side, link in sorted(self.working.items())
        }
        return replace(action, was=was)

    def leave_comments_unread(self) -> None:
        """Comments of this pair were not read, or may not be written now: its links keep saying how far they were."""
        self._unread = True
        for side in self._found:
            self.final[side] = self._still_to_read(side, self.final[side])

    def leave_edits_unread(self, side: Side) -> None:
        """What people did to this record is not known to be agreed on, although it holds what it held: its link keeps saying since
        when its history is to be looked into."""
        stored = self.working[side]
        self.final[side] = replace(self.final[side], revision=stored.revision, confirmed_at=stored.confirmed_at)

    def wrote(
        self, action: Action, record: Record, at: datetime, kept: Collection[str] = (), otherwise: str = ""
    ) -> None:
        """A create, link, update or close was confirmed by `record`. `kept`: fields that the side left as they were, which
        nobody has agreed on: the other side's value goes on counting as news. `otherwise`: what the link is to say of fields
        that the side made something else of."""
        side = action.ref.side
        self.records[side] = record
        self._created = self._created or action.operation is Operation.CREATE
        self._own_writes[side] = self._own_writes.get(side, 0) + 1
        stored = self.working.get(side) or _link_to(action.key, self.profile, record, at)
        names = self._names(action, side)
        base = {**stored.base, **{name: record.fields.get(name) for name in names}}
        left = {side: self._raw_names(kept, side) for side in self.profile.sides}
        asked = {**stored.asked, **{name: value for name, value in action.body.items() if name in names}}
        asked = {name: value for name, value in asked.items() if name not in left[side]}
        reason = BETWEEN.join(part for part in (stored.reason, otherwise) if part)
        working = replace(stored, base=base, asked=asked, reason=reason)
        self.final[side] = self._still_to_read(side, _processed(working, self.profile, record, at))
        self.working[side] = self.final[side] if action.operation is Operation.CREATE else working
        for other in self.final:
            if other != side:
                self._agree(other, {name: value for name, value in action.agreed.items() if name not in left[other]})
        if action.rebase is not None:
            for version in (self.working, self.final):
                version.update({each: rebased(self.profile, action, link, kept) for each, link in version.items()})

    def commented(self, side: Side) -> None:
        """A comment of ours was added: the side's count grew by one, and its revision is no longer known."""
        self._own_writes[side] = self._own_writes.get(side, 0) + 1
        self._own_comments[side] = self._own_comments.get(side, 0) + 1
        for version in (self.working, self.final):
            if side in version and (count := version[side].comments) is not None:
                version[side] = replace(version[side], comments=count + 1)

    def _still_to_read(self, side: Side, link: Link) -> Link:
        """The link after a write of ours, which may have passed over something that a person did since we looked: comments
        that we have not read keep counting as unread, and where the revision moved by more than our own writes the record
        stays unprocessed, so that the next run looks at it."""
        found = self._found.get(side)
        if found is None:
            return link
        if found.comments is not None:
            link = replace(link, comments=found.comments + self._own_comments.get(side, 0))
        if self._unread:
            stored = self.working[side]
            return replace(link, comments=stored.comments, revision=stored.revision)
        before, now = found.revision.order, link.revision.order
        if before is not None and now is not None and now > before + self._own_writes.get(side, 0):
            return replace(link, revision=found.revision, fingerprint=UNPROCESSED)
        return link

    def storable(self, *, last: bool) -> tuple[Link, ...]:
        """What may be stored now: everything after the chain's last write; before it, links that exist already or whose
        record we have just written, and where we have created one, what the other side held that it was made from."""
        if last:
            return self.settled()
        known = (link for link in self.working.values() if link.revision.token or self._created)
        return tuple(map(self._judged, known))

    def settled(self) -> tuple[Link, ...]:
        """What may be stored once nothing is left to be written."""
        return tuple(map(self._judged, self.final.values()))

    def _judged(self, link: Link) -> Link:
        return replace(link, closed=not holds_open(self.profile, link))

    def _names(self, action: Action, side: Side) -> frozenset[str]:
        mapped = self.profile.mapped_fields(side)
        if action.operation is Operation.CREATE:
            return mapped
        names = self._raw_names([change.field for change in action.changes], side)
        # A tie names no field of ours, and may still be written into a mapped one: labels.
        return names | (mapped & action.body.keys()) if action.operation is Operation.LINK else names

    def _raw_names(self, fields: Collection[str], side: Side) -> frozenset[str]:
        return _raw_names(self.profile, fields, side)

    def _agree(self, side: Side, raw: RawFields) -> None:
        for version in (self.working, self.final):
            if side in version:
                version[side] = replace(version[side], base={**version[side].base, **raw})


def rebased(profile: Profile, action: Action, link: Link, kept: Collection[str] = ()) -> Link:
    """The link of either side once an undo is confirmed: it remembers what both had agreed on before the run that was undone. So
    what was given back is no news of its side, and what the other side had to say still is. `kept`: fields that the side left
    as they were."""
    side = link.ref.side
    names = _raw_names(profile, [change.field for change in action.changes if change.field not in kept], side)
    others = {name: value for name, value in link.base.items() if name not in names}
    agreed = (action.rebase or {}).get(side, {})
    base = {**others, **{name: value for name, value in agreed.items() if name in names}}
    return replace(link, base=base, closed=False)


def _raw_names(profile: Profile, fields: Collection[str], side: Side) -> frozenset[str]:
    lenses = [profile.field(field).lenses for field in fields]
    return frozenset(name for lens in lenses if side in lens for name in lens[side].raw_fields)


def blank_link(key: str, profile: Profile, ref: RecordRef, number: str, url: str, at: datetime) -> Link:
    """A link that remembers nothing yet."""
    return Link(key, profile.name, ref, number, url, Revision(""), UNPROCESSED, at)


def _link_to(key: str, profile: Profile, record: Record, at: datetime) -> Link:
    return blank_link(key, profile, record.ref, record.number, record.url, at)


def _processed(link: Link, profile: Profile, record: Record, at: datetime) -> Link:
    return replace(
        link,
        ref=record.ref,
        number=record.number,
        url=record.url,
        revision=record.revision,
        fingerprint=fingerprint(profile, record),
        confirmed_at=at,
        comments=record.comments,
    )
