"""The comment that the action keeps on a pull request: written once, then changed; nobody else's, no older plan, no redirection."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.examples.files import ROOT
from tests.examples.github_api import HEAD, LONGEST, OURS, PullRequest, pull_request
from tests.unit.report.ci.runners import github_commands
from tests.unit.report.examples import HOSTILE, a_report

from watchkeeper.report.ci.comment import as_comment, marker
from watchkeeper.report.run import plan_run_document
from watchkeeper.report.texts import texts_in

MARK = marker("plan", "soc")
TEXT = f"{MARK}\n# Plan\n\n14 created, all on monitoring\n"


def program() -> Any:
    found = importlib.util.spec_from_file_location("comment", ROOT / "deploy/github/comment.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


COMMENT = program()


@pytest.fixture
def github(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PullRequest]:
    with pull_request(tmp_path) as served:
        # Python asks OpenSSL for its authorities, and OpenSSL its environment.
        monkeypatch.setenv("SSL_CERT_FILE", str(served.ca_file))
        yield served


@pytest.fixture
def run(github: PullRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """The step with this comment left by the plan; its exit code and its log."""

    def step(body: str | None = TEXT, **changed: str) -> tuple[int, str]:
        file = tmp_path / "comment.md"
        if body is not None:
            file.write_text(body, encoding="utf-8")
        code = COMMENT.main([str(file)], {**github.environment(), **changed})
        return code, capsys.readouterr().out

    return step


def test_the_first_push_writes_it_and_the_next_ones_change_it(run: Any, github: PullRequest) -> None:
    github.say("Looks good to me.", "niamh-kelly")
    assert run() == (0, "watchkeeper: the comment was written\n")
    assert run(f"{MARK}\n# Plan\n\nnothing to write\n") == (0, "watchkeeper: the comment was changed\n")
    assert [each["body"] for each in github.comments] == ["Looks good to me.", f"{MARK}\n# Plan\n\nnothing to write\n"]


def test_it_is_found_behind_hundreds_of_others(run: Any, github: PullRequest) -> None:
    for number in range(230):
        github.say(f"comment {number}", "niamh-kelly")
    run()
    github.calls.clear()
    assert run(f"{TEXT}newer\n")[0] == 0
    assert [each["body"] for each in github.comments[230:]] == [f"{TEXT}newer\n"]
    assert len(github.calls) == 5


def test_comments_that_only_look_like_ours_are_left_alone(run: Any, github: PullRequest) -> None:
    others = [
        (TEXT, "niamh-kelly"),
        (TEXT, "other-app[bot]"),
        (TEXT, None),
        (None, OURS),
        (f"> {TEXT}", OURS),
        (f"{marker('plan', 'night-shift')}\n# Plan\n", OURS),
    ]
    for body, login in others:
        github.say(body, login)
    assert run(f"{TEXT}ours\n") == (0, "watchkeeper: the comment was written\n")
    assert [each["body"] for each in github.comments] == [*(body for body, _ in others), f"{TEXT}ours\n"]


def test_of_two_that_are_ours_the_first_is_changed(run: Any, github: PullRequest) -> None:
    github.say(f"{MARK}\nfirst\n")
    github.say(f"{MARK}\nsecond\n")
    assert run()[0] == 0
    assert [each["body"] for each in github.comments] == [TEXT, f"{MARK}\nsecond\n"]


def test_one_that_somebody_deletes_at_that_moment_is_written_again(run: Any, github: PullRequest) -> None:
    github.say(f"{MARK}\nformer\n")
    github.deleted = True
    assert run() == (0, "watchkeeper: the comment was written\n")
    assert github.comments[-1]["body"] == TEXT


def test_the_plan_of_an_older_push_run_anew_writes_nothing_over_the_newer_one(run: Any, github: PullRequest) -> None:
    github.say(f"{MARK}\nnewer\n")
    github.head = HEAD[::-1]
    assert run() == (0, "watchkeeper: the comment was left to the job of a later push\n")
    assert [each["body"] for each in github.comments] == [f"{MARK}\nnewer\n"]


def test_without_a_plan_there_is_nothing_to_say(run: Any, github: PullRequest) -> None:
    assert run(None) == (0, "watchkeeper: no comment was left to write\n")
    assert github.calls == []


def test_the_longest_comment_with_what_attackers_put_into_tickets_is_taken(run: Any, github: PullRequest) -> None:
    steps = tuple(f"{number} {text}" for number in range(900) for text in HOSTILE)
    body = as_comment(replace(plan_run_document(a_report()), next_steps=steps), MARK, texts_in("en"))
    assert LONGEST - 2000 < len(body.encode()) <= LONGEST
    assert run(body)[0] == 0
    assert github.comments[0]["body"] == body
    short = as_comment(plan_run_document(a_report()), MARK, texts_in("ja"))
    assert run(short)[0] == 0
    assert [each["body"] for each in github.comments] == [short]


@pytest.mark.parametrize(
    "change", ["may_not_write", "other_token", "too_long", "moved", "elsewhere", "no_number", "no_mark", "http"]
)
def test_what_cannot_be_written_fails_the_step_with_one_error_that_says_why(
    run: Any, github: PullRequest, change: str
) -> None:
    body, changed = TEXT, {}
    match change:
        case "may_not_write":
            github.may_write, words = False, "403 Resource not accessible by integration; the job needs the permission"
        case "other_token":
            changed, words = {"GITHUB_TOKEN": "another"}, "401 Bad credentials"
        case "too_long":
            body, words = TEXT + "x" * LONGEST, "422 Validation Failed: body is too long"
        case "moved":
            github.moved_to, words = f"{github.url}/elsewhere", "301 Moved Permanently"
        case "elsewhere":
            for number in range(101):
                github.say(f"comment {number}", "niamh-kelly")
            github.elsewhere, words = "https://evil.example", "goes on at another address"
        case "no_number":
            changed, words = {"PULL_REQUEST": ""}, "this job is not for a pull request"
        case "no_mark":
            body, words = "# Plan\n", "does not begin with a mark"
        case _:
            changed, words = {"GITHUB_API_URL": "http://127.0.0.1:9"}, "no https:// address"
    code, log = run(body, **changed)
    (command,) = github_commands(log)
    assert (code, command.name) == (1, "error")
    assert command.message.startswith("the comment was not written: ")
    assert words in command.message
    assert log.count("\n") == 1
    assert [each for each in github.comments if each["user"]["login"] == OURS] == []
