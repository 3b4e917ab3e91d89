"""A window of a browser at the board, and everything that the browser says against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request


FOCUSABLE = 'a[href], button, input:not([type="hidden"]), select, textarea, summary, [tabindex="0"]'
ALL_OF_IT = f"""() => [...document.querySelectorAll('*')]
    .map((each, place) => each.matches('{FOCUSABLE}') && each.checkVisibility() ? place : -1).filter(place => place >= 0)"""
HERE = """() => {
    const here = document.activeElement, box = here.getClientRects()[0] || here.getBoundingClientRect()
    const inside = (at, from, to) => Math.min(Math.max(at, from + 1), to - 1)
    const corners = [[box.left + 3, box.top + 3], [box.right - 3, box.bottom - 3], [box.left + box.width / 2, box.top + box.height / 2]]
    const hit = ([x, y]) => document.elementFromPoint(inside(x, 0, innerWidth), inside(y, 0, innerHeight))
    return {
        place: here === document.body ? -1 : [...document.querySelectorAll('*')].indexOf(here),
        name: here.outerHTML.slice(0, 120),
        seen: getComputedStyle(here).outlineStyle !== 'none' && corners.map(hit).some(each => here.contains(each)),
    }
}"""
MOST_STOPS = 2_000
DRAWN = "() => new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
OVER_TITLES = """() => [...document.querySelectorAll(':is(h2, h3) + .leads')].filter(leads => {
    const words = document.createRange()
    words.selectNodeContents(leads.previousElementSibling)
    const over = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 2 && b.top < a.bottom - 2
    const boxes = [...words.getClientRects()]
    return leads.checkVisibility() && [...leads.children].some(link => boxes.some(box => over(link.getBoundingClientRect(), box)))
}).map(leads => leads.parentElement.textContent.slice(0, 80))"""


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

    def resize(self, width: int) -> None:
        """Make the window another width, and wait until scripts that follow its width have drawn."""
        self.page.set_viewport_size({"width": width, "height": 900})
        self.page.evaluate(DRAWN)

    def wider_than_the_window(self) -> int:
        """By how many pixels."""
        root = "document.documentElement"
        return int(self.page.evaluate(f"{root}.scrollWidth - {root}.clientWidth"))

    def leads_over_titles(self) -> list[str]:
        """The sections whose leads stand on the words of their title."""
        return list(self.page.evaluate(OVER_TITLES))

    def focusable(self) -> list[int]:
        """The places in the document of everything that somebody without a mouse has to come to."""
        return list(self.page.evaluate(ALL_OF_IT))

    def stops(self) -> list[dict[str, Any]]:
        """Where the Tab key stops until it has left the page: the place in the document, and whether one sees that one is there."""
        found: list[dict[str, Any]] = []
        for _ in range(MOST_STOPS):
            self.page.keyboard.press("Tab")
            here = self.page.evaluate(HERE)
            if here["place"] < 0:
                return found
            found.append(here)
        return found

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
