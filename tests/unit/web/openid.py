"""An OpenID Connect provider over TLS on this machine, as strict as the specifications ask it to be, whose lies a test chooses."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey
from tests.receiver import authority
from tests.unit.web.boards import NOW

CLIENT, SECRET = "board", "a client's secret"


def _free() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


def a_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


@dataclass
class OpenIdProvider:
    """`claims` come over those of an honest token; a None takes one away. `groups` are the person's. `published` are the keys that its key
    set shows, `signing` the one that it signs with; `forge` makes a token of claims otherwise. `heard` are the forms that came to its
    token endpoint. `instead`: the bytes that a path ("document", "keys", "token") answers with whatever is asked, `headers` what comes
    with every answer. Before it is `free`, it sends all but the last byte. `by_form`: it takes a client's secret in the form alone."""

    issuer: str
    ca_file: Path
    groups: list[str] = field(default_factory=lambda: ["SOC viewer"])
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    signing: ECKey = field(default_factory=lambda: a_key("first"))
    published: list[ECKey] = field(default_factory=list)
    sent: dict[str, dict[str, str]] = field(default_factory=dict)
    heard: list[dict[str, str]] = field(default_factory=list)
    forge: Callable[[dict[str, Any]], str] | None = None
    instead: dict[str, bytes] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    free: threading.Event = field(default_factory=_free)
    by_form: bool = False
    documents: int = 0
    key_sets: int = 0

    def authorize(self, address: str) -> str:
        """Where a browser is sent back to after its person has signed in at `address`."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert {"openid"} <= set(asked["scope"].split())
        code = f"code-{len(self.sent)}"
        self.sent[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def document(self) -> dict[str, Any]:
        self.documents += 1
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
            **({"token_endpoint_auth_methods_supported": ["client_secret_post"]} if self.by_form else {}),
            **self.metadata,
        }

    def keys(self) -> dict[str, Any]:
        self.key_sets += 1
        return {"keys": [key.as_dict(private=False) for key in self.published or [self.signing]]}

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """A code is good once, for the client and the verifier that it was given for (RFC 6749, 4.1.3; RFC 7636, 4.6)."""
        self.heard.append(form)
        asked = self.sent.pop(form.get("code", ""), None)
        if not self._knows(form, authorization):
            return 401, {"error": "invalid_client"}
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        if asked["code_challenge"] != challenge.rstrip(b"=").decode():
            return 400, {"error": "invalid_grant"}
        return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": self.id_token(asked["nonce"])}

    def _knows(self, form: dict[str, str], authorization: str) -> bool:
        if self.by_form:
            return (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        return authorization == "Basic " + base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()

    def id_token(self, nonce: str) -> str:
        now = int(NOW.timestamp())
        honest = {
            "iss": self.issuer,
            "sub": "248289761001",
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "nonce": nonce,
            "name": "Aiko Tanaka",
            "groups": self.groups,
        }
        claims = {name: value for name, value in (honest | self.claims).items() if value is not None}
        if self.forge is not None:
            return self.forge(claims)
        return jwt.encode({"alg": "ES256", "kid": self.signing.kid}, claims, self.signing)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def provider(self) -> OpenIdProvider:
        return cast(_Server, self.server).provider

    def do_GET(self) -> None:
        documents = {
            "/tenant/.well-known/openid-configuration": ("document", self.provider.document),
            "/tenant/keys": ("keys", self.provider.keys),
        }
        name, found = documents.get(self.path, ("", dict))
        self._say(200 if name else 404, name, found())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        status, answer = self.provider.token(form, self.headers.get("Authorization", ""))
        self._say(status, "token", answer)

    def _say(self, status: int, name: str, document: dict[str, Any]) -> None:
        content = self.provider.instead.get(name, json.dumps(document).encode())
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        for header in self.provider.headers.items():
            self.send_header(*header)
        self.end_headers()
        with suppress(OSError):  # whoever asks may have had enough
            self.wfile.write(content[:-1])
            self.provider.free.wait(20)
            self.wfile.write(content[-1:])

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    provider: OpenIdProvider


@contextmanager
def providing(folder: Path) -> Iterator[OpenIdProvider]:
    """A provider that answers inside; its authority's certificate lies in the folder."""
    ca_file = folder / "provider-ca.pem"
    authority().cert_pem.write_to_path(str(ca_file))
    server = _Server(("127.0.0.1", 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority().issue_cert("localhost", "127.0.0.1").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.provider = OpenIdProvider(f"https://localhost:{server.server_port}/tenant", ca_file)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
