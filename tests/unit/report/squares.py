"""A grid and a strip of every tone, over a text that stands in every place of them."""

from __future__ import annotations

from watchkeeper.report.document import Grid, GridRow, Lead, Link, Spot, Square, Strip, StripRow, Tone

LEGEND = (
    ("done", Tone.GOOD),
    ("open", Tone.OPEN),
    ("late", Tone.BAD),
    ("missed", Tone.WORST),
    ("exempt", Tone.EXEMPT),
    ("not known", Tone.UNKNOWN),
)
TICKET = "https://example.service-now.com/nav_to.do?uri=incident.do"


def a_grid(*, text: str = "Weekly review", url: str = TICKET) -> Grid:
    """Two tasks over seven weeks: a ticket, a page of ours, no square, and a text of its own among the squares."""
    said = [Square(tone, f"{text}, week {47 - number}: {name}") for number, (name, tone) in enumerate(LEGEND)]
    first = (Square(Tone.GOOD, f"{text}: done", link=Link(text, url)), *said)
    second = (Square(Tone.BAD, f"{text}: 97 of 100", "97%", Lead("97%", "#list")), None, *said[1:])
    rows = (GridRow((text, "csirt"), first), GridRow((Link(text, url), "monitoring"), second))
    weeks = tuple(f"W{number}" for number in range(41, 48))
    return Grid("Duties by task and week", ("Task", "Team"), weeks, rows, LEGEND)


def a_strip(*, text: str = "INC0000001", limit: bool = True) -> Strip:
    """Tickets of two severities, many of the same age."""
    ticks = ((0, "0 h"), (24, "24 h"), (72, "3 d"), (720, "30 d"))
    many = tuple(Spot(10 + number % 3, f"{text}, {number}", LEGEND[number % 6][1]) for number in range(30))
    rows = (
        StripRow("1 - High", many),
        StripRow("2 - Medium", (Spot(9000, text, Tone.WORST), Spot(-1, text, Tone.GOOD))),
    )
    return Strip(
        "Escalations by age", "Hours", ticks, (*rows, StripRow("3 - Low", ())), LEGEND, (24, "limit") if limit else None
    )
