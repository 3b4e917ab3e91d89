"""Answers in the shapes that real ones have been seen in, beside the documented one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from watchkeeper.emulators.azure.arm_options import ArmOptions
from watchkeeper.emulators.exchange import Response, json_bytes

_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?Z")
_PROVIDER: Final = "Microsoft.OperationalInsights"
_MISSPELT: Final = "Microsoft.OperationalIinsights"
"""As in Azure/azure-rest-api-specs, securityinsights stable, examples/incidents."""
_PLAIN: Final = ArmOptions()


def reshaped(answer: Response, options: ArmOptions) -> Response:
    """The answer as the options want it; one without JSON stays as it is."""
    if not answer.body or not _concerns(options):
        return answer
    return Response(answer.status, json_bytes(_walk(json.loads(answer.body), options)), answer.headers)


def _concerns(options: ArmOptions) -> bool:
    names = ("casing", "fraction_digits", "loose_types", "unknown_values", "missing_keys", "plain_etags")
    return any(getattr(options, name) != getattr(_PLAIN, name) for name in names)


def _walk(value: Any, options: ArmOptions) -> Any:
    match value:
        case dict():
            kept = {name: part for name, part in value.items() if name not in options.missing_keys}
            return {name: _property(name, _walk(part, options), options) for name, part in kept.items()}
        case list():
            return [_walk(part, options) for part in value]
        case str():
            return _timed(value, options.fraction_digits)
        case _:
            return value


def _property(name: str, value: Any, options: ArmOptions) -> Any:
    renamed = options.unknown_values.get(name, {})
    if isinstance(value, str) and value in renamed:
        return renamed[value]
    if name in {"id", "type"} and isinstance(value, str):
        return _cased(value, options)
    if name == "etag" and options.plain_etags and isinstance(value, str):
        return value.strip('"')
    return _loose(value) if options.loose_types and name not in {"id", "name", "etag"} else value


def _cased(text: str, options: ArmOptions) -> str:
    match options.casing:
        case "lower":
            return text.lower()
        case "misspelt":
            return text.replace(_PROVIDER, _MISSPELT)
        case _:
            return text


def _loose(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return str(value)
    return int(value) if isinstance(value, str) and re.fullmatch(r"[1-9]\d{0,8}", value) else value


def _timed(text: str, digits: int | None) -> str:
    match = _TIME.fullmatch(text) if digits is not None else None
    if match is None:
        return text
    fraction = (match[2] or "").ljust(7, "0")[:digits]
    return f"{match[1]}.{fraction}Z" if fraction else f"{match[1]}Z"


def shown(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as JSON shows them."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in options.items()}
