"""The data of a picture of lines for the script that makes it zoomable: in an attribute, where nothing is ever run."""

from __future__ import annotations

import json
from typing import Final

from watchkeeper.report.document import Lines
from watchkeeper.report.neutralise import plain
from watchkeeper.report.texts import Texts

FEWEST: Final = 8
"""Days of a picture in which there is something to look closer at."""
_WORDS: Final = ("in", "out", "earlier", "later", "all")


def zoomable(chart: Lines, texts: Texts) -> str:
    """As assets/charts.js reads it; empty for a picture that is small enough as it is."""
    if len(chart.days) < FEWEST:
        return ""
    told = {
        "days": [plain(each) for each in chart.days],
        "series": [[plain(each.name), each.values] for each in chart.series],
        "unit": plain(chart.unit),
        "digits": chart.digits,
        "zero": chart.from_zero,
        "words": {each: texts.say(f"zoom.{each}") for each in _WORDS},
    }
    return json.dumps(told, separators=(",", ":"))
