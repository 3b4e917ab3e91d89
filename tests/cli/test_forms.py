from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.cli.fixtures import Busy
from tests.cli.program import Ended
from tests.effort import sampled
from tests.invariants.story import also_slowly
from tests.unit.report.junit_rules import read
from tests.unit.report.pages import Page
from tests.unit.report.test_spreadsheet import cells_of

from watchkeeper.report import machine

SHIPPED = str(Path(__file__).parents[2] / "mappings")
LOOKING: dict[str, tuple[str, ...]] = {
    "plan": ("plan",),
    "run": ("sync", "--max-writes", "0"),
    "tasks-list": ("tasks", "list"),
    "tasks-due": ("tasks", "due"),
    "audit": ("audit", "--as-of", "2026-11-16T12:00:00Z"),
    "doctor": ("doctor",),
    "permissions": ("doctor", "--permissions"),
    "status": ("status",),
    "history": ("history",),
    "show": ("show", "NUMBER"),
    "pairing": ("link", "NUMBER", "2"),
    "problems": ("mappings", "check"),
    "mappings-explain": ("mappings", "explain", "status"),
    "mappings-preview": ("mappings", "preview", "NUMBER"),
    "mappings-test": ("mappings", "test"),
    "mappings-diff": ("mappings", "diff", SHIPPED),
    "init": (
        "init", "--folder", "begun", "--zone", "Asia/Tokyo", "--go-live", "2026-12-01", "--group", "CSIRT", "--people", "keiko.tanaka",
        "--offline",
    ),
    "db-upgrade": ("db", "upgrade"),
    "halt": ("resume",),
    "retire": ("retire",),
    "db-check": ("db", "check"),
    "db-backup": ("db", "backup", "backup.db", "--force"),
    "db-prune": ("db", "prune", "--keep", "40"),
    "db-rebuild": ("db", "rebuild"),
    "history-verify": ("history", "verify"),
    "unlock": ("unlock", "0" * 32),
    "tasks-raise": ("tasks", "raise", "tabletop-exercise", "--team", "all", "--reason", "a drill"),
    "tasks-calendar": ("tasks", "calendar", "--months", "1"),
    "report-escalations": ("report", "escalations"),
    "report-run": ("report", "run", "--period", "2026-11"),
    "report-compliance": ("report", "compliance", "--period", "7d"),
    "evidence": ("evidence", "show"),
    "report-oversight": ("report", "oversight", "--period", "2026-11"),
    "report-remediation": ("report", "remediation"),
    "report-secure-score": ("report", "secure-score", "--period", "2026-11", "--actions", "3"),
    "export-site": ("export", "site", "portal"),
    "packs-list": ("packs", "list"),
    "packs-switch": ("packs", "enable", "defender-xdr"),
    "packs-diff": ("packs", "diff"),
    "error": ("plan", "--mappings", "/nowhere"),
}  # fmt: skip
"""One command per schema that is shipped, in a form that changes nothing that the others look at."""

SOME = 5
"""Of the commands, one in so many is looked at every day in forms that all of them make in the same way."""
JAPANESE = re.compile(r"[\u3040-\u30ff]")


def run(busy: Busy, schema: str, *options: str) -> Ended:
    arguments = [busy.ticket if each == "NUMBER" else each for each in LOOKING[schema]]
    return busy.soc.run(*arguments, *options)


def is_told_in_japanese(ended: Ended) -> bool:
    return JAPANESE.search("".join(ended.out.splitlines()[:3])) is not None


def test_every_shipped_schema_is_some_command_s() -> None:
    assert set(LOOKING) == {file.stem for file in machine._SCHEMAS.glob("*.json")}


@pytest.mark.parametrize("schema", LOOKING)
def test_json_is_alone_on_standard_output_and_keeps_its_schema(busy: Busy, schema: str) -> None:
    ended = run(busy, schema, "--json")
    payload = ended.json(schema)
    assert ended.out == json.dumps(payload, indent=2) + "\n"
    assert ended.err == "" or ended.code != 0


@pytest.mark.parametrize("schema", ["status", "error"])
def test_format_json_is_the_same_as_json(busy: Busy, schema: str) -> None:
    assert run(busy, schema, "--format", "json").out == run(busy, schema, "--json").out != ""


@pytest.mark.parametrize("lang", ["ja", *also_slowly("en")])
@pytest.mark.parametrize("schema", sampled((each for each in LOOKING if each != "error"), SOME))
def test_markdown_is_a_document_with_a_heading(busy: Busy, schema: str, lang: str) -> None:
    ended = run(busy, schema, "--format", "markdown", "--lang", lang)
    shown = re.sub(r"\A<!-- watchkeeper [^\n]* -->\n+", "", ended.out)
    assert shown.startswith("# "), ended.out[:80]
    assert "\x1b" not in ended.out
    assert lang == "en" or schema == "problems" or is_told_in_japanese(ended)


@pytest.mark.parametrize("schema", ["plan", "run", "audit", "doctor", "status", "show", "db-check"])
def test_html_is_a_page_that_says_what_the_text_says_first(busy: Busy, schema: str) -> None:
    page = Page(run(busy, schema, "--format", "html", "--lang", "ja").out)
    assert page.one("html").attributes["lang"] == "ja"
    (lead,) = [each for each in page.all("p") if each.attributes.get("class") == "lead"]
    assert JAPANESE.search(lead.text)


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_an_audit_is_a_spreadsheet_and_a_test_result_as_well(busy: Busy, lang: str) -> None:
    verdicts = run(busy, "audit", "--json").json("audit")["verdicts"]
    assert len(cells_of(run(busy, "audit", "--format", "csv", "--lang", lang).out)) == len(verdicts) + 1 > 1
    cases = [case for suite in read(run(busy, "audit", "--format", "junit", "--lang", lang).out) for case in suite]
    assert len(cases) == len(verdicts)


@pytest.mark.parametrize("schema", sampled((each for each in LOOKING if each not in {"error", "problems"}), SOME))
def test_reports_are_told_in_japanese(busy: Busy, schema: str) -> None:
    ended = run(busy, schema, "--lang", "ja")
    assert is_told_in_japanese(ended), ended.out


@pytest.mark.parametrize("schema", sampled((each for each in LOOKING if each != "error"), SOME))
def test_text_fits_a_terminal_and_ends_its_last_line(busy: Busy, schema: str) -> None:
    ended = run(busy, schema)
    assert ended.out.endswith("\n")
    assert not ended.out.endswith("\n\n")
    assert max(map(len, ended.out.splitlines())) <= 100 or schema == "problems"


def test_the_exit_code_is_the_same_in_every_form(busy: Busy) -> None:
    for schema in ("run", "unlock"):
        codes = {run(busy, schema, "--format", form).code for form in ("text", "markdown", "json")}
        assert len(codes) == 1
