"""How the board is served, checked as a whole: an address that others reach needs a sign-in, and a way that nobody listens to.

Pure: `Config` with every problem at once, before a socket is opened or an identity provider asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from watchkeeper.errors import Config, Problem, ProblemKind
from watchkeeper.expected import limits_of
from watchkeeper.model.loopback import is_this_machine
from watchkeeper.settings import Settings, WebAuth
from watchkeeper.settings.shapes import group_owners, group_roles, networks, socket_address
from watchkeeper.web.access import Groups, Role
from watchkeeper.web.callers import Network, address_in, came_from, is_in

_THIS_MACHINE: Final = (ip_network("127.0.0.0/8"), ip_network("::1/128"))

SHORTEST_TOKEN: Final = 16
"""Characters of a token that programs bring."""


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID Connect provider: its issuer, and what we are to it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    claim: str
    ca_file: Path | None = None
    proxy: str = field(default="", repr=False)
    """Through which it is asked; the address may hold a password."""


@dataclass(frozen=True, slots=True)
class Setup:
    """`origin` is how browsers reach the board, empty where only this machine does. `peers` are the networks that requests may come
    from, where not from everywhere; `tls` a certificate and its key. `metrics_token` is what programs bring that read the metrics; empty
    where none was set."""

    address: tuple[str, int] = ("127.0.0.1", 8600)
    auth: WebAuth = WebAuth.NONE
    origin: str = ""
    peers: tuple[Network, ...] = _THIS_MACHINE
    tls: tuple[Path, Path] | None = None
    roles: tuple[tuple[Role, str], ...] = ()
    owners: tuple[tuple[str, str], ...] = ()
    user_header: str = "X-Forwarded-User"
    groups_header: str = "X-Forwarded-Groups"
    provider: Provider | None = None
    limits: Mapping[str, timedelta] = field(default_factory=dict)
    metrics_token: str = field(default="", repr=False)

    @property
    def host(self) -> str:
        """What a request's Host header has to be; browsers leave a scheme's own port out."""
        return urlsplit(self.origin).netloc.casefold().removesuffix(":443")

    @property
    def scheme(self) -> str:
        return "https" if self.tls or self.origin else "http"

    @property
    def groups(self) -> Groups:
        return Groups(self.roles, self.owners)

    @property
    def behind_proxy(self) -> bool:
        return self.auth is not WebAuth.NONE and bool(self.peers)

    def lets_in(self, peer: str) -> bool:
        if not self.peers:
            return True
        address = address_in(peer)
        return address is not None and is_in(address, self.peers)

    def caller(self, peer: str, forwarded: Sequence[str]) -> str:
        """Whose allowance a request is taken from: behind proxies, whom they say it came from."""
        believed = self.behind_proxy and self.lets_in(peer)
        return came_from(peer, forwarded if believed else (), self.peers)


def setup_of(settings: Settings) -> Setup:
    """Raises Config with every reason not to serve."""
    problems = list(_problems(settings))
    if problems:
        raise Config(problems)
    host, port = socket_address(settings.web_bind)
    tls = (settings.web_tls_certificate, settings.web_tls_key)
    named = networks(settings.web_proxies or "")
    return Setup(
        address=(host, port),
        auth=settings.web_auth,
        origin=settings.web_origin or "",
        peers=_THIS_MACHINE if settings.web_auth is WebAuth.NONE else named,
        tls=None if tls[0] is None or tls[1] is None else (tls[0], tls[1]),
        roles=_roles(settings.web_roles),
        owners=() if settings.web_owners is None else group_owners(settings.web_owners),
        user_header=settings.web_user_header,
        groups_header=settings.web_groups_header,
        provider=_provider(settings),
        limits=limits_of([each.strip() for each in (settings.web_expected or "").split(",") if each.strip()]),
        metrics_token=_metrics_token(settings),
    )


def _metrics_token(settings: Settings) -> str:
    return settings.web_metrics_token.get_secret_value() if settings.web_metrics_token else ""


def _roles(spelled: str | None) -> tuple[tuple[Role, str], ...]:
    return () if spelled is None else tuple((Role(role), group) for role, group in group_roles(spelled))


def _provider(settings: Settings) -> Provider | None:
    if settings.web_auth is not WebAuth.OIDC:
        return None
    secret = settings.web_oidc_client_secret
    return Provider(
        issuer=settings.web_oidc_issuer or "",
        client_id=settings.web_oidc_client_id or "",
        client_secret=secret.get_secret_value() if secret else "",
        claim=settings.web_oidc_claim,
        ca_file=settings.web_oidc_ca_file,
        proxy=settings.proxy.get_secret_value() if settings.proxy else "",
    )


def _problems(settings: Settings) -> Iterator[Problem]:
    host, _ = socket_address(settings.web_bind)
    if (settings.web_tls_certificate is None) != (settings.web_tls_key is None):
        missing = "KEY" if settings.web_tls_key is None else "CERTIFICATE"
        yield _missing(f"WATCHKEEPER_WEB_TLS_{missing}", "both files, or neither")
    yield from _tokens(_metrics_token(settings))
    if settings.web_auth is WebAuth.NONE:
        if not is_this_machine(host):
            yield _wrong(
                "WATCHKEEPER_WEB_BIND",
                f"{settings.web_bind!r} can be reached by others, and nobody has to sign in",
                "127.0.0.1:PORT, or WATCHKEEPER_WEB_AUTH as proxy or oidc with TLS or a trusted proxy (docs/board.md)",
            )
        yield from _alone(settings)
        return
    yield from _known(settings)
    yield from _ways(settings)
    if settings.web_auth is WebAuth.OIDC:
        yield from _oidc(settings)


def _alone(settings: Settings) -> Iterator[Problem]:
    """A proxy on this machine would make everybody whoever sits at it."""
    others = {"WATCHKEEPER_WEB_ORIGIN": settings.web_origin, "WATCHKEEPER_WEB_PROXIES": settings.web_proxies}
    for name, value in others.items():
        if value is not None:
            yield _wrong(
                name,
                "is for a board that others reach, and nobody has to sign in",
                "WATCHKEEPER_WEB_AUTH as proxy or oidc",
            )


def _known(settings: Settings) -> Iterator[Problem]:
    """Who may see what, and under which address."""
    if settings.web_origin is None:
        yield _missing("WATCHKEEPER_WEB_ORIGIN", "how browsers reach the board, such as https://board.example.com")
    elif not settings.web_origin.isascii():
        yield _wrong(
            "WATCHKEEPER_WEB_ORIGIN", "is not as browsers send it", "the name in ASCII, which begins with xn--"
        )
    if settings.web_roles is None:
        yield _missing("WATCHKEEPER_WEB_ROLES", "which groups may see what, as viewer=GROUP; admin=GROUP")
    elif settings.web_auth is WebAuth.PROXY and any("," in group for _, group in group_roles(settings.web_roles)):
        yield _wrong(
            "WATCHKEEPER_WEB_ROLES", "names a group with a comma, which a proxy's list cannot hold", "other groups"
        )


def _ways(settings: Settings) -> Iterator[Problem]:
    """Nobody between a browser and us may listen or speak in another's name."""
    if settings.web_auth is WebAuth.PROXY and settings.web_proxies is None:
        yield _missing("WATCHKEEPER_WEB_PROXIES", "the addresses of the proxies whose word is taken, such as 10.0.0.5")
    elif settings.web_proxies is None and settings.web_tls_certificate is None:
        yield _missing(
            "WATCHKEEPER_WEB_TLS_CERTIFICATE",
            "WATCHKEEPER_WEB_TLS_CERTIFICATE and _KEY, or WATCHKEEPER_WEB_PROXIES where a proxy does TLS",
        )


def _oidc(settings: Settings) -> Iterator[Problem]:
    needed = {
        "WATCHKEEPER_WEB_OIDC_ISSUER": settings.web_oidc_issuer,
        "WATCHKEEPER_WEB_OIDC_CLIENT_ID": settings.web_oidc_client_id,
        "WATCHKEEPER_WEB_OIDC_CLIENT_SECRET": settings.web_oidc_client_secret,
    }
    yield from (_missing(name, "needed to sign in with OpenID Connect") for name, value in needed.items() if not value)


def _tokens(metrics: str) -> Iterator[Problem]:
    """A secret that is sent as it is: what can be guessed is none, and what is no plain text does not arrive whole."""
    if metrics and not (len(metrics) >= SHORTEST_TOKEN and metrics.isascii() and metrics.isprintable()):
        allowed = f"at least {SHORTEST_TOKEN} letters and digits, such as `openssl rand -hex 32` gives"
        yield _wrong("WATCHKEEPER_WEB_METRICS_TOKEN", "can be guessed, or cannot be sent", allowed)


def _missing(name: str, allowed: str) -> Problem:
    return _wrong(name, "is not set", allowed)


def _wrong(name: str, message: str, allowed: str) -> Problem:
    return Problem(name, "", message, allowed, kind=ProblemKind.SETTING)
