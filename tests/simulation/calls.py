"""Requests in the words of the faults: which kind of call one is, and the rule that strikes such calls."""

from __future__ import annotations

import re

from requests import PreparedRequest
from tests.faults.kinds import CALLS, FAULTS, SELDOM
from tests.simulation import memory
from tests.simulation.schedule import Blow

from watchkeeper.emulators.faults import FaultRule

TABLE = "Log Analytics query"
"""A question to the workspace's table, which alone knows the history of incidents."""
_FAULTS = {fault.name: fault for fault in FAULTS}
_CALLS = {call.name: call for call in (*CALLS, *SELDOM)}


def rule_of(blow: Blow) -> FaultRule:
    where, what = _CALLS[blow.call], _FAULTS[blow.fault]
    which = {"regex": where.regex, "after": blow.after, "times": blow.times}
    return FaultRule(what.kind, where.system, where.method, **which, **what.details)


def writes_record(request: PreparedRequest) -> bool:
    return memory.writes_record(*memory.place_of(request.url or ""), request.method or "GET")


def name_of(request: PreparedRequest) -> str:
    """The kind of call, and of one that writes the record besides."""
    system, path = memory.place_of(request.url or "")
    for call in _CALLS.values():
        if (call.system, call.method) == (system, request.method) and re.search(call.regex, path):
            return f"{call.name} {path.rsplit('/', 1)[-1][:12]}" if call.writes else call.name
    return f"{system} {request.method} {path.rsplit('/', 1)[-1]}"
