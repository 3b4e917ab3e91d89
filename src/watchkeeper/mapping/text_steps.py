"""What may be done to a text on its way: a small closed set of steps, each either a lens per class or only good for reading. Pure."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final

_BLOCKS: Final = re.compile(r"(?i)<\s*(br|/p|/div|/li|/tr|/h[1-6]|p|div|li|tr|h[1-6])\b[^<>]*>")
"""Tags that begin or end a line."""
_UNSEEN: Final = re.compile(r"(?i)<!--|<\s*(script|style)\b[^<>]*>")
_ENDS: Final = {name: re.compile(rf"(?i)<\s*/\s*{name}\s*>") for name in ("script", "style")} | {"": re.compile("-->")}
_TAG: Final = re.compile(r"<[/!?a-zA-Z][^<>]*>")


class Step(StrEnum):
    """What is done to a text; texts that become the same are one class."""

    TRIM = "trim"
    COLLAPSE_SPACES = "collapse-spaces"
    LOWER = "lower"
    UPPER = "upper"
    FIRST_LINE = "first-line"
    STRIP_HTML = "strip-html"


MEANINGS: Final[Mapping[Step, str]] = {
    Step.TRIM: "without white space around it",
    Step.COLLAPSE_SPACES: "on one line, with single spaces",
    Step.LOWER: "in small letters",
    Step.UPPER: "in capital letters",
    Step.FIRST_LINE: "the first line that says something",
    Step.STRIP_HTML: "without HTML; the field is then only read, since HTML cannot be given back",
}
ONLY_READ: Final = frozenset({Step.STRIP_HTML})
"""Steps that cannot be undone: a side whose text takes one is never written."""


def stepped(text: str, steps: Sequence[Step]) -> str:
    """The text after all steps, in order."""
    for step in steps:
        text = _STEPS[step](text)
    return text


def _collapsed(text: str) -> str:
    return " ".join(text.split())


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


def _seen(text: str) -> str:
    """Without comments, scripts and styles; one that never ends hides the rest, as in a browser. Looks at no character twice, so
    that nobody's text takes long."""
    kept, at = [], 0
    while found := _UNSEEN.search(text, at):
        kept.append(text[at : found.start()])
        end = _ENDS[(found[1] or "").lower()].search(text, found.end())
        if end is None:
            return "".join(kept)
        at = end.end()
    return "".join([*kept, text[at:]])


def _without_html(text: str) -> str:
    plain = html.unescape(_TAG.sub("", _BLOCKS.sub("\n", _seen(text)))).replace("\xa0", " ")
    return "\n".join(" ".join(line.split()) for line in plain.splitlines() if line.strip())


_STEPS: Final[Mapping[Step, Callable[[str], str]]] = {
    Step.TRIM: str.strip,
    Step.COLLAPSE_SPACES: _collapsed,
    Step.LOWER: str.lower,
    Step.UPPER: str.upper,
    Step.FIRST_LINE: _first_line,
    Step.STRIP_HTML: _without_html,
}
