"""A headless Chromium that opens one file, without a profile, a network or a window."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import tempfile
from importlib.resources import files
from pathlib import Path

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_PATIENCE = 90
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_SAID = re.compile(r"CONSOLE[:(]\d+\)?\] \"(?P<said>.*)\", source:")


def browser() -> str:
    """The program; skips the test where there is none."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(f"no browser on this machine: none of {', '.join(_NAMES)}")
    return found


def _run(page: Path, *options: str) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as profile:
        return subprocess.run(
            [
                browser(), "--headless=new", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--host-resolver-rules=MAP * ~NOTFOUND",
                *(["--no-sandbox"] if os.geteuid() == 0 else []), f"--user-data-dir={profile}", *options, page.as_uri(),
            ],
            capture_output=True, text=True, timeout=_PATIENCE, check=True,
        )  # fmt: skip


def complaints(page: Path) -> list[str]:
    """What the browser says of a page on its console: each violation of the page's policy, each error."""
    done = _run(page, "--enable-logging=stderr", "--virtual-time-budget=2000", "--dump-dom")
    return [found["said"] for found in _SAID.finditer(done.stderr)]


def widest(page: Path, width: int) -> int:
    """How much wider than its place the widest table that is not folded away is in a window of that width, in pixels. A page may run
    no script, hence a copy of it without its policy."""
    tables = "[...document.querySelectorAll('.wide:has(> table)')].filter(each => !each.closest('details'))"
    measure = f"Math.max(0, ...{tables}.map(each => each.scrollWidth - each.clientWidth))"
    written = _POLICY.sub("", page.read_text(encoding="utf-8"))
    copy = page.with_name("measured.html")
    copy.write_text(f"{written}<script>document.title = 'too wide: ' + {measure}</script>", encoding="utf-8")
    done = _run(copy, f"--window-size={width},900", "--dump-dom")
    return int(re.findall(r"<title>too wide: (\d+)</title>", done.stdout)[0])


def violations(page: Path, *, dark: bool = False) -> list[str]:
    """What axe-core finds on a page against WCAG 2.1 A and AA and its own good practices, in the light or the dark dress and with
    everything unfolded: rule, weight and where. On a copy, as `widest`."""
    axe = (files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")
    told = "found.violations.map(each => `${each.id} (${each.impact}): ${each.nodes.map(node => node.html).join(' ')}`)"
    run = f"axe.run().then(found => {{ document.title = JSON.stringify([found.passes.length, {told}]) }})"
    written = _POLICY.sub("", page.read_text(encoding="utf-8")).replace("<details>", "<details open>")
    copy = page.with_name("examined.html")
    copy.write_text(f"{written}<script>{axe}</script><script>{run}</script>", encoding="utf-8")
    done = _run(copy, _dress(dark), "--window-size=1000,900", "--virtual-time-budget=20000", "--dump-dom")
    copy.unlink()
    passes, found = json.loads(html.unescape(re.findall(r"<title>(.*?)</title>", done.stdout)[0]))
    assert passes > 10, "axe-core looked at next to nothing"
    return list(found)


def overhang(page: Path, width: int) -> int:
    """How much wider than a window of that width a page is, in pixels. A window of Chromium's own is never as narrow as a phone, hence
    a frame in one; on a copy, as `widest`."""
    written = _POLICY.sub("", page.read_text(encoding="utf-8"))
    copy, around = page.with_name("narrow.html"), page.with_name("around.html")
    tell = "parent.postMessage(document.documentElement.scrollWidth - document.documentElement.clientWidth, '*')"
    copy.write_text(f"{written}<script>{tell}</script>", encoding="utf-8")
    heard = "<script>onmessage = told => { document.title = 'overhang: ' + told.data }</script>"
    around.write_text(f'{heard}<iframe width="{width}" height="900" src="narrow.html"></iframe>', encoding="utf-8")
    done = _run(around, "--virtual-time-budget=5000", "--dump-dom")
    for each in (copy, around):
        each.unlink()
    return int(re.findall(r"<title>overhang: (\d+)</title>", done.stdout)[0])


def _dress(dark: bool) -> str:
    return f"--blink-settings=preferredColorScheme={0 if dark else 1}"


def screenshot(page: Path, picture: Path, *, width: int, height: int, dark: bool = False) -> None:
    """The top of a page in a window of that size."""
    _run(page, _dress(dark), f"--window-size={width},{height}", f"--screenshot={picture}")


def printed(page: Path, paper: Path) -> None:
    """The page as it is printed, in a PDF file."""
    _run(page, f"--print-to-pdf={paper}", "--no-pdf-header-footer")
