"""How much is tried. Of a law a part of its examples every day, which are others every day, and all of them with
`--hypothesis-profile thorough`; of cases that are listed some every day, and the others before a change lands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import pytest
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


def thoroughly(*values: Any) -> list[Any]:
    """Further parameters of a test, for the thorough suite only: they show again, elsewhere, what the others show. A tuple is
    the parameters of one case."""
    parts = (value if type(value) is tuple else (value,) for value in values)
    return [pytest.param(*each, marks=pytest.mark.thorough) for each in parts]


def sampled(values: Iterable[Any], each: int) -> list[Any]:
    """Parameters of a test: the first of every so many always, the others in the thorough suite only."""
    return [value if number % each == 0 else thoroughly(value)[0] for number, value in enumerate(values)]
