"""The least rights that the accounts of a deployment need, for whoever gives them."""

from __future__ import annotations

from collections.abc import Iterable

from watchkeeper.model.probing import LeastRights, TableRight
from watchkeeper.model.source_rights import SourceRights
from watchkeeper.report.document import Bullets, Document, Pairs, Paragraph, Row, Section, Table
from watchkeeper.report.texts import Texts, texts_in

OPERATIONS = {"read": "read", "match": "query_match", "range": "query_range", "create": "create", "write": "write"}
"""Our names for what is asked of a field, and the instance's own for the access rule that allows it."""


def permissions_document(rights: LeastRights, lang: str = "en") -> Document:
    """Tables and fields of ServiceNow, actions of Azure, permissions of sources of evidence, and what no account should have."""
    texts = texts_in(lang)
    return Document(
        title=texts.say("permissions.title"),
        sentence=texts.say("permissions.sentence", mode=rights.mode),
        sections=(
            Section(
                texts.say("permissions.servicenow"),
                (Pairs(((texts.say("permissions.roles"), ", ".join(rights.roles)),)), _tables(rights.tables, texts)),
            ),
            Section(texts.say("permissions.azure"), _azure(rights, texts)),
            *(_source(source, texts) for source in rights.sources),
            Section(texts.say("permissions.unneeded"), (_bullets((*rights.unneeded_roles, *rights.unneeded_actions)),)),
        ),
    )


def _azure(rights: LeastRights, texts: Texts) -> tuple[Paragraph | Bullets, ...]:
    usual = (Paragraph(texts.say("permissions.file", file=rights.file)), _bullets(rights.actions))
    if not rights.evidence_actions:
        return usual
    besides = Paragraph(texts.say("permissions.evidence-file", file=rights.evidence_file))
    return (*usual, besides, _bullets(rights.evidence_actions))


def source_json(rights: SourceRights) -> dict[str, object]:
    """What one source of evidence needs, for programs."""
    permissions = [{"name": each.name, "for": list(each.subjects)} for each in rights.permissions]
    return {
        "source": rights.source,
        "api": rights.api,
        "application": rights.application,
        "permissions": permissions,
    }


def _source(rights: SourceRights, texts: Texts) -> Section:
    rows = tuple(Row((each.name, ", ".join(each.subjects))) for each in rights.permissions)
    headings = tuple(texts.say(f"column.{name}") for name in ("permission", "purpose"))
    about = texts.say("permissions.source", api=rights.api, application=rights.application)
    return Section(texts.side(rights.source), (Paragraph(about), Table(headings, rows)))


def _tables(tables: Iterable[TableRight], texts: Texts) -> Table:
    rows = tuple(
        Row((right.table, operation, ", ".join(sorted(getattr(right, name))), texts.say(f"purpose.{right.purpose}")))
        for right in tables
        for name, operation in OPERATIONS.items()
        if getattr(right, name)
    )
    headings = ("table", "operation", "fields", "purpose")
    return Table(tuple(texts.say(f"column.{name}") for name in headings), rows)


def _bullets(names: Iterable[str]) -> Bullets:
    return Bullets(tuple(Paragraph(name) for name in names))
