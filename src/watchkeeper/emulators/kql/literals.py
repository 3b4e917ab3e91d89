"""From the text of a literal to its value: every string form of the language, typed literals, numbers."""

from __future__ import annotations

import re
from typing import Final

from watchkeeper.emulators.kql.errors import QuerySyntaxError
from watchkeeper.emulators.kql.values import TYPE_ALIASES, Value, parse_datetime, parse_timespan

LARGEST_LONG: Final = 2**63 - 1
_SIMPLE_ESCAPES: Final = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "'": "'",
    '"': '"',
}
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|(.))", re.DOTALL)


def string_value(token: str) -> str:
    """The text of one string literal: quoted, verbatim (`@`), obfuscated (`h`), or multi-line."""
    body = token[1:] if token[0] in "hH" else token
    if body.startswith("@"):
        quote = body[1]
        return body[2:-1].replace(quote * 2, quote)
    if body.startswith(("```", "~~~")):
        return body[3:-3]
    return _ESCAPE.sub(_unescape, body[1:-1])


def _unescape(match: re.Match[str]) -> str:
    hexadecimal = match[1] or match[2] or match[3]
    code = int(hexadecimal, 16) if hexadecimal else int(match[4], 8) if match[4] else None
    if code is not None:
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise QuerySyntaxError(f"Invalid escape sequence '{match[0]}' in string literal", token=match[0])
        return chr(code)
    if match[5] not in _SIMPLE_ESCAPES:
        raise QuerySyntaxError(f"Invalid escape sequence '{match[0]}' in string literal", token=match[0])
    return _SIMPLE_ESCAPES[match[5]]


def long_value(token: str) -> int:
    value = int(token, 16) if token[:2] in {"0x", "0X"} else int(token)
    if value > LARGEST_LONG:
        raise QuerySyntaxError(f"Failed to parse long literal: '{token}'", token=token)
    return value


def timespan_value(token: str) -> int:
    value = parse_timespan(token)
    if value is None or abs(value) > LARGEST_LONG:
        raise QuerySyntaxError(f"Failed to parse timespan literal: '{token}'", token=token)
    return value


def typed_value(token: str) -> tuple[str, Value]:
    """Type and value of `datetime(2026-11-16)`, `long(null)`, `bool(true)` and their like."""
    name, _, rest = token.partition("(")
    type_ = TYPE_ALIASES.get(name.strip(), name.strip())
    text = rest[:-1].strip()
    if text[:1] in {"'", '"'}:
        text = text[1:-1].strip()
    if text == "null" or (text == "" and type_ != "guid"):
        return type_, None
    value = _typed(type_, text)
    if value is None:
        raise QuerySyntaxError(f"Failed to parse {type_} literal: '{token}'", token=token)
    return type_, value


def _typed(type_: str, text: str) -> Value:
    match type_:
        case "datetime":
            return parse_datetime(text)
        case "timespan":
            return parse_timespan(text if not text.isdigit() else text + "d")
        case "bool":
            return {"true": True, "false": False, "1": True, "0": False}.get(text.lower())
        case "guid":
            return text.lower() if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text) else None
        case "real":
            return float(text) if re.fullmatch(r"[+-]?(\d+(\.\d+)?([eE][+-]?\d{1,3})?|inf|nan)", text) else None
        case _:
            whole = int(text) if re.fullmatch(r"[+-]?\d{1,19}", text) else None
            return whole if whole is not None and abs(whole) <= LARGEST_LONG else None
