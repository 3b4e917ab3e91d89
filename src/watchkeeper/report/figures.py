"""How figures of evidence are shown: shares to the hundredth of a percent, points as the source rounds them, and what changed."""

from __future__ import annotations

from typing import Final

NOTHING: Final = "–"
"""What stands where there is no figure."""
_MINUS: Final = "−"


def hundredths(share: float) -> float:
    """A share in percent, to the hundredth. Only a whole one is a hundred."""
    shown = round(share * 100, 2)
    return 99.99 if shown >= 100 and share < 1 else shown


def exact_percent(share: float) -> str:
    return f"{hundredths(share):.2f}%"


def points(value: float | None) -> str:
    """Points, with as many digits as they need, two at most."""
    if value is None:
        return NOTHING
    return f"{round(value, 2) or 0.0:,.2f}".rstrip("0").rstrip(".").replace("-", _MINUS)


def signed(value: float) -> str:
    """A change with its sign; none for no change."""
    shown = points(abs(value))
    return shown if shown == "0" else f"{'+' if value > 0 else _MINUS}{shown}"


def signed_percent(change: float) -> str:
    """A change in percentage points, to the hundredth."""
    shown = round(change, 2)
    return f"{'+' if shown > 0 else _MINUS if shown < 0 else ''}{abs(shown):.2f}"
