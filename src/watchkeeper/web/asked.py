"""What a request asks a page for: the parts of its address, what it chooses in the query, and how much of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from watchkeeper.report.board.nouns import MOST
from watchkeeper.report.texts import Texts
from watchkeeper.web.access import Person

CSV: Final = "csv"
"""The parameter that names a list of the page, by its anchor: the answer is that list as a file."""
MOST_IN_A_FILE: Final = 50_000
"""Rows of a list as a file."""


class NothingHere(Exception):
    """There is no such page, or none that is this person's to know of."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something that a page lets people choose in its query; left out, nothing is chosen. `summary` is for the API's description."""

    name: str
    summary: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A field of a page's form: the parameter, what it is called, what there is to choose (value and words) and what is chosen. Without
    `options` it is typed."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...] = ()
    chosen: str = ""


def any_of(options: Iterable[tuple[str, str]], chosen: str, texts: Texts) -> tuple[tuple[str, str], ...]:
    """All of them, what was asked for although there is none, and a way to choose none."""
    known = tuple(options)
    other = () if not chosen or chosen in dict(known) else ((chosen, chosen),)
    return (("", texts.say("board.any")), *known, *other)


@dataclass(frozen=True, slots=True)
class Asked:
    """`values`: the parts of the address and the parameters that the page knows. `most`: how many rows of a list are wanted."""

    values: Mapping[str, str] = field(default_factory=dict)
    most: int = MOST
    person: Person | None = None

    def get(self, name: str) -> str:
        return self.values.get(name, "")
