"""`watchkeeper doctor` as its user meets it."""

from __future__ import annotations

import json

import pytest
import trustme
from tests.acceptance.worlds import mark, writes
from tests.cli.program import Program

from watchkeeper.emulators.world import World

pytestmark = pytest.mark.thorough


def test_a_plain_run_says_what_is_amiss_in_either_language_and_writes_nothing(soc: Program, world: World) -> None:
    english, japanese = soc.run("doctor"), soc.run("doctor", "--lang", "ja")
    assert (english.code, japanese.code) == (0, 0)
    assert "checks passed" in english.out
    assert "glide.ui.security.allow_codetag" in "".join(english.out.split())
    assert "作業メモの HTML" in japanese.out
    assert writes(world) == []


def test_a_quiet_run_shows_what_needs_somebody_and_counts_the_rest(soc: Program) -> None:
    ended = soc.run("doctor", "-q")
    assert ended.code == 0
    assert "glide.ui.security.allow_codetag" in "".join(ended.out.split())
    assert "checks passed" in ended.out
    assert [line for line in ended.out.splitlines() if line.strip().startswith("✓") or " skipped " in f"{line} "] == []


def test_json_has_codes_and_values_beside_the_words(soc: Program) -> None:
    probes = soc.run("doctor", "--json").json("doctor")["probes"]
    (markup,) = [each for each in probes if each["check"] == "markup"]
    assert (markup["code"], markup["outcome"], markup["side"]) == ("markup-on", "warn", "servicenow")
    assert "allow_codetag" in markup["finding"]
    assert markup["remedy"].startswith("set glide.ui.security.allow_codetag")


def test_a_failure_is_exit_5_in_every_form(soc: Program) -> None:
    ended = soc.run("doctor", "--json", SERVICENOW_CLIENT_SECRET="wrong")
    assert ended.code == 5
    probes = ended.json("doctor")["probes"]
    assert [each["code"] for each in probes if each["side"] == "servicenow"][:2] == ["failed", "not-tried"]
    assert any(each["code"] == "rights-fine" for each in probes), "the other side was looked at"


def test_a_certificate_that_nobody_vouches_for_is_told_with_the_setting(soc: Program) -> None:
    other = soc.folder / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    ended = soc.run("doctor", "--json", AZURE_CA_FILE=str(other))
    first = next(each for each in ended.json("doctor")["probes"] if each["side"] == "sentinel")
    assert ended.code == 5
    assert "certificate is not trusted" in first["finding"]
    assert "AZURE_CA_FILE" in first["remedy"]


def test_a_write_probe_makes_one_ticket_and_only_where_the_mode_allows_it(soc: Program, world: World) -> None:
    seen = mark(world)
    refused = soc.run("doctor", "--write-probe", "--json", WATCHKEEPER_MODE="observe")
    assert "write-forbidden" in {each["code"] for each in refused.json("doctor")["probes"]}
    assert writes(world, seen) == []
    ended = soc.run("doctor", "--write-probe", "--json")
    codes = {each["code"] for each in ended.json("doctor")["probes"]}
    assert {"write-fine", "sys-id-kept"} <= codes
    assert writes(world, seen) == ["servicenow POST", "servicenow PATCH", "servicenow PATCH"]


def test_sources_of_evidence_are_looked_at_where_they_have_an_address(soc: Program, world: World) -> None:
    probes = soc.run("doctor", "--json").json("doctor")["probes"]
    found = {(each["side"], each["subject"]) for each in probes if each["code"] == "evidence-read"}
    assert {side for side, _ in found} == {"graph", "defender", "sentinel"}
    assert {("defender", "remediation-tasks"), ("sentinel", "playbooks")} <= found
    seen = len(world.log.entries())
    without = soc.run("doctor", "--json", GRAPH_ENDPOINT="", DEFENDER_ENDPOINT="").json("doctor")["probes"]
    assert {each["side"] for each in without} == {"", "servicenow", "sentinel"}
    assert not any(each["check"] == "evidence" for each in without)
    assert {entry.system for entry in world.log.entries(seen)}.isdisjoint({"graph", "defender"})


def test_the_permissions_of_a_source_are_printed_where_it_has_an_address(program: Program) -> None:
    setting = {"GRAPH_ENDPOINT": "https://graph.microsoft.com"}
    (graph,) = program.run("doctor", "--permissions", "--json", **setting).json("permissions")["evidence"]
    assert (graph["source"], graph["api"]) == ("graph", "Microsoft Graph")
    assert {"name": "SecurityEvents.Read.All", "for": ["secure-scores", "control-profiles"]} in graph["permissions"]
    assert "ServiceMessage.Read.All" in program.run("doctor", "--permissions", **setting).out
    assert program.run("doctor", "--permissions", "--json").json("permissions")["evidence"] == []


def test_the_least_rights_are_printed_without_any_setting(program: Program) -> None:
    """Whoever gives the rights has no account yet."""
    rights = program.run("doctor", "--permissions", "--json").json("permissions")
    assert rights["mode"] == "observe"
    assert rights["azure"]["file"] == "deploy/permissions/azure-read-only.json"
    assert not any(table["write"] or table["create"] for table in rights["servicenow"]["tables"])
    writing = json.loads(program.run("doctor", "--permissions", "--json", WATCHKEEPER_MODE="full").out)
    incident = writing["servicenow"]["tables"][0]
    assert (incident["table"], "state" in incident["write"]) == ("incident", True)
    text = program.run("doctor", "--permissions").out
    assert "query_range" in text
    assert "Microsoft.SecurityInsights/incidents/read" in text
