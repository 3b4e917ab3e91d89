"""A headless Chromium that opens one file, without a profile, a network or a window."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
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
    tables = "[...document.querySelectorAll('.wide')].filter(each => !each.closest('details'))"
    measure = f"Math.max(0, ...{tables}.map(each => each.scrollWidth - each.clientWidth))"
    written = _POLICY.sub("", page.read_text(encoding="utf-8"))
    copy = page.with_name("measured.html")
    copy.write_text(f"{written}<script>document.title = 'too wide: ' + {measure}</script>", encoding="utf-8")
    done = _run(copy, f"--window-size={width},900", "--dump-dom")
    return int(re.findall(r"<title>too wide: (\d+)</title>", done.stdout)[0])


def screenshot(page: Path, picture: Path, *, width: int, height: int, dark: bool = False) -> None:
    """The top of a page in a window of that size."""
    dress = ["--blink-settings=preferredColorScheme=0"] if dark else ["--blink-settings=preferredColorScheme=1"]
    _run(page, *dress, f"--window-size={width},{height}", f"--screenshot={picture}")


def printed(page: Path, paper: Path) -> None:
    """The page as it is printed, in a PDF file."""
    _run(page, f"--print-to-pdf={paper}", "--no-pdf-header-footer")
