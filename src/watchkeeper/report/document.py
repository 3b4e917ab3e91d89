"""What a report consists of, whatever it is rendered as. Texts in it are raw: renderers neutralise them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from itertools import pairwise
from operator import is_
from types import NoneType
from typing import Any, Final, TypeAlias, TypeVar

T = TypeVar("T")


class Mark(StrEnum):
    """What a line means, as a sign and (where asked for) a colour."""

    NONE = ""
    ADD = "+"
    CHANGE = "~"
    CLOSE = "-"
    OPEN = "○"
    GOOD = "✓"
    WARN = "!"
    BAD = "✗"


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere; where links cannot be shown, only the text is."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Lead(Link):
    """A link to another place of the same site, whose address we made ourselves: nothing that others wrote may become one."""


Cell: TypeAlias = str | Link


@dataclass(frozen=True, slots=True)
class Paragraph:
    text: str
    mark: Mark = Mark.NONE


@dataclass(frozen=True, slots=True)
class Bullets:
    items: tuple[Paragraph, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Labels and their values, in order."""

    rows: tuple[tuple[str, Cell], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """`note` is a longer text about the row; it takes a line of its own where columns would be narrow."""

    cells: tuple[Cell, ...]
    mark: Mark = Mark.NONE
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings. `numbers` names the columns (from 0) that hold numbers and stand to the right; `note_heading`
    is what the rows' notes are."""

    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    numbers: frozenset[int] = frozenset()
    note_heading: str = ""

    def __post_init__(self) -> None:
        if any(len(row.cells) != len(self.headings) for row in self.rows):
            raise ValueError("every row has a cell for every heading")


class Tone(StrEnum):
    """What a part of a picture means. Each has a colour and a pattern of its own (the good one: none), so that the colour is not needed to
    tell them apart."""

    GOOD = "good"
    OPEN = "open"
    BAD = "bad"
    WORST = "worst"
    EXEMPT = "exempt"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a picture: what it stands for, and how many of each part."""

    name: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Shares:
    """Bars made of `parts` (each named), a picture of numbers that a table of the same section holds as well: where no pictures
    are possible nothing is missing without it."""

    caption: str
    parts: tuple[tuple[str, Tone], ...]
    bars: tuple[Bar, ...]

    def __post_init__(self) -> None:
        if any(len(bar.counts) != len(self.parts) for bar in self.bars):
            raise ValueError("every bar has a count for every part")


@dataclass(frozen=True, slots=True)
class Point:
    """A share (0 to 1) on a day; None where there was nothing to have a share of. An `open` one may still change."""

    label: str
    share: float | None
    open: bool = False


@dataclass(frozen=True, slots=True)
class Trend:
    """A share over days, beside the one aimed at: a picture of numbers that a table of the same section holds as well."""

    caption: str
    points: tuple[Point, ...]
    target: float
    target_name: str


@dataclass(frozen=True, slots=True)
class Series:
    """A named value by day; None where nobody knows it, which breaks the line: it is never drawn as nothing."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Lines:
    """Values of one unit over days, on an axis of their own: a picture of numbers that a table of the same document holds as well.
    Measures of different units are different pictures. Values are shown with so many `digits`, `unit` behind them; `from_zero`: the
    axis begins there, because the values are quantities whose rest matters."""

    caption: str
    days: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""
    digits: int = 0
    from_zero: bool = False

    def __post_init__(self) -> None:
        if any(len(each.values) != len(self.days) for each in self.series):
            raise ValueError("every series has a value, or None, for every day")
        if len(self.series) > MOST_SERIES:
            raise ValueError(f"more than {MOST_SERIES} lines cannot be told apart without colour")


@dataclass(frozen=True, slots=True)
class Multiples:
    """The same measure of several things over the same days, a small picture for each, all on one axis: see Lines. However many there
    are, each has its name and its numbers beside it."""

    caption: str
    days: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""
    digits: int = 0

    def __post_init__(self) -> None:
        if any(len(each.values) != len(self.days) for each in self.series):
            raise ValueError("every series has a value, or None, for every day")


MOST_SERIES: Final = 4
"""As many as there are dashes and marks of their own."""


@dataclass(frozen=True, slots=True)
class Square:
    """One field of a grid. `said` is what it is in full, for whoever points at it or has it read out; `text` what is seen of it, a few
    characters (empty: the sign of its tone). `link` is where it leads."""

    tone: Tone
    said: str
    text: str = ""
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class GridRow:
    """`squares`: None where there is nothing to show."""

    names: tuple[Cell, ...]
    squares: tuple[Square | None, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Many small fields under each other and side by side, such as tasks by period: a table of its own, whose first columns name the
    row (`naming`). `legend` is what a tone means here."""

    caption: str
    naming: tuple[str, ...]
    headings: tuple[str, ...]
    rows: tuple[GridRow, ...]
    legend: tuple[tuple[str, Tone], ...]

    def __post_init__(self) -> None:
        if any(len(row.names) != len(self.naming) or len(row.squares) != len(self.headings) for row in self.rows):
            raise ValueError("every row has a name for every naming column, and a square, or None, for every heading")
        if {square.tone for row in self.rows for square in row.squares if square} - {tone for _, tone in self.legend}:
            raise ValueError("the legend names every tone")


@dataclass(frozen=True, slots=True)
class Spot:
    """One thing on an axis: where, what it is in full, and its tone."""

    at: float
    said: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class StripRow:
    name: str
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Strip:
    """Things on an axis, in rows under each other, such as tickets by age: a picture of what a table of the same section lists as
    well. `axis` says what is measured. `ticks` are the labelled places of the axis in ascending order, of which any two neighbours
    are equally far apart: hours and weeks fit on one axis. What is beyond the last stands at the last. `limit` is a line across,
    with its name."""

    caption: str
    axis: str
    ticks: tuple[tuple[float, str], ...]
    rows: tuple[StripRow, ...]
    legend: tuple[tuple[str, Tone], ...]
    limit: tuple[float, str] | None = None

    def __post_init__(self) -> None:
        places = [at for at, _ in self.ticks]
        if len(places) < 2 or any(after <= before for before, after in pairwise(places)):
            raise ValueError("an axis has two labelled places or more, in ascending order")
        if {spot.tone for row in self.rows for spot in row.spots} - {tone for _, tone in self.legend}:
            raise ValueError("the legend names every tone")


Chart: TypeAlias = Shares | Trend | Lines | Multiples | Strip
Block: TypeAlias = Paragraph | Bullets | Pairs | Table | Grid | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """`folded`: where a reader can unfold it, only its title is shown at first. `anchor` is what links to it name, where there are any;
    `leads` are more about it on the same site, such as its list as a file. `label`: what one without a title is called aloud."""

    title: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()
    mark: Mark = Mark.NONE
    folded: bool = False
    anchor: str = ""
    leads: tuple[Lead, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True)
class Later:
    """A table that is only made where somebody wants it: pages, which are asked for again and again, do not show it."""

    made: Callable[[], Table]


@dataclass(frozen=True, slots=True)
class Document:
    """A title for files, the whole story in one sentence, the parts, and at the end what to do next. `listing` is what a
    spreadsheet gets: everything that the report is about, a row each."""

    title: str
    sentence: str
    sections: tuple[Section, ...] = ()
    mark: Mark = Mark.NONE
    next_steps: tuple[str, ...] = field(default=())
    next_title: str = ""
    listing: Table | Later | None = None

    def listed(self) -> Table | None:
        """The listing, made where that was left for later."""
        return self.listing.made() if isinstance(self.listing, Later) else self.listing


_OTHERS: Final = (StrEnum, int, float, NoneType)


def with_texts(part: T, change: Callable[[str], str]) -> T:
    """A document, or a part of one, with every text in it changed. What stays as it was is not made anew: most of a long page does."""
    found: Any = part
    if isinstance(part, _OTHERS):
        return part
    if isinstance(part, str):
        return change(part)  # type: ignore[return-value]
    if isinstance(part, Later):
        return Later(lambda: with_texts(part.made(), change))  # type: ignore[return-value]
    if isinstance(part, tuple):
        parts = tuple([with_texts(each, change) for each in part])
        return part if all(map(is_, part, parts)) else parts  # type: ignore[return-value]
    names = getattr(type(part), "__dataclass_fields__", ())
    changed = {name: new for name in names if (new := with_texts(old := getattr(found, name), change)) is not old}
    return replace(found, **changed) if changed else part
