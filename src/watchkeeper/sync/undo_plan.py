"""Which writes take an earlier run's writes back, and what has to stay and why. Pure.

A field is given back what it held before the run if it still holds what the run wrote, and if nobody's history says that it was
touched in between. What belongs together (a status with all that a close sent, impact with urgency) goes back together or not at
all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from watchkeeper.mapping.lens import LabelsLens, TableLens
from watchkeeper.mapping.lens_text import normal_text
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.link import Link
from watchkeeper.model.plan import Action, FieldChange, Operation, Parked
from watchkeeper.model.reasons import Because, Reason, because
from watchkeeper.model.record import SENTINEL, RawFields, RawValue, Record, Side
from watchkeeper.model.ticket import STATUS_FIELD, Canonical, Status, Unmapped
from watchkeeper.model.troubles import Trouble
from watchkeeper.sync.log_reading import LoggedWrite
from watchkeeper.sync.owner_text import DUE_FIELD, TEXT_FIELD
from watchkeeper.sync.undone import OF_AUDIT, token_of_write

_DIGEST: Final = "sha256:"
_OF_OWNERS: Final = frozenset({Because.MENDED, Because.EXCEPTED, Because.CAME_BACK, Because.SHOWS_REMEDIATION})

Sent: TypeAlias = Mapping[str, tuple[RawValue, RawValue]]
"""Raw name → (before the run's first write, what its last write sent)."""


@dataclass(frozen=True, slots=True)
class Touched:
    """What happened to one record since the run wrote to it. `by`: raw name → who changed it; `later`: raw name → the run of
    ours that wrote it again; `in_doubt`: its history does not tell yet."""

    by: Mapping[str, str] = field(default_factory=dict)
    later: Mapping[str, str] = field(default_factory=dict)
    in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """The one write that takes back what a run did to one record (None: nothing is to be written), what stays, and the marks that
    keep the same mapping from doing it again."""

    action: Action | None = None
    parked: tuple[Parked, ...] = ()
    tokens: frozenset[str] = frozenset()


def give_back(
    profile: Profile, run: str, writes: Sequence[LoggedWrite], record: Record, link: Link | None, touched: Touched
) -> Returned:
    """Decide one record. `writes`: those of the run that happened to its pair and changed fields, in their order."""
    own = [write for write in writes if write.ref == record.ref]
    sent, key = _sent(own), own[0].key
    refused = frozenset[str]().union(*(write.refused for write in own))
    if link is not None and link.ref != record.ref:
        said, remedy = because(Trouble.PAIR_MOVED, side=record.ref.side), because(Trouble.CHANGE_BY_HAND)
        return Returned(parked=(Parked(key, "", said, remedy, record.number),))
    back: dict[str, RawValue] = {}
    fields: list[str] = []
    left = _left_out(profile, record, sent)
    parked = _named(record, key, left)
    for name, names in _groups(profile, record.ref.side, sent.keys() - left).items():
        group = {each: sent[each] for each in names}
        wanted = {each: value for each, (value, _) in group.items() if not _same(record.fields.get(each), value)}
        if not wanted:
            continue
        judged = {each: pair for each, pair in group.items() if each not in refused}
        objection = _objection(profile, name, group, record, touched, _strange(judged, record, link))
        if objection is not None:
            said, remedy = objection
            parked.append(Parked(key, name, said, remedy, record.number))
            continue
        back |= {each: value or "" for each, value in wanted.items()}
        fields += [name] if name else []
    if not back:
        return Returned(parked=tuple(parked))
    action = _action(profile, run, writes, record, back, fields)
    if action.rebase is None:
        said, remedy = because(Trouble.AGREEMENT_UNKNOWN), because(Trouble.COMPARE_BY_HAND)
        parked.append(Parked(key, "", said, remedy, record.number))
    body, audited = {name: after for name, (_, after) in sent.items()}, _of_audit(profile, own)
    tokens = (token_of_write(profile, key, record.ref.side, each, body) for each in fields)
    tokens = (f"{token}{OF_AUDIT}" if each in audited else token for each, token in zip(fields, tokens, strict=True))
    return Returned(action, tuple(parked), frozenset(tokens))


def _of_audit(profile: Profile, writes: Iterable[LoggedWrite]) -> frozenset[str]:
    """Fields that no mapping wrote, but the escalation audit's result, or how remediation stands."""
    said = {code for write in writes for code in (Because.KEPT, *_OF_OWNERS) if write.was_for(code)}
    shown = profile.audit_shown_in or "" if said.isdisjoint(_OF_OWNERS) else TEXT_FIELD
    dated = DUE_FIELD if Because.SHOWS_REMEDIATION in said else ""
    return frozenset({shown, dated, STATUS_FIELD if said - {Because.SHOWS_REMEDIATION} else ""})


def stays(write: LoggedWrite, number: str) -> Parked | None:
    """What is left of a write that nothing can take back; None for one that changed fields."""
    side = write.ref.side
    match write.operation:
        case Operation.CREATE:
            said = because(Trouble.CREATE_STAYS, side=side)
            return Parked(write.key, "", said, because(Trouble.CLOSE_BY_HAND), number)
        case Operation.COMMENT:
            return Parked(write.key, "comments", because(Trouble.COMMENT_STAYS, side=side), number=number)
        case _:
            return None


def changing(write: LoggedWrite) -> bool:
    """Whether a write changed fields that can be given back."""
    return write.happened and write.operation in {Operation.LINK, Operation.UPDATE, Operation.CLOSE}


def _sent(writes: Sequence[LoggedWrite]) -> Sent:
    sent: dict[str, tuple[RawValue, RawValue]] = {}
    for write in writes:
        for name, after in write.after.items():
            before = sent[name][0] if name in sent else write.before.get(name)
            sent[name] = (before, after)
    return sent


def _groups(profile: Profile, side: Side, names: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """The raw names by the field of ours that they make; what a close or a reopen carried stands with the status."""
    owners, wanted = _owners(profile, side), sorted(names)
    rest = STATUS_FIELD if any(owners.get(name) == STATUS_FIELD for name in wanted) else ""
    groups: dict[str, list[str]] = {}
    for name in wanted:
        groups.setdefault(owners.get(name, rest), []).append(name)
    return {name: tuple(members) for name, members in groups.items()}


def _owners(profile: Profile, side: Side) -> Mapping[str, str]:
    return {raw: rule.name for rule in profile.fields if side in rule.lenses for raw in rule.lenses[side].raw_fields}


def _left_out(profile: Profile, record: Record, sent: Sent) -> frozenset[str]:
    """Raw fields that are not given back: our marks (labels only ever grow), and what went with a close and we cannot see."""
    side = record.ref.side
    rules, owners = profile.sides[side], _owners(profile, side)
    lenses = (rule.lenses[side] for rule in profile.fields if side in rule.lenses)
    marks = {name for lens in lenses if isinstance(lens, LabelsLens) for name in lens.raw_fields} | {rules.pair_by}
    unseen = {
        name
        for name, (before, _) in sent.items()
        if name not in owners
        and (name not in record.fields or _unknown(side, before) or _unknown(side, record.fields[name]))
    }
    return frozenset(name for name in sent if name in marks or name in unseen)


def _named(record: Record, key: str, left: Collection[str]) -> list[Parked]:
    if not left:
        return []
    said = because(Trouble.STAYS_WRITTEN, side=record.ref.side, names=", ".join(sorted(left)))
    return [Parked(key, "", said, number=record.number)]


def _objection(
    profile: Profile, name: str, group: Sent, record: Record, touched: Touched, strange: Sequence[str]
) -> tuple[Reason, Reason] | None:
    """Why some fields are not given back, and what a person can do; None where nothing stands against it. `strange`: those that
    are not as the run left them."""
    side = record.ref.side
    by = {each: who for each, who in sorted(touched.by.items()) if each in group}
    if by:
        names = ", ".join(sorted({*strange, *by}))
        said = because(Trouble.CHANGED_BY, side=side, closer=next(iter(by.values())), names=names)
        return said, because(Trouble.LEFT_TO_THEM)
    again = next((touched.later[each] for each in sorted(group.keys() & touched.later.keys())), "")
    if again:
        return because(Trouble.WRITTEN_AGAIN, id=again), because(Trouble.UNDO_THAT_FIRST, id=again)
    if strange:
        return because(Trouble.CHANGED_SINCE, side=side, names=", ".join(strange)), because(Trouble.LEFT_TO_THEM)
    if touched.in_doubt:
        return because(Trouble.HISTORY_LAGS, side=side), because(Trouble.UNDO_LATER)
    if any(_unknown(side, before) for before, _ in group.values()):
        return because(Trouble.BEFORE_UNKNOWN, side=side, names=", ".join(sorted(group))), because(Trouble.LOOK_AT_IT)
    barred = _barred(profile, name, group, record)
    return None if barred is None else (barred, because(Trouble.CHANGE_BY_HAND))


def _strange(group: Sent, record: Record, link: Link | None) -> Sequence[str]:
    """The raw fields that are not as the run left them. All of them were sent in one call: one that holds again what it held
    before, while another does not, was changed by somebody, too."""
    return [name for name, sent in sorted(group.items()) if not _as_left(name, sent, record, link)]


def _as_left(name: str, sent: tuple[RawValue, RawValue], record: Record, link: Link | None) -> bool:
    held, after = record.fields.get(name), sent[1]
    if _same(held, after):
        return True
    # The side may have brought into a form of its own what it was asked to hold.
    return link is not None and link.asked.get(name) == after and name in link.base and _same(link.base[name], held)


def _unknown(side: Side, before: RawValue) -> bool:
    """Whether the log does not tell what was there: a note's text stands there as a digest, and what a side does not show is
    hidden from us, except in Sentinel, which leaves out what is not set."""
    return (before is None and side != SENTINEL) or (isinstance(before, str) and before.startswith(_DIGEST))


def _barred(profile: Profile, name: str, group: Sent, record: Record) -> Reason | None:
    """Why the side does not allow the way back."""
    if name != STATUS_FIELD:
        return None
    side = record.ref.side
    lens = profile.field(name).lenses[side]
    targets = {each: before or "" for each, (before, _) in group.items()}
    raw = next((targets[each] for each in lens.raw_fields if each in targets), None)
    if not isinstance(raw, str) or _same(record.fields.get(lens.raw_fields[0]), raw):
        return None
    words = lens.barred(record.fields, raw) if isinstance(lens, TableLens) else ""
    if words:
        return because(Trouble.NO_WAY_BACK, side=side, words=words)
    if not _closes(_meaning(profile, name, side, {**record.fields, **targets})):
        return None
    lacking = profile.closure.lacking(side, raw, targets, record.fields)
    names, table = ", ".join(lacking), profile.sides[side].table
    return because(Trouble.CLOSE_NEEDS, side=side, table=table, value=raw, names=names) if lacking else None


def _action(
    profile: Profile,
    run: str,
    writes: Sequence[LoggedWrite],
    record: Record,
    back: RawFields,
    fields: Sequence[str],
) -> Action:
    side, then = record.ref.side, {**record.fields, **back}
    changes = tuple(
        FieldChange(
            name,
            _meaning(profile, name, side, record.fields),
            _meaning(profile, name, side, then),
            profile.field(name).place,
            tuple(each for each in profile.field(name).lenses[side].raw_fields if each in back),
        )
        for name in fields
    )
    status = next((change for change in changes if change.field == STATUS_FIELD), None)
    closes = status is not None and _closes(status.after) and not _closes(status.before)
    return Action(
        key=writes[0].key,
        profile=profile.name,
        ref=record.ref,
        operation=Operation.CLOSE if closes else Operation.UPDATE,
        body=dict(sorted(back.items())),
        reason=because(Because.UNDOES, id=run),
        expect=record.revision,
        changes=changes,
        before={name: record.fields.get(name) for name in sorted(back)},
        rebase=_rebase(profile, writes, fields),
    )


def _rebase(
    profile: Profile, writes: Sequence[LoggedWrite], fields: Collection[str]
) -> Mapping[Side, RawFields] | None:
    """What both sides had agreed on in some fields before the run first wrote one of them, on either side; None where the log does
    not say."""
    agreed: dict[Side, dict[str, RawValue]] = {side: {} for side in profile.sides}
    for name in fields:
        lenses = profile.field(name).lenses
        first = next(write for write in writes if not write.after.keys().isdisjoint(lenses[write.ref.side].raw_fields))
        if first.agreed is None:
            return None
        for side, lens in lenses.items():
            held = first.agreed.get(side, {})
            agreed[side] |= {raw: held[raw] for raw in lens.raw_fields if raw in held}
    return agreed


def _meaning(profile: Profile, name: str, side: Side, raw: RawFields) -> Canonical:
    """A field in our words; a value that the mapping does not know, as it is."""
    value = profile.field(name).lenses[side].get(raw)
    return value.value if isinstance(value, Unmapped) else value


def _closes(value: Canonical) -> bool:
    return isinstance(value, str) and value in set(Status) and Status(value).is_closed


def _same(left: RawValue, right: RawValue) -> bool:
    """Whether two raw values are one: empty is not set, and line ends and outer white space say nothing."""
    return _plain(left) == _plain(right)


def _plain(value: RawValue) -> RawValue:
    return normal_text(value) if isinstance(value, str) else value or ""
