"""Runs as tasks: exactly one goes on at a time, and each may stand still, or be killed, before and after every call and commit.

A task is a thread that only moves while it holds the baton, so that the schedule alone decides who is next. A killed one gets
an exception that nothing catches at the boundary where it stood, and can neither call nor begin a transaction any more: what its
cleanup tries comes to nothing, as after SIGKILL, where only the operating system lets its locks go.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Connection, Engine

BUSY_SECONDS = 15.0
"""For how long a process waits for another one's write (watchkeeper.state.database)."""

PHASES = ("before send", "after send", "before commit", "after commit")


class Killed(BaseException):
    """The process is gone."""


class Task:
    """`decide(number of the boundary, number among those of writes or 0)` tells how long to stand still there; it raises Killed
    where the task ends."""

    def __init__(
        self, name: str, work: Callable[[], None], decide: Callable[[int, int], float], told: Callable[[str, str], None]
    ) -> None:
        self.name = name
        self.boundaries = 0
        self.of_writes = 0
        self.dead = False
        self.ended = False
        self.error: BaseException | None = None
        self.wait: Callable[[float], None] = lambda _: None
        self._decide = decide
        self._told = told
        self._work = work
        self._go = threading.Semaphore(0)
        self._back = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._body, name=name, daemon=True)
        self._thread.start()

    def resume(self) -> None:
        """Let the task go on until it waits or ends."""
        self._go.release()
        self._back.acquire()

    def stand_still(self) -> None:
        """Give the baton back, in the task's own thread, until it is resumed."""
        self._back.release()
        self._go.acquire()

    def boundary(self, phase: str, what: str, *, writes: bool = False) -> None:
        if self.dead:
            raise Killed
        self.boundaries += 1
        self.of_writes += writes
        self._told(f"{phase} ({self.boundaries})", what)
        try:
            seconds = self._decide(self.boundaries, self.of_writes if writes else 0)
        except Killed:
            self.dead = True
            self._told("killed", what)
            raise
        if seconds:
            self.wait(seconds)

    def _body(self) -> None:
        self._go.acquire()
        _here.task = self
        try:
            self._work()
        except Killed:
            pass
        except BaseException as error:  # noqa: BLE001
            self.error = error
        finally:
            self.ended = True
            self._back.release()


class _Here(threading.local):
    task: Task | None = None
    writes: bool = False


_here = _Here()
_writer: dict[str, Task] = {}
"""Who holds the write lock of a database file."""


def _on_begin(connection: Connection) -> None:
    task, file = _here.task, str(connection.engine.url.database or "")
    if task is None or not file or file == ":memory:":
        return
    if task.dead:
        raise Killed
    _here.writes = bool(connection.get_execution_options().get("watchkeeper_writes"))
    if not _here.writes:
        return
    waited = 0.0
    while (holder := _writer.get(file)) not in {None, task} and not _gone(holder) and waited < BUSY_SECONDS:
        waited += 0.25
        task.wait(0.25)
    if task.dead:
        raise Killed
    if holder is None or holder is task or _gone(holder):
        _writer[file] = task


def _gone(task: Task | None) -> bool:
    return task is None or task.dead or task.ended


def _release() -> None:
    _here.writes = False
    for file in [file for file, task in _writer.items() if task is _here.task]:
        del _writer[file]


def _computed_once(self: Any, instance: Any, owner: Any = None) -> Any:
    """A cached property without the lock that Python 3.11 shares among all instances of a class (python/cpython#87634): a task
    that stands still inside one would stop every other, which processes of their own do not."""
    if instance is None:
        return self
    if self.attrname not in instance.__dict__:
        instance.__dict__[self.attrname] = self.func(instance)
    return instance.__dict__[self.attrname]


@contextmanager
def boundaries() -> Iterator[None]:
    """While inside, transactions of tasks are boundaries too, and writers wait for each other in the world's time."""
    commit: Callable[..., None] = SQLiteDialect_pysqlite.do_commit
    rollback: Callable[..., None] = SQLiteDialect_pysqlite.do_rollback

    def do_commit(dialect: SQLiteDialect_pysqlite, connection: Any) -> None:
        task = _here.task if _here.writes else None
        if task is not None:
            task.boundary("before commit", "")
        commit(dialect, connection)
        if task is not None:
            _release()
            task.boundary("after commit", "")

    def do_rollback(dialect: SQLiteDialect_pysqlite, connection: Any) -> None:
        rollback(dialect, connection)
        _release()

    patched: Mapping[str, Any] = {"do_commit": do_commit, "do_rollback": do_rollback}
    kept = {name: SQLiteDialect_pysqlite.__dict__.get(name) for name in patched}
    locking = functools.cached_property.__get__
    event.listen(Engine, "begin", _on_begin)
    functools.cached_property.__get__ = _computed_once  # type: ignore[method-assign,assignment]
    for name, function in patched.items():
        setattr(SQLiteDialect_pysqlite, name, function)
    try:
        yield
    finally:
        event.remove(Engine, "begin", _on_begin)
        functools.cached_property.__get__ = locking  # type: ignore[method-assign]
        for name, original in kept.items():
            if original is None:
                delattr(SQLiteDialect_pysqlite, name)
            else:
                setattr(SQLiteDialect_pysqlite, name, original)
        _writer.clear()
