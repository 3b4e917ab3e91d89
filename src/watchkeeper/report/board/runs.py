"""The runs of a deployment, as far back as the store remembers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from watchkeeper.report.board.health import runs_table
from watchkeeper.report.board.leads import next_page
from watchkeeper.report.board.nouns import Head, PastRun
from watchkeeper.report.document import Document, Paragraph, Section
from watchkeeper.report.texts import texts_in

ENDS: Final = ("fine", "failed", "later", "unended")
"""How a run may have ended: well, not well, put off for the next one, not at all."""


@dataclass(frozen=True, slots=True)
class RunList:
    """Runs of a `command` ("": of any) that ended in a way (a word of ENDS, "": in any), newest first; `commands` are those of the latest runs. `goes_on` is the run after which
    there may be more, "" where there is none."""

    head: Head
    commands: tuple[str, ...]
    command: str
    ended: str
    runs: tuple[PastRun, ...]
    goes_on: str


def runs_document(found: RunList, lang: str = "en") -> Document:
    texts = texts_in(lang)
    leads = next_page(found.goes_on, texts, command=found.command, ended=found.ended)
    if found.runs:
        blocks = (runs_table(found.runs, texts),)
        section = Section("", blocks, anchor="list", leads=leads)
    else:
        section = Section("", (Paragraph(texts.say("board.list.nothing")),), anchor="list", leads=leads)
    title = texts.say("board.list.runs", deployment=found.head.deployment)
    return Document(title, texts.say("board.about.runs"), (section,))
