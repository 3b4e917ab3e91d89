"""A message as an e-mail (RFC 5322). Pure.

Nothing of a ticket reaches a header: the subject is ours, and addresses were checked before. All copies of a message have one
Message-ID, so that a mail system that knows it drops the second, and a person sees which two are one.
"""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from watchkeeper.nudges.message import Message
from watchkeeper.report.neutralise import plain


def letter_of(message: Message, sender: str, at: datetime, copy: int) -> EmailMessage:
    """`copy` is 2 and more for one of which nobody knows whether it arrived before: its subject and first line say so."""
    letter = EmailMessage(policy=SMTP)
    again = copy > 1
    subject = message.texts.say("nudge.again.subject", subject=message.subject)
    letter["From"] = sender
    letter["To"] = message.recipient
    letter["Subject"] = plain(subject if again else message.subject)
    letter["Date"] = format_datetime(at)
    letter["Message-ID"] = message_id(message, sender)
    # RFC 3834: no out-of-office answers to a machine.
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Watchkeeper-Copy"] = str(copy)
    letter.set_content("\n".join(_paragraphs(message, again)) + "\n", cte="base64")
    # After the content, which takes headers of its own kind away.
    letter["Content-Language"] = message.language
    return letter


def message_id(message: Message, sender: str) -> str:
    return f"<{message.id}@{sender.rpartition('@')[2]}>"


def _paragraphs(message: Message, again: bool) -> list[str]:
    lines = [message.texts.say("nudge.again"), ""] if again else []
    for line in message.lines:
        lines += [f"{line.number}  {line.title}", f"  {line.facts}", *([f"  {line.url}"] if line.url else []), ""]
    if more := message.unlisted_beyond(len(message.lines)):
        lines += [more, ""]
    return [*lines, message.texts.say("nudge.request")]
