"""A window of a browser at the board, and everything that the browser says against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request


@dataclass
class Looking:
    """`asked`: every address that was asked for."""

    page: Page
    board: str
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, browser: Browser, board: str, path: str, **context: Any) -> Looking:
        page = browser.new_context(**{"viewport": {"width": 1000, "height": 900}, **context}).new_page()
        looking = cls(page, board)
        page.on("console", lambda said: looking.complaints.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: looking.complaints.append(str(error)))
        page.on("request", looking._ask)
        page.goto(board + path)
        return looking

    def _ask(self, request: Request) -> None:
        self.asked.append(request.url)
        if not request.url.startswith((self.board, "data:")):
            self.complaints.append(f"{request.url} is no place of the board")

    def wider_than_the_window(self) -> int:
        """By how many pixels."""
        root = "document.documentElement"
        return int(self.page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))

    def violations(self) -> list[str]:
        """What axe-core finds against WCAG 2.1 A and AA and its own good practices, with everything unfolded: rule, weight and where."""
        self.page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        self.page.evaluate((files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run()")
        assert len(found["passes"]) > 10, "axe-core looked at next to nothing"
        return [
            f"{each['id']} ({each['impact']}): {' '.join(node['html'] for node in each['nodes'])}"
            for each in found["violations"]
        ]
