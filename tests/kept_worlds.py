"""Worlds as they stood at some moment, taken up again and again: what led there is done once in a process.

A world is kept as a pickle. Locks become new ones, keys of certificates and code are shared, and functions that were made in
functions are made anew around the copy of what they see. A deployment is kept with its world and the files of its store.
"""

from __future__ import annotations

import importlib
import io
import pickle
import tempfile
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, wraps
from pathlib import Path
from types import CellType, CodeType, FunctionType
from typing import Any, Concatenate, ParamSpec

from tests.engine import Deployment

from watchkeeper.emulators.world import World

P = ParamSpec("P")

_LOCKS = {type(make()): make for make in (threading.Lock, threading.RLock)}


@dataclass(slots=True)
class KeptWorld:
    """A world at the moment when it was kept."""

    _pickle: bytes = b""
    _shared: list[Any] = field(default_factory=list)

    @classmethod
    def of(cls, world: World) -> KeptWorld:
        kept, written = cls(), io.BytesIO()
        _Writer(written, kept._shared).dump(world)
        kept._pickle = written.getvalue()
        return kept

    def again(self) -> World:
        """Another world that stands as that one did; nothing of what happens in it reaches any other."""
        world: World = _Reader(io.BytesIO(self._pickle), self._shared).load()
        return world


@dataclass(frozen=True, slots=True)
class KeptDeployment:
    """A deployment between two runs. `files` are those in the folder of its store, by their paths in it."""

    deployment: Deployment
    world: KeptWorld
    files: Mapping[Path, bytes]

    @classmethod
    def of(cls, deployment: Deployment) -> KeptDeployment:
        folder = deployment.database.parent
        files = {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        return cls(deployment, KeptWorld.of(deployment.world), files)

    def again(self, folder: Path) -> Deployment:
        """Another one that stands as it did, with its store, and its mappings where they are its own, in a folder, which is made
        where there is none."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in self.files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_bytes(content)
        known = self.deployment
        its_own = known.mappings.is_relative_to(known.database.parent)
        return replace(
            known,
            world=self.world.again(),
            database=folder / known.database.name,
            mappings=folder / known.mappings.relative_to(known.database.parent) if its_own else known.mappings,
            ids=replace(known.ids),
            policy=dict(known.policy),
            servicenow=dict(known.servicenow),
            sentinel=dict(known.sentinel),
        )


def done_once(make: Callable[Concatenate[Path, P], Deployment]) -> Callable[Concatenate[Path, P], Deployment]:
    """A deployment that is made once in a process, in a folder of its own, and stands in each folder as it was made; of a `make`
    with further arguments, once with each."""

    @cache
    def kept(*how: Any, **more: Any) -> KeptDeployment:
        with tempfile.TemporaryDirectory() as folder:
            return KeptDeployment.of(make(Path(folder), *how, **more))

    @wraps(make)
    def again(tmp_path: Path, *how: P.args, **more: P.kwargs) -> Deployment:
        return kept(*how, **more).again(tmp_path)

    return again


class _Writer(pickle.Pickler):
    def __init__(self, file: io.BytesIO, shared: list[Any]) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._shared = shared

    def persistent_id(self, thing: object) -> int | None:
        if not isinstance(thing, CodeType) and not type(thing).__module__.startswith("cryptography."):
            return None
        self._shared.append(thing)
        return len(self._shared) - 1

    def reducer_override(self, thing: Any) -> Any:
        if type(thing) in _LOCKS:
            return _LOCKS[type(thing)], ()
        if isinstance(thing, FunctionType) and "<locals>" in thing.__qualname__:
            cells = tuple(cell.cell_contents for cell in thing.__closure__ or ())
            made = (thing.__code__, thing.__module__, thing.__defaults__, thing.__kwdefaults__, len(cells))
            return _function, made, cells, None, None, _see
        return NotImplemented


class _Reader(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, shared: list[Any]) -> None:
        super().__init__(file)
        self._shared = shared

    def persistent_load(self, number: int) -> Any:
        return self._shared[number]


def _function(code: CodeType, module: str, defaults: Any, named: Any, cells: int) -> FunctionType:
    """A function that does not see anything yet: what it sees may be what holds it."""
    closure = tuple(CellType() for _ in range(cells)) or None
    made = FunctionType(code, vars(importlib.import_module(module)), None, defaults, closure)
    made.__kwdefaults__ = named
    return made


def _see(function: FunctionType, contents: tuple[Any, ...]) -> None:
    for cell, content in zip(function.__closure__ or (), contents, strict=True):
        cell.cell_contents = content
