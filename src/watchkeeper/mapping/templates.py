"""Text templates at work: substitutions and a few filters, rendered from data that is never looked at as a template.

Parsed by watchkeeper.mapping.template_parser. A template cannot loop, call, or reach attributes; what comes from a ticket is
only ever a value. Names are checked at load; at render a missing required name is an error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeAlias

from watchkeeper.errors import Rejected
from watchkeeper.mapping.lens import LabelsLens, instant
from watchkeeper.mapping.lens_text import cut
from watchkeeper.mapping.names import LANGUAGE, Name
from watchkeeper.mapping.profile import Profile
from watchkeeper.model.record import Side
from watchkeeper.model.ticket import Canonical

OUTPUT_LIMIT: Final = 64 * 1024
"""Characters of a rendered text, and of each value that goes into it."""
Argument: TypeAlias = str | int

_HIDDEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
_PLACEHOLDER: Final = re.compile("[\ue000\ue001]")
DIRECTIVE: Final = re.compile(r"%(.?)")
DATE_PARTS: Final = {"Y": "04d", "m": "02d", "d": "02d", "H": "02d", "M": "02d"}


@dataclass(frozen=True, slots=True)
class Substitution:
    """A name and the filters that its value goes through."""

    name: str
    filters: tuple[tuple[str, tuple[Argument, ...]], ...]

    @property
    def may_be_empty(self) -> bool:
        return not any(name == "default" for name, _ in self.filters)


@dataclass(frozen=True, slots=True)
class Template:
    """One paragraph: fixed text and substitutions."""

    parts: tuple[str | Substitution, ...]
    names: Mapping[str, Name]

    @property
    def substitutions(self) -> tuple[Substitution, ...]:
        return tuple(part for part in self.parts if isinstance(part, Substitution))

    def render(self, context: Mapping[str, object]) -> tuple[str, bool]:
        """The text, and whether a value in it was empty. Raises Rejected when a required name is missing."""
        texts = [part if isinstance(part, str) else self._substitute(part, context) for part in self.parts]
        hollow = any(
            isinstance(part, Substitution) and not text.strip() for part, text in zip(self.parts, texts, strict=True)
        )
        return "".join(texts)[:OUTPUT_LIMIT], hollow

    def _substitute(self, part: Substitution, context: Mapping[str, object]) -> str:
        value = look_up(part.name, self.names[part.name], context)
        for name, arguments in part.filters:
            value = _apply(name, arguments, value, context)
        return _text(value, context)


@dataclass(frozen=True, slots=True)
class LocalTemplate:
    """A template in each language. One paragraph gives one line; of several, each whose values are all there."""

    paragraphs: Mapping[str, tuple[Template, ...]]

    def render(self, context: Mapping[str, object]) -> str:
        """Raises Rejected when a required name is missing from the context."""
        paragraphs = self.paragraphs[_language(context, self.paragraphs)]
        rendered = [paragraph.render(context) for paragraph in paragraphs]
        if len(rendered) == 1:
            return " ".join(rendered[0][0].split())
        return "\n\n".join(text.strip() for text, hollow in rendered if not hollow)[:OUTPUT_LIMIT]

    def of(self, context: Mapping[str, object]) -> Canonical:
        return self.render(context)


@dataclass(frozen=True, slots=True)
class FixedValue:
    """The same canonical value for every new record."""

    value: str

    def of(self, context: Mapping[str, object]) -> Canonical:
        del context
        return self.value


@dataclass(frozen=True, slots=True)
class NamedValue:
    """The value that the engine has under a name, as it is."""

    name: str
    spec: Name

    def of(self, context: Mapping[str, object]) -> Canonical:
        value = look_up(self.name, self.spec, context)
        if isinstance(value, datetime):
            return instant(value)
        if isinstance(value, str):
            return _clean(value) or None
        return tuple(sorted({_text(item, context) for item in _items(value)})) or None


class TemplateComposer:
    """Composes the canonical values of a new record from a profile's `on_create` parts."""

    def compose(self, profile: Profile, side: Side, context: Mapping[str, object]) -> Mapping[str, Canonical]:
        """Canonical values of a new record on a side. `context` has the names of watchkeeper.mapping.names (texts that
        exist in several languages may be given as a mapping by language, times as aware datetimes) and `language`.

        Raises Rejected when a required name is missing; never because of what a ticket says.
        """
        values: dict[str, Canonical] = {}
        for rule in profile.fields:
            lens = rule.lenses.get(side)
            if lens is None:
                continue
            value = rule.on_create.of(context) if rule.on_create else None
            if isinstance(lens, LabelsLens):
                value = _with_labels(value, profile.sides[side].labels)
            if value not in (None, "", ()):
                values[rule.name] = value
        return values


def look_up(name: str, spec: Name, context: Mapping[str, object]) -> object:
    """A value from the context by its dotted name, in the context's language; "" for one that is not there.

    Raises Rejected for a required one. Keys only: nothing of Python's can be reached through a name.
    """
    value: object = context
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if value is None and spec.required:
        raise Rejected(
            f"a text cannot be written: {name!r} is missing",
            remedy=f"it should be {spec.meaning}; the mapping asks for it, and the record does not have it",
        )
    local = "" if value is None else _local(value, context)
    # A number that is not known yet travels as a placeholder; nobody else may write one.
    return local if name.endswith(".number") else _without_placeholder(local)


def _without_placeholder(value: object) -> object:
    match value:
        case str():
            return _PLACEHOLDER.sub("", value)
        case Mapping():
            return {key: _without_placeholder(item) for key, item in value.items()}
        case Sequence():
            return [_without_placeholder(item) for item in value]
        case _:
            return value


def _apply(name: str, arguments: tuple[Argument, ...], value: object, context: Mapping[str, object]) -> object:
    match name:
        case "default":
            return value if _text(value, context).strip() else arguments[0]
        case "join":
            return str(arguments[0]).join(_lines(value, context))
        case "date":
            return _date(value, str(arguments[0]) if arguments else "%Y-%m-%d %H:%M", context)
        case "upper":
            return _text(value, context).upper()
        case "lower":
            return _text(value, context).lower()
        case "truncate":
            return cut(_text(value, context), int(arguments[0]))
        case _:
            raise AssertionError(f"filter {name} was not refused at load")


def _text(value: object, context: Mapping[str, object]) -> str:
    value = _local(value, context)
    match value:
        case str():
            return _clean(value)
        case datetime() | date():
            return _date(value, "%Y-%m-%d %H:%M" if isinstance(value, datetime) else "%Y-%m-%d", context)
        case None:
            return ""
        case Sequence():
            return ", ".join(_lines(value, context))
        case _:
            return _clean(str(value))


def _clean(text: str) -> str:
    """What a ticket says without what only machines see: control characters, direction marks, lone surrogates."""
    plain = (
        text[:OUTPUT_LIMIT].replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    )
    return _HIDDEN.sub("", plain)


def _lines(value: object, context: Mapping[str, object]) -> list[str]:
    """The items of a list as texts, a link as `name: address`; empty ones are left out."""
    return [text for item in _items(value) if (text := _text(_link(item), context))]


def _link(item: object) -> object:
    return f"{item['name']}: {item['url']}" if isinstance(item, Mapping) and {"name", "url"} <= item.keys() else item


def _items(value: object) -> tuple[object, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return (value,) if value else ()
    return tuple(value)


def _local(value: object, context: Mapping[str, object]) -> object:
    """A text by language as the context's language has it; anything else as it is."""
    if isinstance(value, Mapping):
        return value.get(_language(context, value), "")
    return value


def _language(context: Mapping[str, object], offered: Mapping[str, object]) -> str:
    wanted = context.get(LANGUAGE)
    return wanted if isinstance(wanted, str) and wanted in offered else "en"


def _date(value: object, form: str, context: Mapping[str, object]) -> str:
    if not isinstance(value, date):
        return _text(value, context)
    fields = {"Y": value.year, "m": value.month, "d": value.day}
    if isinstance(value, datetime):
        fields |= {"H": value.hour, "M": value.minute}
    return DIRECTIVE.sub(lambda found: format(fields.get(found[1], 0), DATE_PARTS[found[1]]), form)


def _with_labels(value: Canonical, labels: tuple[str, ...]) -> Canonical:
    given = value if isinstance(value, tuple) else (value,) if value else ()
    return tuple(sorted({*given, *labels}))
