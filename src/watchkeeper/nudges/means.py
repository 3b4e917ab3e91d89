"""What the environment gives to reminders, as text that nobody has looked into yet."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from watchkeeper.settings import Settings


@dataclass(frozen=True, slots=True)
class Means:
    """`urls` and `keys`: NAME=VALUE words. `ca_file`: a private authority of mail server and rooms."""

    smtp_url: str = ""
    smtp_username: str = ""
    smtp_password: str = ""
    smtp_from: str = ""
    urls: str = ""
    keys: str = ""
    ca_file: str | None = None
    proxy: str | None = None


def means_of(settings: Settings) -> Means:
    return Means(
        smtp_url=settings.smtp_url or "",
        smtp_username=settings.smtp_username or "",
        smtp_password=_plain(settings.smtp_password),
        smtp_from=settings.smtp_from or "",
        urls=_plain(settings.webhook_urls),
        keys=_plain(settings.webhook_keys),
        ca_file=str(settings.nudge_ca_file) if settings.nudge_ca_file else None,
        proxy=_plain(settings.proxy) or None,
    )


def _plain(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret is not None else ""
