"""What becomes of the store while the board runs is seen: another file in its place, an upgrade, its loss, and what keeps it waiting."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient
from tests.postgres import Server, name_of
from tests.state.examples import SetClock
from tests.unit.web.boards import LOCAL, NOW, Ticking, a_board, a_store, after_a_bad_day, visiting

from watchkeeper.errors import StateUnusable
from watchkeeper.state.database import Database
from watchkeeper.state.library import Library
from watchkeeper.state.opening import open_store
from watchkeeper.state.read_limit import ReadLimit
from watchkeeper.state.schema import HEAD
from watchkeeper.state.store import SqlStateStore
from watchkeeper.web.app import application
from watchkeeper.web.memory import LEFT_ALONE, LOOKED_AT
from watchkeeper.web.rules import Rules

PAGES = ("/en/soc/today", "/api/v1/soc/today", "/")


@pytest.fixture
def ticking() -> Ticking:
    return Ticking()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    after_a_bad_day(a_store(tmp_path))
    return tmp_path / "watchkeeper.db"


@pytest.fixture
def client(file: Path, ticking: Ticking) -> Iterator[TestClient]:
    with visiting(a_board(LOCAL, f"sqlite:///{file}", ticking), peer="127.0.0.1", monotonic=ticking) as visitor:
        assert "Run run-1" in visitor.get("/en/soc/today").text
        yield visitor


def statuses(client: TestClient) -> set[int]:
    return {client.get(page).status_code for page in PAGES}


def set_schema(file: Path, version: str) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [version])
        connection.commit()


def test_another_file_in_its_place_is_what_is_shown(client: TestClient, file: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    a_store(tmp_path / "other")
    (tmp_path / "other" / file.name).replace(file)
    page = client.get("/en/soc/today").text
    assert "No run has ended yet." in page
    assert "run-1" not in page


def test_a_newer_file_in_its_place_is_not_read(client: TestClient, file: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    a_store(tmp_path / "other")
    set_schema(tmp_path / "other" / file.name, "9999")
    (tmp_path / "other" / file.name).replace(file)
    assert statuses(client) == {503}


def test_a_store_that_is_gone_is_not_shown_from_memory(
    client: TestClient, file: Path, ticking: Ticking, caplog: pytest.LogCaptureFixture
) -> None:
    file.rename(file.with_suffix(".kept"))
    assert statuses(client) == {503}
    assert "is gone" in caplog.text
    file.with_suffix(".kept").rename(file)
    ticking.at += LEFT_ALONE
    assert statuses(client) == {200, 303}


def test_a_store_that_is_upgraded_under_the_board_is_not_read_on(
    client: TestClient, file: Path, ticking: Ticking, caplog: pytest.LogCaptureFixture
) -> None:
    set_schema(file, "9999")
    ticking.at += LOOKED_AT + 1
    assert statuses(client) == {503}
    assert "has schema 9999, which is newer than this program" in caplog.text


def test_a_store_of_an_older_program_is_read_as_soon_as_it_is_brought_forward(tmp_path: Path, ticking: Ticking) -> None:
    url, file = a_store(tmp_path), tmp_path / "watchkeeper.db"
    set_schema(file, "0001")
    with visiting(a_board(LOCAL, url, ticking), peer="127.0.0.1") as client:
        assert statuses(client) == {503}
        set_schema(file, HEAD)
        assert statuses(client) == {503}  # whoever waited for the last attempt has its answer
        ticking.at += LEFT_ALONE
        assert statuses(client) == {200, 303}


def test_it_says_that_it_lives_while_every_question_to_the_store_hangs(file: Path) -> None:
    board = a_board(LOCAL, f"sqlite:///{file}")
    transport = httpx2.ASGITransport(application(board, Ticking()), client=("127.0.0.1", 40000))

    async def ask() -> tuple[int, set[int]]:
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8600") as client:
            with board.memory._lock:
                hanging = [asyncio.create_task(client.get("/api/v1/deployments")) for _ in range(60)]
                alive = await client.get("/healthz")
                assert not any(task.done() for task in hanging)
            return alive.status_code, {(await task).status_code for task in hanging}

    assert asyncio.run(ask()) == (200, {200})
    board.memory.close()


def test_a_server_that_ended_our_connections_is_asked_again(postgres_url: str, postgres: Server) -> None:
    open_store(postgres_url, "soc", SetClock(NOW), migrate=False).close()
    with visiting(a_board(LOCAL, postgres_url), peer="127.0.0.1") as client:
        assert statuses(client) == {200, 303}
        ended = postgres.run(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name_of(postgres_url)}'"
        )
        assert ended
        assert statuses(client) == {200, 303}


def test_a_server_that_ends_a_connection_in_the_middle_of_a_page_cannot_be_read_just_now(
    postgres_url: str, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_store(postgres_url, "soc", SetClock(NOW), migrate=False).close()
    lineage = SqlStateStore.verdicts_since

    def ended(store: SqlStateStore) -> object:
        postgres.run(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name_of(postgres_url)}'"
        )
        return lineage(store)

    with visiting(a_board(LOCAL, postgres_url, rules=Rules(Path("mappings"))), peer="127.0.0.1") as client:
        assert client.get("/en/soc/oversight").status_code == 200
        with monkeypatch.context() as patched:
            patched.setattr(SqlStateStore, "verdicts_since", ended)
            assert client.get("/en/soc/oversight").status_code == 503
        assert client.get("/en/soc/oversight").status_code == 200


@pytest.mark.parametrize("path", ["/en/soc/oversight", "/en/soc/oversight?csv=tasks", "/api/v1/soc/oversight"])
def test_a_page_its_lists_and_its_data_are_read_in_one_view(
    file: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    within: list[bool] = []
    asked = SqlStateStore.verdicts_since

    def noted(store: SqlStateStore) -> object:
        within.append(store.database._viewed is not None)
        return asked(store)

    monkeypatch.setattr(SqlStateStore, "verdicts_since", noted)
    board = a_board(LOCAL, f"sqlite:///{file}", rules=Rules(Path("mappings")))
    with visiting(board, peer="127.0.0.1") as client:
        assert client.get(path).status_code == 200
    assert within == [True]


def test_a_question_that_a_lock_on_the_server_holds_up_is_given_up(postgres_url: str) -> None:
    waiting, holding = Database(postgres_url, reading=ReadLimit(0.1, Ticking())), Database(postgres_url)
    with closing(waiting), closing(holding), holding.write() as holder:
        holder.exec_driver_sql("LOCK TABLE meta IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StateUnusable, match="took too long"), waiting.read() as reader:
            reader.exec_driver_sql("SELECT * FROM meta")


ENDLESS = "WITH RECURSIVE more(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more) SELECT count(*) FROM more"


class Hurrying:
    """A clock on which a second passes with each look."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        self.at += 1
        return self.at


def test_a_question_that_is_too_much_for_sqlite_is_given_up_and_the_next_one_answered(file: Path) -> None:
    with closing(Database(f"sqlite:///{file}", reading=ReadLimit(15, Hurrying()))) as database:
        with pytest.raises(StateUnusable, match="gave up a read that took too long"), database.read() as reader:
            reader.exec_driver_sql(ENDLESS)
        with database.read() as reader:
            assert reader.exec_driver_sql("SELECT 1").scalar_one() == 1
        assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined]


def test_a_write_is_never_given_up_for_its_length(file: Path) -> None:
    bounded = ENDLESS.replace("FROM more)", "FROM more WHERE n < 1000000)")
    with (
        closing(Database(f"sqlite:///{file}", reading=ReadLimit(0, Hurrying()))) as database,
        database.write() as writer,
    ):
        assert writer.exec_driver_sql(bounded).scalar_one() == 1_000_000


def test_whoever_asks_too_much_learns_that_it_cannot_be_answered_and_nothing_else(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def deployments(library: Library) -> list[str]:
        with library._database.read() as reader:
            return list(reader.exec_driver_sql(ENDLESS).scalars())

    monkeypatch.setattr(Library, "deployments", deployments)
    board = a_board(LOCAL, f"sqlite:///{file}")
    board.memory.monotonic = Hurrying()
    with visiting(board, peer="127.0.0.1") as client:
        page, data = client.get("/en/soc/today"), client.get("/api/v1/soc/today")
    assert (page.status_code, data.status_code) == (503, 503)
    assert data.json() == {"error": 503}
    assert "gave up a read that took too long" in caplog.text
    assert not any(word in page.text for word in ("too long", "interrupted", "sqlite"))


def test_a_nul_in_an_address_is_nothing_that_there_is(client: TestClient) -> None:
    for address in ("/en/soc/today?x=%00", "/en/%00/today", "/api/v1/soc%00/today", "/en/soc/secure-score?csv=%00"):
        assert client.get(address).status_code in {200, 404}, address
