"""The emulated world on loopback: one TLS port per system and one for the control plane, under a private authority."""

from __future__ import annotations

import contextlib
import logging
import secrets
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from http.client import responses
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias, cast

import trustme
from cheroot.server import Gateway, HTTPServer
from cheroot.ssl import Adapter
from cheroot.ssl.builtin import BuiltinSSLAdapter

from watchkeeper.emulators.azure.entra import Entra
from watchkeeper.emulators.control import ControlPlane
from watchkeeper.emulators.credentials import credential_environment
from watchkeeper.emulators.environment import environment, write_env_file
from watchkeeper.emulators.exchange import Request, Response
from watchkeeper.emulators.options import SignIn
from watchkeeper.emulators.world import World

CONTROL = "control"
PLAIN = "machine"
"""The one system that speaks plain HTTP: managed identities are asked for inside a machine."""
LOOPBACK = "127.0.0.1"

log = logging.getLogger(__name__)

Handle: TypeAlias = Callable[[Request], Response]


class RunningWorld:
    """A context manager: inside, `world` answers over TLS on loopback; outside, every port is closed and its files are gone.

    Another world may take the place of `world` while nobody calls it.

    `ports` names the port of each system and of `control`; port 0 picks a free one. `workers` is the number of requests
    per system that can be under way at once.
    """

    def __init__(
        self, world: World, *, ports: Mapping[str, int] | None = None, token: str | None = None, workers: int = 40
    ) -> None:
        self.world = world
        self.token = token or secrets.token_urlsafe(24)
        self._wanted_ports = ports or {}
        self._workers = workers
        self._servers: dict[str, _Server] = {}
        self._closing = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as undo:
            folder = Path(undo.enter_context(tempfile.TemporaryDirectory(prefix="watchkeeper-emulators-")))
            self._folder = folder
            self.ca_pem_path = folder / "ca.pem"
            certificate = folder / "server.pem"
            _issue(self.ca_pem_path, certificate)
            undo.callback(self._stop)
            tls = _Tls(certificate)
            for name, handle in self._handlers().items():
                port = self._wanted_ports.get(name, 0)
                self._servers[name] = _Server(handle, None if name == PLAIN else tls, port, self._workers)
            self.ports = {name: server.port for name, server in self._servers.items()}
            self._closing = undo.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.close()

    def environment(self, sign_in: SignIn = SignIn.CLIENT_SECRET) -> dict[str, str]:
        """The settings that point Watchkeeper at this world; files that `sign_in` needs are there while it runs.

        Raises KeyError for another way than the secret in a world without Entra ID.
        """
        settings = environment(self.world.options, self.ports, self.ca_pem_path, self.token)
        if sign_in is SignIn.CLIENT_SECRET:
            return settings
        del settings["AZURE_CLIENT_SECRET"]
        entra = cast(Entra, self.world.systems["entra"])
        return settings | credential_environment(sign_in, entra, self.ports, self._folder)

    def write_env_file(self, path: Path) -> None:
        """`environment()` as a file for a shell to source (mode 0600)."""
        write_env_file(path, self.environment())

    def _handlers(self) -> dict[str, Handle]:
        def of(name: str) -> Handle:
            return lambda request: self.world.handle(name, request)

        def control(request: Request) -> Response:
            return ControlPlane(self.world, self.token).handle(request)

        return {**{name: of(name) for name in self.world.systems}, CONTROL: control}

    def _stop(self) -> None:
        self.world.faults.clear()
        stopping = [threading.Thread(target=server.stop) for server in self._servers.values()]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join()
        self._servers.clear()


def _issue(ca_path: Path, certificate_path: Path) -> None:
    """A fresh authority that lives only in this process, and one server certificate for loopback names."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(ca_path))
    issued = authority.issue_cert("localhost", LOOPBACK)
    issued.private_key_and_cert_chain_pem.write_to_path(str(certificate_path))
    certificate_path.chmod(0o600)


class _Server:
    """One port: cheroot's listener and thread pool around one handler."""

    def __init__(self, handle: Handle, tls: _Tls | None, port: int, workers: int) -> None:
        self._server = _Listener((LOOPBACK, port), gateway=_Gateway, minthreads=workers, maxthreads=workers)
        self._server.handle, self._server.stopping = handle, threading.Event()
        self._server.nodelay = True
        self._server.timeout = IDLE_SECONDS
        self._server.shutdown_timeout = 1
        self._server.expiration_interval = LOOKING_SECONDS
        if tls is not None:
            self._server.ssl_adapter = tls
        self._server.prepare()
        self.port: int = self._server.bind_addr[1]
        self._thread = threading.Thread(target=self._server.serve, name=f"emulator-{self.port}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._server.stopping.set()
        ending = threading.Thread(target=self._server.stop)
        ending.start()
        while ending.is_alive():
            self._knock()
            ending.join(KNOCKING_SECONDS)
        self._thread.join()

    def _knock(self) -> None:
        """An idle listener that is asked to stop sees it when somebody connects."""
        with contextlib.suppress(OSError):
            socket.create_connection((LOOPBACK, self.port), timeout=KNOCKING_SECONDS).close()


IDLE_SECONDS = 300
HANDSHAKE_SECONDS = 5
LOOKING_SECONDS = 2.0
"""How often an idle listener looks round for connections that are idle too long."""
KNOCKING_SECONDS = 0.005


class _Listener(HTTPServer):
    """cheroot's server with our handler beside it and its complaints in our log."""

    handle: Handle
    stopping: threading.Event

    @staticmethod
    def bind_socket(socket_: socket.socket, bind_addr: tuple[str, int]) -> socket.socket:
        """As cheroot does, but without leaving the socket open when its port is taken."""
        try:
            socket_.bind(bind_addr)
        except OSError:
            socket_.close()
            raise
        return socket_

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:
        log.log(min(level, logging.WARNING) if traceback else logging.DEBUG, msg, exc_info=traceback)


class _Tls(BuiltinSSLAdapter):
    """A stranger who never finishes the handshake holds the accepting thread for seconds only; nobody reads the environ."""

    def __init__(self, certificate: Path) -> None:
        """cheroot's own (11.1, ssl/builtin.py, _loopback_for_cert) shakes hands with itself to fill that environ, and for
        that reads every authority that the machine trusts: most of the time that a world would take to start."""
        Adapter.__init__(self, str(certificate), str(certificate))
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.load_cert_chain(certificate)

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, str]]:
        sock.settimeout(HANDSHAKE_SECONDS)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wrapped: tuple[ssl.SSLSocket, dict[str, str]] = super().wrap(sock)  # type: ignore[no-untyped-call]
        return wrapped

    def get_environ(self, sock: ssl.SSLSocket | None = None) -> dict[str, str]:  # noqa: ARG002
        return {}


class _Gateway(Gateway):
    """Between cheroot and a handler: one Request in, one write (or a closed connection) out."""

    def respond(self) -> None:
        self.req.sent_headers = True
        request = _request(self.req)
        if _is_cut(request):
            self.req.close_connection = True
            return
        answer = self.req.server.handle(request)
        if answer.delay:
            self.req.server.stopping.wait(answer.delay)
        if answer.drop or answer.until_close:
            self.req.close_connection = True
        with _until_the_caller_is_gone(self.req):
            if answer.drop:
                self.req.conn.socket.shutdown(socket.SHUT_RDWR)
            elif answer.drip:
                self._drip(answer)
            else:
                self.req.conn.socket.sendall(_head(self.req, answer) + _body(self.req, answer))

    def _drip(self, answer: Response) -> None:
        """The head at once, the body drop by drop, for as long as the listener runs and somebody listens."""
        connection, stopping = self.req.conn.socket, self.req.server.stopping
        connection.sendall(_head(self.req, answer))
        for portion in answer.portions() if _body(self.req, answer) else ():
            if stopping.wait(answer.drip):
                self.req.close_connection = True
                return
            connection.sendall(portion)


@contextlib.contextmanager
def _until_the_caller_is_gone(req: Any) -> Iterator[None]:
    """A caller that was killed leaves a dead connection: nothing to report, only to close."""
    try:
        yield
    except OSError:
        req.close_connection = True


def _request(req: Any) -> Request:
    return Request(
        method=req.method.decode("ascii", "replace"),
        host=req.inheaders.get(b"Host", b"").decode("latin-1"),
        path=req.path.decode("utf-8", "replace"),
        raw_query=req.qs.decode("latin-1"),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in req.inheaders.items()},
        body=req.rfile.read(),
        reused=_seen_before(req.conn),
    )


def _is_cut(request: Request) -> bool:
    """Whether the caller was gone before the body was: such a request is incomplete (RFC 9112, section 8) and acts on nothing."""
    announced = request.headers.get("content-length", "")
    return announced.isdecimal() and len(request.body) < int(announced)


def _seen_before(connection: Any) -> bool:
    """Whether the connection has carried a request; from now on it has. (cheroot counts only for its statistics.)"""
    seen: bool = getattr(connection, "has_carried_a_request", False)
    connection.has_carried_a_request = True
    return seen


def _head(req: Any, answer: Response) -> bytes:
    """Status line and headers, to be sent in one piece with a body: small separate writes meet Nagle and delayed ACKs (40 ms)."""
    lines = [f"HTTP/1.1 {answer.status} {responses.get(answer.status, 'Unknown')}"]
    for name, value in answer.headers.items():
        lines.extend(f"{name}: {line}" for line in value.split("\n"))
    if answer.status not in _BODILESS and not answer.until_close:
        lines.append(f"Content-Length: {len(answer.body)}")
    lines.append("Connection: close" if req.close_connection else "Connection: keep-alive")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


_BODILESS = frozenset({204, 304})


def _body(req: Any, answer: Response) -> bytes:
    return b"" if req.method == b"HEAD" or answer.status in _BODILESS else answer.body
