"""The store's own facts (meta), the runs, and the audit's verdicts."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.engine import Connection, RowMapping

from watchkeeper.model.chain import ChainHead
from watchkeeper.model.exit_code import Upshot, upshot_of
from watchkeeper.model.lag import lags_of
from watchkeeper.model.record import Side
from watchkeeper.model.run import RunReport
from watchkeeper.model.shape import fields_of
from watchkeeper.model.success import memo_of
from watchkeeper.model.sync_day import traffic_of
from watchkeeper.model.traffic import Traffic
from watchkeeper.model.verdict import Deed, Verdict, VerdictKind
from watchkeeper.state import tables
from watchkeeper.state.codec import clean, instant, instant_text, stored, stored_object, to_json, to_row
from watchkeeper.state.database import batches, insert_new, upsert, upsert_unless
from watchkeeper.state.digests import checked, sealed
from watchkeeper.state.sync_days import count_run

_META = tables.meta
_RUN = tables.run
_VERDICT = tables.verdict
HEAD = "write_log_head"
_RECALL = select(_META).where(_META.c.deployment == bindparam("of"), _META.c.name == bindparam("called"))
_RECALL_MANY = select(_META).where(
    _META.c.deployment == bindparam("of"), _META.c.name.in_(bindparam("called", expanding=True))
)


def recall(connection: Connection, deployment: str, name: str) -> str | None:
    row = connection.execute(_RECALL, {"of": deployment, "called": name}).mappings().one_or_none()
    return None if row is None else str(checked(_META, row)["value"])


def recall_many(connection: Connection, deployment: str, names: Iterable[str]) -> dict[str, str]:
    """Those that there are, by the names as they were asked for."""
    stored_as, found = {name: clean(name) for name in names}, dict[str, str]()
    for batch in batches(stored_as.values()):
        rows = connection.execute(_RECALL_MANY, {"of": deployment, "called": batch}).mappings()
        found.update({str(row["name"]): str(checked(_META, row)["value"]) for row in rows})
    return {name: found[stored] for name, stored in stored_as.items() if stored in found}


def remember(connection: Connection, deployment: str, values: Mapping[str, str]) -> None:
    upsert(connection, _META, _facts(deployment, values))


def remember_first(connection: Connection, deployment: str, values: Mapping[str, str]) -> None:
    """Store the values whose names are not there yet."""
    insert_new(connection, _META, _facts(deployment, values))


def _facts(deployment: str, values: Mapping[str, str]) -> list[dict[str, Any]]:
    return sealed(_META, ({"deployment": deployment, "name": name, "value": value} for name, value in values.items()))


def start(connection: Connection, deployment: str, run_id: str, command: str, at: datetime) -> None:
    row = {"deployment": deployment, "run_id": run_id, "command": command, "started_at": instant_text(at)}
    connection.execute(_RUN.insert(), row | {"summary": "{}"})


def finish(connection: Connection, deployment: str, report: RunReport, head: ChainHead) -> None:
    row = {
        "deployment": deployment,
        "run_id": report.run_id,
        "command": report.command,
        "started_at": instant_text(report.started_at),
        "ended_at": instant_text(report.ended_at),
        "exit_code": report.exit_code,
        "summary": json.dumps(_summary(report) | {HEAD: str(head) if head.sequence else None}, ensure_ascii=True),
    }
    upsert(connection, _RUN, [row])
    count_run(connection, deployment, report)
    if upshot_of(report.exit_code) is Upshot.SUCCESS:
        remember(connection, deployment, memo_of(report.command, report.run_id, report.ended_at))


def heads(connection: Connection, deployment: str) -> list[tuple[ChainHead, str]]:
    """The write log's heads at the ends of runs, each with its run; what cannot be read is left out. That of the last one is
    also a fact of the store, which outlives its run's row."""
    rows = connection.execute(select(_RUN.c.summary, _RUN.c.run_id).where(_RUN.c.deployment == deployment)).all()
    sequence, _, digest = (recall(connection, deployment, HEAD) or "").partition(" ")
    said = [(f"{sequence}:{digest}", ""), *((_head_in(summary), run_id) for summary, run_id in rows)]
    return [(head, run_id) for text, run_id in said if (head := _parsed(text)) is not None]


def _head_in(summary: str) -> str:
    try:
        return str(json.loads(summary).get(HEAD))
    except (ValueError, AttributeError):
        return ""


def _parsed(text: str) -> ChainHead | None:
    try:
        return ChainHead.parse(text)
    except ValueError:
        return None


def latest(connection: Connection, deployment: str, limit: int) -> Sequence[Mapping[str, object]]:
    """The latest runs, newest first: run_id, command, started_at, ended_at (None: it never ended), exit_code (None
    likewise), counts, and once ended mode, reasons, problems, valves, swept, plan_digest, traffic, lags (of runs since they
    are counted)."""
    chosen = select(_RUN).where(_RUN.c.deployment == deployment)
    return as_told(connection, chosen.order_by(_RUN.c.started_at.desc(), _RUN.c.run_id).limit(limit))


def as_told(connection: Connection, chosen: Select[Any]) -> Sequence[Mapping[str, object]]:
    """Rows of runs with what their summaries say."""
    return [run_of(row) for row in connection.execute(chosen).mappings()]


def ended_cleanly(connection: Connection) -> bool:
    """Whether the run that started last, of any deployment, also ended; True where there was none."""
    newest = select(_RUN.c.ended_at).order_by(_RUN.c.started_at.desc()).limit(1)
    row = connection.execute(newest).first()
    return row is None or row[0] is not None


def run_of(row: RowMapping) -> dict[str, object]:
    return {
        "run_id": row["run_id"],
        "command": row["command"],
        "started_at": instant(row["started_at"]),
        "ended_at": None if row["ended_at"] is None else instant(row["ended_at"]),
        "exit_code": row["exit_code"],
        "counts": {},
        **stored_object(row["summary"]),
    }


def _summary(report: RunReport) -> dict[str, Any]:
    return {
        "mode": report.mode,
        "counts": counts_of(report),
        "reasons": list(report.reasons),
        "problems": list(report.problems),
        "valves": [valve.name for valve in report.valves if not valve.opened],
        "swept": report.swept,
        "plan_digest": report.plan.digest,
        "traffic": {side: _told(traffic) for side, traffic in traffic_of(report).items()},
        "lags": [
            {"source": lag.source, "target": lag.target, "bounds": lag.waits.bounds, "counts": lag.waits.counts}
            for lag in lags_of(report.results)
        ],
    }


def _told(traffic: Traffic) -> dict[str, Any]:
    return {
        "calls": traffic.total,
        "errors": traffic.errors,
        "retries": traffic.retries,
        "throttled": traffic.throttled,
        "waited": traffic.waited,
    }


def counts_of(report: RunReport) -> dict[str, int]:
    """How many actions were planned, what became of them, and what was set aside."""
    outcomes = Counter(result.outcome.value for result in report.results)
    return {
        "planned": len(report.plan.actions),
        **dict(sorted(outcomes.items())),
        "parked": len(report.parked),
        "conflicts": len(report.plan.conflicts),
    }


# --- the audit ---


def verdicts(
    connection: Connection, deployment: str, day_from: str, day_to: str, keys: Collection[str] | None
) -> Sequence[Verdict]:
    chosen = _within(select(_VERDICT.c.document), deployment, day_from, day_to)
    if keys is None:
        rows = list(connection.execute(chosen).scalars())
    else:
        asked = (chosen.where(_VERDICT.c.key.in_(batch)) for batch in batches(sorted(keys)))
        rows = [document for each in asked for document in connection.execute(each).scalars()]
    return [stored(Verdict, document) for document in rows]


def judged(connection: Connection, deployment: str, day_from: str, day_to: str) -> Sequence[tuple[str, date, bool]]:
    columns = select(_VERDICT.c.key, _VERDICT.c.day, _VERDICT.c.final)
    rows = connection.execute(_within(columns, deployment, day_from, day_to))
    return [(key, date.fromisoformat(day), final) for key, day, final in rows]


def judgements(
    connection: Connection, deployment: str, day_from: str, day_to: str
) -> Sequence[tuple[str, date, str, VerdictKind]]:
    columns = select(_VERDICT.c.key, _VERDICT.c.day, _VERDICT.c.team, _VERDICT.c.kind)
    rows = connection.execute(_within(columns, deployment, day_from, day_to))
    days: dict[str, date] = {}
    return [
        (key, days.get(day) or days.setdefault(day, date.fromisoformat(day)), team, VerdictKind(kind))
        for key, day, team, kind in rows
    ]


def verdicts_since(connection: Connection, deployment: str) -> date | None:
    first = select(func.min(_VERDICT.c.day)).where(_VERDICT.c.deployment == deployment)
    day = connection.execute(first).scalar()
    return date.fromisoformat(day) if day else None


def _within(columns: Select[Any], deployment: str, day_from: str, day_to: str) -> Select[Any]:
    chosen = columns.where(_VERDICT.c.deployment == deployment, _VERDICT.c.day >= day_from, _VERDICT.c.day <= day_to)
    return chosen.order_by(_VERDICT.c.day, _VERDICT.c.key)


def last_updates_known(
    connection: Connection, deployment: str, keys: Collection[str], before: date
) -> Mapping[str, datetime]:
    found: dict[str, datetime] = {}
    for batch in batches(sorted(keys)):
        earlier = and_(
            _VERDICT.c.deployment == deployment, _VERDICT.c.key.in_(batch), _VERDICT.c.day < before.isoformat()
        )
        latest = select(_VERDICT.c.key, func.max(_VERDICT.c.day).label("day")).where(earlier).group_by(_VERDICT.c.key)
        theirs = latest.subquery()
        same = and_(_VERDICT.c.key == theirs.c.key, _VERDICT.c.day == theirs.c.day)
        documents = select(_VERDICT.c.key, _VERDICT.c.document).join(theirs, same)
        for key, document in connection.execute(documents.where(_VERDICT.c.deployment == deployment)):
            known = stored_object(document).get("last_human_update")
            if known:
                found[key] = instant(known)
    return found


def put_verdicts(connection: Connection, deployment: str, items: Iterable[Verdict], run_id: str) -> None:
    """In batches: the documents of thousands of tickets never stand in memory together."""
    for batch in batches(items):
        rows = _verdict_rows(deployment, batch, run_id)
        upsert_unless(connection, _VERDICT, rows, kept=_VERDICT.c.final.is_(True))


def _verdict_rows(deployment: str, items: Iterable[Verdict], run_id: str) -> list[dict[str, Any]]:
    return [
        {
            "deployment": deployment,
            "key": item.key,
            "day": item.day.isoformat(),
            "team": item.team,
            "kind": item.kind.value,
            "final": item.final,
            "inputs_digest": item.inputs_digest,
            "run_id": run_id,
            "document": _document(item),
        }
        for item in items
    ]


def _document(verdict: Verdict) -> str:
    """A verdict as `from_json` reads it. The same deeds are evidence on many days, and are most of what is stored."""
    head, empty, tail = to_json({**(fields_of(verdict) or {}), "evidence": ()}).partition(_NO_EVIDENCE)
    if not empty:
        raise ValueError("a verdict without evidence says so")
    return f'{head}"evidence":[{",".join(map(_deed_text, verdict.evidence))}]{tail}'


_NO_EVIDENCE = '"evidence":[]'
"""Quotes inside a text are escaped, so that this is the field and nothing else."""


@lru_cache(maxsize=4096)
def _deed_text(deed: Deed) -> str:
    return to_row(deed)


def confirmed_authors(connection: Connection, deployment: str) -> Mapping[tuple[Side, str], str]:
    table = tables.author
    rows = connection.execute(
        select(table.c.side, table.c.account, table.c.author_class).where(table.c.deployment == deployment)
    )
    return {(side, account): author_class for side, account, author_class in rows}


def confirm_authors(
    connection: Connection, deployment: str, classes: Mapping[tuple[Side, str], str], at: datetime
) -> None:
    rows = [
        {
            "deployment": deployment,
            "side": side,
            "account": account,
            "author_class": author_class,
            "confirmed_at": instant_text(at),
        }
        for (side, account), author_class in classes.items()
    ]
    upsert(connection, tables.author, rows)
