"""What is PostgreSQL's own: the lock of a run's session, the server's clock, poolers, protection, bulk writing, copies."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import certifi
import pytest
from sqlalchemy import make_url
from tests.postgres import PASSWORD, Server, name_of
from tests.state.beside import Beside
from tests.state.examples import KEY, MONDAY, SetClock, a_link, a_record, a_ref, an_intent
from tests.state.wire import Wire

from watchkeeper.errors import Conflict, Locked, StateUnusable
from watchkeeper.state import SqlLease, SqlStateStore, open_copy, open_store, upgrade
from watchkeeper.state.database import Database
from watchkeeper.state.opening import is_empty
from watchkeeper.state.postgres import _connect_arguments, became_stored, open_write

DIES = """
import os, sys
from tests.state.examples import SetClock
from watchkeeper.state import open_store
store = open_store(sys.argv[1], "test", SetClock(), migrate=False)
store.lease("ci", sys.argv[2]).take("run-0", "sync")
os._exit(9)
"""


@pytest.fixture
def backend(postgres: Server) -> str:
    """Here, always."""
    return "postgresql"


@pytest.fixture
def lease(store: SqlStateStore) -> SqlLease:
    return store.lease("ci", "runner-1")


@pytest.fixture
def elsewhere(store: SqlStateStore, url: str, clock: SetClock) -> Iterator[SqlLease]:
    with open_store(url, "test", clock, migrate=False) as other:
        yield other.lease("aiko", "laptop")


def killed_run(url: str, host: str = "runner-2") -> None:
    """A run on another machine that takes the lease and dies without a word."""
    ended = subprocess.run([sys.executable, "-c", DIES, url, host], env={"PYTHONPATH": "src:."}, check=False)
    assert ended.returncode == 9


class TestTheSessionsLock:
    def test_a_dead_runs_lease_is_free_at_once_for_every_machine(
        self, lease: SqlLease, url: str, beside: Beside
    ) -> None:
        killed_run(url)
        beside.see_the_dead_gone()
        assert lease.take("run-1", "sync").token == 2

    def test_a_released_lease_leaves_no_lock_behind(self, lease: SqlLease, beside: Beside) -> None:
        held = lease.take("run-1", "sync")
        assert len(beside.sessions_with_locks) == 1
        held.release()
        beside.see_the_dead_gone()

    def test_a_run_whose_session_was_ended_takes_its_lock_again(
        self, lease: SqlLease, elsewhere: SqlLease, beside: Beside
    ) -> None:
        held = lease.take("run-1", "sync")
        (before,) = beside.sessions_with_locks
        beside.run(f"SELECT pg_terminate_backend({before}, 5000)")
        assert beside.sessions_with_locks == []
        held.check()
        (after,) = beside.sessions_with_locks
        assert after != before
        with pytest.raises(Locked, match="run-1"):
            elsewhere.take("run-2", "sync")

    def test_a_run_that_lost_its_lock_to_another_says_that_it_lives(
        self, lease: SqlLease, elsewhere: SqlLease, beside: Beside
    ) -> None:
        """The other holds the lock for a moment only, to be refused; whoever comes after it must not think us dead."""
        held = lease.take("run-1", "sync")
        (before,) = beside.sessions_with_locks
        beside.run(f"SELECT pg_terminate_backend({before}, 5000)")
        in_the_way = Database(beside.url)
        with in_the_way.engine.connect() as other:
            number = "hashtextextended(concat_ws('/', 'watchkeeper', current_schema(), 'present', 'test'), 0)"
            assert other.exec_driver_sql(f"SELECT pg_try_advisory_lock({number})").scalar()
            held.check()
        in_the_way.close()
        beside.see_the_dead_gone()
        with pytest.raises(Locked, match="run-1"):
            elsewhere.take("run-2", "sync")
        held.check()

    def test_after_a_restart_of_the_server_a_free_lock_proves_nothing(
        self, store: SqlStateStore, lease: SqlLease, url: str, beside: Beside
    ) -> None:
        killed_run(url)
        beside.see_the_dead_gone()
        store.remember({"present": "1700000000.000000 run-0"})
        with pytest.raises(Locked, match="run-0"):
            lease.take("run-1", "sync")

    def test_behind_a_pooler_no_lock_is_taken_and_the_expiry_decides(
        self, url: str, postgres: Server, clock: SetClock, beside: Beside
    ) -> None:
        beside.see_the_dead_gone()
        with Wire(postgres.port, pooled=True) as pooler:
            pooled = postgres.over_tcp(name_of(url), port=pooler.port) + "?sslmode=disable"
            with open_store(pooled, "test", clock, migrate=False) as first:
                first.lease("ci", "runner-1").take("run-1", "sync").check()
                assert beside.sessions_with_locks == []
            with open_store(pooled, "test", clock, migrate=False) as second:
                with pytest.raises(Locked, match="run-1"):
                    second.lease("ci", "runner-2").take("run-2", "sync")
                beside.let_pass(clock, timedelta(minutes=11))
                assert second.lease("ci", "runner-2").take("run-2", "sync").token == 2

    def test_deployments_and_schemas_do_not_share_a_lock(
        self, lease: SqlLease, url: str, clock: SetClock, beside: Beside
    ) -> None:
        beside.run("CREATE SCHEMA another")
        apart = url + "&options=-csearch_path%3Danother"
        try:
            with open_store(apart, "test", clock, migrate=True) as other:
                lease.take("run-1", "sync").check()
                other.lease("ci", "runner-1").take("run-1", "sync").check()
                other.put_links([a_link()])
            assert len(beside.run("SELECT * FROM another.link")) == 1
            assert beside.run("SELECT * FROM public.link") == []
        finally:
            beside.run("DROP SCHEMA another CASCADE")


@pytest.mark.parametrize("hours", [-2, 2])
def test_the_servers_clock_judges_leases_and_no_machines_own(
    lease: SqlLease, elsewhere: SqlLease, clock: SetClock, hours: int
) -> None:
    lease.take("run-1", "sync")
    clock.advance(timedelta(hours=hours))
    with pytest.raises(Locked):
        elsewhere.take("run-2", "sync")


class TestWrites:
    @pytest.mark.parametrize("more", [0, 500], ids=["few", "many"])
    def test_of_several_rows_with_one_key_the_last_counts(self, store: SqlStateStore, more: int) -> None:
        rest = [a_link(f"key-{number}", number) for number in range(10, 10 + more)]
        store.put_links([a_link("a", 1), a_link("b", 2), *rest, a_link("a", 3)])
        stored = store.links()
        assert (stored["a"]["servicenow"].ref, stored["b"]["servicenow"].ref) == (a_ref(3), a_ref(2))
        assert len(stored) == 2 + more

    @pytest.mark.parametrize("may", [True, False], ids=["copied", "without the right to temporary tables"])
    def test_a_thousand_rows_come_back_as_they_were_put(
        self, url: str, postgres: Server, clock: SetClock, may: bool
    ) -> None:
        links = [
            a_link(f"key-{number}", number, reason='a "quoted" \\ {text}, NULL \x00\ud800', comments=number % 3 or None)
            for number in range(1000)
        ]
        with self.opened(url, postgres, clock, may) as store:
            store.put_links(links[:500])
            store.put_links(links)
            stored = store.links()
        assert len(stored) == 1000
        for link in links:
            found = stored[link.key]["servicenow"]
            assert found == replace(link, reason='a "quoted" \\ {text}, NULL ��')

    def opened(self, url: str, postgres: Server, clock: SetClock, may: bool) -> SqlStateStore:
        if may:
            return open_store(url, "test", clock, migrate=False)
        name = name_of(url)
        postgres.run(
            f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC",
            "DROP OWNED BY restricted; DROP ROLE restricted"
            if postgres.run("SELECT 1 FROM pg_roles WHERE rolname = 'restricted'")
            else "SELECT 1",
            f"CREATE ROLE restricted LOGIN PASSWORD '{PASSWORD}'",
            "GRANT ALL ON ALL TABLES IN SCHEMA public TO restricted",
            database=name,
        )
        return open_store(postgres.over_tcp(name, user="restricted"), "test", clock, migrate=False)

    def test_a_record_belongs_to_one_key_among_many_too(self, store: SqlStateStore) -> None:
        with pytest.raises(Conflict) as refused:
            store.put_links(a_link(f"key-{number}", number % 150) for number in range(200))
        assert "uq_link_deployment_side_record_id" in refused.value.message
        assert "Key (" not in refused.value.message
        assert store.links() == {}

    def test_text_is_sorted_by_code_point_whatever_the_databases_language(
        self, store: SqlStateStore, beside: Beside
    ) -> None:
        """A server without such a language sorts like this anyway, so every column is asked too."""
        keys = ["b", "A", "a/b@2026-11-23", "ab", "é", "あ", "ア", "-"]
        store.put_links(a_link(key, number) for number, key in enumerate(keys))
        assert list(store.links()) == sorted(keys)
        columns = beside.run(
            "SELECT table_name, column_name, collation_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND table_name <> 'alembic_version' AND data_type IN ('text', 'character varying')"
        )
        assert len(columns) > 100
        assert [column for column in columns if column.collation_name != "C"] == []

    def test_of_two_programs_writing_at_once_one_waits_and_the_chain_holds(
        self, store: SqlStateStore, url: str, clock: SetClock, beside: Beside
    ) -> None:
        """What the lease prevents must not break the log where it fails to."""
        with open_store(url, "test", clock, migrate=False) as other, ThreadPoolExecutor(1) as pool:
            with store.transaction():
                store.intend(an_intent(number=1), MONDAY)
                late = pool.submit(other.intend, an_intent(number=2, key="another"), MONDAY)
                while not beside.run("SELECT 1 FROM pg_locks WHERE NOT granted"):
                    """Until it waits."""
            late.result()
        assert [row.sequence for row in store.write_log()] == [1, 2]
        assert store.check_write_log().broken is None

    def test_what_became_of_a_write_is_not_said_by_another_start_of_the_server(self, store: SqlStateStore) -> None:
        with store.database.engine.begin() as connection:
            write = open_write(connection, "write/test", True)
        with store.database.engine.begin() as connection:
            assert became_stored(connection, write)
        with store.database.engine.begin() as connection:
            assert became_stored(connection, replace(write, server="1700000000.000000")) is None


class TestCopies:
    def test_a_copy_starts_as_the_deployments_rows_and_leaves_them_untouched(
        self, store: SqlStateStore, url: str, clock: SetClock, beside: Beside
    ) -> None:
        store.put_links([a_link(), a_link("another", 2)])
        store.intend(an_intent(), MONDAY)
        with open_store(url, "production", clock, migrate=False) as other:
            other.put_links([a_link("theirs", 3)])
        before = beside.run("SELECT * FROM link ORDER BY deployment, key")
        with open_copy(url, "test", clock) as copy:
            assert copy.links() == store.links()
            assert copy.intents() == store.intents()
            assert copy.write_log() == store.write_log()
            assert (copy.lineage, copy.born) == (store.lineage, store.born)
            assert copy.database.name == store.database.name
            with copy.database.read() as connection:
                assert connection.exec_driver_sql("SELECT DISTINCT deployment FROM link").scalars().all() == ["test"]
            copy.put_links([a_link("more", 4)])
            copy.observe("run-1", [(a_record(), KEY, "00")])
        assert beside.run("SELECT * FROM link ORDER BY deployment, key") == before

    def test_a_copy_of_nothing_is_an_empty_store_and_makes_no_table(
        self, empty_postgres_url: str, clock: SetClock
    ) -> None:
        with open_copy(empty_postgres_url, "test", clock) as copy:
            assert (copy.links(), copy.lineage) == ({}, "")
        assert is_empty(empty_postgres_url)

    def test_a_newer_store_cannot_be_copied(self, url: str, beside: Beside, clock: SetClock) -> None:
        beside.run("UPDATE alembic_version SET version_num = '9999'")
        with pytest.raises(StateUnusable, match="9999, which is newer"):
            open_copy(url, "test", clock)


class TestProtection:
    @pytest.mark.parametrize("host", ["db.example", "10.1.2.3", "2001:db8::1"])
    def test_a_server_elsewhere_must_prove_who_it_is(self, host: str) -> None:
        host = f"[{host}]" if ":" in host else host
        told = _connect_arguments(make_url(f"postgresql+psycopg://u@{host}/d"))
        assert (told["sslmode"], told["sslrootcert"]) == ("verify-full", certifi.where())

    @pytest.mark.parametrize("address", ["127.0.0.1/d", "localhost/d", "[::1]/d", "/d", "/d?host=/run/postgresql"])
    def test_a_server_on_this_machine_need_not(self, address: str) -> None:
        assert "sslmode" not in _connect_arguments(make_url(f"postgresql+psycopg://u@{address}"))

    def test_what_the_address_says_comes_first(self) -> None:
        private = _connect_arguments(make_url("postgresql+psycopg://u@db.example/d?sslrootcert=/ca.pem"))
        assert private["sslmode"] == "verify-full"
        assert "sslrootcert" not in private
        trusted = _connect_arguments(make_url("postgresql+psycopg://u@db.example/d?sslmode=disable"))
        assert not {"sslmode", "sslrootcert"} & trusted.keys()

    def test_a_server_without_encryption_is_refused_where_it_is_demanded(self, url: str, postgres: Server) -> None:
        demanded = postgres.over_tcp(name_of(url)) + f"?sslmode=verify-full&sslrootcert={certifi.where()}"
        with pytest.raises(StateUnusable, match="cannot be trusted") as refused:
            upgrade(demanded)
        assert PASSWORD not in str(refused.value)


def test_a_database_that_cannot_hold_japanese_is_refused(postgres: Server) -> None:
    postgres.run("CREATE DATABASE narrow TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    try:
        with pytest.raises(StateUnusable, match="LATIN1") as refused:
            upgrade(postgres.address("narrow"))
        assert "ENCODING 'UTF8'" in refused.value.remedy
    finally:
        postgres.drop("narrow")


def test_reading_cannot_write(store: SqlStateStore) -> None:
    with pytest.raises(StateUnusable, match="is read-only"), store.database.read() as connection:
        connection.exec_driver_sql("DELETE FROM link")


def test_a_statement_that_the_server_gives_up_says_which_setting_did(url: str, clock: SetClock) -> None:
    with open_store(url + "&options=-cstatement_timeout%3D50", "test", clock, migrate=False) as store:
        with pytest.raises(StateUnusable, match="statement_timeout"), store.database.read() as connection:
            connection.exec_driver_sql("SELECT pg_sleep(10)")
        assert store.links() == {}
