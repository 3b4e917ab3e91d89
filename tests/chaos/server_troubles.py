"""Trouble with a state store on a server: sessions that end, and answers to COMMIT that never come."""

from __future__ import annotations

from contextlib import AbstractContextManager
from time import sleep
from typing import LiteralString

from tests.chaos.kills import moment
from tests.chaos.scene import Scene, Told
from tests.chaos.server_store import PostgresStore

LOOKS = 0.02
"""Seconds between two looks at what the sessions do."""
BEFORE_IT: LiteralString = "query ILIKE 'commit%' AND wait_event = 'PgSleep'"
AFTER_IT: LiteralString = "wait_event = 'SyncRep'"


def cut_at_commit(scene: Scene) -> Told:
    """The server's process behind a session is ended while COMMIT is under way, and nothing was stored."""
    store = _store(scene)
    return _cut_while(scene, store.slow_commits(), BEFORE_IT, "before it is stored")


def cut_after_commit(scene: Scene) -> Told:
    """The same, after the change was stored: only the answer is lost."""
    store = _store(scene)
    return _cut_while(scene, store.unanswered_commits(), AFTER_IT, "after it is stored")


def cut_sessions(scene: Scene) -> Told:
    """Every session of a run ends at one moment, also the one that holds its lease's lock."""
    what, rule = moment(scene)
    told = Told(f"all sessions ended {what}")
    with scene.held_run(rule) as (running, came):
        if came:
            _store(scene).end_sessions()
        else:
            told.not_reached()
        scene.emulators.clear()
        told.ended(running.wait(), 0, 4, 7, 9, 75)
    return told


def _cut_while(scene: Scene, cruelty: AbstractContextManager[None], during: LiteralString, phase: str) -> Told:
    """At a write, begin to be cruel; end the first sessions that suffer from it, then stop being so."""
    what, rule = moment(scene, writes_only=True)
    wanted, cut = scene.dice.choice((1, 1, 2)), 0
    told = Told("")
    with scene.held_run(rule) as (running, came):
        if came:
            with cruelty:
                scene.emulators.clear()
                while cut < wanted and running.process.exitcode is None:
                    cut += _store(scene).end_sessions(during)
                    sleep(LOOKS)
        scene.emulators.clear()
        told.ended(running.wait(), 0, 4, 7, 9, 75)
    told.what = f"{cut} sessions ended in COMMIT, {phase}, {what}"
    if not cut:
        told.not_reached()
    return told


def _store(scene: Scene) -> PostgresStore:
    store = scene.site.store
    assert isinstance(store, PostgresStore)
    return store
