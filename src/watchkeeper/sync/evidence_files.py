"""What was gathered lately for a task, and the files of it that go with a note. Reads the state store alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from watchkeeper.catalog.occurrences import parse_key
from watchkeeper.evidence.kept import gathering_of
from watchkeeper.model.attached import AttachedFile
from watchkeeper.model.gathering import Gathering
from watchkeeper.model.plan import Action
from watchkeeper.sync.drafts import language_of
from watchkeeper.sync.systems import Systems

COMPLETE: Final = "evidence:complete"
PARTIAL: Final = "evidence:partial"


def gathered_lately(systems: Systems, tasks: Iterable[str]) -> Mapping[str, Gathering]:
    """By task, what was gathered lately and has something to tell."""
    now = systems.clock.now()
    kept = (systems.store.latest_snapshot(gathering_of(task), now.date()) for task in sorted(tasks))
    found = (each.document for each in kept if each is not None)
    return {each.task: each for each in found if each.texts and each.on_ticket and each.is_news(now)}


def files_of(systems: Systems, action: Action) -> tuple[AttachedFile, ...]:
    """The files that go with a note; a plan and an intent hold its words alone."""
    parsed = parse_key(action.key)
    if action.comment_id not in {COMPLETE, PARTIAL} or parsed is None:
        return ()
    found = gathered_lately(systems, [parsed[0]]).get(parsed[0])
    language = language_of(systems, action.key)
    return () if found is None else tuple(file.attached(parsed[2], language) for file in found.files)
