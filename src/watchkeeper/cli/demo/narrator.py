"""Tells the demo's story through the report renderer, so that it is neutralised and laid out like every other output."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import typer

from watchkeeper.cli.demo.texts import TEXTS, text
from watchkeeper.report.document import Block, Document, Mark, Paragraph, Row, Section, Table
from watchkeeper.report.text import render
from watchkeeper.report.texts import Texts, texts_in


class Narrator:
    """Speaks one language. `act` numbers the steps."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._acts = 0

    def word(self, name: str, **values: object) -> str:
        return text(name, self.language, **values)

    @property
    def texts(self) -> Texts:
        """The reports' texts in the same language."""
        return texts_in(self.language)

    def counted(self, name: str, count: int) -> str:
        """What was seen, so many times."""
        return self.word(f"{name}_one" if count == 1 and f"{name}_one" in TEXTS else name, count=count)

    def seen(self, **counts: int) -> str:
        """Several counts as one enumeration, each by its name (`writes`, `calls`)."""
        return self.texts.say("list.comma").join(self.counted(f"seen_{name}", count) for name, count in counts.items())

    def day(self, at: datetime) -> str:
        weekday = self.word("weekdays").split()[at.weekday()]
        return self.word("day", weekday=weekday, day=at.date().isoformat())

    def moment(self, at: datetime) -> str:
        weekday = self.word("weekdays_short").split()[at.weekday()]
        return self.word("moment", weekday=weekday, day=f"{at:%m-%d}", time=f"{at:%H:%M}")

    def opening(self, name: str) -> None:
        typer.echo(render(Document("", self.word(name))), nl=False)

    def act(self, name: str, *blocks: Block, **values: object) -> None:
        """One step: a numbered sentence and what is to be seen."""
        self._acts += 1
        sentence = f"{self._acts}. {self.word(name, **values)}"
        typer.echo("\n" + render(Document("", sentence, (Section("", blocks),) if blocks else ())), nl=False)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]], marks: Sequence[Mark] = ()) -> Table:
        """A table under translated headings; `marks` one per row."""
        heads = tuple(self.word(f"column_{name}") for name in columns)
        signs = marks or [Mark.NONE] * len(rows)
        return Table(heads, tuple(Row(tuple(row), mark) for row, mark in zip(rows, signs, strict=True)))

    def line(self, name: str, mark: Mark = Mark.NONE, **values: object) -> Paragraph:
        return Paragraph(self.word(name, **values), mark)
