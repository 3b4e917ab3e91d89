"""Where the board's pages about one thing are, as other pages lead to them."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlencode

from watchkeeper.report.document import Cell, Lead
from watchkeeper.report.texts import Texts

_PLAIN: Final = "/@~:"
"""What keys consist of besides letters, digits and `_.-`, and what a path may hold as it is (RFC 3986, section 3.3)."""

REMEDIATION: Final = "remediation"
LONGEST_VALUE: Final = 512
"""Characters of what an address may choose: keys are shorter."""


def run_page(run_id: str) -> str:
    return f"runs/{_quoted(run_id)}"


def link_page(key: str) -> str:
    return f"link/{_quoted(key, _PLAIN)}"


def mapping_page(profile: str) -> str:
    return f"mappings/{_quoted(profile)}"


def owner_page(owner: str) -> str:
    return f"owners/{_quoted(owner)}"


def unknown_values(profile: str) -> str:
    """What the page of a profile tells of values that no table knows."""
    return f"{mapping_page(profile)}#unknown-values"


def rule_anchor(field: str) -> str:
    """What a field's rule is called on the page of its profile."""
    return f"rule-{field}"


def rule_lead(profile: str, field: str, place: str) -> Cell:
    """From the place of a field's rule to the rule in full."""
    return Lead(place, f"{mapping_page(profile)}#{rule_anchor(field)}") if profile and field and place else place


def run_lead(run_id: str) -> Cell:
    return Lead(run_id, run_page(run_id)) if run_id else ""


def key_lead(key: str) -> Cell:
    return Lead(key, link_page(key)) if key else ""


def filtered(page: str, **chosen: str) -> str:
    """A list with something chosen on it; this page, where none is named."""
    named = urlencode({name: value for name, value in chosen.items() if value}, errors="replace")
    return f"{page}?{named}" if named or not page else page


def number(count: int, place: str) -> Cell:
    """A number that leads to the list behind it. Where there is nothing there is no list either."""
    return Lead(f"{count:,}", place) if count and place else f"{count:,}"


def next_page(after: str, texts: Texts, **chosen: str) -> tuple[Lead, ...]:
    """To where a list goes on, with what is chosen on it; nowhere where it is over."""
    return (Lead(texts.say("board.next_page"), filtered("", **chosen, after=after)),) if after else ()


def _quoted(name: str, safe: str = "") -> str:
    """What no UTF-8 can spell, a lone surrogate, leads nowhere instead of keeping the page from being made."""
    return quote(name, safe=safe, errors="replace")
