"""Whatever befalls whichever call: the run ends with a documented exit code, and once the fault is gone the next runs come to
the same end as if nothing had happened: both sides agree, nothing is there twice, no edit is lost.

Every kind of fault meets every kind of call that a busy run makes, once and for the whole run. The thorough suite tries a
sample in which each kind of call and each kind of fault occurs (of statuses that mean the same to a run, one), the everyday
suite a part of it, in which each kind of call does; `-m slow` tries them all.
"""

from __future__ import annotations

import atexit
import json
import re
import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from tests.effort import thoroughly
from tests.engine import MAPPINGS, Deployment, make_deployment
from tests.faults.kinds import CALLS, FAULTS, FIRST, Call, Fault
from tests.invariants import story
from tests.kept_worlds import done_once

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.errors import WatchkeeperError
from watchkeeper.model.exit_code import ExitCode, exit_code_of

CELLS = [(call, fault) for call in CALLS for fault in FAULTS if not (fault.kind == "idle_close" and call.name in FIRST)]
ALIKE = frozenset({"status 408", "status 409", "status 499", "status 500", "status 502", "status 504"})
"""What a run takes as it takes 503, which stands for them every day."""
DAILY = [fault for fault in FAULTS if fault.name not in ALIKE]
ALL_ONCE = [(CALLS[index % len(CALLS)], fault) for index, fault in enumerate(DAILY)]
SAMPLE = [cell for cell in ALL_ONCE if cell in CELLS]
EVERY_DAY = [[cell for cell in SAMPLE if cell[0] == call][index % 2] for index, call in enumerate(CALLS)]
"""Each call once, with early and late ones of the faults in turn."""
ORDERED = [*EVERY_DAY, *(cell for cell in SAMPLE if cell not in EVERY_DAY)]


@lru_cache(maxsize=1)
def mappings() -> Path:
    """The shipped ones, with one daily duty that is a task of a standing incident."""
    copy = Path(tempfile.mkdtemp(prefix="mappings-"))
    atexit.register(shutil.rmtree, copy, ignore_errors=True)
    shutil.copytree(MAPPINGS, copy, dirs_exist_ok=True)
    pack = copy / "packs" / "defender-xdr.yaml"
    before, begun, after = pack.read_text(encoding="utf-8").partition("- id: vulnerability-remediation\n")
    assert "sentinel: {mode: incident}" in after
    after = after.replace("sentinel: {mode: incident}", "sentinel: {mode: incident-task}", 1)
    pack.write_text(before + begun + after, encoding="utf-8")
    return copy


@done_once
def busy(folder: Path) -> Deployment:
    """Linked pairs on which people worked on both sides, fresh escalations on both sides, and a new day's duties."""
    deployment = make_deployment(folder, mappings=mappings())
    story.import_all(deployment)
    talked, moved, handled, opened = (
        story.escalate(deployment, title="Phishing wave"),
        story.escalate(deployment, title="Impossible travel"),
        story.escalate(deployment, title="Malware on a laptop"),
        story.escalated_ticket(deployment),
    )
    story.import_all(deployment)
    story.settle(deployment, runs=1)
    mirror = story.mirror_of(deployment, talked)["number"]
    story.in_servicenow(deployment, "keiko.tanaka", "edit", opened, fields={"state": "2", "urgency": "1"})
    story.in_servicenow(deployment, "haruto.sato", "note", mirror, text="seen")
    story.in_sentinel(deployment, "liam.byrne", "edit", moved, fields={"status": "Active"})
    story.in_sentinel(deployment, "keiko.tanaka", "comment", talked, text="owner called")
    story.in_servicenow(deployment, "ava.nguyen", "resolve", "INC0010001")
    story.in_servicenow(deployment, "keiko.tanaka", "resolve", story.mirror_of(deployment, handled)["number"])
    host = next(item for item in story.incidents(deployment) if item["tasks"])
    number, task = host["properties"]["incidentNumber"], host["tasks"][0]["name"]
    story.in_sentinel(deployment, "keiko.tanaka", "complete-task", number, task=task)
    story.escalate(deployment, title="Token theft")
    story.escalated_ticket(deployment, "Lost badge")
    deployment.world.clock.advance(timedelta(days=1))
    return deployment


def sync(deployment: Deployment) -> int:
    """The exit code of one run, whichever way it ends."""
    try:
        return deployment.sync().exit_code
    except WatchkeeperError as error:
        return int(exit_code_of(error))


def distinct(texts: list[str]) -> int:
    return len(set(texts))


def held(deployment: Deployment, count: Callable[[list[str]], int] = len) -> dict[str, Any]:
    """What both systems hold, without numbers and times; and without what a poisoned answer said to stand in a title, since a PUT
    gives back everything that it was told. `count`: of a ticket's notes."""
    everything = story.everything(deployment)
    sound = {
        "tickets": [(key, *rest[:-1], count(rest[-1])) for key, *rest in everything["tickets"].values()],
        "tasks": [
            (task["name"], task["properties"]["title"], task["properties"]["status"])
            for item in story.incidents(deployment)
            for task in item["tasks"]
        ],
        "incidents": [
            (title, *rest[:2], classification, len(comments))
            for _, title, *rest, _, classification, comments in everything["incidents"].values()
        ],
    }
    unpoisoned = json.loads(re.sub(r"\\u0000|\\ud83d|\\ufffd", "", json.dumps(sound)))
    return {kind: sorted(rows, key=repr) for kind, rows in unpoisoned.items()}


@lru_cache(maxsize=1)
def end_without_misfortune(folder: Path) -> dict[str, Any]:
    deployment = busy(folder)
    assert sync(deployment) == ExitCode.OK
    story.settle(deployment, runs=1)
    return held(deployment)


@pytest.fixture(scope="module")
def untroubled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return end_without_misfortune(tmp_path_factory.mktemp("untroubled"))


def suffer(deployment: Deployment, call: Call, fault: Fault, times: int | None) -> int:
    """One run during which the fault strikes the call; its exit code."""
    deployment.world.faults.add(
        FaultRule(fault.kind, call.system, call.method, regex=call.regex, times=times, **fault.details)
    )
    code = sync(deployment)
    assert deployment.world.faults.as_json()[0]["struck"], "the run made no such call"
    deployment.world.faults.clear()
    return code


def recover(deployment: Deployment, untroubled: dict[str, Any], *, notes_twice: bool = False) -> None:
    """The fault is gone: nothing twice, nothing lost, both sides agree, and then there is rest.

    `notes_twice`: something between us and ServiceNow sent a note again, which an instance cannot tell from a second one.
    """
    deployment.world.clock.advance(timedelta(hours=2))
    deployment.sync(full=True)
    story.settle(deployment, runs=2)
    assert held(deployment, distinct if notes_twice else len) == untroubled
    assert [key for key, count in story.keys_in_servicenow(deployment).items() if count > 1] == []
    assert [key for key, pair in story.pairs(deployment).items() if not pair.agrees] == []
    assert story.idle_writes(deployment) == []


def ids(cells: list[tuple[Call, Fault]]) -> list[str]:
    return [f"{call.name}: {fault.name}" for call, fault in cells]


def test_a_busy_run_makes_every_kind_of_call_and_no_other(tmp_path: Path) -> None:
    deployment = busy(tmp_path)
    before = len(deployment.world.log.entries())
    assert sync(deployment) == ExitCode.OK
    made = {
        frozenset(
            call.name
            for call in CALLS
            if (call.system, call.method) == (entry.system, entry.method) and re.search(call.regex, entry.path)
        )
        for entry in deployment.world.log.entries(before)
    }
    assert made == {frozenset({call.name}) for call in CALLS}


def test_the_sample_has_every_call_and_every_fault() -> None:
    assert {call for call, _ in SAMPLE} == {call for call, _ in EVERY_DAY} == set(CALLS)
    assert {fault.name for _, fault in SAMPLE} == {fault.name for fault in FAULTS} - ALIKE


@pytest.mark.parametrize(("call", "fault"), [*EVERY_DAY, *thoroughly(*ORDERED[len(EVERY_DAY) :])], ids=ids(ORDERED))
def test_a_run_that_meets_a_fault_ends_as_documented_and_is_made_up_for(
    tmp_path: Path, untroubled: dict[str, Any], call: Call, fault: Fault
) -> None:
    deployment = busy(tmp_path)
    assert suffer(deployment, call, fault, None) in documented(call, fault, lasting=True)
    recover(deployment, untroubled, notes_twice=sends_notes_twice(call, fault))


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, None], ids=["once", "throughout"])
@pytest.mark.parametrize(("call", "fault"), CELLS, ids=ids(CELLS))
def test_every_fault_at_every_call_ends_as_documented_and_is_made_up_for(
    tmp_path: Path, untroubled: dict[str, Any], call: Call, fault: Fault, times: int | None
) -> None:
    deployment = busy(tmp_path)
    assert suffer(deployment, call, fault, times) in documented(call, fault, lasting=times is None)
    recover(deployment, untroubled, notes_twice=sends_notes_twice(call, fault))


def sends_notes_twice(call: Call, fault: Fault) -> bool:
    return call.name == "ServiceNow update" and fault.kind == "duplicate"


def documented(call: Call, fault: Fault, *, lasting: bool) -> set[int]:
    """What the README's table of exit codes demands of a run in which the fault strikes this call every time, or (`lasting`
    false) only once. The first listing of Sentinel's is of the hosts of tasks, by label; refused, it is asked without one."""
    codes = _lasting(call, fault)
    if lasting:
        return codes
    overcome = fault.kind != "status" or fault.details["status"] not in REFUSALS or call.name == "Sentinel feed"
    return codes | {ExitCode.OK} if overcome else codes


HARMLESS = frozenset({"latency", "slow_drip"})
OVERCOME = frozenset({"duplicate", "idle_close"})
"""What a read does not feel; a write may have been done twice, or not at all, and is found out about."""
PLAUSIBLE = frozenset({"fewer_rows", "empty_list", "nul", "surrogate", "big_number", "repeated_keys", "nan", "deep"})
"""Shapes of an answer that can be taken for a good one, by a library that reads it or because nothing tells them apart."""


def _lasting(call: Call, fault: Fault) -> set[int]:
    if fault.kind in HARMLESS or (fault.kind in OVERCOME and not call.writes):
        return {ExitCode.OK}
    if fault.kind == "content_type" and call.system == "entra":
        return {ExitCode.OK}  # azure-identity reads the JSON, whatever it is called
    codes = _struck(call, fault)
    if fault.details.get("shape") in PLAUSIBLE:
        refused = {ExitCode.AUTH} if call.name.endswith("sign-in") else set()  # a token with another character in it
        return codes | {ExitCode.OK, ExitCode.PARTIAL, ExitCode.VALVE} | refused
    return codes


def _struck(call: Call, fault: Fault) -> set[int]:
    status = fault.details.get("status")
    if call.name == "Log Analytics query":
        return {ExitCode.OK}  # the history helps the sync, and is no condition of it
    if status == 401:
        return {ExitCode.AUTH}
    if call.writes and status == 429:
        return {ExitCode.PARTIAL, ExitCode.LATER}
    if call.writes:
        return {ExitCode.PARTIAL} if fault.kind == "status" else {ExitCode.OK, ExitCode.PARTIAL}
    if status in REFUSALS:
        return REFUSED[call.name]
    if call.name in LEFT_ALONE:
        return {ExitCode.OK, ExitCode.LATER}
    if call.name in {"Entra discovery", "Entra sign-in"}:
        return {ExitCode.AUTH, ExitCode.LATER}
    if call.name == "Sentinel tasks":
        return {ExitCode.PARTIAL, ExitCode.LATER}  # a part of the feed: the list of hosts has come by then
    # A listing that is cut shows a part; a web page in its place is no listing, and of other answers either may be true.
    if not call.name.endswith("feed") or fault.kind in {"status", "page", "html200"}:
        return {ExitCode.LATER}
    return {ExitCode.PARTIAL} if fault.kind == "truncate" else {ExitCode.PARTIAL, ExitCode.LATER}


REFUSALS = frozenset({400, 403, 404})
LEFT_ALONE = frozenset(
    {"ServiceNow journal", "ServiceNow batch", "ServiceNow memberships", "Sentinel incident", "Sentinel comments"}
)
"""Calls about single records, which are left alone and reported when they cannot be read; and the batch of several questions,
which are asked one by one where it is refused."""
REFUSED: dict[str, set[int]] = {
    "ServiceNow sign-in": {ExitCode.AUTH},
    "Entra discovery": {ExitCode.AUTH},
    "Entra sign-in": {ExitCode.AUTH},
    # Without the right to ask, the address and what is remembered say who is there.
    "ServiceNow identity": {ExitCode.OK},
    "ServiceNow people": {ExitCode.OK},
    "ServiceNow feed": {ExitCode.AUTH, ExitCode.CONFIG},
    "ServiceNow batch": {ExitCode.OK},
    "ServiceNow journal": {ExitCode.OK},
    # A workspace that may not be read is the configured one; one that is not there is not.
    "Sentinel identity": {ExitCode.OK, ExitCode.CONFIG},
    "Sentinel feed": {ExitCode.AUTH, ExitCode.CONFIG},
    # Linked records that are suddenly not there stop the run.
    "Sentinel incident": {ExitCode.OK, ExitCode.VALVE},
    "Sentinel comments": {ExitCode.OK},
    # A host that is suddenly not there leaves its tasks out of sight.
    "Sentinel tasks": {ExitCode.OK, ExitCode.AUTH, ExitCode.CONFIG, ExitCode.PARTIAL},
    "ServiceNow memberships": {ExitCode.OK},
}
"""What the run makes of a refusal that will not go away by itself."""
