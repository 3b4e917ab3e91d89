"""What is different about the mappings since the last run that wrote, and the pairs that are looked at again because of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from watchkeeper.state_ports import StateStore
from watchkeeper.sync.memory import UNPROCESSED
from watchkeeper.sync.prepared import LACKING
from watchkeeper.sync.systems import Systems


def changed_mappings(systems: Systems) -> tuple[str, ...]:
    """Profiles whose mapping is not the one of the last run that wrote."""
    told = systems.store.recall_many([_mapping_name(name) for name in systems.profiles])
    return tuple(
        name
        for name, profile in sorted(systems.profiles.items())
        if told.get(_mapping_name(name)) not in {None, profile.fingerprint}
    )


def mapping_of_last_sync(store: StateStore, profile: str) -> str | None:
    """The fingerprint of a profile as the last run of all profiles that wrote worked with it; None where none has."""
    return store.recall(_mapping_name(profile))


def _mapping_name(profile: str) -> str:
    return f"mapping:{profile}"


def changed_words(systems: Systems) -> tuple[str, ...]:
    """Profiles of which ServiceNow lacks other choices than in the last run that wrote: what was parked for one may go on."""
    told = systems.store.recall_many([f"{LACKING}:{name}" for name in systems.profiles])
    return tuple(
        name
        for name, profile in sorted(systems.profiles.items())
        if told.get(f"{LACKING}:{name}", "") != "\n".join(profile.lacking)
    )


def look_again_at(systems: Systems, changed: Collection[str]) -> None:
    """Let every pair of a profile whose mapping changed count as unprocessed: what was parked under the old one, and what the
    new one reads differently, shows only when its records are looked at again."""
    for name in sorted(changed):
        last = ""
        while links := systems.store.links_of_profile(name, last):
            systems.store.put_links(replace(link, fingerprint=UNPROCESSED, closed=False) for link in links)
            last = links[-1].key
