"""The pictures of the watch board in its document: every page in the light, in the dark and on a telephone.

`./dev demo --serve`, and beside it `python -m tests.browser.board_pictures http://127.0.0.1:8600`, after `./dev test browser` has
fetched what drives a browser.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote
from urllib.request import ProxyHandler, build_opener

from tests.browser.chromium import browser as program
from tests.docs.pages import ROOT

from watchkeeper.evidence.kept import name_of_task
from watchkeeper.report.texts import texts_in
from watchkeeper.web.registry import PAGES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FOLDER: Final = ROOT / "docs" / "pictures" / "board"
ALBUM: Final = ROOT / "docs" / "board-pictures.md"
DEPLOYMENT: Final = "soc"
DRESSES: Final[Mapping[str, Mapping[str, Any]]] = {
    "light": {"viewport": {"width": 1000, "height": 1000}, "device_scale_factor": 0.5},
    "dark": {"viewport": {"width": 1000, "height": 1000}, "device_scale_factor": 0.5, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 780}, "device_scale_factor": 0.6},
}
QUALITY: Final = 45
"""Of a JPEG, so that all of them together stay below one and a half megabytes."""


def album() -> str:
    """The document that shows them."""
    texts = texts_in("en")
    lines = [
        "# Pictures of the watch board",
        "",
        "Every page of [the board](board.md) over the store of [the demo](../README.md), the upper part of each. Made by `tests/browser/board_pictures.py`.",
    ]
    for page in PAGES:
        name = texts.say(f"board.page.{page.name}") if texts.has(f"board.page.{page.name}") else page.name
        shown = (f"![{name}, {dress}](pictures/board/{page.name}-{dress}.jpg)" for dress in DRESSES)
        lines += ["", f"## {name}", "", f"`{page.path}`: {page.summary}", "", *shown]
    return "\n".join(lines) + "\n"


def main(board: str) -> None:
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(parents=True, exist_ok=True)
    ALBUM.write_text(album(), encoding="utf-8")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program(), args=["--no-sandbox"])
        for name, path in places(board):
            for dress, options in DRESSES.items():
                draw(opened, f"{board}/en/{DEPLOYMENT}/{path}", f"{name}-{dress}", options)
        opened.close()


def draw(opened: Browser, address: str, name: str, options: Mapping[str, Any]) -> None:
    context = opened.new_context(**options)
    page = context.new_page()
    page.goto(address, wait_until="networkidle")
    page.screenshot(path=FOLDER / f"{name}.jpg", type="jpeg", quality=QUALITY)
    context.close()


def places(board: str) -> Iterator[tuple[str, str]]:
    """Each page with something in it, by name."""
    parts = parts_of(board)
    for page in PAGES:
        path = page.path.replace(":path}", "}")
        yield page.name, path.format(**{name: quote(parts[name], safe="/@:~") for name in page.parts})


def parts_of(board: str) -> Mapping[str, str]:
    """What the addresses of pages about one thing have in them: things that the board itself lists."""
    run = max(asked(board, "runs")["runs"], key=lambda each: each["written"])
    link = next(each for each in asked(board, "links?profile=escalation")["links"])
    task = max(asked(board, "remediation")["tasks"], key=lambda each: (each["standing"] == "overdue", each["left"]))
    owner = max(asked(board, "owners")["owners"], key=lambda each: each["overdue"])
    return {
        "task": "secure-score",
        "team": "monitoring",
        "day": run["started_at"][:10],
        "run": run["run_id"],
        "key": link["key"],
        "owner": owner["id"],
        "item": next(each["ref"] for part in asked(board, f"owners/{owner['id']}")["items"] for each in part["items"]),
        "activity": name_of_task(task["id"]),
        "profile": "escalation",
    }


def asked(board: str, path: str) -> dict[str, Any]:
    opener = build_opener(ProxyHandler({}))
    with opener.open(f"{board}/api/v1/{DEPLOYMENT}/{path}") as answer:
        found: dict[str, Any] = json.load(answer)
    return found


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
