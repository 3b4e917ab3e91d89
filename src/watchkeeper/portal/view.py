"""What a page shows, in its language and order; templates only lay it out. Texts are raw, as in a Document."""

from __future__ import annotations

from dataclasses import dataclass

from watchkeeper.report.document import Cell, Link, Mark, Shares, Table


@dataclass(frozen=True, slots=True)
class Frame:
    """What is around every page: its title and language, where it is (the way there, from the portal's first page), the same page in
    other languages (its file and the tag of its language), and how old the data are. `to_root`: from the page's folder, `../` for each
    level."""

    title: str
    language: str
    to_root: str
    way: tuple[Link, ...]
    languages: tuple[tuple[Link, str], ...]
    as_of: str
    daily: str
    old: str
    made: str
    skip: str
    way_label: str
    languages_label: str


@dataclass(frozen=True, slots=True)
class Figure:
    label: str
    value: str
    mark: Mark = Mark.NONE


@dataclass(frozen=True, slots=True)
class Mended:
    """So many of so many devices, as a bar: `wide` is its filled part, 0 to 100."""

    said: str
    wide: float


@dataclass(frozen=True, slots=True)
class Entry:
    """A task of an owner. `ways`: a link and what it is about, for those who hear links without what stands around them."""

    id: str
    sentence: str
    mark: Mark
    bar: Mended
    facts: tuple[tuple[str, Cell], ...]
    what: str
    steps: tuple[str, ...]
    note_label: str
    note: str
    ways: tuple[tuple[Link, str], ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Tasks of one kind: the first of them whole, the `rest` in short, under its own title. `folded`: only the title is shown at first."""

    id: str
    title: str
    mark: Mark
    entries: tuple[Entry, ...]
    rest_title: str
    rest: Table | None
    folded: bool = False


@dataclass(frozen=True, slots=True)
class OwnerPage:
    frame: Frame
    lead: str
    mark: Mark
    mended: str
    untold: str
    summary: str
    figures: tuple[Figure, ...]
    parts: tuple[Part, ...]
    progress: str
    chart: Shares | None
    weeks: Table | None
    help: str
    helps: tuple[str, ...]
    listing: Link


@dataclass(frozen=True, slots=True)
class TextPage:
    """A page of sections alone: the first one, and the SOC's."""

    frame: Frame
    lead: str
    mark: Mark
    sections: tuple[ListSection, ...]


@dataclass(frozen=True, slots=True)
class ListSection:
    """Paragraphs, links with further links beside each, and a table whose first column may lead to a page of the site (`leads`, a file for
    each row, or empty)."""

    title: str
    paragraphs: tuple[str, ...] = ()
    links: tuple[tuple[Link, ...], ...] = ()
    table: Table | None = None
    leads: tuple[str, ...] = ()
