"""Text into Sentinel's comments and back. Comments are shown as rich text (basic HTML and Markdown), and what we carry comes from strangers.

Out: everything that could become markup, a hidden link or a remote picture is escaped; addresses stay visible as they are.
In: the portal stores what people type as HTML, which a work note would show as tags.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from html import unescape
from itertools import accumulate
from typing import Final

MESSAGE_LENGTH: Final = 30_000
"""Characters that one comment may have (Sentinel service limits)."""
CUT_NOTICE: Final = "<br>… (cut, 以下省略)"

_ESCAPES: Final = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "[": "&#91;",
    "]": "&#93;",
    "`": "&#96;",
    "\n": "<br>",
}
_BREAKS: Final = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"})
_INLINE: Final = frozenset(
    {
        "a",
        "b",
        "code",
        "em",
        "font",
        "i",
        "ol",
        "s",
        "span",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "u",
        "ul",
    }
)
_TAG: Final = re.compile(
    r"""<(?P<close>/?)(?P<name>[A-Za-z][A-Za-z0-9]*)(?P<attributes>(?:\s+[\w:-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s<>"']+))*)\s*/?>"""
)
_TARGET: Final = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_UNSAFE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def rich_text(text: str, limit: int = MESSAGE_LENGTH) -> str:
    """Plain text as a comment message of at most `limit` characters, cut between characters and with a notice when too long.

    Control characters and lone surrogates become U+FFFD. `[`, `]` and backquotes are escaped because Markdown would hide
    a link's target or fetch a picture through them.
    """
    plain = _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n").replace("\r", "\n"))
    pieces = [_ESCAPES.get(character, character) for character in plain]
    if sum(map(len, pieces)) <= limit:
        return "".join(pieces)
    fitting = bisect_right(list(accumulate(map(len, pieces))), limit - len(CUT_NOTICE))
    return "".join(pieces[:fitting]) + CUT_NOTICE


def plain_text(message: str) -> str:
    """A comment message as plain text: known tags removed, line breaks kept, links followed by their target in brackets.

    What is not a known tag stays as it is: `if a <b and c> d` is somebody's text. `plain_text(rich_text(t)) == t` for
    text without control characters.
    """
    targets: list[str] = []
    return unescape(_TAG.sub(lambda match: _replacement(match, targets), message)).strip("\n")


def _replacement(match: re.Match[str], targets: list[str]) -> str:
    name, closing = match["name"].lower(), bool(match["close"])
    if name == "a":
        return _anchor(match, closing, targets)
    if name in _BREAKS:
        return "\n" if closing != (name == "br") else ""
    return "" if name in _INLINE else match[0]


def _anchor(match: re.Match[str], closing: bool, targets: list[str]) -> str:
    if closing:
        target = targets.pop() if targets else ""
        return f" ({target})" if target else ""
    found = _TARGET.search(match["attributes"])
    targets.append((found[1] or found[2] or "") if found else "")
    return ""
