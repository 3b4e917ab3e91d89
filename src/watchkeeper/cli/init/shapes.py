"""What an answer may look like, and what is made of it: pure, and without a network."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from unicodedata import category

import holidays
from pydantic import TypeAdapter

from watchkeeper.catalog.entries import zone_names
from watchkeeper.cli.parameters import Language
from watchkeeper.model.nearest import suggest
from watchkeeper.settings.shapes import Guid, Instance, Tenant

_RESOURCE_GROUP = re.compile(r"[\w.()-]{0,89}[\w()-]")
"""learn.microsoft.com, "Naming rules and restrictions for Azure resources": resourceGroups."""
_WORKSPACE = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]")
"""The same page: Microsoft.OperationalInsights/workspaces."""
_ACCOUNT = re.compile(r"[^\s,=\x00-\x1f\x7f-\x9f]{1,100}")
_COUNTRY = re.compile(r"(?P<country>[A-Za-z]{2,3})(?:-(?P<subdivision>[A-Za-z0-9 ]{1,20}))?")
_LONGEST_NAME = 100
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


class Unfit(Exception):
    """An answer that cannot be taken; `near` is what may have been meant."""

    def __init__(self, near: str = "") -> None:
        super().__init__(near)
        self.near = near


Shape = Callable[[str], str]
"""From what was typed to what is meant. Raises Unfit."""


def instance(text: str) -> str:
    TypeAdapter(Instance).validate_python(text)
    return text.lower().rstrip("/")


def guid(text: str) -> str:
    return TypeAdapter(Guid).validate_python(text)


def tenant(text: str) -> str:
    return TypeAdapter(Tenant).validate_python(text)


def resource_group(text: str) -> str:
    return _matching(_RESOURCE_GROUP, text)


def workspace(text: str) -> str:
    return _matching(_WORKSPACE, text)


def account(text: str) -> str:
    """A user name, or the id of an OAuth client."""
    return _matching(_ACCOUNT, text)


def name(text: str) -> str:
    """A group's name, of characters that can be seen: a mapping file may hold no others."""
    if not text or len(text) > _LONGEST_NAME or any(category(character) in _UNSEEN for character in text):
        raise Unfit
    return text


def people(text: str) -> str:
    """User names, separated by commas; the first one leads."""
    names = [each.strip() for each in text.split(",") if each.strip()]
    if not names:
        raise Unfit
    return ", ".join(dict.fromkeys(account(each) for each in names))


def zone(text: str) -> str:
    if text not in zone_names():
        raise Unfit(suggest(text, zone_names()))
    return text


def day(text: str) -> str:
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise Unfit
    return date.fromisoformat(text).isoformat()


def existing_file(text: str) -> str:
    if not Path(text).is_file():
        raise Unfit
    return text


def calendar(text: str, shipped: Iterable[str]) -> str:
    """The id of a shipped calendar as it is, or a country with holiday data as `JP` or `US-WA`."""
    shipped = tuple(shipped)
    if text in shipped:
        return text
    found = _COUNTRY.fullmatch(text)
    if found is None:
        raise Unfit(suggest(text, shipped))
    country = found["country"].upper()
    try:
        known = holidays.country_holidays(country, years=())
    except NotImplementedError:
        raise Unfit(suggest(text, shipped)) from None
    if found["subdivision"] is None:
        return country
    subdivision = _spelt(found["subdivision"], known.subdivisions)
    if not subdivision:
        raise Unfit
    return f"{country}-{subdivision}"


def one_of(words: Iterable[str]) -> Shape:
    allowed = tuple(words)

    def shape(text: str) -> str:
        if text not in allowed:
            raise Unfit(suggest(text, allowed))
        return text

    return shape


ticket_language = one_of(language.value for language in Language)


def taken(shape: Shape, text: str) -> str:
    """What an answer means. Raises Unfit, whatever it is that does not like it."""
    try:
        return shape(text.strip())
    except ValueError:
        raise Unfit from None


@cache
def country_of(zone_name: str) -> str:
    """The country that a time zone is in, "" for none or for one without holiday data (tzdata's zone.tab)."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    country = next((row[0] for row in rows if row[2] == zone_name), "")
    try:
        return calendar(country, ()) if country else ""
    except Unfit:
        return ""


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise Unfit
    return text


def _spelt(word: str, known: Iterable[str]) -> str:
    """A subdivision in the library's own spelling; "" when there is none."""
    return next((each for each in known if each.casefold() == word.casefold()), "")
