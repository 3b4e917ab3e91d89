"""Ends of a process that it does not choose: SIGKILL at any moment, and a pause that is longer than its lease."""

from __future__ import annotations

import re
import signal
from collections import Counter
from collections.abc import Mapping
from time import monotonic, sleep
from typing import Any

from tests.chaos.books import Books
from tests.chaos.scene import Scene, Told, send

CALLS: Mapping[str, Mapping[str, Any]] = {
    "create of a ticket": {"system": "servicenow", "method": "POST", "regex": r"/table/incident$"},
    "change of a ticket": {"system": "servicenow", "method": "PATCH", "regex": r"/table/incident/"},
    "write of an incident": {"system": "arm", "method": "PUT", "regex": r"/incidents/[^/]+$"},
    "write of a comment": {"system": "arm", "method": "PUT", "regex": r"/comments/[^/]+$"},
    "reading of tickets": {"system": "servicenow", "method": "GET", "regex": r"/table/incident"},
    "reading of incidents": {"system": "arm", "method": "GET", "regex": r"/incidents"},
    "query of the history": {"system": "loganalytics"},
    "signing in": {"regex": r"oauth"},
}
READS = {"reading of tickets": 2, "reading of incidents": 2, "query of the history": 1, "signing in": 2}
"""How many such calls nearly every run makes."""
PHASES = ("before", "after")
READS_SHARE = 0.2
TURNED_AWAY_WITHIN = 5.0
"""Seconds within which a run ends that finds another one at work."""
LEASE = 10.0
"""Minutes that a lease lasts."""


def moment(scene: Scene, *, writes_only: bool = False) -> tuple[str, dict[str, Any]]:
    """A call that the next run will make, held before or after its effect; mostly a write, if any is planned."""
    planned = Counter(map(call_of, scene.site.planned()))
    reads = not planned or (not writes_only and scene.dice.random() < READS_SHARE)
    name = scene.dice.choice(sorted(READS) if reads else sorted(planned.elements()))
    number = scene.dice.randrange(READS[name] if reads else planned[name])
    phase = scene.dice.choice(PHASES)
    return f"{phase} {name} {number + 1}", {**CALLS[name], "kind": f"pause_{phase}", "after": number}


def call_of(action: Mapping[str, Any]) -> str:
    """The call that a planned write makes."""
    if action["record"]["side"] == "servicenow":
        return "create of a ticket" if action["operation"] == "create" else "change of a ticket"
    return "write of a comment" if action["operation"] == "comment" else "write of an incident"


def killed_at_a_call(scene: Scene) -> Told:
    """kill -9 while one of the systems holds a call."""
    what, rule = moment(scene)
    told = Told(f"SIGKILL {what}")
    with scene.held_run(rule) as (running, came):
        if came:
            _every_write_is_in_the_log(scene, told)
            scene.work_meanwhile()
            send(running, signal.SIGKILL)
        else:
            told.not_reached()
        told.ended(running.wait(), *((-signal.SIGKILL,) if came else (0, 7)))
    return told


def killed_again_and_again(scene: Scene) -> Told:
    """kill -9, people work, and the run that would have made up for it is killed as well."""
    told = Told("")
    for _ in range(scene.dice.choice((2, 3))):
        each = killed_at_a_call(scene)
        told.codes += each.codes
        told.problems += each.problems
        told.what += f"{', ' if told.what else ''}{each.what}"
        scene.people.work(1)
        scene.emulators.later(scene.dice.choice((1, 15)))
    return told


def killed_at_a_moment(scene: Scene) -> Told:
    """kill -9 whenever it happens to be."""
    seconds = scene.dice.uniform(0, scene.longest_run)
    told = Told(f"SIGKILL after {seconds:.2f} s")
    running = scene.site.start()
    sleep(seconds)
    send(running, signal.SIGKILL)
    told.ended(running.wait(), -signal.SIGKILL, 0, 7)
    return told


def stopped_past_its_lease(scene: Scene) -> Told:
    """SIGSTOP; the lease expires, people go on, another run takes over; SIGCONT."""
    what, rule = moment(scene)
    told = Told(f"SIGSTOP {what}", may_repeat=True)
    with scene.held_run(rule) as (sleeper, came):
        if not came:
            told.not_reached()
            told.ended(sleeper.wait(), 0, 7)
            return told
        send(sleeper, signal.SIGSTOP)
        scene.emulators.clear()
        scene.emulators.later(LEASE + 1)
        scene.site.store.let_lease_expire(LEASE + 1)
        scene.people.work(2)
        successor = scene.site.sync_like_a_person()
        told.ended(successor, 0, 4, 75, 9)
        before, mark = scene.site.books, scene.emulators.mark()
        send(sleeper, signal.SIGCONT)
        told.ended(sleeper.wait(), *((75,) if successor.code != 9 else (0, 4, 75)))
    if successor.code == 9:
        told.what += " in a transaction, which keeps the database's lock"
    else:
        _changed_nothing(scene, told, before, mark)
    return told


def _changed_nothing(scene: Scene, told: Told, before: Books, mark: int) -> None:
    """A run that lost its lease neither writes nor touches the memory. What it had begun to send when it was stopped may still
    arrive; then its intent is older."""
    for entry in scene.writes_since(mark):
        known = any(
            row["kind"] == "intended" and row["record_id"].lower() in entry["path"].lower() for row in before.log
        )
        told.hold(known or entry["method"] == "POST", f"the run that lost its lease wrote {entry['path']}")
    after = scene.site.books
    for name in before.tables.keys() - {"run"}:
        told.hold(before.tables[name] == after.tables[name], f"the run that lost its lease changed the table {name}")


def _every_write_is_in_the_log(scene: Scene, told: Told) -> None:
    """At this very moment, whatever the systems have seen is in the store: read from outside, while the run lives."""
    seen = scene.writes_since(0)  # before the store is read: writes go on meanwhile
    books = scene.site.books
    for entry in seen:
        record = re.search(r"/(?:table/incident|incidents)/([^/]+)", entry["path"], re.IGNORECASE)
        if record is not None and not any(each.intended(record[1]) for each in (*scene.site.lost, books)):
            told.problems.append(f"{entry['method']} {entry['path']} is under way without an intended row")


def started_together(scene: Scene) -> Told:
    """Several syncs at once: one works, the others find the lease taken."""
    runs = scene.dice.choice((2, 2, 3, 5))
    told = Told(f"{runs} runs at once")
    everywhere = {"kind": "pause_before", "times": None, "seconds": 100}
    scene.emulators.strike(*({**everywhere, "system": system} for system in ("servicenow", "arm", "entra")))
    ends = monotonic() + TURNED_AWAY_WITHIN
    started = [scene.site.start() for _ in range(runs)]
    while sum(run.process.exitcode is None for run in started) > 1 and monotonic() < ends:
        sleep(0.01)
    ended = [run for run in started if run.process.exitcode is not None]
    scene.emulators.clear()
    told.hold(len(ended) == runs - 1, f"{len(ended)} of {runs - 1} were turned away within {TURNED_AWAY_WITHIN} s")
    for run in ended:
        told.ended(run.wait(), 75)
    for run in started:
        if run not in ended:
            told.ended(run.wait(), 0, 7)
    return told
