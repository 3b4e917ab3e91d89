"""Secure Score by category: a small line for each, and the numbers beside them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from watchkeeper.evidence.score_categories import Category
from watchkeeper.report.document import Multiples, Paragraph, Row, Section, Series, Table
from watchkeeper.report.figures import NOTHING, exact_percent, hundredths, points, signed_percent
from watchkeeper.report.machine import Json
from watchkeeper.report.secure_score import ScoreReport
from watchkeeper.report.texts import Texts

BY_CATEGORY: Final = ("category", "first", "last", "change", "lowest", "highest", "points", "maximum", "controls")
"""What stands in a category's row, in this order."""


def categories_section(report: ScoreReport, texts: Texts) -> Section | None:
    if not report.categories:
        return None
    days = tuple(day.isoformat() for day in report.days)
    picture = Multiples(texts.say("score.chart.categories"), days, tuple(_lines(report, texts)), "%", 2)
    headings = tuple(texts.say(f"score.column.{name}") for name in BY_CATEGORY)
    rows = tuple(_row(each, texts) for each in report.categories)
    table = Table(headings, rows, numbers=frozenset(range(1, len(BY_CATEGORY))))
    told = [Paragraph(texts.say("score.categories.told"))]
    if report.unprofiled:
        told.append(Paragraph(texts.count("score.categories.unprofiled", report.unprofiled)))
    return Section(texts.say("score.categories"), (picture, table, *told), anchor="categories")


def category_headings(report: ScoreReport, texts: Texts) -> tuple[str, ...]:
    """Of what `category_cells` has for each day."""
    return tuple(texts.value("category", each.name) for each in report.categories)


def category_cells(report: ScoreReport) -> Iterator[tuple[str, ...]]:
    """For each score of the period the share of each category."""
    for score in report.within:
        held = (each.by_day.get(score.day) for each in report.categories)
        yield tuple(NOTHING if each is None else exact_percent(each.share) for each in held)


def categories_json(report: ScoreReport) -> list[Json]:
    return [
        {
            "category": category.name,
            "days": [
                {
                    "day": day.isoformat(),
                    "share": held.share,
                    "points": held.points,
                    "most": held.most,
                    "controls": held.controls,
                }
                for day, held in sorted(category.by_day.items())
            ],
        }
        for category in report.categories
    ]


def _lines(report: ScoreReport, texts: Texts) -> Iterator[Series]:
    for each in report.categories:
        held = (each.by_day.get(day) for day in report.days)
        shares = tuple(None if one is None else hundredths(one.share) for one in held)
        yield Series(texts.value("category", each.name), shares)


def _row(category: Category, texts: Texts) -> Row:
    held = [one for _, one in sorted(category.by_day.items())]
    first, last, shares = held[0], held[-1], [one.share for one in held]
    moved = round(hundredths(last.share) - hundredths(first.share), 2)
    return Row(
        (
            texts.value("category", category.name),
            exact_percent(first.share),
            exact_percent(last.share),
            signed_percent(moved),
            exact_percent(min(shares)),
            exact_percent(max(shares)),
            points(last.points),
            points(last.most),
            f"{last.controls:,}",
        )
    )
