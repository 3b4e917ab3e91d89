"""The whole program with its memory in a PostgreSQL database."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator

import pytest
from tests.acceptance.worlds import tickets, writes
from tests.cli.fixtures import open_all_valves
from tests.cli.program import Ended, Program, wait_until
from tests.postgres import PASSWORD, Server, name_of

from watchkeeper.emulators.faults import FaultRule
from watchkeeper.emulators.world import World

pytestmark = pytest.mark.thorough

STORED = ("link", "write_log", "run", "meta", "intent", "lease", "dirty", "cursor", "occurrence", "verdict", "observed")


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    """The name of a database without any tables."""
    name = name_of(postgres.database())
    yield name
    postgres.drop(name)


@pytest.fixture
def soc(soc: Program, postgres: Server, database: str) -> Program:
    """Signed in to the server over the loopback, with a password."""
    return Program(soc.folder, {**soc.environment, "WATCHKEEPER_STATE_URL": postgres.over_tcp(database)})


def rows(postgres: Server, database: str) -> dict[str, list[object]]:
    return {name: postgres.run(f'SELECT * FROM "{name}" ORDER BY 1, 2, 3', database=database) for name in STORED}


def test_the_daily_commands_do_their_work_and_leave_no_file(soc: Program, world: World) -> None:
    assert soc.run("status", "--json").json("status")["born"] is None
    assert soc.run("plan", "--detailed-exitcode").code == 8
    open_all_valves(soc)
    assert tickets(world)
    assert soc.run("plan", "--detailed-exitcode").code == 0
    before = len(writes(world))
    assert soc.run("sync").code == 0
    assert len(writes(world)) == before
    assert soc.run("audit", "--json").json("audit")["verdicts"] is not None
    status = soc.run("status", "--json").json("status")
    assert (status["lease"], status["open_intents"]) == (None, 0)
    assert soc.run("show", tickets(world)[0]["number"]).code == 0
    assert [run["command"] for run in soc.run("history", "--json").json("history")["runs"]][:2] == ["sync", "sync"]
    upgraded = soc.run("db", "upgrade", "--json").json("db-upgrade")
    assert upgraded["before"] == upgraded["after"]
    for command in (("db", "check"), ("history", "verify")):
        assert soc.run(*command).code == 0
    assert "pg_dump" in soc.run("db", "backup", "backup.db").err
    assert not list(soc.folder.glob("*.db*"))


def test_a_plan_changes_nothing_and_needs_no_right_to(
    soc: Program, world: World, postgres: Server, database: str
) -> None:
    open_all_valves(soc)
    postgres.run(
        "DROP ROLE IF EXISTS reader",
        f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader",
        database=database,
    )
    before = rows(postgres, database), len(writes(world))
    url = postgres.over_tcp(database, user="reader")
    for command in (("plan",), ("status",), ("history",), ("tasks", "due")):
        assert soc.run(*command, WATCHKEEPER_STATE_URL=url).code == 0
    assert (rows(postgres, database), len(writes(world))) == before
    refused = soc.run("sync", WATCHKEEPER_STATE_URL=url)
    assert refused.code == 9
    assert "does not allow that to this user" in refused.err
    assert len(writes(world)) == before[1]


def test_of_two_runs_at_once_one_works_and_the_other_says_who_does(soc: Program, world: World) -> None:
    world.faults.add(FaultRule("pause_before", system="arm", method="GET", times=1))
    first = soc.start("sync")
    wait_until(world.faults.release_is_awaited, first)
    second = soc.run("sync")
    assert second.code == 75
    assert "the lease is taken: sync run" in second.err
    world.faults.clear()
    assert first.wait().code in {0, 7}


@pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is POSIX")
def test_a_killed_run_keeps_nobody_waiting(soc: Program, world: World) -> None:
    """Not even on another machine, which the next run believes to be on."""
    world.faults.add(FaultRule("pause_before", system="arm", method="GET", times=1))
    killed = soc.start("sync")
    wait_until(world.faults.release_is_awaited, killed)
    killed.signal(signal.SIGKILL)
    killed.wait()
    world.faults.clear()
    wait_until(lambda: soc.run("sync").code in {0, 7})


class TestFailures:
    """Every one has exit code 9, one line, a name and a remedy, and tells no password."""

    def refused(self, soc: Program, url: str, *command: str) -> Ended:
        ended = soc.run(*(command or ("sync",)), "-vv", WATCHKEEPER_STATE_URL=url)
        assert ended.code == 9
        assert PASSWORD not in ended.out + ended.err
        assert PASSWORD.replace("/", "%2F") not in ended.out + ended.err
        return ended

    @pytest.mark.parametrize("command", ["sync", "plan", "status", "history"])
    def test_a_server_that_does_not_answer(self, soc: Program, postgres: Server, command: str) -> None:
        ended = self.refused(soc, postgres.over_tcp("x", port=1), command)
        assert "cannot be reached" in ended.err
        assert "check host and port in WATCHKEEPER_STATE_URL" in ended.err

    def test_a_wrong_password(self, soc: Program, postgres: Server, database: str) -> None:
        ended = self.refused(soc, postgres.over_tcp(database, password="canary-wrong"))
        assert "does not accept this sign-in" in ended.err
        assert "canary-wrong" not in ended.out + ended.err

    def test_a_missing_database(self, soc: Program, postgres: Server) -> None:
        assert "create the database" in self.refused(soc, postgres.over_tcp("nowhere")).err

    def test_a_user_that_may_not_make_tables(self, soc: Program, postgres: Server, database: str) -> None:
        postgres.run("DROP ROLE IF EXISTS guest", f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'")
        ended = self.refused(soc, postgres.over_tcp(database, user="guest"), "sync")
        assert "does not allow that to this user" in ended.err
        assert "permission denied for schema public" in ended.err

    def test_a_server_that_takes_no_writes(self, soc: Program, postgres: Server, database: str) -> None:
        assert soc.run("db", "upgrade").code == 0
        postgres.run(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
        assert "is read-only" in self.refused(soc, postgres.over_tcp(database)).err

    def test_a_server_without_a_connection_left(self, soc: Program, postgres: Server, database: str) -> None:
        assert soc.run("db", "upgrade").code == 0
        postgres.run("DROP ROLE IF EXISTS lone", f"CREATE ROLE lone LOGIN PASSWORD '{PASSWORD}' CONNECTION LIMIT 0")
        assert "has no connection left" in self.refused(soc, postgres.over_tcp(database, user="lone")).err

    def test_a_password_after_the_question_mark_is_not_shown_either(self, soc: Program, postgres: Server) -> None:
        url = postgres.over_tcp("nowhere").replace(f":{PASSWORD.replace('/', '%2F')}@", "@") + f"?password={PASSWORD}"
        self.refused(soc, url)
        assert PASSWORD not in soc.run("status", WATCHKEEPER_STATE_URL=url).err
