"""What came from a ticket is shown, never obeyed: by a terminal, a CI runner, a browser or a Markdown renderer.

Every text of a report passes here, ours too, so that no builder has to know where a text came from. What runners obey:
GitHub takes `::name::` after leading white space and `##[name]` anywhere in a line (actions/runner, ActionCommand.cs),
Azure Pipelines `##vso[…]` and `##[…]` anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import urlsplit

_KEPT_FORMAT = frozenset("\u200c\u200d")
"""The joiners that Persian, Indic scripts and emoji need."""
_HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_SPACES = frozenset("\n\r\t\v\f")
_ANYWHERE = re.compile(r"##(?=\[|vso\[)", re.IGNORECASE)
_LINE_START = re.compile(r"^(\s*)(?=::)")


def plain(text: str) -> str:
    """The text on one line with nothing hidden: line breaks and tabs as spaces, every other control, bidi, zero-width,
    private or unassigned character as a visible escape, runner commands broken."""
    if not text.isprintable():
        text = "".join(_visible(character) for character in text)
    return _ANYWHERE.sub("# #", text) if "##" in text else text


@lru_cache(maxsize=4096)
def _visible(character: str) -> str:
    if character in _SPACES:
        return " "
    if unicodedata.category(character) in _HIDDEN_CATEGORIES and character not in _KEPT_FORMAT:
        code = ord(character)
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    return character


def guard_line(line: str) -> str:
    """A finished line that no runner takes for a command; as wide as before where it was indented."""
    line = _ANYWHERE.sub("# #", line)
    start = _LINE_START.match(line)
    if start is None:
        return line
    indent = start.group(1)
    return f"{indent[:-1]}·{line[len(indent) :]}"


_MARKDOWN = {character: f"&#{ord(character)};" for character in "\\`*_{}[]<>#|~&$!^="}
_MARKDOWN_START = re.compile(r"^(\s*)([-+]|\d+(?=[.)]))")
_AUTOLINK = re.compile(r":(?=//)|(?<=www)\.|(?<=mailto):|(?<=xmpp):", re.IGNORECASE)


def markdown(text: str) -> str:
    """The text for Markdown: every character that could be syntax as an entity, mentions and bare links broken."""
    shown = "".join(_MARKDOWN.get(character, character) for character in plain(text))
    shown = _AUTOLINK.sub(lambda found: f"&#{ord(found.group())};", shown)
    shown = shown.replace("@", "@\u200b")
    return _MARKDOWN_START.sub(_as_entities, shown)


def _as_entities(found: re.Match[str]) -> str:
    return found.group(1) + "".join(f"&#{ord(character)};" for character in found.group(2))


def markdown_url(url: str) -> str | None:
    """A web address fit for a Markdown link target, or None when it is not a plain https or http one."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("https", "http") or not parts.netloc or "@" in parts.netloc:
        return None
    if not url.isascii() or not re.fullmatch(r"[A-Za-z0-9:/?#@!$&',;=%._~+-]+", url):
        return None
    return url


_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection); the wide ones where its language is Japanese."""


_CELL_START = re.compile(rf"(;[\s\"']*)(?=[{re.escape(''.join(_FORMULA))}])")
"""Where a cell begins for a spreadsheet whose language separates them by semicolons and which does not heed the quotes."""


def no_formula(cell: str) -> str:
    """The text for a cell of a spreadsheet, which takes it for text."""
    shown = _CELL_START.sub(r"\1'", plain(cell))
    return f"'{shown}" if cell.startswith(_FORMULA) or shown.lstrip().startswith(_FORMULA) else shown


def json_text(document: str) -> str:
    """JSON (as `json.dumps` makes it in ASCII) in which no runner finds a command; it means the same."""
    return _ANYWHERE.sub("#\\\\u0023", document)
