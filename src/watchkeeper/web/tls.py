"""The board's certificate: read before anything is served, and again when its files change, so that a renewal signs nobody out."""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from watchkeeper.errors import Config, Problem, ProblemKind

log = logging.getLogger(__name__)
_Stamp: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(slots=True)
class Certificate:
    """A certificate with its chain, and its key. Python's defaults for servers are TLS 1.2 and later, with forward secrecy."""

    chain: Path
    key: Path
    _stamp: _Stamp = ()
    _current: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext:
        """What to listen with. Raises Config when the files do not make a certificate."""
        self._current, self._stamp = self._read(), self._stamp_now()
        first = self._current
        first.sni_callback = self._answer
        return first

    def _answer(self, connection: ssl.SSLObject, _name: str | None, _first: ssl.SSLContext) -> None:
        """Called at each handshake: it goes on with the files as they are now, or as they were last sound."""
        if (stamp := self._stamp_now()) != self._stamp:
            self._stamp = stamp
            try:
                self._current = self._read()
            except Config as error:
                log.error("the former certificate stays in use: %s", error)
        if self._current is not None:
            connection.context = self._current

    def _read(self) -> ssl.SSLContext:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        try:
            context.load_cert_chain(self.chain, self.key, password=_no_password)
        except (OSError, ValueError) as error:
            message = f"{self.chain} and the key in {self.key} cannot be served with: {_reason(error)}"
            allowed = "PEM files of a certificate, followed by those between it and its authority, and of its key without a password"
            raise Config(
                [Problem("WATCHKEEPER_WEB_TLS_CERTIFICATE", "", message, allowed, kind=ProblemKind.SETTING)]
            ) from error
        return context

    def _stamp_now(self) -> _Stamp:
        try:
            found = [file.stat() for file in (self.chain, self.key)]
        except OSError:
            return self._stamp  # between two files, while somebody replaces them
        return tuple((each.st_mtime_ns, each.st_ino) for each in found)


def _no_password() -> str:
    raise ValueError("the key has a password")


def _reason(error: OSError | ValueError) -> str:
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None)
    return str(reason or error).lower().replace("_", " ")
