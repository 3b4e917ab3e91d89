"""Reports for programs: JSON with a version and a schema (see `schemas/`). Values are whole, in the systems' own spelling.

Within one version nothing is removed or changes meaning; fields may be added. Instants are UTC in ISO 8601.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from pathlib import Path
from typing import Any, TypeAlias

from watchkeeper.catalog.model import Catalog
from watchkeeper.errors import Config, Problem, WatchkeeperError
from watchkeeper.model.audit import AuditReport, AuthorCount, WaiverUse
from watchkeeper.model.budget import Forecast
from watchkeeper.model.exit_code import ExitCode
from watchkeeper.model.halt import Halt
from watchkeeper.model.lag import Lag, lags_of
from watchkeeper.model.link import Dirty, Link
from watchkeeper.model.occurrence import Decided
from watchkeeper.model.plan import Action, Parked, Plan, ValveTrip
from watchkeeper.model.probing import LeastRights, Probe
from watchkeeper.model.reasons import parts_of
from watchkeeper.model.record import RecordRef
from watchkeeper.model.run import ActionResult, Resume, RunReport, WriteLogEntry
from watchkeeper.model.verdict import Deed, Verdict
from watchkeeper.report.checks import check_text, finding_text, remedy_text
from watchkeeper.report.freshness import overdue_reasons, successes_json
from watchkeeper.report.neutralise import json_text
from watchkeeper.report.nudges import nudges_json
from watchkeeper.report.owner_request import request_json
from watchkeeper.report.permissions import source_json
from watchkeeper.report.plan import NO_NUMBERS
from watchkeeper.report.status import KeyView, Run, StatusView
from watchkeeper.report.texts import texts_in
from watchkeeper.report.values import Numbers, number_of

VERSION = 1
_SCHEMAS = Path(__file__).parent / "schemas"
_SIDE_READING = ("side", "listed", "told", "reasons", "error", "comments_read", "comments_left")

Json: TypeAlias = dict[str, Any]


def schema(name: str) -> Json:
    """The JSON Schema of a payload: plan, run, audit, history, status, show, tasks-list, tasks-due,
    tasks-raise, tasks-calendar, packs-list, packs-switch, packs-diff, pairing, halt, retire, doctor, permissions, problems, mappings-explain,
    mappings-diff, mappings-preview, mappings-test, init, db-upgrade, db-check, db-backup, db-prune, db-rebuild, history-verify, report-escalations,
    report-run, report-compliance, report-secure-score, report-remediation, report-oversight, evidence, export-site, unlock, error."""
    found: Json = json.loads((_SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def render(payload: Json) -> str:
    """A payload as indented ASCII JSON in which no CI runner finds a command, ending in a line break."""
    return json_text(json.dumps(payload, ensure_ascii=True, indent=2, allow_nan=False)) + "\n"


def payload(command: str, exit_code: int, reasons: Sequence[str], **content: object) -> Json:
    """A report of a command for programs: the head that every one has, and its own content."""
    head: Json = {"version": VERSION, "command": command, "exit_code": exit_code, "reasons": list(reasons)}
    return head | {name: _plain(value) for name, value in content.items()}


def plan_json(
    plan: Plan,
    decided: Sequence[Decided] = (),
    valves: Sequence[ValveTrip] = (),
    numbers: Numbers = NO_NUMBERS,
    *,
    command: str = "plan",
    exit_code: int = 0,
    reasons: Sequence[str] = (),
    forecast: Sequence[Forecast] = (),
    resume: Resume | None = None,
    notes: Sequence[str] = (),
) -> Json:
    return payload(
        command,
        exit_code,
        reasons,
        digest=plan.digest,
        lineage=plan.lineage,
        mapping_fingerprint=plan.mapping_fingerprint,
        made_at=plan.made_at,
        actions=[_action(action, number_of(action, numbers)) for action in plan.actions],
        parked=[_parked(row) for row in plan.parked],
        conflicts=[_conflict(row) for row in plan.conflicts],
        decided=[_decided(row) for row in decided],
        valves=[_valve(row) for row in valves],
        forecast=[_forecast(row) for row in forecast],
        resume=_resume(resume),
        notes=list(notes),
    )


def run_json(report: RunReport) -> Json:
    return payload(
        report.command,
        report.exit_code,
        report.reasons,
        run_id=report.run_id,
        deployment=report.deployment,
        mode=report.mode,
        started_at=report.started_at,
        ended_at=report.ended_at,
        swept=report.swept,
        plan_digest=report.plan.digest,
        planned=len(report.plan.actions),
        results=[_result(row) for row in report.results],
        parked=[_parked(row) for row in report.parked],
        conflicts=[_conflict(row) for row in report.plan.conflicts],
        decided=[_decided(row) for row in report.decided],
        valves=[_valve(row) for row in report.valves],
        sides=[
            _named(side, "side", "reachable", "complete", "clock_skew", "error")
            | _named(side.traffic, "calls", "errors", "retries", "throttled", "waited")
            for side in report.sides
        ],
        lags=[_lag(row) for row in lags_of(report.results)],
        problems=report.problems,
        forecast=[_forecast(row) for row in report.forecast],
        resume=_resume(report.resume),
        notes=list(report.notes),
        write_log_head=None if report.head is None else str(report.head),
    )


def audit_json(report: AuditReport) -> Json:
    return payload(
        "audit",
        report.exit_code,
        report.reasons,
        run_id=report.run_id,
        deployment=report.deployment,
        as_of=report.as_of,
        totals={kind.value: count for kind, count in report.totals.items()},
        compliance=report.compliance,
        teams=[
            {"team": team, "group": group, "totals": {kind.value: count for kind, count in counts.items()}}
            for (team, group), counts in report.totals_by_row.items()
        ],
        days=[_named(day, "team", "day", "zone", "working", "final") for day in report.days],
        verdicts=[verdict_json(row) for row in report.verdicts],
        rejudged=[
            {"stored": verdict_json(row.stored), "recomputed": verdict_json(row.recomputed)} for row in report.rejudged
        ],
        authors=[_author(row) for row in report.authors],
        exclusions=dict(report.exclusions),
        unreadable=[{"record": _ref(row.ref), "reason": row.reason} for row in report.unreadable],
        sides=[_named(side, *_SIDE_READING) for side in report.sides],
        waivers=[_waiver(row) for row in report.waivers],
        problems=report.problems,
        notes=list(report.notes),
        nudges=nudges_json(report.nudges),
        config_fingerprint=report.config_fingerprint,
        catalog_fingerprint=report.catalog_fingerprint,
        mapping_fingerprints=dict(report.mapping_fingerprints),
    )


def _waiver(use: WaiverUse) -> Json:
    names = ("place", "tickets", "where", "reason", "approver", "approved", "expires", "exempts", "expired")
    return _named(use, *names)


def history_json(runs: Sequence[Run], *, exit_code: int = 0) -> Json:
    return payload("history", exit_code, (), runs=[dict(run) for run in runs])


def status_json(view: StatusView) -> Json:
    holder = view.holder
    return payload(
        "status",
        ExitCode.AUDIT if view.fresh.overdue else ExitCode.OK,
        overdue_reasons(view.fresh),
        deployment=view.deployment,
        store=view.store,
        lineage=view.lineage,
        born=view.born,
        linked=view.linked,
        open_intents=view.open_intents,
        dirty=[_dirty(row) for row in view.dirty],
        runs=[dict(run) for run in view.runs],
        lease=_named(holder, "run_id", "holder", "host", "operation", "taken_at", "expires_at") if holder else None,
        halt=halt_json(view.halt),
        successes=successes_json(view.fresh),
    )


def halt_json(halt: Halt | None) -> Json | None:
    """A standing order of a person that nothing is written."""
    return None if halt is None else _named(halt, "kind", "by", "host", "at", "reason", "until", "run")


def show_json(view: KeyView, *, exit_code: int = 0) -> Json:
    return payload(
        "show",
        exit_code,
        (),
        key=view.key,
        links=[_link(link) for _, link in sorted(view.links.items())],
        decided=_decided(view.decided) if view.decided else None,
        dirty=_dirty(view.dirty) if view.dirty else None,
        conflicts=[
            _named(row, "field", "winner", "winning", "losing", "resolver", "run_id", "at") for row in view.conflicts
        ],
        comments=[
            _named(row, "comment_id", "outcome", "mirror_id", "at") | {"origin": _ref(row.origin)}
            for row in view.ledger
        ],
        writes=[_write(row) for row in view.writes],
        verdicts=[verdict_json(row) for row in view.verdicts],
        request=None if view.request is None else request_json(view.request),
    )


def tasks_json(catalog: Catalog) -> Json:
    return payload(
        "tasks list",
        0,
        (),
        fingerprint=catalog.fingerprint,
        tasks=[
            _named(task, "id", "pack", "title", "cadence", "teams", "priority", "place")
            | {"fan_out": task.fan_out.value, "sentinel_mode": task.sentinel_mode.value}
            for task in sorted(catalog.tasks.values(), key=lambda task: task.id)
        ],
    )


def due_json(decided: Sequence[Decided], as_of: datetime, standing: frozenset[str] = frozenset()) -> Json:
    return payload("tasks due", 0, (), as_of=as_of, decided=[_decided(row) for row in decided], open=standing)


def doctor_json(probes: Sequence[Probe], *, exit_code: int = 0, reasons: Sequence[str] = ()) -> Json:
    return payload("doctor", exit_code, reasons, probes=[_probe(probe) for probe in probes])


def permissions_json(rights: LeastRights) -> Json:
    names = ("table", "read", "match", "range", "create", "write", "purpose")
    return payload(
        "doctor",
        0,
        (),
        mode=rights.mode,
        servicenow={
            "roles": rights.roles,
            "unneeded_roles": rights.unneeded_roles,
            "tables": [_named(right, *names) for right in rights.tables],
        },
        azure={
            "file": rights.file,
            "actions": rights.actions,
            "unneeded_actions": rights.unneeded_actions,
            "evidence_file": rights.evidence_file,
            "evidence_actions": rights.evidence_actions,
        },
        evidence=[source_json(each) for each in rights.sources],
    )


def problems_json(command: str, problems: Sequence[Problem], *, exit_code: int, reasons: Sequence[str] = ()) -> Json:
    return payload(command, exit_code, reasons, problems=[_problem(problem) for problem in problems])


def error_json(command: str, error: WatchkeeperError, *, exit_code: int, kind: str = "") -> Json:
    """What stopped a command; settings and mappings problems one by one. `kind` defaults to the error's class."""
    problems = [_problem(problem) for problem in error.problems] if isinstance(error, Config) else []
    body = {
        "kind": kind or type(error).__name__,
        "message": error.message,
        "remedy": error.remedy,
        "attempt": _named(error.attempt, "system", "call", "record", "status", "answer"),
    }
    return payload(command, exit_code, (error.message,), error=body, problems=problems)


def _named(value: object, *names: str) -> Json:
    return {name: _plain(getattr(value, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, (tuple, list, frozenset)):
        return [_plain(each) for each in (sorted(value) if isinstance(value, frozenset) else value)]
    return value


def _ref(ref: RecordRef) -> Json:
    return _named(ref, "side", "table", "id")


def _action(action: Action, number: str = "") -> Json:
    return _named(action, "id", "key", "profile", "operation", "body", "before", "reason", "marker") | {
        "record": _ref(action.ref),
        "number": number,
        "expect": action.expect.token if action.expect else None,
        "reason_parts": _parts(action.reason),
        "changes": [_named(change, "field", "before", "after", "rule") for change in action.changes],
    }


def _result(result: ActionResult) -> Json:
    return _named(result, "outcome", "number", "url", "message", "error", "refused", "kept", "waited") | {
        "action": _action(result.action, result.number)
    }


def _lag(row: Lag) -> Json:
    waits = row.waits
    counts = zip((*waits.bounds, None), waits.counts, strict=True)
    return _named(row, "source", "target") | {"buckets": [{"up_to": bound, "count": count} for bound, count in counts]}


def _parked(row: Parked) -> Json:
    return _named(row, "key", "field", "reason", "remedy", "number")


def _conflict(row: object) -> Json:
    return _named(row, "key", "field", "winner", "winning", "losing", "resolver")


def _forecast(row: Forecast) -> Json:
    limit = row.allowance
    known = _named(limit, "kind", "limit", "used", "seconds") if limit is not None else None
    return _named(row, "side", "calls", "fits") | {"allowance": known}


def _resume(resume: Resume | None) -> Json | None:
    return None if resume is None else _named(resume, "done", "left", "key", "not_before")


def _valve(row: ValveTrip) -> Json:
    return _named(row, "name", "message", "count", "limit", "digest", "opened") | {
        "message_parts": _parts(row.message),
        "limit_parts": _parts(row.limit),
    }


def _parts(reason: str) -> list[Json]:
    """The codes of a reason of ours with what each names; none for any other text."""
    return [{"code": part.code.value, "arguments": dict(part.arguments)} for part in parts_of(reason)]


def _decided(row: Decided) -> Json:
    occurrence = _named(row.occurrence, "key", "task", "team", "period", "nominal", "due", "zone")
    return (
        occurrence
        | _named(row, "decision", "reason", "decided_at")
        | {
            "cause": row.occurrence.reason,
            "reason_parts": _parts(row.reason),
        }
    )


def _dirty(row: Dirty) -> Json:
    return _named(row, "key", "profile", "reason", "since", "attempts")


def _link(link: Link) -> Json:
    names = ("number", "url", "profile", "fingerprint", "confirmed_at", "base", "asked", "comments", "state", "reason")
    return _named(link, *names) | {"record": _ref(link.ref), "revision": link.revision.token}


def _write(row: WriteLogEntry) -> Json:
    names = ("sequence", "run_id", "at", "kind", "action_id", "side", "table", "record_id", "operation")
    return _named(row, *names, "reason", "before", "after", "outcome", "hash") | {"reason_parts": _parts(row.reason)}


def verdict_json(row: Verdict) -> Json:
    """A verdict with all of its evidence."""
    names = ("key", "numbers", "urls", "title", "team", "group", "severity", "assignee", "day", "kind", "final")
    more = ("reason", "reason_code", "last_human_update", "working_days", "flags", "inputs_digest")
    records = {"records": [_ref(ref) for ref in row.refs], "evidence": [_deed(deed) for deed in row.evidence]}
    unread = [{"side": side, "reason": reason} for side, reason in row.unread]
    return _named(row, *names, *more) | records | {"reason_args": dict(row.reason_args), "unread": unread}


def _deed(deed: Deed) -> Json:
    activity = deed.activity
    names = ("at", "kind", "field", "old", "new", "text_digest", "text_length", "id")
    author = _named(activity.author, "side", "id", "name")
    return _named(activity, *names) | _named(deed, "author_class", "counts", "why", "flags") | {"author": author}


def _author(row: AuthorCount) -> Json:
    return _named(row, "author_class", "why", "activities", "confirmed") | {
        "author": _named(row.actor, "side", "id", "name")
    }


def _probe(probe: Probe) -> Json:
    texts = texts_in("en")
    words = {
        "name": check_text(probe, texts),
        "finding": finding_text(probe, texts),
        "remedy": remedy_text(probe, texts),
    }
    return _named(probe, "side", "check", "subject", "outcome", "args") | {"code": probe.finding.value} | words


def _problem(problem: Problem) -> Json:
    return _named(problem, "kind", "place", "path", "message", "allowed", "suggestion")
