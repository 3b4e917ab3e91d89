"""The waivers of an audit, with their approvers and expiry."""

from __future__ import annotations

from collections.abc import Sequence

from watchkeeper.model.audit import WaiverUse
from watchkeeper.report.document import Mark, Row, Section, Table
from watchkeeper.report.texts import Texts


def waivers_section(uses: Sequence[WaiverUse], texts: Texts) -> Section | None:
    """Every waiver, those that end first in front; an expired one is a thing to clear up."""
    if not uses:
        return None
    names = ("waived", "reason", "approver", "approved", "expires", "exempts")
    rows = tuple(_row(use, texts) for use in uses)
    table = Table(tuple(texts.say(f"column.{name}") for name in names), rows, numbers=frozenset({5}))
    return Section(texts.say("audit.waivers", count=f"{len(rows):,}"), (table,), anchor="waivers")


def _row(use: WaiverUse, texts: Texts) -> Row:
    waived = texts.join(use.tickets) if use.tickets else texts.say("audit.waiver.where", where=texts.join(use.where))
    day = use.expires.isoformat()
    expires = texts.say("audit.waiver.expired", day=day) if use.expired else day
    cells = (waived, use.reason, use.approver, use.approved.isoformat(), expires, f"{use.exempts:,}")
    return Row(cells, Mark.WARN if use.expired else Mark.NONE)
