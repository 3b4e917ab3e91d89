"""What the audit's report says of reminders."""

from __future__ import annotations

import pytest
from tests.unit.report.examples import a_nudge

from watchkeeper.model.nudge import Held, HeldBack, NudgeMode, NudgeOutcome, NudgeReport, NudgeState
from watchkeeper.report.document import Paragraph, Section, Table
from watchkeeper.report.nudges import MOST_NUMBERS, nudge_section, nudges_json
from watchkeeper.report.texts import texts_in

ENGLISH = texts_in("en")


def section(report: NudgeReport) -> Section:
    found = nudge_section(report, ENGLISH)
    assert found is not None
    return found


def test_an_amnesty_for_thousands_of_tickets_is_one_short_row() -> None:
    numbers = tuple(f"INC{number:07}" for number in range(3000))
    report = NudgeReport(NudgeMode.SEND, (), (HeldBack(Held.AMNESTY, "csirt", numbers),))
    [held] = section(report).sections
    [table] = held.blocks
    assert isinstance(table, Table)
    [row] = table.rows
    assert row.cells[2].startswith("INC0000000, INC0000001, ")
    assert row.cells[2].endswith(f"{numbers[MOST_NUMBERS - 1]}, and 2,980 more")
    payload = nudges_json(report)
    assert payload is not None
    assert payload["held"][0]["numbers"] == list(numbers)


@pytest.mark.parametrize("sent", [0, 1])
def test_a_run_that_was_stopped_does_not_claim_that_nobody_waits(sent: int) -> None:
    outcomes = (NudgeOutcome(a_nudge(), NudgeState.SENT),) * sent
    told = section(NudgeReport(NudgeMode.SEND, outcomes, stopped=True))
    said = [block.text for block in told.blocks if isinstance(block, Paragraph)]
    assert said == [ENGLISH.say("nudges.stopped")]


def test_where_nobody_waits_it_is_said() -> None:
    [said] = section(NudgeReport(NudgeMode.SEND, ())).blocks
    assert said == Paragraph(ENGLISH.say("nudges.none"))
