"""A document as GitHub-flavoured Markdown, fit for a step summary: never above its size limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from watchkeeper.report.document import (
    Block,
    Bullets,
    Cell,
    Document,
    Grid,
    Link,
    Mark,
    Pairs,
    Paragraph,
    Section,
    Table,
)
from watchkeeper.report.neutralise import guard_line, markdown, markdown_url
from watchkeeper.report.squares import as_text
from watchkeeper.report.texts import Texts

LIMIT = 1024 * 1024
"""Bytes that GitHub takes for one step's summary; it drops a larger one whole (github/docs, workflow commands)."""
COMMENT_LIMIT = 65_536
"""Characters that GitHub takes for one comment (its API: "body is too long (maximum is 65536 characters)"). Applied to bytes,
of which there are never fewer."""
_UNFOLDED = "<details>"
_FOLDED = "</details>"


def render(document: Document, *, texts: Texts, limit: int = LIMIT) -> str:
    """The document as Markdown of at most `limit` bytes; what does not fit is left out at the end and counted."""
    lines = [guard_line(line) for line in _lines(document)]
    whole = "\n".join(lines) + "\n"
    if len(whole.encode()) <= limit:
        return whole
    return _shortened(lines, texts, limit)


def _shortened(lines: Sequence[str], texts: Texts, limit: int) -> str:
    room = limit - len(("\n" + texts.count("report.truncated", len(lines)) + "\n\n").encode())
    kept: list[str] = []
    unclosed = 0
    for line in lines:
        unclosed += (line == _UNFOLDED) - (line == _FOLDED)
        room -= len(line.encode()) + 1
        if room - unclosed * (len(_FOLDED) + 2) < 0:
            break
        kept.append(line)
    shown = len(kept)
    kept += ["", _FOLDED] * (kept.count(_UNFOLDED) - kept.count(_FOLDED))
    left_out = sum(1 for line in lines[shown:] if line)
    notice = texts.count("report.truncated", left_out)
    return "\n".join([*kept, "", notice]) + "\n"


def _lines(document: Document) -> Iterator[str]:
    yield f"# {markdown(document.title)}"
    yield ""
    yield f"**{_marked(document.mark)}{markdown(document.sentence)}**"
    for section in document.sections:
        yield from _section(section, 2)
    if document.next_steps:
        yield from ("", f"## {markdown(document.next_title)}", "")
        yield from (f"- {markdown(step)}" for step in document.next_steps)


def _section(section: Section, level: int) -> Iterator[str]:
    if section.folded:
        title = f"{_marked(section.mark)}{markdown(section.title)}"
        yield from ("", _UNFOLDED, f"<summary>{title}</summary>")
        yield from _section(replace(section, title="", folded=False), level)
        yield from ("", _FOLDED)
        return
    if section.title:
        yield from ("", f"{'#' * min(level, 6)} {_marked(section.mark)}{markdown(section.title)}")
    for block in section.blocks:
        yield ""
        yield from _block(block)
    for each in section.sections:
        yield from _section(each, level + 1)


def _block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph():
            yield f"{_marked(block.mark)}{markdown(block.text)}"
        case Bullets():
            yield from (f"- {_marked(item.mark)}{markdown(item.text)}" for item in block.items)
        case Pairs():
            yield from (f"- **{markdown(label)}:** {_cell(value)}" for label, value in block.rows)
        case Table() if block.rows:
            yield from _table(block)
        case Grid() if block.rows:
            table, meanings = as_text(block)
            yield from _table(table)
            yield from ("", markdown(meanings.text))


def _table(table: Table) -> Iterator[str]:
    signed = any(row.mark.value for row in table.rows)
    noted = any(row.note for row in table.rows)
    yield _row([""] * signed + [markdown(each) for each in (*table.headings, *[table.note_heading] * noted)])
    rules = ["---:" if column in table.numbers else "---" for column in range(len(table.headings))]
    yield _row(["---"] * signed + rules + ["---"] * noted)
    for row in table.rows:
        notes = [markdown(row.note)] * noted
        yield _row([markdown(row.mark.value)] * signed + [_cell(cell) for cell in row.cells] + notes)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    if not isinstance(cell, Link):
        return markdown(cell)
    url = markdown_url(cell.url)
    return f"[{markdown(cell.text)}](<{url}>)" if url and cell.text else markdown(cell.text)


def _marked(mark: Mark) -> str:
    return f"{markdown(mark.value)} " if mark.value else ""
