"""What the mappings would do to single pairs, as the engine itself decides it, told value by value with the rule behind each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from watchkeeper.model.preview import Preview, PreviewedPair, Unconcern
from watchkeeper.model.record import Record
from watchkeeper.model.vocabulary import ChoiceList, FieldKey
from watchkeeper.sync.case import Sighting
from watchkeeper.sync.match import Matched
from watchkeeper.sync.named import Named
from watchkeeper.sync.openings import is_closed
from watchkeeper.sync.plan import Options, prepare_some
from watchkeeper.sync.prepared import Prepared
from watchkeeper.sync.references import choice_lists, group_names
from watchkeeper.sync.systems import Systems
from watchkeeper.sync.telling import Telling, record_told

COMMAND = "mappings preview"


def preview(systems: Systems, choose: Callable[[Systems], Named], profile: str | None = None) -> Preview:
    """What a sync would do to what `choose` finds. Pass `Systems` over a scratch copy of the store: nothing is written anywhere."""
    found = Named()

    def chosen(known: Systems) -> tuple[Sequence[tuple[Record, str | None]], frozenset[str]]:
        chosen_now = choose(known)
        found.records, found.keys, found.unfound = chosen_now.records, chosen_now.keys, chosen_now.unfound
        return found.records, frozenset(found.keys)

    prepared, matched = prepare_some(systems, systems.ids(), Options(COMMAND, profile=profile), chosen)
    if prepared.identity_changes:
        return Preview(notes=tuple(filter(None, prepared.identity_changes)))
    lists = choice_lists(prepared.systems)
    groups = group_names(systems.store, systems.catalog)
    keys = sorted(key for key in {*found.keys, *matched.records} if prepared.chosen(key))
    taken = {record.ref for sides in matched.records.values() for record in sides.values()}
    ambiguous = {row.number for row in matched.parked}
    strangers = [
        record_told(record, Sighting.FOUND)
        for record, _ in found.records
        if record.ref not in taken and record.number not in ambiguous
    ]
    others = {key for key in {*found.keys, *matched.records} if not prepared.chosen(key)}
    return Preview(
        others={key: prepared.systems.profile_of(key).name for key in sorted(others)},
        pairs=tuple(_pair(prepared, matched, key, lists, groups) for key in keys),
        strangers=tuple(strangers),
        unfound=tuple(found.unfound),
        notes=tuple(dict.fromkeys(row.reason for row in prepared.parked if not row.key)),
    )


def _pair(
    prepared: Prepared, matched: Matched, key: str, lists: Mapping[FieldKey, ChoiceList], groups: Mapping[str, str]
) -> PreviewedPair:
    return Telling(
        key=key,
        profile=prepared.systems.profile_of(key),
        case=prepared.cases.get(key),
        records=matched.records.get(key, {}),
        actions=[action for action in prepared.actions if action.key == key],
        parked=[row for row in prepared.parked if row.key == key],
        lists=lists,
        groups=groups,
        remarks=[each.reason for each in prepared.decided if each.occurrence.key == key and each.reason],
        unconcern=_unconcern(prepared, matched, key),
    ).pair()


def _unconcern(prepared: Prepared, matched: Matched, key: str) -> Unconcern | None:
    if key in prepared.cases or key in prepared.held:
        return None
    records: list[Record] = list(matched.records.get(key, {}).values())
    if not records:
        return None
    closed = is_closed(prepared.systems.profile_of(key), records[0])
    return Unconcern.CLOSED if closed else Unconcern.EARLY
