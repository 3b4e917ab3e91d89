"""Values as one user reads and writes them: times in the user's zone and format, choices in the user's language.

Recorded display values differ by user in exactly these ways (demisto/content, ServiceNowv2/test_data; StackVista samples).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from watchkeeper.emulators.servicenow.actor import Actor
from watchkeeper.emulators.servicenow.choices import Choices
from watchkeeper.emulators.servicenow.store import Row, Store
from watchkeeper.emulators.servicenow.tables import Field, Kind, Table

_JAVA = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "hh": "%I", "mm": "%M", "ss": "%S", "a": "%p"}
_TOKEN = re.compile("|".join(sorted(_JAVA, key=len, reverse=True)))
_STORED = "%Y-%m-%d %H:%M:%S"
_TITLES: Mapping[str, Mapping[str, str]] = {
    "en": {"work_notes": "Work notes", "comments": "Additional comments"},
    "ja": {"work_notes": "作業メモ", "comments": "追加コメント"},
}


@dataclass(frozen=True, slots=True)
class Display:
    """Display values for one user."""

    store: Store
    choices: Choices
    actor: Actor

    def of(self, table: Table, field: Field, row: Row) -> str:
        value = row[field.name]
        if field.kind is Kind.JOURNAL:
            return self._journal(field.name, row)
        if value == "":
            return ""
        if field.choice:
            own = self.store.class_of(table.name, row)
            return self.choices.labels(own, field.name, self.actor.language).get(value, value)
        if field.kind is Kind.REFERENCE:
            return self.store.display(field.references, value)
        if field.name == "sys_class_name":
            return value.replace("_", " ").title()
        return shown_time(value, self.actor) if field.kind is Kind.DATETIME else value

    def _journal(self, element: str, row: Row) -> str:
        """All entries, newest first, in one text; authors by name, times as the reader's own."""
        titles = _TITLES.get(self.actor.language, _TITLES["en"])
        wanted = set(titles) if element == "comments_and_work_notes" else {element}
        entries = self.store.tables["sys_journal_field"].equal("element_id", row["sys_id"])
        blocks = []
        for entry in reversed([each for each in entries if each["element"] in wanted]):
            author = self.store.first("sys_user", "user_name", entry["sys_created_by"])
            name = entry["sys_created_by"] if author is None else author["name"]
            at, title = shown_time(entry["sys_created_on"], self.actor), titles.get(entry["element"], entry["element"])
            blocks.append(f"{at} - {name} ({title})\n{entry['value']}\n\n")
        return "".join(blocks)


def shown_time(value: str, actor: Actor) -> str:
    """A stored time (UTC) as the user reads it."""
    moment = datetime.fromisoformat(value).replace(tzinfo=UTC)
    return moment.astimezone(actor.zone).strftime(_format(actor))


def read_time(text: str, actor: Actor) -> str:
    """A time that the user wrote, as the store spells it; "" when it is none."""
    try:
        return datetime.strptime(text, _format(actor)).replace(tzinfo=actor.zone).astimezone(UTC).strftime(_STORED)
    except ValueError:
        return ""


def _format(actor: Actor) -> str:
    """The user's date and time format, from Java's letters to strftime's."""
    java = f"{actor.date_format} {actor.time_format}"
    return _TOKEN.sub(lambda found: _JAVA[found[0]], java.replace("%", "%%"))
