"""Choice lists, read from sys_choice as it is now."""

from __future__ import annotations

from watchkeeper.emulators.servicenow.store import Store


class Choices:
    """Values and labels per (table, element), rebuilt when sys_choice changes."""

    def __init__(self, store: Store) -> None:
        self._rows = store.tables["sys_choice"]
        self._version = -1
        self._labels: dict[tuple[str, str], dict[str, str]] = {}

    def labels(self, table: str, element: str) -> dict[str, str]:
        """Active value to label; empty when the field has no list."""
        if self._version != self._rows.version:
            self._labels = {}
            for row in self._rows.rows.values():
                if row["inactive"] != "true":
                    self._labels.setdefault((row["name"], row["element"]), {})[row["value"]] = row["label"]
            self._version = self._rows.version
        return self._labels.get((table, element), {})

    def value(self, table: str, element: str, label: str) -> str | None:
        """The value that a label stands for, or None."""
        folded = label.casefold()
        return next((v for v, text in self.labels(table, element).items() if text.casefold() == folded), None)
