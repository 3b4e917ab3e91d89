"""An HTML report as a reader's machine sees it: read strictly, so that a page which a browser would have to mend is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "br", "hr", "img", "input"})


@dataclass(slots=True)
class Element:
    name: str
    attributes: dict[str, str]
    parent: Element | None
    children: list[Element] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text and that of everything in it, in order."""
        return "".join(self.texts)

    def within(self, name: str) -> bool:
        return self.name == name or (self.parent is not None and self.parent.within(name))


class Page(HTMLParser):
    """Every element in the order of the document. Raises AssertionError where elements are not closed in their order."""

    def __init__(self, written: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(written)
        self.close()
        assert self._open == [], self._open

    def all(self, *names: str) -> list[Element]:
        return [each for each in self.elements if each.name in names]

    def one(self, name: str) -> Element:
        (found,) = self.all(name)
        return found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), attrs
        parent = self._open[-1] if self._open else None
        element = Element(tag, {name: value or "" for name, value in attrs}, parent)
        self.elements.append(element)
        if parent is not None:
            parent.children.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, tag
        assert self._open[-1].name == tag, (self._open[-1], tag)
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.texts.append(data)
