"""Client assertions: signed by a registered certificate, or by somebody whom the application trusts to vouch for it.

Sources: learn.microsoft.com/entra/identity-platform/certificate-credentials and
learn.microsoft.com/entra/workload-id/workload-identity-federation; codes from learn.microsoft.com/entra/identity-platform/reference-error-codes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from typing import Final

from watchkeeper.emulators.azure.identities import Application
from watchkeeper.emulators.azure.issuers import FederatedCredential, Issuers
from watchkeeper.emulators.azure.jwt import Jwt, Malformed, read_jwt
from watchkeeper.emulators.azure.registrations import Registrations, thumbprints

SKEW_SECONDS: Final = 300
_FEDERATION_HELP: Final = (
    "Check your federated identity credential Subject, Audience and Issuer against the presented assertion. "
    "https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
)


class AssertionRefused(Exception):
    """`code` is the number behind AADSTS."""

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Assertions:
    """Judges assertions. A certificate's are timed by the machine's clock, as their maker is; an issuer's by the world's."""

    def __init__(
        self, registrations: Registrations, issuers: Issuers, machine_seconds: Callable[[], float] = time.time
    ) -> None:
        self._registrations = registrations
        self._issuers = issuers
        self._seconds = machine_seconds

    def check(self, application: Application, text: str, endpoints: Collection[str], *, old_codes: bool) -> None:
        """Raises AssertionRefused. `endpoints` are the addresses that a certificate's assertion may be made out to."""
        try:
            assertion = read_jwt(text)
        except Malformed as error:
            raise AssertionRefused(50027, "JWT token is invalid or malformed.") from error
        if assertion.text("iss").lower() == application.client_id.lower():
            self._by_certificate(application, assertion, endpoints)
        else:
            self._by_issuer(application, assertion, old_codes=old_codes)

    def _by_certificate(self, application: Application, assertion: Jwt, endpoints: Collection[str]) -> None:
        registered = self._registrations.certificates(application.client_id)
        named = [each for each in registered if _names(assertion, thumbprints(each))]
        if not named:
            raise AssertionRefused(
                700027,
                "The certificate with identifier used to sign the client assertion is not registered on application.",
            )
        if not any(assertion.verified_by(each.public_key()) for each in named):
            raise AssertionRefused(700027, "Client assertion failed signature validation.")
        if assertion.text("sub").lower() != application.client_id.lower():
            raise AssertionRefused(
                700021, "Client assertion application identifier doesn't match 'client_id' parameter."
            )
        if assertion.text("aud") not in endpoints:
            raise AssertionRefused(700023, "Client assertion audience claim does not match Realm issuer.")
        if not assertion.text("jti"):
            raise AssertionRefused(50027, "JWT token is invalid or malformed. The claim 'jti' is missing.")
        now = self._seconds()
        if not assertion.instant("nbf") - SKEW_SECONDS <= now < assertion.instant("exp") + SKEW_SECONDS:
            raise _out_of_time(assertion, now)

    def _by_issuer(self, application: Application, assertion: Jwt, *, old_codes: bool) -> None:
        trusted = self._registrations.federated(application.client_id)
        refusal = _mismatch(assertion, trusted)
        if refusal is not None:
            raise AssertionRefused(70021, _old_detail(assertion)) if old_codes else refusal
        issuer = self._issuers.named(assertion.text("iss"))
        if issuer is None or not issuer.issued(assertion):
            raise AssertionRefused(50013, "Assertion failed signature validation. [Reason - The key was not found.]")
        if not issuer.in_time(assertion):
            raise _out_of_time(assertion, self._seconds())


def _names(assertion: Jwt, prints: Mapping[str, str]) -> bool:
    """Padding behind the base64 is tolerated: msal writes it."""
    return any(str(assertion.header.get(name)).rstrip("=") == value for name, value in prints.items())


def _mismatch(assertion: Jwt, trusted: tuple[FederatedCredential, ...]) -> AssertionRefused | None:
    """Which claim no federated credential has, looked at in the order issuer, audience, subject."""
    left = trusted
    for claim, field, code in (("iss", "issuer", 700211), ("aud", "audience", 700212), ("sub", "subject", 700213)):
        left = tuple(each for each in left if getattr(each, field) == assertion.text(claim))
        if not left:
            detail = f"No matching federated identity record found for presented assertion {field} '{assertion.text(claim)}'."
            return AssertionRefused(code, f"{detail} {_FEDERATION_HELP}")
    return None


def _old_detail(assertion: Jwt) -> str:
    return (
        "No matching federated identity record found for presented assertion. "
        f"Assertion Issuer: '{assertion.text('iss')}'. Assertion Subject: '{assertion.text('sub')}'. "
        f"Assertion Audience: '{assertion.text('aud')}'."
    )


def _out_of_time(assertion: Jwt, now: float) -> AssertionRefused:
    return AssertionRefused(
        700024,
        "Client assertion is not within its valid time range. "
        f"Current time: {now:.0f}, expiry time of assertion {assertion.instant('exp'):.0f}.",
    )
