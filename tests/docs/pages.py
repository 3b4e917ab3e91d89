"""The project's documents as data: pages, headings, links, fenced blocks, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]

_FENCE = re.compile(
    r"^(?P<indent> *)(?P<mark>`{3,}|~{3,})(?P<info>[^`\n]*)\n(?P<body>.*?)^(?P=indent)(?P=mark) *$", re.M | re.S
)
_HEADING = re.compile(r"^#{1,6} +(.+?) *#* *$", re.M)
_LINK = re.compile(r"(?<!!)\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+)\)")
_NOT_IN_ANCHOR = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block. `info` are the words behind the fence: the language, then what the block is about."""

    page: Path
    info: tuple[str, ...]
    body: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}: {' '.join(self.info)}: {self.body.strip().splitlines()[0]}"


@dataclass(frozen=True)
class Page:
    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def fences(self) -> tuple[Fence, ...]:
        return tuple(
            Fence(self.path, tuple(found["info"].split()), _dedented(found["body"], len(found["indent"])))
            for found in _FENCE.finditer(self.text)
        )

    @cached_property
    def prose(self) -> str:
        """The text without its fenced blocks."""
        return _FENCE.sub("", self.text)

    @property
    def links(self) -> tuple[str, ...]:
        return tuple(_LINK.findall(re.sub(r"`[^`\n]*`", "", self.prose)))

    @cached_property
    def anchors(self) -> frozenset[str]:
        """The names that headings get on GitHub; a repeated heading gets a number."""
        seen: dict[str, int] = {}
        names = []
        for title in _HEADING.findall(self.prose):
            slug = _NOT_IN_ANCHOR.sub("", re.sub(r"[`*]|\]\([^)]*\)|\[", "", title).lower()).replace(" ", "-")
            count = seen.get(slug, 0)
            seen[slug] = count + 1
            names.append(f"{slug}-{count}" if count else slug)
        return frozenset(names)

    def section(self, title: str) -> str:
        """The text below a heading, up to the next heading of the same or a higher level."""
        found = re.search(rf"^(#+) +{re.escape(title)} *$", self.text, re.M)
        assert found, f"{self.name} has no heading {title!r}"
        rest = self.text[found.end() :]
        end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.M)
        return rest[: end.start()] if end else rest


def page(name: str) -> Page:
    return Page(ROOT / name)


def pages() -> Iterator[Page]:
    """Every document that a reader meets."""
    for pattern in ("*.md", "docs/**/*.md", "mappings/*.md", "deploy/**/*.md", "examples/**/*.md"):
        for path in sorted(ROOT.glob(pattern)):
            yield Page(path)


def rows(markdown: str) -> tuple[tuple[str, ...], ...]:
    """The rows of all tables in a piece of Markdown, without their headings."""
    lines = [line.strip() for line in markdown.splitlines()]
    found = []
    for above, line in zip(["", *lines], lines, strict=False):
        if not line.startswith("|") or set(line) <= set("|-: "):
            continue
        following = lines[lines.index(line) + 1] if line in lines and lines.index(line) + 1 < len(lines) else ""
        if not above.startswith("|") and set(following) <= set("|-: ") and following:
            continue
        found.append(tuple(cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip("|"))))
    return tuple(found)


def code(cell: str) -> tuple[str, ...]:
    """What stands in backticks."""
    return tuple(re.findall(r"`([^`]+)`", cell))


def _dedented(body: str, indent: int) -> str:
    return "\n".join(line[indent:] for line in body.splitlines())
