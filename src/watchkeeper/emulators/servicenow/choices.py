"""Choice lists, read from sys_choice as it is now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from watchkeeper.emulators.servicenow.store import Store
from watchkeeper.emulators.servicenow.task_tables import BASE

BASE_LANGUAGE = "en"
"""What stands in for a label that has not been translated."""


class Choices:
    """Values and labels per (table, element), rebuilt when sys_choice changes. The English rows decide which values there
    are; a table without a list of its own has the one of the table above it, or of `task`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows = store.tables["sys_choice"]
        self._version = -1
        self._labels: dict[tuple[str, str, str], dict[str, str]] = {}

    def labels(self, table: str, element: str, language: str = BASE_LANGUAGE) -> Mapping[str, str]:
        """Active value to label, in English where the language has none; empty when the field has no list."""
        if self._version != self._rows.version:
            self._read()
        english = self._list(table, element, BASE_LANGUAGE)
        if language == BASE_LANGUAGE:
            return english
        translated = self._list(table, element, language)
        return {value: translated.get(value, label) for value, label in english.items()}

    def value(self, table: str, element: str, label: str, language: str = BASE_LANGUAGE) -> str | None:
        """The value that a label stands for, or None. A label in the user's language goes before an English one."""
        folded = label.casefold()
        for spoken in dict.fromkeys((language, BASE_LANGUAGE)):
            for value, text in self.labels(table, element, spoken).items():
                if text.casefold() == folded:
                    return value
        return None

    def _list(self, table: str, element: str, language: str) -> Mapping[str, str]:
        for owner in self._line(table):
            own = self._labels.get((owner, element, language))
            if own is not None:
                return own
        return {}

    def _line(self, table: str) -> Iterator[str]:
        definition = self._store.definition(table)
        while definition is not None and definition.name != BASE:
            yield definition.name
            definition = self._store.definition(definition.extends)
        yield BASE

    def _read(self) -> None:
        self._labels = {}
        for row in self._rows.rows.values():
            if row["inactive"] != "true":
                place = (row["name"], row["element"], row["language"] or BASE_LANGUAGE)
                self._labels.setdefault(place, {})[row["value"]] = row["label"]
        self._version = self._rows.version
