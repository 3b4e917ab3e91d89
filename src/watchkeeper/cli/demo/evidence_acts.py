"""The acts of the demo's story about evidence: the duties' tickets, the owners' tickets, the portal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from watchkeeper.cli.demo.cast import Cast
from watchkeeper.cli.demo.narrator import Narrator
from watchkeeper.cli.demo.stage import Stage, created, in_order
from watchkeeper.model.run import ActionResult
from watchkeeper.sync.evidence_files import COMPLETE, PARTIAL

EIGHT: Final = 8
OWNERS: Final = "owner-remediation"
EVIDENCE_SIGNS: Final = ("Evidence gathered", "の証跡を集めました", "Escalation audit of", "のエスカレーション監査")


def evidence(stage: Stage, narrator: Narrator, cast: Cast) -> None:
    """What the duties are about is gathered, and goes to their tickets; so does what owners of devices have to mend."""
    del cast
    stage.give_a_past()
    stage.raise_exercise(narrator.word("exercise"))
    stage.sync()
    found = stage.collect()
    pieces = sum(len(each.pieces) for each in found.gathered)
    report = stage.sync()
    told = [result for result in in_order(report) if result.action.comment_id in {COMPLETE, PARTIAL}]
    rows = [(result.action.key.split("/")[0], result.number, _said_first(result)) for result in told]
    narrator.act("evidence", narrator.table(("duty", "ticket", "told"), rows), pieces=pieces)
    owned = [(key.split("/")[1].split("@")[0], ticket) for key, ticket, _ in created(report)]
    narrator.act("owners", narrator.table(("owner", "ticket"), owned))
    stage.collect()
    stage.sync()
    keys = [row["correlation_id"] for row in stage.tickets() if OWNERS in row["correlation_id"]]
    once = len(keys) == len(set(keys)) == len(owned) > 0
    stage.check("promise_owners", once, narrator.seen(tickets=len(keys)))


def _said_first(result: ActionResult) -> str:
    """The sentence that says it all: what stands below the note's head."""
    return str(result.action.body["text"]).split("\n")[2]


def told_of_all(stage: Stage, narrator: Narrator, cast: Cast) -> None:
    """The day is over everywhere: its audit tells the daily ticket, as the other duties' tickets were told before."""
    del cast
    stage.pass_time(hours=24)
    stage.audit()
    stage.sync()
    tickets = [row for row in stage.tickets() if "@" in row["correlation_id"]]
    duties = {row["correlation_id"].split("/")[1] for row in tickets if _holds_evidence(row)} - {OWNERS}
    stage.check("promise_evidence", len(duties) == EIGHT, narrator.seen(duties=len(duties)))


def _holds_evidence(ticket: Mapping[str, Any]) -> bool:
    ours = [row["value"] for row in ticket["journal"] if row["sys_created_by"] == "watchkeeper"]
    return any(sign in note for note in ours for sign in EVIDENCE_SIGNS)


def site(stage: Stage, narrator: Narrator, cast: Cast) -> None:
    del cast
    made = stage.export()
    places = [place for _, place in made.owners]
    narrator.act("site", path=str(stage.portal / "index.html"), owners=len(places))
    whole = all((stage.portal / place / "index.html").is_file() for place in places)
    stage.check("promise_site", bool(places) and whole, narrator.seen(pages=len(places)))
