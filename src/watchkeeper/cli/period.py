"""The period that a report is asked about."""

from __future__ import annotations

from typing import Annotated

import typer

from watchkeeper.report.period import Period, period
from watchkeeper.wiring import Workplace

Days = Annotated[
    str,
    typer.Option(
        "--period",
        metavar="PERIOD",
        help="30d (the last 30 days), last-week, last-month, a day, 2026-W47, 2026-11, 2026-Q4, 2026, or FROM..TO.",
    ),
]


def period_named(place: Workplace, text: str) -> Period:
    try:
        return period(text, place.clock.now().date())
    except ValueError as error:
        raise typer.BadParameter(f"--period {error}") from error
