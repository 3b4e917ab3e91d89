"""Texts of others on one line."""

from __future__ import annotations

from watchkeeper.model.plan import LATE_NUMBER


def plain(text: str, most: int = 200) -> str:
    """A text of others on one line, and no longer than there is room for (in characters). What stands for a number that a draft is
    to get is nothing that others may write."""
    line = " ".join(text.replace(LATE_NUMBER, " ").split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
