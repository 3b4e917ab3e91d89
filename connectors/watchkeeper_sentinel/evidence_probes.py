"""What `doctor` can tell of a workspace as a source of evidence: whether each subject can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from watchkeeper.errors import WatchkeeperError
from watchkeeper.evidence_ports import WorkspaceEvidence
from watchkeeper.model.evidence import Emptiness, Listing, Subject
from watchkeeper.model.findings import Check, Finding, ProbeOutcome
from watchkeeper.model.probing import Probe, failed
from watchkeeper.model.record import SENTINEL

LOOKED_BACK: Final = timedelta(days=1)
OK, WARN, _, _ = ProbeOutcome


def subject_probes(evidence: WorkspaceEvidence, now: datetime) -> Iterator[Probe]:
    """Each subject, read as far as a day goes. Never raises an error of ours."""
    since = now - LOOKED_BACK
    yield _subject(Subject.CONTENT_PACKAGES, evidence.content_packages)
    yield _subject(Subject.AUTOMATION_RULES, evidence.automation_rules)
    yield _subject(Subject.AUTOMATION_FAILURES, lambda: evidence.automation_failures(since))
    yield _subject(Subject.PLAYBOOKS, evidence.playbooks)
    yield _subject(Subject.CLOSED_INCIDENTS, lambda: evidence.closed_incidents(since, now))


def _subject(subject: Subject, read: Callable[[], Listing[Any]]) -> Probe:
    try:
        found = read()
    except WatchkeeperError as error:
        return failed(SENTINEL, Check.EVIDENCE, error, subject.value)
    if found.set_aside:
        args: Mapping[str, str] = {"why": found.set_aside[0].why}
        return Probe(SENTINEL, Check.EVIDENCE, WARN, Finding.EVIDENCE_UNREADABLE, args, subject.value)
    if subject is Subject.AUTOMATION_FAILURES and found.empty is Emptiness.NOT_FOUND:
        return Probe(SENTINEL, Check.EVIDENCE, WARN, Finding.HEALTH_OFF, subject=subject.value)
    if found.empty in {Emptiness.NOT_FOUND, Emptiness.NO_CONTENT}:
        args = {"emptiness": found.empty.value}
        return Probe(SENTINEL, Check.EVIDENCE, WARN, Finding.EVIDENCE_EMPTY, args, subject.value)
    return Probe(SENTINEL, Check.EVIDENCE, OK, Finding.EVIDENCE_READ, subject=subject.value)
