"""What `doctor` can tell of a source of evidence: whether we get in, with which permissions, and whether each subject can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from watchkeeper.errors import WatchkeeperError
from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.probing import Probe, failed
from watchkeeper.model.record import Side
from watchkeeper.model.source_rights import SourceRights
from watchkeeper.transport.listing import Lister, Reading

OK, WARN, FAIL, SKIPPED = ProbeOutcome
FILE: Final = "deploy/permissions/evidence.yaml"


def source_probes(
    lister: Lister,
    audience: str,
    roles: Callable[[], frozenset[str]],
    readings: Sequence[Reading[Any]],
    rights: SourceRights,
) -> tuple[Probe, ...]:
    """Every check; without a token nothing more is tried. Never raises an error of ours."""
    side = lister.reader.side
    try:
        held = roles()
    except WatchkeeperError as error:
        first = failed(side, Check.SIGN_IN, error, audience)
        return first, Probe(side, Check.OTHERS, SKIPPED, Finding.NOT_TRIED)
    signed_in = Probe(side, Check.SIGN_IN, OK, Finding.SIGNED_IN, {"audience": audience}, audience)
    return signed_in, *_permissions(side, rights, held), *_subjects(side, lister, readings, held)


def _permissions(side: Side, rights: SourceRights, held: frozenset[str]) -> Iterator[Probe]:
    where = {"api": rights.api, "file": FILE}
    for lacking in rights.lacking(held):
        args = {**where, "permission": lacking.name, "subjects": ", ".join(lacking.subjects)}
        yield Probe(side, Check.RIGHTS, FAIL, Finding.PERMISSION_LACKING, args, lacking.name)
    if not rights.lacking(held):
        yield Probe(side, Check.RIGHTS, OK, Finding.PERMISSIONS_FINE, where)
    spare = rights.spare(held)
    if spare:
        outcome = WARN if rights.never.isdisjoint(spare) else FAIL
        yield Probe(side, Check.EXCESS, outcome, Finding.PERMISSIONS_SPARE, {**where, "permissions": ", ".join(spare)})
    else:
        yield Probe(side, Check.EXCESS, OK, Finding.EXCESS_NONE)


def _subjects(side: Side, lister: Lister, readings: Sequence[Reading[Any]], held: frozenset[str]) -> Iterator[Probe]:
    """One call for each subject that our permissions cover; for the others the missing permission is told already."""
    for reading in readings:
        if not held.isdisjoint(reading.permissions):
            yield _subject(side, lister, reading)


def _subject(side: Side, lister: Lister, reading: Reading[Any]) -> Probe:
    subject = reading.subject.value
    try:
        found = lister.glance(reading)
    except WatchkeeperError as error:
        return failed(side, Check.EVIDENCE, error, subject)
    if found.set_aside:
        args = {"why": found.set_aside[0].why}
        return Probe(side, Check.EVIDENCE, WARN, Finding.EVIDENCE_UNREADABLE, args, subject)
    if found.empty is not None:
        return Probe(side, Check.EVIDENCE, WARN, Finding.EVIDENCE_EMPTY, {"emptiness": found.empty.value}, subject)
    return Probe(side, Check.EVIDENCE, OK, Finding.EVIDENCE_READ, subject=subject)
