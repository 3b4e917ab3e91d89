"""The weekly review of automation: content to update, runs that failed, and named scripts with their origin and digest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from watchkeeper.collecting.desk import Brought, Desk
from watchkeeper.errors import Rejected
from watchkeeper.evidence.automation_review import automation_review
from watchkeeper.evidence.kept import AUTOMATION
from watchkeeper.evidence_ports import WorkspaceEvidence
from watchkeeper.model.evidence import Emptiness, Listing
from watchkeeper.model.reasons import because
from watchkeeper.model.script import ScriptDownload
from watchkeeper.model.snapshot import Snapshot
from watchkeeper.model.troubles import Trouble
from watchkeeper.model.workspace import AutomationFailure
from watchkeeper.report.briefings.automation import automation_document

TASK: Final = "automation-scripts"


def collect_automation(desk: Desk) -> Brought:
    """Compared with the review of the period before. Nothing is told where nothing at all could be read."""
    workspace, since = desk.sources.workspace, desk.since(TASK)
    before = desk.memory.latest_snapshot(AUTOMATION, since.date())
    found = automation_review(
        desk.ask("sentinel/content-packages", workspace, lambda source: source.content_packages()),
        desk.ask("sentinel/automation-failures", workspace, lambda source: _failures(source, since)),
        desk.ask("sentinel/automation-rules", workspace, lambda source: source.automation_rules()),
        desk.ask("sentinel/playbooks", workspace, lambda source: source.playbooks()),
        _downloads(desk),
        since=since,
        now=desk.now,
        before=before.document if before else None,
    )
    desk.keep(Snapshot(AUTOMATION, desk.today, desk.now, found))
    if all(part is None for part in (found.updates, found.failures, found.rule_changes)) and not found.fetched:
        return Brought()
    return Brought(partial(automation_document, found), finding=found)


def _failures(workspace: WorkspaceEvidence, since: datetime) -> Listing[AutomationFailure]:
    """Runs that failed. Raises Rejected where the workspace keeps no health data: that none is known to have failed is no good news
    then."""
    found = workspace.automation_failures(since)
    if found.empty is Emptiness.NOT_FOUND:
        raise Rejected(because(Trouble.HEALTH_OFF), remedy=because(Trouble.TURN_ON_HEALTH))
    return found


def _downloads(desk: Desk) -> Sequence[ScriptDownload] | None:
    """Every named file that could be fetched, each a piece of evidence of its own; None where none could be."""
    wanted = [each for each in desk.rules.scripts.files if each.task == TASK]
    found = [one for each in wanted if (one := _download(desk, each.name, each.address)) is not None]
    return None if wanted and not found else found


def _download(desk: Desk, name: str, address: str) -> ScriptDownload | None:
    found = desk.ask(f"scripts/{name}", desk.sources.scripts, lambda source: _alone(source.download(name, address)))
    return found[0] if found else None


def _alone(found: ScriptDownload) -> Listing[ScriptDownload]:
    return Listing((found,), found.fetched_at)
