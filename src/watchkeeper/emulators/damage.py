"""What a planned fault makes of an answer's body: cut lists, pages instead of JSON, and JSON that harms its reader."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

from watchkeeper.emulators.exchange import json_bytes

Shape: TypeAlias = Literal[
    "half",
    "error_row",
    "malformed",
    "fewer_rows",
    "empty_list",
    "big_number",
    "deep",
    "repeated_keys",
    "nan",
    "nul",
    "surrogate",
]
Page: TypeAlias = Literal["hibernating", "login", "maintenance", "gateway"]

PAGES: Mapping[str, tuple[int, bytes]] = {
    "hibernating": (
        200,
        b"<html><head><title>Instance Hibernating page</title></head><body>Your instance is hibernating.</body></html>",
    ),
    "login": (
        200,
        b'<!DOCTYPE html>\n<html><head><title>Sign in</title></head><body><form method="post"></form></body></html>',
    ),
    "maintenance": (
        503,
        b"<html><head><title>Down for maintenance</title></head><body>We will be back soon.</body></html>",
    ),
    "gateway": (
        502,
        b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body><center><h1>502 Bad Gateway</h1></center></body></html>",
    ),
}
"""A page's usual status and its bytes."""

_CUT = {"message": "Transaction cancelled: maximum execution time exceeded", "detail": None}
_DIGITS = 5_000
_DEPTH = 200_000


def damaged(body: bytes, shape: str) -> bytes:
    """The body in one of the shapes of `Shape`; one that holds no rows where the shape needs them stays as it is."""
    return _SHAPES[shape](body)


def _half(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _error_row(body: bytes) -> bytes:
    return json_bytes({"result": [*_first_half(body), ""], "error": _CUT, "status": "failure"})


def _malformed(body: bytes) -> bytes:
    rows = b"".join(json_bytes(row) + b"," for row in _first_half(body))
    return b'{"result":[' + rows + b'""],"error":' + json_bytes(_CUT) + b',"status":"failure"'


def _fewer_rows(body: bytes) -> bytes:
    """The third shape of a cut: valid JSON, rows missing, and no word about it."""
    name, _ = _list(body)
    return json_bytes({name: _first_half(body)})


def _empty_list(body: bytes) -> bytes:
    return json_bytes({_list(body)[0]: []})


def _list(body: bytes) -> tuple[str, list[Any]]:
    """The list that an answer carries, under ServiceNow's name for it or Azure's."""
    try:
        document = json.loads(body)
    except ValueError:
        return "result", []
    for name in ("result", "value", "tables"):
        if isinstance(document, dict) and isinstance(document.get(name), list):
            return name, document[name]
    return "result", []


def _first_half(body: bytes) -> list[Any]:
    rows = _list(body)[1]
    return rows[: len(rows) // 2]


def _with_member(member: bytes) -> Callable[[bytes], bytes]:
    """Put a member before the others of the outer object."""
    return lambda body: body.replace(b"{", b"{" + member + b",", 1) if len(body) > 2 else b"{" + member + b"}"


def _repeated_keys(body: bytes) -> bytes:
    """A second list of the same name, which Python's reader would prefer to the first."""
    name = _list(body)[0].encode()
    return body[: body.rindex(b"}")] + b',"' + name + b'":[]}' if b"}" in body else body


def _poisoned(escape: bytes) -> Callable[[bytes], bytes]:
    """Put an escape sequence that databases refuse into the first text of the answer's first record."""

    def poison(body: bytes) -> bytes:
        title = next((name for name in (b'"short_description": "', b'"title": "') if name in body), b'": "')
        return body.replace(title, title + escape, 1)

    return poison


_SHAPES: Mapping[str, Callable[[bytes], bytes]] = {
    "half": _half,
    "error_row": _error_row,
    "malformed": _malformed,
    "fewer_rows": _fewer_rows,
    "empty_list": _empty_list,
    "big_number": _with_member(b'"count":' + b"9" * _DIGITS),
    "deep": _with_member(b'"nested":' + b"[" * _DEPTH + b"]" * _DEPTH),
    "repeated_keys": _repeated_keys,
    "nan": _with_member(b'"score":NaN'),
    "nul": _poisoned(b"\\u0000"),
    "surrogate": _poisoned(b"\\ud83d"),
}
