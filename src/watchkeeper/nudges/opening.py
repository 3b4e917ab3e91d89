"""From the rules of nudges.yaml and what the environment gives to channels that work, or to every problem at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from urllib.parse import SplitResult, urlsplit

from watchkeeper.errors import Config, Problem, ProblemKind
from watchkeeper.model.nearest import suggest
from watchkeeper.model.nudge import ChannelKind, ChannelRule
from watchkeeper.nudges.means import Means
from watchkeeper.nudges.post import MailChannel, MailServer
from watchkeeper.nudges.rooms import Room, SignedChannel, TeamsChannel
from watchkeeper.nudges.sending import Channel
from watchkeeper.nudges.signing import LONGEST, PREFIX, SHORTEST, key_bytes
from watchkeeper.ports import Clock
from watchkeeper.transport import Transport, TransportPolicy

URLS, KEYS = "WATCHKEEPER_WEBHOOK_URLS", "WATCHKEEPER_WEBHOOK_KEYS"
_PORTS = {"smtp": 587, "smtps": 465}
_KEY_SHAPE = f"CHANNEL={PREFIX} and base64 of {SHORTEST} to {LONGEST} bytes"
_HTTPS = ":443"

Outward = Callable[[TransportPolicy], Transport]
"""Makes the transport for rooms."""


def open_channels(
    rules: Sequence[ChannelRule], means: Means, clock: Clock, outward: Outward, journal: Callable[[], Channel]
) -> Mapping[str, Channel]:
    """Channels by their ids; `journal` opens that of work notes. Raises Config as `refuse_faulty` does."""
    refuse_faulty(rules, means)
    urls, keys = _named(means.urls), _named(means.keys)
    rooms = {rule.id: urlsplit(_address(urls[rule.id])).netloc for rule in rules if rule.is_room}
    transport = outward(_policy(rooms, means))
    transport.redactor.learn(*(each for rule in rooms for each in _secrets(urls[rule])), *keys.values())
    channels: dict[str, Channel] = {}
    for rule in rules:
        match rule.kind:
            case ChannelKind.EMAIL:
                channels[rule.id] = MailChannel(_mail_server(means), clock)
            case ChannelKind.WORK_NOTE:
                channels[rule.id] = journal()
            case ChannelKind.TEAMS:
                channels[rule.id] = TeamsChannel(Room(rule.id, _address(urls[rule.id]), transport.session(rule.id)))
            case ChannelKind.WEBHOOK:
                room = Room(rule.id, _address(urls[rule.id]), transport.session(rule.id))
                channels[rule.id] = SignedChannel(room, key_bytes(keys[rule.id]), clock)
    return channels


def refuse_faulty(rules: Sequence[ChannelRule], means: Means) -> None:
    """Raises Config with everything that is missing or wrong, and shows no secret."""
    problems = [*_mail_problems(rules, means), *_room_problems(rules, _named(means.urls), _named(means.keys))]
    if problems:
        raise Config(problems)


def _policy(rooms: Mapping[str, str], means: Means) -> TransportPolicy:
    """Rooms may be told whatever the mode: they are none of the two systems."""
    return TransportPolicy(
        writes_allowed=True,
        attempts=3,
        call_time=60.0,
        longest_wait=10.0,
        ca_files=dict.fromkeys(rooms, means.ca_file) if means.ca_file else {},
        proxy=means.proxy,
        origins={room: frozenset({host}) for room, host in rooms.items()},
    )


def _named(text: str) -> dict[str, str]:
    """`NAME=VALUE` of each word."""
    pairs = (word.partition("=") for word in text.split())
    return {name: value for name, equals, value in pairs if equals}


def _address(url: str) -> str:
    """With the usual port left out: Power Automate writes it, and a host in the rules has none."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.lower().removesuffix(_HTTPS)).geturl()


def _secrets(url: str) -> Iterator[str]:
    """What of an address must not be seen: all of it, and the signature in its query."""
    yield url
    yield _address(url)
    yield from (
        value
        for name, value in (each.split("=", 1) for each in urlsplit(url).query.split("&") if "=" in each)
        if name == "sig"
    )


def _mail_problems(rules: Sequence[ChannelRule], means: Means) -> Iterator[Problem]:
    if any(rule.kind is ChannelKind.EMAIL for rule in rules):
        if not means.smtp_url:
            yield _wrong("WATCHKEEPER_SMTP_URL", "is not set", "smtp://HOST:587 or smtps://HOST:465")
        if not means.smtp_from:
            yield _wrong("WATCHKEEPER_SMTP_FROM", "is not set", "the e-mail address of the sender")
    for one, other in (("USERNAME", "PASSWORD"), ("PASSWORD", "USERNAME")):
        given = {"USERNAME": means.smtp_username, "PASSWORD": means.smtp_password}
        if not given[one].isascii():
            yield _wrong(f"WATCHKEEPER_SMTP_{one}", "is not ASCII", "ASCII: the way in which we sign in knows no other")
        if given[one] and not given[other]:
            yield _wrong(f"WATCHKEEPER_SMTP_{other}", "is not set", f"needed beside WATCHKEEPER_SMTP_{one}")


def _room_problems(rules: Sequence[ChannelRule], urls: Mapping[str, str], keys: Mapping[str, str]) -> Iterator[Problem]:
    rooms = {rule.id: rule for rule in rules if rule.is_room}
    signed = {rule.id for rule in rules if rule.kind is ChannelKind.WEBHOOK}
    for setting, given, wanted in ((URLS, urls, rooms.keys()), (KEYS, keys, signed)):
        for name in sorted(given.keys() - wanted):
            allowed = ", ".join(sorted(wanted)) or "none"
            yield _wrong(setting, f"names {name!r}, which is no such channel", allowed, suggest(name, wanted))
        for name in sorted(wanted - given.keys()):
            yield _wrong(setting, f"names nothing for the channel {name} ({rooms[name].place})", f"{name}=…")
    for name in sorted(urls.keys() & rooms.keys()):
        if fault := _fault(urls[name], rooms[name].host):
            yield _wrong(URLS, f"the address of {name} {fault}", f"https://{rooms[name].host}/…")
    for name in sorted(keys.keys() & signed):
        try:
            key_bytes(keys[name])
        except ValueError as error:
            yield _wrong(KEYS, f"the key of {name} {error}", _KEY_SHAPE)


def _fault(url: str, host: str) -> str:
    try:
        parts = urlsplit(_address(url))
        port = parts.port
    except ValueError:
        return "is none"
    if parts.scheme != "https" or port == 0 or _odd(parts, url):
        return "is no https address"
    return "" if parts.netloc == host.removesuffix(_HTTPS) else "has another host than the channel"


def _odd(parts: SplitResult, url: str) -> bool:
    return "@" in parts.netloc or "\\" in url or bool(parts.fragment) or not url.isascii()


def _mail_server(means: Means) -> MailServer:
    parts = urlsplit(means.smtp_url)
    return MailServer(
        host=parts.hostname or "",
        port=parts.port or _PORTS[parts.scheme],
        at_once=parts.scheme == "smtps",
        sender=means.smtp_from,
        username=means.smtp_username,
        password=means.smtp_password,
        ca_file=means.ca_file,
    )


def _wrong(name: str, message: str, allowed: str, suggestion: str = "") -> Problem:
    return Problem(name, "", message, allowed, suggestion, ProblemKind.SETTING)
