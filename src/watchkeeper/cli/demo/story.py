"""The demo's story, act by act. Each act does something real, shows it, and checks it against the emulators' own records."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from watchkeeper.cli.demo.cast import Cast
from watchkeeper.cli.demo.evidence_acts import evidence, site, told_of_all
from watchkeeper.cli.demo.narrator import Narrator
from watchkeeper.cli.demo.stage import Check, Stage, created, in_order, moves
from watchkeeper.model.audit import AuditReport
from watchkeeper.model.occurrence import Decision
from watchkeeper.model.plan import Operation
from watchkeeper.model.run import ActionResult, RunReport
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.report.document import Mark, Paragraph
from watchkeeper.report.plan import valve_line
from watchkeeper.report.reasons import reason_text
from watchkeeper.report.texts import Texts
from watchkeeper.report.values import changed_field
from watchkeeper.report.verdict_rows import reason_of

BOT = "scanner.bot"
VERDICT_MARKS = {VerdictKind.FRESH: Mark.GOOD, VerdictKind.DUE: Mark.WARN, VerdictKind.EXEMPT: Mark.NONE}
MIRROR_SIGN = "watchkeeper:v1:"


def tell(stage: Stage, narrator: Narrator) -> None:
    """Play every act, and end with the table of promises."""
    narrator.opening("title")
    cast = Cast()
    for act in ACTS:
        act(stage, narrator, cast)
    _promises(stage, narrator)


def _monday(stage: Stage, narrator: Narrator, cast: Cast) -> None:
    del cast
    mark = stage.mark()
    report = stage.plan()
    due = [each for each in report.decided if each.decision is Decision.CREATE]
    rows = [(each.occurrence.task, each.occurrence.team, narrator.moment(each.occurrence.due)) for each in due]
    narrator.act("due", narrator.table(("duty", "team", "due"), rows), day=narrator.day(report.started_at))
    creates = sum(1 for action in report.plan.actions if action.operation is Operation.CREATE)
    narrator.act("plan", creates=creates, updates=len(report.plan.actions) - creates)
    writes = stage.writes_since(mark)
    nothing = not writes and not stage.tickets() and not stage.incidents()
    stage.check("promise_plan", nothing, narrator.seen(writes=len(writes)))


def _first_sync(stage: Stage, narrator: Narrator, cast: Cast) -> None:
    report = stage.sync()
    pairs = created(report)
    narrator.act("sync", narrator.table(("duty", "ticket", "incident"), pairs))
    by_task = {key.split("/")[0]: (ticket, int(incident)) for key, ticket, incident in pairs}
    cast.admin_ticket, cast.admin_incident = by_task["service-administration"]
    cast.remediation_ticket, cast.remediation_incident = by_task["vulnerability-remediation"]
    due = sum(1 for each in report.decided if each.decision is Decision.CREATE)
    held = len(stage.tickets()) == len(stage.incidents()) == due == len(pairs)
    stage.check(
        "promise_pairs", held, narrator.seen(due=due, tickets=len(stage.tickets()), incidents=len(stage.incidents()))
    )


def _again(stage: Stage, narrator: Narrator, cast: Cast) -> None:
    del cast
    stage.pass_time(minutes=10)
    stage.sync()
    stage.pass_time(minutes=10)
    mark = stage.mark()
    stage.sync()
    writes = stage.writes_since(mark)
    narrator.act("again", calls=stage.calls_since(mark), writes=len(writes))
    stage.check("promise_idle", not writes, narrator.seen(writes=len(writes), calls=stage.calls_since(mark)))


def _escalations(stage: Stage, narrator: Narrator, cast: Cast) -> None:
    titles = (
        "Suspicious mailbox rule after sign-in",
        "Credential theft tool on PC-0417",
        "退職者アカウントからの不審なサインイン",
    )
    for title in titles:
        fields = {"title": title, "severity": "Medium", "status": "Active", "labels": ["escalation"]}
        stage.in_sentinel("niamh.kelly", "create", fields=fields)
    ticket = {
        "short_description": "Phone call: ransom note on the plant's screen",
        "category": "security",
        "impact": "2",
        "urgency": "2",
    }
    stage.in_servicenow("keiko.tanaka", "create", fields={**ticket, "assignment_group": "SOC Monitoring"})
    stage.pass_time(minutes=10)
    mark = stage.mark()
    held_back = stage.sync()
    narrator.act(
        "escalations",
        *(Paragraph(valve_line(trip, narrator.texts), Mark.WARN) for trip in held_back.valves),
    )
    writes = stage.writes_since(mark)
    parts = (narrator.word("seen_exit", code=held_back.exit_code), narrator.seen(writes=len(writes)))
    seen = narrator.texts.say("list.comma").join(parts)
    stage.check("promise_import", bool(held_back.valves) and not writes, seen)
    report = stage.sync({trip.name: trip.digest for trip in held_back.valves})
    narrator.act("opened", narrator.table(("where", "what"), [_move(result, narrator) for result in in_order(report)]))
    cast.escalations = _escalation_pairs(stage)


def _people(stage: Stage, narrator: Narrator, cast: Cast) -> None:
    (first, first_incident), (second, second_incident), _, (fourth, _) = cast.escalations
    now = stage.pass_time(hours=1)
    follow_up = f"{now.date() + timedelta(days=3)} 09:00:00"
    on_hold = {"number": fourth, "fields": {"follow_up": follow_up}, "text": "Waiting for the plant's vendor."}
    stage.in_servicenow("haruto.sato", "hold", **on_hold)
    stage.in_servicenow(
        "ava.nguyen",
        "resolve",
        number=cast.admin_ticket,
        close_code="Solution provided",
        text="Walked through all changes.",
    )
    stage.in_sentinel("haruto.sato", "edit", incident=cast.remediation_incident, fields={"severity": "Medium"})
    stage.in_servicenow(
        "keiko.tanaka", "note", number=first, text="Mailbox rule removed, user called. Next: sign-in logs."
    )
    stage.in_sentinel("niamh.kelly", "comment", incident=first_incident, text="Sign-in logs show one foreign address.")
    stage.in_servicenow("liam.byrne", "edit", number=second, fields={"impact": "1", "urgency": "1"})
    stage.in_sentinel("niamh.kelly", "edit", incident=second_incident, fields={"severity": "Low"})
    did = [
        ("ava.nguyen", narrator.word("did_resolve", number=cast.admin_ticket, code="Solution provided")),
        ("haruto.sato", narrator.word("did_raise", number=cast.remediation_incident, severity="Medium")),
        ("keiko.tanaka", narrator.word("did_note_servicenow", number=first)),
        ("niamh.kelly", narrator.word("did_note_sentinel", number=first_incident)),
        ("liam.byrne", narrator.word("did_severity_servicenow", number=second)),
        ("niamh.kelly", narrator.word("did_severity_sentinel", number=second_incident, severity="Low")),
        ("haruto.sato", narrator.word("did_hold", number=fourth, until=follow_up[:10])),
    ]
    narrator.act("people", narrator.table(("who", "did"), did))


def _carried(stage: Stage, narrator: Narrator, cast: Cast) -> None:
    stage.pass_time(minutes=10)
    report = stage.sync()
    conflicts = [
        narrator.line(
            "conflict",
            Mark.WARN,
            number=_number_of(report, row.key),
            field=narrator.texts.field(row.field),
            winner=narrator.texts.side(row.winner),
            winning=narrator.texts.value(row.field, row.winning),
            losing=narrator.texts.value(row.field, row.losing),
        )
        for row in report.plan.conflicts
    ]
    narrator.act(
        "carried",
        narrator.table(("where", "what", "why"), [_move_and_why(result, narrator) for result in moves(report)]),
        *conflicts,
    )
    _check_carried(stage, narrator, cast)
    stage.pass_time(minutes=10)
    stage.sync()
    stage.pass_time(minutes=10)
    mark = stage.mark()
    stage.sync()
    writes = stage.writes_since(mark)
    stage.check("promise_echo", not writes, narrator.seen(writes=len(writes)))


def _check_carried(stage: Stage, narrator: Narrator, cast: Cast) -> None:
    (first, first_incident), (second, second_incident), *_ = cast.escalations
    closed = stage.incident(cast.admin_incident)["properties"]
    stage.check(
        "promise_close",
        closed["status"] == "Closed" and closed.get("classification") == "Undetermined",
        closed["status"],
    )
    ticket = stage.ticket(cast.remediation_ticket)
    stage.check(
        "promise_severity",
        (ticket["impact"], ticket["urgency"]) == ("2", "2"),
        narrator.word("seen_impact", impact=ticket["impact"], urgency=ticket["urgency"]),
    )
    notes = [row["value"] for row in stage.ticket(first)["journal"] if MIRROR_SIGN in row["value"]]
    comments = [row for row in stage.incident(first_incident)["comments"] if MIRROR_SIGN in str(row)]
    seen = narrator.seen(notes=len(notes), comments=len(comments))
    stage.check("promise_notes", len(notes) == len(comments) == 1, seen)
    severity = stage.incident(second_incident)["properties"]["severity"]
    kept = [row for row in stage.ticket(second)["journal"] if "low" in row["value"].lower()]
    parts = (narrator.word("seen_winner", value=severity), narrator.seen(work_notes=len(kept)))
    held = severity == "High" and len(kept) == 1
    stage.check("promise_conflict", held, narrator.texts.say("list.comma").join(parts))


def _bot(stage: Stage, narrator: Narrator, cast: Cast) -> None:
    """The next day: people on two escalations, a scanner alone on the third, the fourth waits for a vendor."""
    (first, _), (_, second_incident), (third, _), _ = cast.escalations
    stage.pass_time(hours=21)
    stage.in_servicenow(
        "keiko.tanaka", "note", number=first, text="User confirmed the sign-in was not theirs. Next: reset, by noon."
    )
    stage.in_sentinel(
        "niamh.kelly", "comment", incident=second_incident, text="Tool found on one more host; isolating both."
    )
    for hour in range(3):
        stage.pass_time(hours=1)
        stage.in_servicenow(BOT, "note", number=third, text=f"Scan {hour + 1} finished, nothing new.")
    did = [
        ("keiko.tanaka", narrator.word("did_note_servicenow", number=first)),
        ("niamh.kelly", narrator.word("did_note_sentinel", number=second_incident)),
        (BOT, narrator.word("did_scan", number=third)),
    ]
    narrator.act("bot", narrator.table(("who", "did"), did))
    stage.sync()


def _audit(stage: Stage, narrator: Narrator, cast: Cast) -> None:
    stage.pass_time(hours=8)
    stage.sync()
    report = stage.audit()
    texts = narrator.texts
    rows = [
        (", ".join(verdict.numbers), texts.say(f"verdict.{verdict.kind.value}"), reason_of(verdict, texts))
        for verdict in report.verdicts
    ]
    marks = [VERDICT_MARKS.get(verdict.kind, Mark.BAD) for verdict in report.verdicts]
    day = max(each.day for each in report.days)
    narrator.act("audit", narrator.table(("ticket", "verdict", "reason"), rows, marks), day=day.isoformat())
    first, second, third, fourth = (_verdict(report, ticket) for ticket, _ in cast.escalations)
    stage.check("promise_human", first == second == VerdictKind.FRESH, _said(texts, first, second))
    stage.check("promise_bot", third in {VerdictKind.STALE, VerdictKind.DUE}, _said(texts, third))
    stage.check("promise_hold", fourth == VerdictKind.EXEMPT, _said(texts, fourth))


def _outage(stage: Stage, narrator: Narrator, cast: Cast) -> None:
    """The daily ticket is done; then nothing runs for three days."""
    stage.in_servicenow(
        "keiko.tanaka", "resolve", number=cast.remediation_ticket, close_code="Solution provided", text="Owners told."
    )
    stage.sync()
    stage.pass_time(days=3)
    before = len(stage.tickets())
    report = stage.sync()
    texts = narrator.texts
    rows = [
        (
            each.occurrence.task,
            each.occurrence.period,
            texts.say(f"decision.{each.decision.value}"),
            reason_text(each.reason, texts),
        )
        for each in report.decided
    ]
    narrator.act("outage", narrator.table(("duty", "key", "decision", "reason"), rows))
    opened = len(stage.tickets()) - before
    expected = sum(1 for each in report.decided if each.decision is Decision.CREATE)
    per_duty = {
        (each.occurrence.task, each.occurrence.team) for each in report.decided if each.decision is Decision.CREATE
    }
    stage.check(
        "promise_catch_up", opened == expected == len(per_duty), narrator.seen(opened=opened, duties=len(per_duty))
    )


def _lost(stage: Stage, narrator: Narrator, cast: Cast) -> None:
    del cast
    stage.pass_time(minutes=10)
    stage.sync()
    tickets, incidents = len(stage.tickets()), len(stage.incidents())
    stage.lose_the_database()
    stage.pass_time(minutes=10)
    mark = stage.mark()
    stage.sync()
    writes = stage.writes_since(mark)
    same = (len(stage.tickets()), len(stage.incidents())) == (tickets, incidents)
    narrator.act(
        "lost",
        narrator.line(
            "lost_result",
            Mark.GOOD if same and not writes else Mark.BAD,
            tickets=tickets,
            incidents=incidents,
            writes=len(writes),
        ),
    )
    stage.check("promise_lost", same and not writes, narrator.seen(writes=len(writes)))


def _promises(stage: Stage, narrator: Narrator) -> None:
    rows = [
        (narrator.word(check.promise), check.seen, narrator.word("yes" if check.held else "no"))
        for check in stage.checks
    ]
    marks = [Mark.GOOD if check.held else Mark.BAD for check in stage.checks]
    broken: list[Check] = [check for check in stage.checks if not check.held]
    ending = narrator.line("broken", Mark.BAD, count=len(broken)) if broken else narrator.line("fine", Mark.GOOD)
    narrator.act("promises", narrator.table(("promise", "seen", "held"), rows, marks), ending)


ACTS: tuple[Callable[[Stage, Narrator, Cast], None], ...] = (
    _monday,
    _first_sync,
    _again,
    evidence,
    _escalations,
    _people,
    _carried,
    _bot,
    _audit,
    told_of_all,
    site,
    _outage,
    _lost,
)


def _escalation_pairs(stage: Stage) -> tuple[tuple[str, int], ...]:
    """The escalations as the emulators hold them: tickets by the incident that carries their number as a label."""
    tickets = {row["number"] for row in stage.tickets() if row["category"] == "security"}
    found = []
    for incident in stage.incidents():
        labels = {label["labelName"] for label in incident["properties"].get("labels", [])}
        for number in sorted(labels & tickets):
            found.append((number, int(incident["properties"]["incidentNumber"])))
    return tuple(sorted(found, key=lambda pair: pair[1]))


def _move(result: ActionResult, narrator: Narrator) -> tuple[str, str]:
    return f"{narrator.texts.side(result.action.ref.side)} {result.number}", _what(result, narrator)


def _move_and_why(result: ActionResult, narrator: Narrator) -> tuple[str, str, str]:
    return (*_move(result, narrator), reason_text(result.action.reason, narrator.texts))


def _what(result: ActionResult, narrator: Narrator) -> str:
    action, texts = result.action, narrator.texts
    operation = texts.say(f"operation.{action.operation.value}")
    if action.operation not in {Operation.UPDATE, Operation.CLOSE}:
        return operation
    changes = [
        f"{texts.field(change.field)} {changed_field(change.field, change.before, change.after, texts)}"
        for change in action.changes
    ]
    return narrator.word("what_changed", operation=operation, changes=texts.say("list.comma").join(changes))


def _said(texts: Texts, *kinds: VerdictKind | None) -> str:
    return texts.say("list.comma").join(texts.say(f"verdict.{kind.value}") if kind else "-" for kind in kinds)


def _number_of(report: RunReport, key: str) -> str:
    return next(
        (
            result.number
            for result in report.results
            if result.action.key == key and result.action.ref.side == "servicenow"
        ),
        key,
    )


def _verdict(report: AuditReport, number: str) -> VerdictKind | None:
    return next((verdict.kind for verdict in report.verdicts if number in verdict.numbers), None)
