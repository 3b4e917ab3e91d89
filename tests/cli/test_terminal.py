from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conversation import Conversation
from tests.cli.fixtures import Busy
from tests.cli.program import Program

pytestmark = [pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX"), pytest.mark.thorough]

SCRIPT = Path(sys.executable).with_name("watchkeeper")


def on_a_terminal(soc: Program, *arguments: str, **environment: str) -> str:
    """What a command prints where a person looks."""
    with Conversation(soc, *arguments, **{"TERM": "xterm", **environment}) as seen:
        assert seen.ends() == 0
    return seen.shown


def test_a_person_at_a_terminal_sees_colour_and_nobody_else(busy: Busy) -> None:
    assert "\x1b[" in on_a_terminal(busy.soc, "history")
    assert "\x1b[" not in busy.soc.run("history", TERM="xterm").out


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("--no-color",), {}),
        ((), {"NO_COLOR": "1"}),
        ((), {"TERM": "dumb"}),
        (("--json",), {}),
        (("--format", "markdown"), {}),
    ],
)
def test_colour_is_left_out_on_request_and_where_it_would_be_data(
    busy: Busy, arguments: tuple[str, ...], environment: dict[str, str]
) -> None:
    assert "\x1b" not in on_a_terminal(busy.soc, "history", *arguments, **environment)


def test_a_stream_that_cannot_spell_japanese_gets_escapes_instead_of_a_failure(busy: Busy) -> None:
    given = {**busy.soc.environment, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    ended = subprocess.run(
        [SCRIPT, "history", "--lang", "ja"], cwd=busy.soc.folder, env=given, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"\\u" in ended.stdout


def test_a_reader_that_leaves_early_is_no_error_worth_a_traceback(busy: Busy) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(
        [SCRIPT, "tasks", "list"],
        cwd=busy.soc.folder,
        env=dict(busy.soc.environment),
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (ended.returncode, ended.stderr) == (141, b"")


@pytest.mark.parametrize(
    ("form", "piece"),
    [
        ("csv", '\ufeff"キー",'),
        pytest.param("html", "<title>エスカレーション</title>", marks=pytest.mark.slow),
        pytest.param("junit", '<testsuites name="エスカレーション"', marks=pytest.mark.slow),
    ],
)
def test_a_file_that_says_it_is_utf_8_is_that_on_any_stream(busy: Busy, form: str, piece: str) -> None:
    given = {**busy.soc.environment, "PYTHONIOENCODING": "cp932", "PYTHONUTF8": "0"}
    command = [SCRIPT, "report", "escalations", "--period", "2026", "--format", form, "--lang", "ja"]
    done = subprocess.run(command, cwd=busy.soc.folder, env=given, capture_output=True, timeout=60, check=True)
    assert piece in done.stdout.decode("utf-8")
