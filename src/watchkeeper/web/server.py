"""The board on a socket: one process, by uvicorn, until somebody stops it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp

from watchkeeper.errors import Config, Problem, ProblemKind
from watchkeeper.web.connections import Connection, Patience
from watchkeeper.web.fence import LARGEST_HEAD
from watchkeeper.web.handshake import Handshake
from watchkeeper.web.setup import Setup
from watchkeeper.web.tls import Certificate

AT_ONCE: Final = 200
"""Connections; more are answered 503 before a request of theirs is read on."""
PATIENCE: Final = Patience()


def listening(setup: Setup) -> socket.socket:
    """The socket, before anything is said to be served. Raises Config when the address cannot be had."""
    host, port = setup.address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Config(
            [
                Problem(
                    "WATCHKEEPER_WEB_BIND",
                    "",
                    f"{host}:{port} cannot be listened on: {reason}",
                    "an address of this machine with a free port",
                    kind=ProblemKind.SETTING,
                )
            ]
        ) from error


def server_of(app: ASGIApp, setup: Setup, patience: Patience = PATIENCE) -> uvicorn.Server:
    """Raises Config where the certificate cannot be served with."""
    # uvicorn calls it as it would call a class.
    connection: Any = partial(Connection, setup=setup, patience=patience)
    if setup.tls:
        connection = partial(_behind_tls, connection, Certificate(*setup.tls).context())
    return uvicorn.Server(
        uvicorn.Config(
            app,
            http=connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            # Whom a request comes from is the fence's business, which knows the proxies by name.
            proxy_headers=False,
            limit_concurrency=AT_ONCE,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=5,
            h11_max_incomplete_event_size=LARGEST_HEAD,
        )
    )


def _behind_tls(connection: Callable[..., Connection], context: ssl.SSLContext, **uvicorns: Any) -> Handshake:
    return Handshake(connection(**uvicorns), context)


def address_of(setup: Setup, listener: socket.socket) -> str:
    """Where people find it."""
    if setup.origin:
        return f"{setup.origin}/"
    host, port = listener.getsockname()[:2]
    return f"{setup.scheme}://{f'[{host}]' if ':' in host else host}:{port}/"
