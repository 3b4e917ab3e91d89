"""What becomes of what people write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.simulation.promises.judgement import Judgement
from tests.simulation.recorded import Recorded


def i07_comments(its: Judgement) -> Iterator[str]:
    for key, pair in its.pairs.items():
        if pair.sides is None or pair.is_duty:
            continue
        ticket, incident = pair.sides
        for origin, target in ((ticket, incident), (incident, ticket)):
            yield from _mirrored(its, key, origin, target)


def _mirrored(its: Judgement, key: str, origin: Recorded, target: Recorded) -> Iterator[str]:
    """Every comment of a person once, and in order as far as its own system tells one: of two work notes of the same second no
    API of ServiceNow says which was first (their stamps are whole seconds, their ids random)."""
    said = [note.id for note in origin.notes if not note.ours]
    ours = {note.id for note in origin.notes if note.ours}
    mirrors = [
        note.mirrors[1] for note in target.notes if note.ours and note.mirrors and note.mirrors[0] == origin.side
    ]
    for id_ in mirrors:
        if id_ in ours:
            yield f"{key}: our own comment {id_} on {origin.side} came back"
    times = Counter(mirrors)
    for id_ in said:
        if not times[id_] and not its.is_named(key, "comments"):
            yield f"{key}: comment {id_} of {origin.side} is not on the other side"
        if times[id_] > 1 and not (target.side == "servicenow" and its.duplicates_of_notes_may_be()):
            yield f"{key}: comment {id_} of {origin.side} is there {times[id_]} times"
    stamps = {note.id: note.stamp for note in origin.notes if note.id in said}
    arrived = [stamps[id_] for id_ in dict.fromkeys(mirrors) if id_ in stamps]
    if arrived != sorted(arrived) and not its.duplicates_of_notes_may_be():
        yield f"{key}: comments of {origin.side} arrived in another order"
