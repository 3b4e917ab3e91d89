"""Text on its way in and out: what a store can keep, and what an instance will not run."""

from __future__ import annotations

import re
from collections.abc import Mapping

from watchkeeper.model.record import RawValue

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_INVISIBLE = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_CODE_TAG = re.compile(
    rf"[\[［](?=[\s{_INVISIBLE}]*[/／]?[\s{_INVISIBLE}]*[cｃ][{_INVISIBLE}]*[oｏ][{_INVISIBLE}]*[dｄ][{_INVISIBLE}]*[eｅ])",
    re.IGNORECASE,
)
"""Journals render what stands between [code] and [/code] as HTML unless glide.ui.security.allow_codetag is off."""

USUAL_LENGTHS: Mapping[str, int] = {
    "short_description": 160,
    "description": 4_000,
    "close_notes": 4_000,
    "correlation_id": 100,
    "correlation_display": 100,
}
"""Characters that a fresh instance's dictionary gives these fields, for accounts that cannot read it; the instance cuts longer
text without a word."""

WORK_NOTE_LENGTH = 30_000
JOURNALS = frozenset({"work_notes", "comments", "comments_and_work_notes"})


def incoming(text: str) -> str:
    """Text that every store can keep: NUL and lone surrogates become the replacement character."""
    if text.isascii() and "\0" not in text:  # nearly all of what histories are made of, and much quicker to see
        return text
    return _UNSTORABLE.sub("\ufffd", text)


def outgoing(field: str, value: RawValue, limit: int | None) -> str:
    """A field's value as it is sent: no control characters but tab and line ends, journals inert, cut at the limit (in
    characters; None: nothing is known about one)."""
    if isinstance(value, tuple):
        value = ",".join(value)
    text = _CONTROL.sub("", value or "")
    if field in JOURNALS:
        return work_note(text)
    return text if limit is None else text[:limit]


def work_note(text: str) -> str:
    """A journal entry in which nothing is markup: each `[code` and `[/code`, in any spelling, loses its bracket."""
    inert = _CODE_TAG.sub("(", _CONTROL.sub("", text))
    return inert if len(inert) <= WORK_NOTE_LENGTH else f"{inert[: WORK_NOTE_LENGTH - 1]}…"


def same_text(left: str, right: str) -> bool:
    """Whether two texts are the same but for line ends and outer white space, which journals normalise."""
    return _level(left) == _level(right)


def _level(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
