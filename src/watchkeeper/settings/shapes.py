"""What a single setting may look like: checks of text that need no network and never show a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, urlsplit

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_core import PydanticCustomError

from watchkeeper.deadline import length_of_time
from watchkeeper.expected import limits_of
from watchkeeper.model.loopback import is_this_machine
from watchkeeper.model.owner_book import UNOWNED_ID


def is_loopback(url: str) -> bool:
    """Whether an address names this machine."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    return is_this_machine(host)


def _wrong(message: str, allowed: str, suggestion: str = "") -> PydanticCustomError:
    """A problem in the words of errors.Problem; never with the value of a secret."""
    context = {"message": message, "allowed": allowed, "suggestion": suggestion}
    return PydanticCustomError("setting", "{message}", context)


_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DOMAIN = re.compile(r"[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)+")
_API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-preview)?")


def _origin_fault(value: str) -> str:
    """Why a text is not an https origin (scheme, host, port and nothing else); "" if it is one."""
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        return "is not an address"
    if re.search(r"[\s\\\x00-\x1f]", value):
        return "holds white space or a backslash"
    if parts.scheme != "https" or not parts.hostname or port == 0:
        return "is not an https address"
    if "@" in parts.netloc:
        return "holds a user name"
    return "has more than a host and a port" if parts.path.strip("/") or parts.query or parts.fragment else ""


def _shown(value: str) -> str:
    """A value for a message, unless it may hold a password."""
    return "the value" if "@" in value else repr(value[:80])


def _https_origin(value: str) -> str:
    if fault := _origin_fault(value):
        raise _wrong(f"{_shown(value)} {fault}", "an https origin such as https://management.azure.com")
    return value.rstrip("/")


def _instance(value: str) -> str:
    """A bare name stands for https://NAME.service-now.com."""
    text = value.lower()
    if _NAME.fullmatch(text):
        return f"https://{text}.service-now.com"
    if fault := _origin_fault(text):
        allowed = "a name such as acme, or an https origin such as https://acme.service-now.com"
        raise _wrong(f"{_shown(value)} is no instance name, and {fault}", allowed)
    return text.rstrip("/")


def _loopback_origin(value: str) -> str:
    if not is_loopback(_https_origin(value)):
        raise _wrong(
            f"{_shown(value)} is not this machine", "an https origin on loopback, such as https://localhost:8443"
        )
    return value.rstrip("/")


def _guid(value: str) -> str:
    if not _GUID.fullmatch(value):
        raise _wrong(f"{_shown(value)} is not a GUID", "a GUID such as 00000000-0000-0000-0000-000000000000")
    return value.lower()


def _tenant(value: str) -> str:
    if not (_GUID.fullmatch(value) or _DOMAIN.fullmatch(value)):
        raise _wrong(f"{_shown(value)} is no tenant", "a GUID or a domain such as contoso.onmicrosoft.com")
    return value.lower()


def _slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise _wrong(f"{_shown(value)} is no deployment name", "1 to 32 lower-case letters, digits and hyphens")
    return value


def _api_version(value: str) -> str:
    if not _API_VERSION.fullmatch(value):
        raise _wrong(f"{_shown(value)} is no API version", "a date such as 2025-09-01")
    return value


def _state_url(value: SecretStr) -> SecretStr:
    """Never shown, because it may hold a password."""
    scheme, separator, rest = value.get_secret_value().partition("://")
    if not separator:
        raise _wrong("is not a URL", _STATES)
    if scheme in {"postgresql", "postgresql+psycopg"}:
        _, _, database = rest.partition("?")[0].rpartition("@")[2].partition("/")
        if not database:
            raise _wrong("names no database", _STATES)
        return value
    if scheme != "sqlite":
        raise _wrong(f"has the scheme {scheme!r:.40}", _STATES, _MEANT.get(scheme.partition("+")[0], ""))
    file, _, query = rest.partition("?")
    if not file.startswith("/") or file == "/:memory:" or not Path(file[1:]).name:
        raise _wrong("names no file", _STATES)
    if "uri" in parse_qs(query, keep_blank_values=True):
        raise _wrong("is opened by an address of SQLite's own (uri)", _STATES)
    return value


_STATES = "sqlite:///FILE (sqlite:////absolute/FILE), or postgresql://USER@HOST/DATABASE"
_MEANT = {"sqlite3": "sqlite:///", "postgres": "postgresql://", "postgresql": "postgresql://"}


def _proxy(value: SecretStr) -> SecretStr:
    """Never shown, because it may hold a password."""
    try:
        parts = urlsplit(value.get_secret_value())
        fine = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fine = False
    if not fine:
        raise _wrong("is not the address of a proxy", "http://HOST:PORT or https://HOST:PORT")
    return value


_BUDGET = re.compile(r"(?:(servicenow|sentinel)=)?([1-9]\d{0,8})")
BOTH_SIDES = ""
"""Under which name `budgets` gives a number that stands for each side."""


def _duration(value: object) -> timedelta:
    length = length_of_time(str(value))
    if length is None:
        raise _wrong(f"{_shown(str(value))} is no length of time", "a number with s, m or h, such as 90s, 45m or 2h")
    return length


def budgets(value: str) -> Mapping[str, int] | None:
    """Calls by side from a text such as `servicenow=400,sentinel=200`, or one number for each side; None if it is neither."""
    found = [_BUDGET.fullmatch(part.strip()) for part in value.split(",")]
    named = {match.group(1) or BOTH_SIDES: int(match.group(2)) for match in found if match is not None}
    whole = None not in found and len(named) == len(found)
    return named if whole and (BOTH_SIDES not in named or len(named) == 1) else None


def _call_budget(value: str) -> str:
    if budgets(value) is None:
        raise _wrong(f"{_shown(value)} is no budget", "a number for each side, or servicenow=NUMBER,sentinel=NUMBER")
    return value


def _otlp_endpoint(value: str) -> str:
    try:
        parts = urlsplit(value)
        fine = (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
        )
    except ValueError:
        fine = False
    if not fine:
        raise _wrong(f"{_shown(value)} is not the address of a collector", "http://HOST:PORT or https://HOST:PORT")
    return value


def _monitor(value: SecretStr) -> SecretStr:
    """Never shown: whoever knows the address can report what he likes."""
    try:
        parts = urlsplit(value.get_secret_value())
        fine = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc and not parts.fragment
        fine = fine and not re.search(r"[\s\\\x00-\x1f]", value.get_secret_value())
        fine = fine and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(value.get_secret_value())))
    except ValueError:
        fine = False
    if not fine:
        raise _wrong("is not the address of a check", "https://HOST/PATH, such as https://hc-ping.com/UUID")
    return value


_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def _mail_server(value: str) -> str:
    try:
        parts = urlsplit(value)
        rest = parts.path.strip("/") or parts.query or parts.fragment
        fine = (
            parts.scheme in {"smtp", "smtps"} and parts.hostname and "@" not in value and parts.port != 0 and not rest
        )
    except ValueError:
        fine = False
    if not fine:
        allowed = "smtp://HOST:PORT (STARTTLS) or smtps://HOST:PORT"
        raise _wrong(f"{_shown(value)} is not the address of a mail server", allowed)
    return value


def _mail_address(value: str) -> str:
    if not _MAIL_ADDRESS.fullmatch(value):
        raise _wrong(f"{value[:80]!r} is no e-mail address", "name@domain, in ASCII, without a display name")
    return value


def _readable_file(value: Path) -> Path:
    if not value.is_file():
        raise _wrong(f"{str(value)!r:.200} is not a file that can be read", "the path of an existing file")
    return value


def _folder(value: Path) -> Path:
    if not value.is_dir():
        raise _wrong(f"{str(value)!r:.200} is not a folder", "the path of an existing folder")
    return value


_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_OWNER = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
"""As owners.yaml spells ids, and as they are made of the CMDB's names (watchkeeper.evidence.ownership)."""
_ROLES = ("viewer", "oversight", "owner", "admin")


def socket_address(value: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT` or `[IPV6]:PORT`. Raises ValueError where it is neither."""
    parts = urlsplit(f"//{value}")
    if not parts.hostname or parts.port is None or parts.path or parts.query or parts.fragment or "@" in value:
        raise ValueError(value)
    return parts.hostname, parts.port


def _socket_address(value: str) -> str:
    try:
        socket_address(value)
    except ValueError:
        raise _wrong(f"{_shown(value)} is no address to listen on", "HOST:PORT, such as 127.0.0.1:8600") from None
    return value


def networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks of a text such as `10.0.0.5, 10.1.0.0/24`. Raises ValueError where one of them is none."""
    return tuple(ip_network(each.strip()) for each in value.split(",") if each.strip())


def _networks(value: str) -> str:
    try:
        named = networks(value)
    except ValueError:
        named = ()
    if not named:
        raise _wrong(f"{_shown(value)} is no list of addresses", "addresses or networks, such as 10.0.0.5, 10.1.0.0/24")
    if any(network.prefixlen == 0 for network in named):
        raise _wrong(f"{_shown(value)} is every address", "only the proxies whose word is to be taken")
    return value


def group_roles(value: str) -> tuple[tuple[str, str], ...]:
    """Pairs of role and group of a text such as `viewer=SOC; admin=SOC Leads`. Raises ValueError where it is another one."""
    found = _groups_of(value)
    if not found or any(role not in _ROLES or not group for role, group in found):
        raise ValueError(value)
    return found


def group_owners(value: str) -> tuple[tuple[str, str], ...]:
    """Pairs of an owner's id and group, likewise."""
    found = _groups_of(value)
    if not found or any(not _OWNER.fullmatch(owner) or owner == UNOWNED_ID or not group for owner, group in found):
        raise ValueError(value)
    return found


def _groups_of(value: str) -> tuple[tuple[str, str], ...]:
    pairs = [each.strip().partition("=") for each in value.split(";") if each.strip()]
    return tuple((name.strip(), group.strip()) for name, _, group in pairs)


def _group_roles(value: str) -> str:
    try:
        group_roles(value)
    except ValueError:
        allowed = f"ROLE=GROUP, several with semicolons between; roles: {', '.join(_ROLES)}"
        raise _wrong(f"{_shown(value)} does not say which groups have which role", allowed) from None
    return value


def _group_owners(value: str) -> str:
    try:
        group_owners(value)
    except ValueError:
        allowed = "OWNER=GROUP, several with semicolons between; an owner by its id in owners.yaml"
        raise _wrong(f"{_shown(value)} does not say which groups are which owner's", allowed) from None
    return value


def _header(value: str) -> str:
    if not _HEADER.fullmatch(value):
        raise _wrong(f"{_shown(value)} is no name of a header", "letters, digits and hyphens, such as X-Forwarded-User")
    return value


def _issuer(value: str) -> str:
    """OpenID Connect Discovery 1.0, section 3: https, without query or fragment; a path is usual."""
    parts = urlsplit(value)
    if parts.query or parts.fragment or _origin_fault(f"{parts.scheme}://{parts.netloc}"):
        raise _wrong(f"{_shown(value)} is no issuer", "https://HOST/PATH, as the provider spells it")
    return value


def _limits(value: str) -> str:
    try:
        limits_of(each.strip() for each in value.split(","))
    except ValueError as error:
        raise _wrong(str(error), "sync=2h,audit=26h, or one length for both of them") from None
    return value


Instance = Annotated[str, AfterValidator(_instance)]
Origin = Annotated[str, AfterValidator(_https_origin)]
LoopbackOrigin = Annotated[str, AfterValidator(_loopback_origin)]
Guid = Annotated[str, AfterValidator(_guid)]
Tenant = Annotated[str, AfterValidator(_tenant)]
Slug = Annotated[str, AfterValidator(_slug)]
ApiVersion = Annotated[str, AfterValidator(_api_version)]
StateUrl = Annotated[SecretStr, AfterValidator(_state_url)]
Proxy = Annotated[SecretStr, AfterValidator(_proxy)]
Duration = Annotated[timedelta, BeforeValidator(_duration)]
CallBudget = Annotated[str, AfterValidator(_call_budget)]
Monitor = Annotated[SecretStr, AfterValidator(_monitor)]
Collector = Annotated[str, AfterValidator(_otlp_endpoint)]
MailServerUrl = Annotated[str, AfterValidator(_mail_server)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
SocketAddress = Annotated[str, AfterValidator(_socket_address)]
Networks = Annotated[str, AfterValidator(_networks)]
GroupRoles = Annotated[str, AfterValidator(_group_roles)]
GroupOwners = Annotated[str, AfterValidator(_group_owners)]
HeaderName = Annotated[str, AfterValidator(_header)]
Issuer = Annotated[str, AfterValidator(_issuer)]
Limits = Annotated[str, AfterValidator(_limits)]
ExistingFile = Annotated[Path, AfterValidator(_readable_file)]
Folder = Annotated[Path, AfterValidator(_folder)]
