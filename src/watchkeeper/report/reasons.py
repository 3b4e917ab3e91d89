"""Reasons as people read them: in the report's language, with the systems and fields by their own names."""

from __future__ import annotations

import re
from typing import Final

from watchkeeper.model.reasons import Part, parts_of
from watchkeeper.report.texts import Texts

_LENGTH: Final = re.compile(r"(?P<count>\d+) (?P<unit>days|hours)")


def reason_text(reason: str, texts: Texts) -> str:
    """A reason in the report's language; a text that is no reason of ours (a system's answer, a person's words) as it is."""
    parts = parts_of(reason)
    return texts.say("reasons.between").join(_said(part, texts) for part in parts) if parts else reason


def _said(part: Part, texts: Texts) -> str:
    key = f"because.{part.code.value}"
    values = {name: _spoken(name, value, texts) for name, value in part.arguments.items()}
    if texts.has(key):
        return texts.say(key, **values)
    count = int(values.pop("count"))
    return texts.count(key, count, **values)


def _spoken(name: str, value: str, texts: Texts) -> str:
    match name:
        case "side":
            return texts.side(value)
        case "fields":
            return texts.join([texts.field(each) for each in value.split(", ")])
        case "length" if found := _LENGTH.fullmatch(value):
            return texts.count(f"length.{found['unit']}", int(found["count"]))
        case _:
            return value
