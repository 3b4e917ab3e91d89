"""A whole mapping as YAML, and its value tables as CSV, such that neither a CI runner nor a spreadsheet obeys what is in it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from watchkeeper.report.machine import Json
from watchkeeper.report.neutralise import json_text, no_formula

_COLUMNS: Final = ("profile", "field", "side", "raw_field", "raw", "means", "writes")
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_TYPED: Final = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
"""Words that some YAML reader takes for something else than text."""


def as_yaml(effective: Json) -> str:
    """The mapping as YAML that our own reader takes, and every other. A text that is not a single word is written as JSON
    writes it, on one line, so that none of it begins a line."""
    return "".join(f"{line}\n" for line in _block(effective, ""))


def _block(value: Any, indent: str) -> Iterator[str]:
    entries = value.items() if isinstance(value, dict) else (("-", each) for each in value)
    for key, each in entries:
        head = "-" if isinstance(value, list) else f"{_scalar(key)}:"
        if isinstance(each, dict | list) and each:
            yield f"{indent}{head}"
            yield from _block(each, f"{indent}  ")
        else:
            yield f"{indent}{head} {_scalar(each)}"


def _scalar(value: Any) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.casefold() not in _TYPED:
        return value
    return json_text(json.dumps(value, ensure_ascii=False))


def values_csv(effective: Json) -> str:
    """The value tables of all profiles, one line per row."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for line in _rows(effective):
        writer.writerow([no_formula(cell) for cell in line])
    return stream.getvalue()


def _rows(effective: Json) -> Iterator[tuple[str, ...]]:
    for profile, file in effective["profiles"].items():
        for name, rule in file["fields"].items():
            for side in ("servicenow", "sentinel"):
                kept: Json = rule[side] or {}
                table: Json = kept.get("table") or {"rows": ()}
                for row in table["rows"]:
                    fields, raw = ", ".join(table["field"]), ", ".join(row["is"])
                    yield profile, name, side, fields, raw, row["means"], ", ".join(row["writes"])
