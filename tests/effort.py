"""How many examples are tried of a law: a part of them every day, which are others every day, and all of them with
`--hypothesis-profile thorough`."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import settings

WHOLE: Final = 100
"""Examples of a law that asks for no other number, with the thorough profile."""
EVERY_DAY: Final = 25
_FEWEST: Final = 10


def register() -> None:
    """Wall time per example says nothing on a machine that runs other work beside the tests: there is no deadline."""
    settings.register_profile("thorough", deadline=None, max_examples=WHOLE)
    settings.register_profile("watchkeeper", deadline=None, max_examples=EVERY_DAY)
    settings.load_profile("watchkeeper")


def tried(whole: int, **more: Any) -> settings:
    """So many with the thorough profile, and the profile's part of them otherwise, but not below ten."""
    part = round(whole * settings.default.max_examples / WHOLE)
    return settings(max_examples=max(part, min(whole, _FEWEST)), **more)
