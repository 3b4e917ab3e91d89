"""Which records there are, what they hold, and what is remembered of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from tests.simulation import memory
from tests.simulation.promises.judgement import Judgement, both_ways
from tests.simulation.recorded import FIELDS, Pair, our_changes

CALLS_AT_REST = 3
_DUTY = re.compile(r"[a-z0-9-]+/[A-Za-z0-9 -]+@(\d{4}-\d{2}-\d{2})(?:T\d{2}:\d{2})?")


def i01_one_record_per_key_and_side(its: Judgement) -> Iterator[str]:
    for (side, key), count in sorted(its.made.items()):
        if count > 1 and key in its.pairs:
            yield f"{count} records were made for {key} on {side}"
    for key, pair in its.pairs.items():
        origin = key.split("/")[1] if not pair.is_duty else ""
        if origin and its.made[origin, key]:
            yield f"{key} was made again on the side that it came from"


def i02_agreement(its: Judgement) -> Iterator[str]:
    for key, pair in its.pairs.items():
        if pair.sides is None:
            if not _closed_before_it_was_seen(pair) and not its.is_named(key, "status"):
                yield f"{key} has no counterpart: {_shown(pair)}"
            continue
        for name in FIELDS:
            ticket, incident = (record.now.means[name] for record in pair.sides)
            if ticket != incident and not its.is_named(key, name):
                yield f"{name} of {key} differs, and nothing is said of it: {ticket} and {incident}"


def i03_rest(its: Judgement) -> Iterator[str]:
    for sent in its.evidence.rest_writes:
        yield f"a run with nothing to do wrote: {sent.method} {sent.path.rsplit('/', 1)[-1]}"
    plain = its.evidence.history.scene.pages > len(its.records) and not its.evidence.dirty
    calls = its.evidence.rest_calls
    if plain and not its.evidence.rest_writes and calls > CALLS_AT_REST + _waiting(its):
        yield f"a run with nothing to do made {calls} calls"


def i10_truthful_memory(its: Judgement) -> Iterator[str]:
    for key, side, id_, base in memory.bases(its.evidence.database):
        record = its.records.get((side, id_.lower()))
        if record is None:
            yield f"{key} is linked to {side} {id_}, which never was"
            continue
        for name, value in base.items():
            held = [version.raw.get(name) for version in record.versions if name in version.raw]
            if held and isinstance(value, str) and value not in held:
                yield f"{name} of {side} {record.number} is remembered as {value!r}, which it never was"


def i11_absence_is_inert(its: Judgement) -> Iterator[str]:
    for record in its.records.values():
        if record.gone:
            yield f"{record.side} {record.number} is gone, and nobody deletes here"
    for key, pair in its.pairs.items():
        for record, other in both_ways(pair):
            for name in FIELDS:
                for _, new in our_changes(record, name):
                    seen = {version.means[name] for version in other.versions if version.at <= new.at}
                    if new.means[name] not in seen:
                        yield f"we set {name} of {key} on {record.side} to {new.means[name]}, which nobody had said"


def i16_occurrence_keys(its: Judgement) -> Iterator[str]:
    days: Counter[tuple[str, str]] = Counter()
    for key, pair in its.pairs.items():
        if not pair.is_duty:
            continue
        found = _DUTY.fullmatch(key)
        if found is None:
            yield f"{key} is no occurrence's key"
            continue
        days[key.split("@")[0], found.group(1)] += 1
        if found.group(1) not in {"2026-11-16", "2026-11-17"}:
            yield f"{key} is not due in these hours"
    for (task, day), count in days.items():
        if count > 1:
            yield f"{task} has {count} keys on {day}"


def _closed_before_it_was_seen(pair: Pair) -> bool:
    record = pair.ticket or pair.incident
    return record is not None and record.now.means["status"] == "closed"


def _waiting(its: Judgement) -> int:
    """How many keys a run looks at again because something about them is parked."""
    return 3 * len({row.key for row in its.last.parked}) if its.last is not None else 0


def _shown(pair: Pair) -> str:
    record = pair.ticket or pair.incident
    return f"{record.side} {record.number} is {record.now.means}" if record else "nothing"
