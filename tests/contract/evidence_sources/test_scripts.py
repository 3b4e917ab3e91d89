"""Scripts come from allowed addresses alone, whole or not at all, and what is told of them is true of exactly their bytes."""

from __future__ import annotations

import hashlib
import logging
from datetime import UTC, datetime, timedelta

import pytest
from tests.contract.evidence_sources.scripts import APPROVED, HOST, PLAYBOOK, ScriptRig

from watchkeeper.emulators.clock import FIRST_MONDAY
from watchkeeper.errors import NotFound, NotTheApi, Protocol, Rejected, Throttled, Unavailable, WatchkeeperError

SCRIPT = "Write-Output 'sicher ✓'\r\n"


@pytest.fixture
def rig() -> ScriptRig:
    return ScriptRig()


def refused(rig: ScriptRig, kind: type[WatchkeeperError] = Rejected, address: str = PLAYBOOK) -> str:
    with pytest.raises(kind) as raised:
        rig.source.download("Block IP", address)
    assert type(raised.value) is kind
    return str(raised.value)


def test_what_is_told_is_true_of_exactly_the_bytes(rig: ScriptRig) -> None:
    address = rig.put("/approved/a.ps1", SCRIPT)
    found = rig.source.download("A script", address)
    assert (found.name, found.asked, found.address) == ("A script", address, address)
    assert (found.size, found.sha256) == (len(SCRIPT.encode()), hashlib.sha256(SCRIPT.encode()).hexdigest())
    assert found.fetched_at == rig.clock.now()
    assert found.etag == f'"{found.sha256}"'
    assert found.modified_at == FIRST_MONDAY.astimezone(UTC)


def test_a_file_that_changes_has_another_hash_and_another_day(rig: ScriptRig) -> None:
    before = rig.source.download("Block IP", PLAYBOOK)
    changed = {"path": PLAYBOOK.removeprefix(HOST), "text": "{}", "changed": "2026-11-16T08:00:00+00:00"}
    rig.seed(collections={"files": [changed]})
    rig.clock.advance(timedelta(days=1))
    after = rig.source.download("Block IP", PLAYBOOK)
    assert before.sha256 != after.sha256
    assert after.modified_at == datetime(2026, 11, 16, 8, tzinfo=UTC)
    assert after.fetched_at - before.fetched_at == timedelta(days=1)


def test_it_is_asked_for_as_it_lies_there_without_any_sign_in(rig: ScriptRig) -> None:
    rig.source.download("Block IP", PLAYBOOK)
    [entry] = rig.world.log.entries()
    assert (entry.method, entry.status) == ("GET", 200)
    assert entry.client.startswith("watchkeeper/")


@pytest.mark.parametrize(
    "address",
    [
        f"{HOST}/unapproved/tool.ps1",
        f"{HOST}/approved-not/tool.ps1",
        f"{HOST}/approved/../unapproved/tool.ps1",
        f"{HOST}/approved/%2e%2e/unapproved/tool.ps1",
        "https://scripts.emulator.attacker.example/approved/tool.ps1",
        "https://scripts.emulator@attacker.example/approved/tool.ps1",
        "http://scripts.emulator/approved/tool.ps1",
        f"{APPROVED}/tool.ps1?token=hunter2",
    ],
)
def test_an_address_off_the_list_is_never_called(rig: ScriptRig, address: str) -> None:
    told = refused(rig, address=address)
    assert "none of the sources that are allowed" in told
    assert "hunter2" not in told
    assert rig.asked() == []


def test_a_redirect_on_the_list_is_followed_and_told(rig: ScriptRig) -> None:
    found = rig.source.download("Collect", f"{APPROVED}/latest/collect-triage.ps1")
    assert found.asked == f"{APPROVED}/latest/collect-triage.ps1"
    assert found.address == f"{APPROVED}/scripts/collect-triage.ps1"
    assert found.sha256 == rig.source.download("Collect", found.address).sha256


@pytest.mark.parametrize(
    ("redirect", "told"),
    [
        ("off_list", f"{HOST}/unapproved/azuredeploy.json"),
        ("other_host", "https://downloads.attacker.example/approved/playbooks/block-ip/azuredeploy.json"),
        ("plain_http", "no https address"),
    ],
)
def test_a_redirect_off_the_list_is_not_followed(rig: ScriptRig, redirect: str, told: str) -> None:
    rig.seed(options={"redirect": redirect})
    assert f"redirects to {told}, which" in refused(rig)
    assert rig.asked() == [PLAYBOOK.removeprefix(HOST)]


def test_a_redirect_without_an_address_leads_nowhere(rig: ScriptRig) -> None:
    rig.fault(kind="redirect", status=301)
    assert "redirects to" in refused(rig)


def test_redirects_without_end_come_to_one(rig: ScriptRig) -> None:
    rig.seed(options={"redirect": "endless"})
    assert "again and again" in refused(rig)
    assert len(rig.asked()) == 6


def test_a_file_of_just_the_limit_is_taken_and_a_longer_one_is_refused_not_cut(rig: ScriptRig) -> None:
    address = rig.put("/approved/a.txt", "x" * 4096)
    assert rig.source.download("A text", address).size == 4096
    rig.seed(options={"padding": 1})
    told = refused(rig, address=address)
    assert "more than 4096 bytes" in told
    assert "scripts.max_bytes in evidence.yaml" in told


def test_a_transport_that_would_read_more_changes_nothing_of_the_limit(rig: ScriptRig) -> None:
    with pytest.raises(Rejected, match="more than 5 bytes"):
        rig.open(5, read_bytes=4096).download("Block IP", PLAYBOOK)


def test_a_packed_answer_that_nobody_asked_for_is_no_file(rig: ScriptRig) -> None:
    rig.seed(options={"gzip": "always"})
    assert "came packed" in refused(rig, Protocol)


def test_part_of_a_file_is_no_file(rig: ScriptRig) -> None:
    rig.seed(options={"status": 206})
    assert "206, which is not the whole file" in refused(rig, Protocol)


def test_a_web_page_is_no_file(rig: ScriptRig) -> None:
    rig.fault(kind="html200", page="login")
    assert "a web page" in refused(rig, NotTheApi)


def test_an_empty_answer_is_no_file(rig: ScriptRig) -> None:
    assert "answered with nothing" in refused(rig, Protocol, rig.put("/approved/a.txt", ""))


def test_an_answer_that_may_have_broken_off_is_asked_for_again(rig: ScriptRig) -> None:
    rig.fault(kind="close_delimited", times=1)
    found = rig.source.download("Block IP", PLAYBOOK)
    assert found.etag == f'"{found.sha256}"'
    assert len(rig.asked()) == 2


def test_a_file_that_is_not_there_is_told_with_its_address(rig: ScriptRig) -> None:
    assert f"GET {APPROVED}/gone.ps1: 404" in refused(rig, NotFound, f"{APPROVED}/gone.ps1")


@pytest.mark.parametrize("status", [401, 403])
def test_a_host_that_wants_a_sign_in_gets_none(rig: ScriptRig, status: int) -> None:
    rig.fault(kind="status", status=status)
    assert "wants a sign-in" in refused(rig)


def test_a_limit_of_calls_is_waited_for_where_the_host_says_how_long(rig: ScriptRig) -> None:
    rig.seed(options={"calls_a_minute": 1})
    rig.source.download("Block IP", PLAYBOOK)
    rig.source.download("Block IP", PLAYBOOK)
    assert rig.slept == [60.0]


def test_a_longer_wait_ends_the_download(rig: ScriptRig) -> None:
    rig.fault(kind="status", status=429, retry_after=3600)
    refused(rig, Throttled)


def test_a_host_that_does_not_answer_is_unavailable(rig: ScriptRig) -> None:
    rig.fault(kind="drop_before")
    assert PLAYBOOK in refused(rig, Unavailable)


def test_nothing_of_a_file_is_logged(rig: ScriptRig, caplog: pytest.LogCaptureFixture) -> None:
    # By name: a command that ran in this process before may have hushed either.
    with caplog.at_level(logging.DEBUG, "urllib3"), caplog.at_level(logging.DEBUG, "watchkeeper"):
        rig.source.download("A script", rig.put("/approved/a.ps1", "hunter2"))
        rig.seed(options={"gzip": "always"})
        refused(rig, Protocol, f"{APPROVED}/a.ps1")
    assert caplog.records
    assert all("hunter2" not in str(vars(record)) for record in caplog.records)
