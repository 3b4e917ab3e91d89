"""What Prometheus reads of the board, and whom the board lets read it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient
from tests.state.examples import SetClock, a_decision, a_link, a_result, a_verdict, an_intent
from tests.unit.web.boards import LOCAL, NOW, PROXIED, SIGNED, a_board, a_store, after_a_bad_day, sign_in, visiting
from tests.unit.web.weeks import RUNS_A_DAY, after_some_weeks

from watchkeeper.model.audit import TeamDay
from watchkeeper.model.verdict import VerdictKind
from watchkeeper.state.opening import open_store
from watchkeeper.web.access import Role
from watchkeeper.web.setup import Setup

TOKEN = "a token of 32 letters and digits"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return after_some_weeks(after_a_bad_day(a_store(tmp_path_factory.mktemp("store"))))


@pytest.fixture
def told(url: str) -> Iterator[dict[str, float]]:
    with visiting(a_board(LOCAL, url), peer="127.0.0.1") as client:
        yield read(client)


def read(client: TestClient) -> dict[str, float]:
    """Each value of the deployment `soc` by its name and its other labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            labels = {name: text for name, text in sample.labels.items() if name != "deployment"}
            if sample.labels["deployment"] == "soc":
                found[sample.name.removeprefix("watchkeeper_") + spelled(labels)] = sample.value
    return found


def spelled(labels: dict[str, str]) -> str:
    return "{" + ",".join(f"{name}={text}" for name, text in sorted(labels.items())) + "}" if labels else ""


class TestWhatIsTold:
    def test_when_each_command_last_succeeded_and_how_its_last_run_went(self, told: dict[str, float]) -> None:
        assert told["last_success_timestamp_seconds{command=sync}"] == told["last_run_timestamp_seconds{command=sync}"]
        assert told["last_run_duration_seconds{command=sync}"] == 53
        assert told["last_run_exit_code{command=sync}"] == 0
        assert "last_success_timestamp_seconds{command=audit}" not in told

    def test_what_the_day_s_runs_asked_of_each_system(self, told: dict[str, float]) -> None:
        assert told["calls_total{method=PATCH,side=servicenow}"] == 2 * RUNS_A_DAY
        assert told["call_errors_total{side=servicenow}"] == 4 * RUNS_A_DAY
        assert told["throttled_total{side=sentinel}"] == 2 * RUNS_A_DAY
        assert told["waited_seconds_total{side=sentinel}"] == 41.5 * RUNS_A_DAY

    def test_what_waits_and_what_nobody_answered(self, told: dict[str, float]) -> None:
        assert (told["waiting"], told["unanswered_writes"]) == (1, 1)

    def test_the_lease_while_a_run_holds_it(self, url: str, told: dict[str, float]) -> None:
        assert told["lease_held"] == 0
        assert "lease_expires_timestamp_seconds" not in told
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            handle = store.lease("someone", "host").take("run-9", "sync")
            with visiting(a_board(LOCAL, url), peer="127.0.0.1") as client:
                held = read(client)
            handle.release()
        assert held["lease_held"] == 1
        assert held["lease_expires_timestamp_seconds"] > NOW.timestamp()

    def test_duties_that_are_late_by_team_and_none_as_none(self, tmp_path: Path) -> None:
        url = a_store(tmp_path)
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            decided = a_decision()
            store.put_decisions([replace(decided, occurrence=replace(decided.occurrence, due=NOW - timedelta(days=2)))])
            store.put_links([a_link()])
            with visiting(a_board(LOCAL, url), peer="127.0.0.1") as client:
                late = read(client)
                store.put_links([a_link(closed=True)])
                done = read(client)
        assert late["late_duties{team=monitoring}"] == 1
        assert done["late_duties{team=monitoring}"] == 0

    def test_escalations_of_each_team_s_latest_judged_day(self, tmp_path: Path) -> None:
        url, day = a_store(tmp_path), date(2026, 11, 20)
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            store.put_verdicts([a_verdict(VerdictKind.STALE, day=day, final=True)], "run-1")
            store.count_days([TeamDay("csirt", day, "UTC", working=True, final=True)], "run-1", NOW, whole=True)
        with visiting(a_board(LOCAL, url), peer="127.0.0.1") as client:
            told = read(client)
        assert told["escalations{team=csirt,verdict=stale}"] == 1
        assert told["escalations{team=csirt,verdict=fresh}"] == 0

    def test_writes_of_the_day_by_outcome(self, tmp_path: Path) -> None:
        url = a_store(tmp_path)
        with open_store(url, "soc", SetClock(NOW), migrate=False) as store:
            for at in (NOW - timedelta(days=1), NOW):
                intent = replace(an_intent(), started_at=at)
                store.intend(intent, at)
                store.settle(intent, a_result(intent), at)
        with visiting(a_board(LOCAL, url), peer="127.0.0.1") as client:
            told = read(client)
        assert told["writes_total{operation=update,outcome=done,side=servicenow}"] == 1

    def test_every_deployment_has_its_own(self, url: str) -> None:
        with visiting(a_board(LOCAL, url), peer="127.0.0.1") as client:
            text = client.get("/metrics").text
        assert 'watchkeeper_waiting{deployment="soc"} 1.0' in text
        assert 'watchkeeper_waiting{deployment="test"} 0.0' in text

    def test_before_the_first_run_there_is_nothing_to_tell(self, tmp_path: Path) -> None:
        with visiting(a_board(LOCAL, f"sqlite:///{tmp_path / 'none.db'}"), peer="127.0.0.1") as client:
            answer = client.get("/metrics")
        assert (answer.status_code, answer.text) == (200, "")


class TestWhoMayReadIt:
    @pytest.mark.parametrize("setup", [SIGNED, PROXIED], ids=lambda setup: setup.auth.value)
    def test_with_a_sign_in_and_without_a_token_there_is_no_such_page(self, url: str, setup: Setup) -> None:
        with visiting(a_board(setup, url)) as client:
            answers = [client.get(path, headers=BEARER) for path in ("/metrics", "/nothing")]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert answers[0].text == answers[1].text

    @pytest.mark.parametrize("setup", [SIGNED, PROXIED, LOCAL], ids=lambda setup: setup.auth.value)
    @pytest.mark.parametrize(
        "headers",
        [
            [],
            [("Authorization", TOKEN)],
            [("Authorization", f"Basic {TOKEN}")],
            [("Authorization", f"Bearer {TOKEN[:-1]}")],
            [("Authorization", f"Bearer {TOKEN}x")],
            [("Authorization", "Bearer ")],
            [("Authorization", "Bearer \u00e9".encode("latin-1"))],
            [("Authorization", f"Bearer {TOKEN}"), ("Authorization", f"Bearer {TOKEN}")],
        ],
        ids=["none", "bare", "basic", "shorter", "longer", "empty", "no ascii", "twice"],
    )
    def test_a_token_that_is_set_is_asked_for(
        self, url: str, setup: Setup, headers: list[tuple[str, str | bytes]]
    ) -> None:
        guarded = replace(setup, metrics_token=TOKEN)
        with visiting(a_board(guarded, url), peer="127.0.0.1" if setup is LOCAL else "10.0.0.5") as client:
            answer = client.get("/metrics", headers=headers)  # type: ignore[arg-type]
            right = client.get("/metrics", headers=BEARER)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="metrics"')
        assert "soc" not in answer.text
        assert (right.status_code, "watchkeeper_waiting" in right.text) == (200, True)

    def test_no_role_takes_its_place(self, url: str) -> None:
        board = a_board(replace(SIGNED, metrics_token=TOKEN), url)
        with visiting(board) as client:
            sign_in(client, board, *Role)
            assert client.get("/metrics").status_code == 401

    def test_it_opens_nothing_else(self, url: str) -> None:
        with visiting(a_board(replace(SIGNED, metrics_token=TOKEN), url)) as client:
            assert client.get("/api/v1/soc/today", headers=BEARER).status_code == 401

    def test_the_fence_is_around_it_as_well(self, url: str) -> None:
        with visiting(a_board(replace(PROXIED, metrics_token=TOKEN), url), peer="10.9.9.9") as client:
            assert client.get("/metrics", headers=BEARER).status_code == 403
        with visiting(a_board(replace(SIGNED, metrics_token=TOKEN), url), burst=2) as client:
            assert client.get("/metrics", headers={**BEARER, "Host": "10.0.0.7:8600"}).status_code == 400
            answers = [client.get("/metrics", headers={"Authorization": "Bearer no"}).status_code for _ in range(4)]
        assert answers == [401, 401, 429, 429]

    def test_the_token_is_in_no_form_of_the_setup(self) -> None:
        assert TOKEN not in repr(replace(SIGNED, metrics_token=TOKEN))
