"""A memory that is older than what we wrote: a backup was put back, or a runner's cache brought an earlier copy.

Its links say what both sides agreed on at an earlier time. Where a run has carried something over since, such an agreement would
make a later edit of a person look like the old value come back. So the pairs that moved on both sides since are compared by
what the systems' own histories say we wrote last; what those cannot tell counts as never agreed upon.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from watchkeeper.mapping.profile import FieldRule, Owner, Profile
from watchkeeper.model.activity import Activity, ActivityKind, ActivityReport
from watchkeeper.model.link import Link
from watchkeeper.model.reasons import Reason, because, together
from watchkeeper.model.record import SERVICENOW, RawValue, Record, RecordRef, Side
from watchkeeper.model.ticket import Unmapped
from watchkeeper.model.troubles import Trouble
from watchkeeper.state_ports import OLDER_COPY
from watchkeeper.sync.history import PATIENCE, told_since
from watchkeeper.sync.memory import UNPROCESSED
from watchkeeper.sync.observe import Observation
from watchkeeper.sync.systems import Systems, fingerprint

Pair = Mapping[Side, tuple[Link, Record]]

SETTLES = timedelta(minutes=10)
"""How long after a run's end a record may still change in our name, by rules and flows that our write has set off."""
RUNS_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class Aged:
    """`remarks`: what people have to know. `mended`: how many pairs are remembered in another way now. `waiting`: keys of pairs that
    differ, and of which a history that lags will tell more; nothing is written for them until then."""

    remarks: tuple[Reason, ...]
    mended: int
    waiting: frozenset[str] = frozenset()


def make_up_for_age(
    systems: Systems,
    records: Mapping[str, Mapping[Side, Record]],
    links: Mapping[str, Mapping[Side, Link]],
    unfinished: Collection[str],
) -> Aged:
    """Find out whether the memory is older than what we wrote, and mend the links that this makes untrue. `unfinished`: keys of
    writes that an earlier run began, which explain a record that nothing is known of."""
    store = systems.store
    unknown = [
        record
        for key, sides in records.items()
        for side, record in sides.items()
        if record.ours
        and side not in links.get(key, {})
        and key not in unfinished
        and _is_our_making(systems, key, record)
    ]
    put_back = bool(store.recall(OLDER_COPY))
    forgotten = [record for record in unknown if store.recall("serial") and record.created_at > store.born]
    moved = {key: pair for key in records if (pair := _moved_on_both(records[key], links.get(key, {})))}
    older = put_back or bool(forgotten)
    doubtful = moved if older else _written_after(systems, moved, unfinished)
    told = _histories(systems, doubtful)
    unheard = _unheard_of(systems, doubtful, told)
    older = older or bool(unheard)
    if older and not put_back:
        # Whatever becomes of this run, the next one has to know.
        store.remember({OLDER_COPY: systems.clock.now().isoformat()})
    waiting = _waiting(systems, doubtful, told) if older else frozenset()
    certain = {key: pair for key, pair in doubtful.items() if key not in waiting}
    store.put_links(_mended(systems, certain, told, whole=older))
    return Aged(_told(put_back, forgotten, unheard, unknown, len(doubtful)), len(certain), waiting)


def forget_age(systems: Systems, observation: Observation) -> None:
    """After a run that has read everything the memory is up to date again."""
    swept = all(result.swept and result.complete for result in observation.results)
    if swept and systems.store.recall(OLDER_COPY):
        systems.store.remember({OLDER_COPY: ""})


def _told(
    put_back: bool, forgotten: list[Record], unheard: list[str], unknown: list[Record], compared: int
) -> tuple[Reason, ...]:
    by_history = because(Trouble.OLDER_COMPARED, count=compared)
    if put_back:
        return (together([because(Trouble.OLDER_COPY), because(Trouble.OLDER_READ), by_history]),)
    if forgotten or unheard:
        seen = (
            because(Trouble.OLDER_SEEN, count=len(forgotten))
            if forgotten
            else because(Trouble.OLDER_TOLD, count=len(unheard))
        )
        return (together([seen, by_history, because(Trouble.OLDER_NEXT)]),)
    if unknown:
        return (together([because(Trouble.MEMORY_LOST, count=len(unknown)), because(Trouble.TAKEN_OVER)]),)
    return ()


def _is_our_making(systems: Systems, key: str, record: Record) -> bool:
    """Whether nobody else can have made the record: it carries our marker under the id that we would have chosen for it."""
    marker = systems.marker(key)
    chosen = systems.connectors[record.ref.side].chosen_ref(record.ref.table, marker)
    return record.marker == marker and record.ref == chosen


def _moved_on_both(records: Mapping[Side, Record], links: Mapping[Side, Link]) -> Pair:
    """The pair, if both records are of another revision than remembered. Where only one moved, no write of ours can have come in
    between, and what is remembered of the pair still holds."""
    pair = {side: (links[side], record) for side, record in records.items() if side in links}
    moved = all(link.revision.token and link.revision != record.revision for link, record in pair.values())
    return pair if len(pair) == len(links) > 1 and moved else {}


def _written_after(systems: Systems, pairs: Mapping[str, Pair], unfinished: Collection[str]) -> Mapping[str, Pair]:
    """The pairs whose ticket changed in a mapped field since we last looked, and where our own account was the last to write, which
    should be known."""
    if not pairs:
        return {}
    account = systems.store.recall(f"account:{SERVICENOW}")
    return {
        key: pair
        for key, pair in pairs.items()
        if SERVICENOW in pair and key not in unfinished and _is_news_of(systems, key, *pair[SERVICENOW], account)
    }


def _is_news_of(systems: Systems, key: str, link: Link, record: Record, account: str | None) -> bool:
    known = {UNPROCESSED, fingerprint(systems.profile_of(key), record)}
    return record.updated_by == account and link.fingerprint not in known


def _unheard_of(systems: Systems, pairs: Mapping[str, Pair], told: Told) -> list[str]:
    """Keys of pairs of which a history shows a write of ours that no run of this memory can have made: it is from later than the
    last one's end. What a rule of the instance does in our name follows a write within minutes."""
    ends = [run["ended_at"] for run in systems.store.runs(RUNS_LOOKED_AT) if isinstance(run["ended_at"], datetime)]
    if not ends:
        return []
    latest = max(ends) + SETTLES
    late = {ref for (ref, _), (at, _) in told.ours.items() if at > latest}
    return [key for key, pair in sorted(pairs.items()) if any(link.ref in late for link, _ in pair.values())]


def _waiting(systems: Systems, pairs: Mapping[str, Pair], told: Told) -> frozenset[str]:
    """Pairs that differ and whose histories lag, as long as that may still be what keeps them silent."""
    noticed = systems.store.recall(OLDER_COPY)
    if not noticed or systems.clock.now() - datetime.fromisoformat(noticed) >= PATIENCE:
        return frozenset()
    return frozenset(
        key
        for key, pair in pairs.items()
        if any(link.ref in told.lagging for link, _ in pair.values()) and _differs(systems.profile_of(key), pair)
    )


def _differs(profile: Profile, pair: Pair) -> bool:
    """Whether the records mean something else in a field that both sides may change."""
    (left, right), ours = tuple(pair), [rule for rule in profile.fields if rule.owner is Owner.SHARED]
    for rule in ours:
        if left in rule.lenses and right in rule.lenses:
            one, other = (rule.lenses[side].get(pair[side][1].fields) for side in (left, right))
            if isinstance(one, Unmapped) or isinstance(other, Unmapped) or not rule.agree(one, other):
                return True
    return False


def _mended(systems: Systems, pairs: Mapping[str, Pair], told: Told, *, whole: bool) -> Iterable[Link]:
    """The links as they should be remembered. `whole`: what the histories do not tell is forgotten."""
    for key, pair in sorted(pairs.items()):
        yield from Mending(systems.profile_of(key), pair, told, whole=whole).links()


@dataclass(frozen=True, slots=True)
class Told:
    """What the histories say that we wrote: per record and raw field the last value and when (on our clock). `silent`: records of
    which they cannot tell for sure; of the `lagging` ones among them they may later."""

    ours: Mapping[tuple[RecordRef, str], tuple[datetime, str]]
    silent: frozenset[RecordRef]
    lagging: frozenset[RecordRef]


def _histories(systems: Systems, pairs: Mapping[str, Pair]) -> Told:
    """One question per side and table."""
    asked: dict[tuple[Side, str], list[Link]] = {}
    for pair in pairs.values():
        for link, _ in pair.values():
            asked.setdefault((link.ref.side, link.ref.table), []).append(link)
    ours: dict[tuple[RecordRef, str], tuple[datetime, str]] = {}
    silent: set[RecordRef] = set()
    lagging: set[RecordRef] = set()
    for (side, table), links in sorted(asked.items()):
        since = min(link.confirmed_at for link in links)
        report = told_since(systems, side, table, [link.ref.id for link in links], since)
        silent |= _untold(report, links)
        lagging |= report.unclear if report.readable else frozenset()
        skew = systems.connectors[side].server_now() - systems.clock.now()
        for deed in sorted(_by_us(systems, side, report), key=lambda deed: deed.at):
            ours[deed.ref, deed.field] = (deed.at - skew, deed.new)
    return Told(ours, frozenset(silent), frozenset(lagging))


def _untold(report: ActivityReport, links: Iterable[Link]) -> frozenset[RecordRef]:
    return frozenset(link.ref for link in links if not report.readable or link.ref in report.unclear)


def _by_us(systems: Systems, side: Side, report: ActivityReport) -> list[Activity]:
    account = systems.store.recall(f"account:{side}")
    return [deed for deed in report.activities if deed.kind is ActivityKind.FIELD and deed.author.id == account]


@dataclass(slots=True)
class Mending:
    """One pair's bases, field by field."""

    profile: Profile
    pair: Pair
    told: Told
    whole: bool
    bases: dict[Side, dict[str, RawValue]] = field(default_factory=dict)
    at: datetime | None = None

    def links(self) -> list[Link]:
        self.bases = {side: dict(link.base) for side, (link, _) in self.pair.items()}
        for rule in self.profile.fields:
            if rule.owner is Owner.SHARED and all(side in rule.lenses for side in self.pair):
                self._field(rule)
        return [self._link(side, link) for side, (link, _) in self.pair.items()]

    def _link(self, side: Side, link: Link) -> Link:
        """What people did before our last write is in it already: nothing before that counts as an edit since."""
        at = link.confirmed_at if self.at is None else max(link.confirmed_at, self.at)
        return replace(link, base=self.bases[side], fingerprint=UNPROCESSED, confirmed_at=at)

    def _field(self, rule: FieldRule) -> None:
        written = {side: self._written(rule, side) for side in self.pair}
        sides = [side for side, values in written.items() if values]
        certain = not any(link.ref in self.told.silent for link, _ in self.pair.values())
        if certain and not sides:
            return
        if certain and len(sides) == 1 and self._agreed(rule, sides[0], written[sides[0]]):
            return
        if self.whole:
            self._forget(rule)

    def _written(self, rule: FieldRule, side: Side) -> dict[str, RawValue]:
        """The raw values of the field that we wrote last; of sets of values a history tells only a part."""
        link, record = self.pair[side]
        found: dict[str, RawValue] = {}
        for name in rule.lenses[side].raw_fields:
            deed = self.told.ours.get((link.ref, name))
            if deed is not None and not isinstance(record.fields.get(name), tuple):
                found[name] = deed[1]
        return found

    def _agreed(self, rule: FieldRule, side: Side, written: Mapping[str, RawValue]) -> bool:
        """Take what we wrote on one side as what both agreed on: we only ever wrote there what the other side held."""
        other = next(each for each in self.pair if each != side)
        link, record = self.pair[side]
        value = rule.lenses[side].get({**record.fields, **written})
        theirs = self.pair[other][1].fields
        change = value if isinstance(value, Unmapped) else rule.lenses[other].put(value, theirs)
        if isinstance(change, Unmapped):
            return False
        self.bases[side].update(written)
        names = rule.lenses[other].raw_fields
        self.bases[other].update({name: theirs.get(name) for name in names} | dict(change))
        times = [self.told.ours[link.ref, name][0] for name in written]
        self.at = max([*times, *([self.at] if self.at else [])])
        return True

    def _forget(self, rule: FieldRule) -> None:
        for side in self.pair:
            for name in rule.lenses[side].raw_fields:
                self.bases[side].pop(name, None)
