"""Whether text templates use what exists, and cannot come out empty where a text is demanded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from watchkeeper.errors import Problem, ProblemKind
from watchkeeper.mapping.base_models import LocalParagraphs
from watchkeeper.mapping.documents import Document
from watchkeeper.mapping.lens_text import units
from watchkeeper.mapping.names import Name
from watchkeeper.mapping.template_parser import parse_template
from watchkeeper.mapping.templates import Substitution, Template
from watchkeeper.mapping.yaml_reader import Path


def lint_text(
    document: Document, path: Path, text: LocalParagraphs, names: Mapping[str, Name], limits: Mapping[str, int]
) -> Iterator[Problem]:
    """Everything that is wrong with a text in its languages. `limits`: the longest text by the field that it is for."""
    for language in ("en", "ja"):
        templates: list[Template] = []
        for index, source in enumerate(getattr(text, language)):
            place = (*path, language, index)
            template, flaws = parse_template(source, names)
            for flaw in flaws:
                where = f"line {flaw.line} of the text " if "\n" in source.strip() else ""
                yield document.problem(
                    place,
                    where + flaw.message,
                    allowed=flaw.allowed,
                    suggestion=flaw.suggestion,
                    kind=ProblemKind.TEMPLATE,
                )
            templates += [template] if template else []
        yield from _too_long(document, (*path, language), templates, limits)
        if len(templates) == len(getattr(text, language)) and not _always_says_something(templates):
            yield document.problem(
                (*path, language),
                "may come out empty",
                allowed="fixed words, or a name with the `default` filter",
                kind=ProblemKind.TEMPLATE,
            )


def _too_long(
    document: Document, path: Path, paragraphs: Sequence[Template], limits: Mapping[str, int]
) -> Iterator[Problem]:
    """Fixed words alone that are longer than the field, which would always be cut."""
    fixed = sum(units(part) for template in paragraphs for part in template.parts if isinstance(part, str))
    for field, limit in limits.items():
        if fixed > limit:
            yield document.problem(
                path,
                f"has {fixed} characters without its names, and {field} takes {limit}",
                allowed="a shorter text, or a larger `max` where the side takes it",
                kind=ProblemKind.LOSSY,
            )


def _always_says_something(paragraphs: list[Template]) -> bool:
    """Whether words remain when every name that may be empty is: a single paragraph always stays, one of several goes."""
    if len(paragraphs) == 1:
        return any(not _may_vanish(part, paragraphs[0]) for part in paragraphs[0].parts)
    return any(not any(_may_vanish(part, paragraph) for part in paragraph.substitutions) for paragraph in paragraphs)


def _may_vanish(part: str | Substitution, template: Template) -> bool:
    if isinstance(part, str):
        return not part.strip()
    return part.may_be_empty and not template.names[part.name].required
