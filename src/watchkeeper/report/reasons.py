"""Reasons as people read them: in the report's language, with the systems and fields by their own names."""

from __future__ import annotations

import re
from typing import Final

from watchkeeper.model.reasons import Part, pieces_of
from watchkeeper.report.texts import Texts

_EXIT_CODE: Final = re.compile(r"(?P<code>\d{1,2}): (?P<reason>.+)", re.DOTALL)
_LENGTH: Final = re.compile(r"(?P<count>\d+) (?P<unit>days|hours)")


def reason_text(reason: str, texts: Texts) -> str:
    """A reason in the report's language; what is no reason of ours (a system's answer, a person's words) as it is."""
    pieces = pieces_of(reason)
    if not any(isinstance(piece, Part) for piece in pieces):
        return reason
    return texts.say("reasons.between").join(
        _said(piece, texts) if isinstance(piece, Part) else piece for piece in pieces
    )


def problem_text(problem: str, texts: Texts) -> str:
    """A reason for a run's end, which may have its exit code in front of it."""
    found = _EXIT_CODE.fullmatch(problem)
    return f"{found['code']}: {reason_text(found['reason'], texts)}" if found else reason_text(problem, texts)


def _said(part: Part, texts: Texts) -> str:
    key = f"because.{part.code.value}"
    values = {name: _spoken(name, value, texts) for name, value in part.arguments.items()}
    if texts.has(key):
        return texts.say(key, **values)
    count = int(values.pop("count"))
    return texts.count(key, count, **values)


def _spoken(name: str, value: str, texts: Texts) -> str:
    match name:
        case "side" | "system":
            return texts.side(value)
        case "why" | "most" | "closer" | "address":
            return reason_text(value, texts)
        case "fields":
            return texts.join([texts.field(each) for each in value.split(", ")])
        case "length" if found := _LENGTH.fullmatch(value):
            return texts.count(f"length.{found['unit']}", int(found["count"]))
        case _:
            return value
