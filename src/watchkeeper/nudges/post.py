"""E-mail over SMTP, always inside TLS: from the first byte (`smtps`), or after STARTTLS, without which nothing is said."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import TypeVar

from watchkeeper.errors import Ambiguous, Attempt, AuthFailed, Rejected, Unavailable, WatchkeeperError
from watchkeeper.model.reasons import because
from watchkeeper.model.troubles import Trouble
from watchkeeper.nudges.letter import letter_of
from watchkeeper.nudges.message import Message
from watchkeeper.ports import Clock
from watchkeeper.report.neutralise import plain

T = TypeVar("T")

TIMEOUT = 30.0
"""Seconds that the server may stay silent."""

_ACCEPTED = range(200, 300)
"""For a recipient also 251 and 252 (RFC 5321, section 4.2.3)."""
_LONGEST_ANSWER = 200


@dataclass(frozen=True, slots=True)
class MailServer:
    """`at_once`: TLS from the first byte; else STARTTLS. Without a `username` nobody signs in. `ca_file`: a private authority."""

    host: str
    port: int
    at_once: bool
    sender: str
    username: str = ""
    password: str = ""
    ca_file: str | None = None


@dataclass(frozen=True, slots=True)
class MailChannel:
    """SMTP knows no ids: a message whose fate is unknown goes once more, marked, and never a third time."""

    server: MailServer
    clock: Clock
    most_copies: int = 2
    knows_ids: bool = False

    def is_under_way(self, message: Message, since: datetime) -> bool:
        del message, since
        return False

    def deliver(self, message: Message, copy: int) -> None:
        """Raises Unavailable and AuthFailed (nothing was taken), Rejected (it never will be), Ambiguous (the answer to the whole
        message was lost)."""
        letter = letter_of(message, self.server.sender, self.clock.now(), copy)
        with self._session() as session:
            _transfer(session, letter, self.server.sender, message.recipient)

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        session = _translated(self._opened, "connect")
        try:
            yield session
        finally:
            _close(session)

    def _opened(self) -> smtplib.SMTP:
        server = self.server
        trust = ssl.create_default_context(cafile=server.ca_file)
        session: smtplib.SMTP
        if server.at_once:
            session = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=trust)
        else:
            session = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
        try:
            if not server.at_once:
                session.starttls(context=trust)
            session.ehlo_or_helo_if_needed()
            if server.username:
                session.login(server.username, server.password)
        except BaseException:
            _close(session)
            raise
        return session


def _transfer(session: smtplib.SMTP, letter: EmailMessage, sender: str, recipient: str) -> None:
    _accepted("MAIL", _translated(lambda: session.mail(sender), "MAIL"))
    _accepted("RCPT", _translated(lambda: session.rcpt(recipient), "RCPT"))
    try:
        answer = session.data(letter.as_bytes())
    except smtplib.SMTPDataError as error:
        raise _refusal("DATA", error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPException, OSError) as error:
        raise Ambiguous(
            because(Trouble.NO_WORD_ON_NUDGE), attempt=Attempt("smtp", "DATA", answer=type(error).__name__)
        ) from error
    _accepted("DATA", answer)


def _accepted(call: str, answer: tuple[int, bytes]) -> None:
    code, words = answer
    if code not in _ACCEPTED:
        raise _refusal(call, code, words)


def _refusal(call: str, code: int, words: bytes | str) -> WatchkeeperError:
    """4xx is for now, 5xx for good (RFC 5321, section 4.2.1)."""
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    attempt = Attempt("smtp", call, status=code, answer=plain(text)[:_LONGEST_ANSWER])
    message = because(Trouble.MAIL_REFUSED, call=call, status=str(code), answer=attempt.answer)
    return (Rejected if 500 <= code < 600 else Unavailable)(message, attempt=attempt)


def _translated(call: Callable[[], T], name: str) -> T:
    """What a call answers before any message was sent; what breaks there has certainly delivered nothing."""
    try:
        return call()
    except smtplib.SMTPAuthenticationError as error:
        raise AuthFailed(because(Trouble.MAIL_SIGN_IN, status=str(error.smtp_code))) from error
    except ssl.SSLCertVerificationError as error:
        raise AuthFailed(because(Trouble.MAIL_UNTRUSTED, why=plain(error.verify_message))) from error
    except smtplib.SMTPResponseException as error:
        raise _refusal(name, error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise AuthFailed(because(Trouble.MAIL_UNTRUSTED, why=plain(str(error)))) from error
    except (smtplib.SMTPException, OSError, UnicodeError) as error:  # the last of a name that is no host's
        raise Unavailable(because(Trouble.MAIL_UNREACHABLE, why=plain(f"{type(error).__name__}: {error}"))) from error


def _close(session: smtplib.SMTP) -> None:
    """The message's fate is known by now, so nothing that goes wrong here matters."""
    try:
        session.quit()
    except (smtplib.SMTPException, OSError):
        session.close()
