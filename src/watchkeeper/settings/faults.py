"""What is wrong with what was given, in the words of errors.Problem."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from watchkeeper.errors import Problem
from watchkeeper.model.nearest import suggest
from watchkeeper.settings.model import ENUMS, FILE_VARIABLES, NAMES, VARIABLES
from watchkeeper.settings.wrong import wrong


def problem(detail: Any, values: Mapping[str, str]) -> Problem:
    name = str(detail["loc"][0])
    context = detail.get("ctx", {})
    if detail["type"] == "setting":
        return wrong(name, "", context["message"], context["allowed"], context["suggestion"])
    if detail["type"] == "enum":
        return _not_among(name, values[name])
    return wrong(name, "", str(detail["msg"]))


def _not_among(name: str, value: str) -> Problem:
    allowed = [item.value for item in ENUMS[name]]
    return wrong(name, "", f"{value[:80]!r} is not allowed", ", ".join(allowed), suggest(value.strip(), allowed))


_NEARLY_OURS: Final = 0.8
_PREFIXES: Final = ("WATCHKEEPER_", "SERVICENOW_", "SENTINEL_", "GRAPH_", "DEFENDER_")
_RESULTS: Final = frozenset(
    f"WATCHKEEPER_{name}"
    for name in (
        "EXIT_CODE", "SENTENCE", "RUN_ID", "CHANGES", "WRITTEN", "FAILED", "LEFT",
        "ESCALATIONS", "FRESH", "DUE", "STALE", "UNKNOWN", "EXEMPT", "COMPLIANCE",
        "COMPLETE", "MISSING", "RAISED",
    )
)  # fmt: skip
"""What an earlier job said (WATCHKEEPER_CI_OUTPUTS) and a CI system gives to later ones as variables, which are no settings; their
names are in small letters, but for systems that know no others."""


def misspelt(environ: Mapping[str, str]) -> Iterator[Problem]:
    """Variables that look like ours and are none: a setting that is silently not read is worse than one that is refused.

    Our own prefix belongs to us; under the products' names other tools may keep their variables, so there only a name that
    is nearly one of ours counts.
    """
    known = sorted(NAMES | FILE_VARIABLES.keys())
    for name in sorted(environ):
        if name in known or name.upper() in _RESULTS or not name.upper().startswith(_PREFIXES):
            continue
        near = suggest(name, known, likeness=_NEARLY_OURS)
        if near or name.upper().startswith("WATCHKEEPER_"):
            yield wrong(name, "", "is not a setting", "see .env.example", near)


def in_order(problems: Collection[Problem]) -> list[Problem]:
    """In the order of `.env.example`, each once."""
    order = {name: position for position, name in enumerate(VARIABLES.values())}
    return sorted(dict.fromkeys(problems), key=lambda each: (order.get(each.place, len(order)), each.place))
