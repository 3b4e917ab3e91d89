"""How the mappings stand beside those that come with Watchkeeper, and beside those of the latest sync."""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests.docs.pages import ROOT
from tests.state.examples import SetClock
from tests.unit.web.boards import LOCAL, NOW, a_board, a_store, visiting

from watchkeeper import __version__
from watchkeeper.mapping.load import load_profiles
from watchkeeper.state.opening import open_store
from watchkeeper.web.rules import Rules

SHIPPED = "Compared with what Watchkeeper ships"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return a_store(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(ROOT / "mappings", tmp_path / "mappings"))


@contextmanager
def board_of(url: str, folder: Path | None) -> Iterator[TestClient]:
    with visiting(replace(a_board(LOCAL, url), rules=Rules(folder)), peer="127.0.0.1") as client:
        yield client


def edit(file: Path, old: str, new: str) -> None:
    at = file.stat().st_mtime_ns + 1_000_000_000
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    os.utime(file, ns=(at, at))


def told(client: TestClient, of: str) -> list[dict[str, str]]:
    answer = client.get(f"/en/soc/{of}?csv=shipped")
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_a_copy_means_the_same(url: str, folder: Path) -> None:
    with board_of(url, folder) as client:
        profile, whole = (client.get(f"/en/soc/{page}") for page in ("mappings/escalation", "mappings"))
        api = client.get("/api/v1/soc/mappings").json()["shipped"]
    assert f"It means the same as the profile that comes with Watchkeeper {__version__}." in profile.text
    assert "It means the same as the folder" in whole.text
    assert (api["standing"], api["count"], api["differences"]) == ("same", 0, [])


def test_the_shipped_folder_itself_is_not_compared(url: str) -> None:
    with board_of(url, None) as client:
        page = client.get("/en/soc/mappings/escalation").text
    assert f"This is the profile that came with Watchkeeper {__version__}." in page


def test_a_row_that_means_something_else_is_told_before_and_after_with_its_line(url: str, folder: Path) -> None:
    file = folder / "profiles" / "escalation.yaml"
    edit(file, "- { is: [1, 2], means: high }", "- { is: [1, 2], means: medium }")
    with board_of(url, folder) as client:
        [row] = told(client, "mappings/escalation")
        [same] = told(client, "mappings")
        elsewhere = client.get("/en/soc/mappings/maintenance").text
        api = client.get("/api/v1/soc/mappings/escalation").json()["shipped"]
        page = client.get("/en/soc/mappings").text
    assert row["What differs (shipped → here)"] == "ServiceNow impact 1, urgency 2 is now read as medium (before: high)"
    name, line, _ = row["File"].rsplit(":", 2)
    assert name == "profiles/escalation.yaml"
    assert "means: medium" in file.read_text(encoding="utf-8").splitlines()[int(line) - 1]
    assert same["Of what"] == "Profile escalation"
    assert 'href="/en/soc/mappings/escalation#shipped"' in page
    assert "It means the same as the profile" in elsewhere
    assert (api["standing"], api["count"]) == ("differs", 1)
    assert api["differences"][0]["shift"] == "read"


def test_what_is_gone_is_told_where_the_shipped_file_has_it_and_not_where_that_lies(url: str, folder: Path) -> None:
    edit(folder / "profiles" / "escalation.yaml", "          - { is: [3, 2], means: low }\n", "")
    with board_of(url, folder) as client:
        page = client.get("/en/soc/mappings/escalation").text
        [row] = told(client, "mappings/escalation")
    assert row["File"].startswith("shipped:profiles/escalation.yaml:")
    assert (ROOT / "mappings").as_posix() not in page


def test_teams_and_valves_count_for_the_folder(url: str, folder: Path) -> None:
    edit(folder / "teams.yaml", "zone: Asia/Tokyo", "zone: Asia/Seoul")
    edit(folder / "valves.yaml", "ceiling: 25", "ceiling: 24")
    with board_of(url, folder) as client:
        subjects = {row["Of what"] for row in told(client, "mappings")}
    assert "Valves" in subjects
    assert any(each.startswith(("Team ", "Deployment")) for each in subjects)


def test_an_own_profile_has_nothing_to_be_compared_with(url: str, folder: Path) -> None:
    own = folder / "profiles" / "our-own.yaml"
    shutil.copy(folder / "profiles" / "security-incident.yaml", own)
    edit(own, "name: security-incident", "name: our-own")
    with board_of(url, folder) as client:
        page = client.get("/en/soc/mappings/our-own").text
        rows = told(client, "mappings")
    assert "comes with no profile of this name" in page
    assert [(row["Of what"], row["What differs (shipped → here)"]) for row in rows] == [
        ("Profile our-own", "this profile is new")
    ]


def test_a_broken_folder_is_compared_as_far_as_it_can_be(url: str, folder: Path) -> None:
    edit(folder / "profiles" / "escalation.yaml", "{ is: 1, means: new }", "{ is: 1, means: nue }")
    edit(folder / "teams.yaml", "zone: Asia/Tokyo", "zone: Asia/Tokio")
    with board_of(url, folder) as client:
        broken = client.get("/en/soc/mappings/escalation").text
        whole = client.get("/en/soc/mappings").text
    assert SHIPPED in broken
    assert "It can be compared once its problems are mended." in broken
    assert "Only profiles without problems were compared" in whole
    assert "is gone: its tickets" not in whole, "a profile that cannot be read is not one that was taken away"


@pytest.mark.parametrize(
    ("remembered", "said"),
    [
        (None, "No sync of all profiles has worked with this profile yet."),
        ("own", "The latest sync of all profiles worked with this mapping."),
        ("another", "It means something else than in the latest sync of all profiles"),
    ],
)
def test_a_profile_says_whether_the_latest_sync_worked_with_it(
    url: str, folder: Path, remembered: str | None, said: str
) -> None:
    if remembered is not None:
        own = load_profiles(folder)["escalation"].fingerprint
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            store.remember({"mapping:escalation": own if remembered == "own" else "0" * 64})
    with board_of(url, folder) as client:
        assert said in client.get("/en/soc/mappings/escalation").text
        assert client.get("/ja/soc/mappings/escalation").status_code == 200


def test_it_is_read_again_when_a_file_changes(url: str, folder: Path) -> None:
    with board_of(url, folder) as client:
        assert "means the same as" in client.get("/en/soc/mappings/escalation").text
        edit(folder / "profiles" / "escalation.yaml", "may_lower: false", "may_lower: true")
        [row] = told(client, "mappings/escalation")
    assert row["What differs (shipped → here)"] == "fields.severity.may_lower: false → true"
    assert row["Mark"] == "look"
