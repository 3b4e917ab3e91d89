"""JSON Web Tokens as far as sign-in needs them: read, sign, and verify with RSA (RFC 7515, RFC 7518 sections 3.3 and 3.5)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, AsymmetricPadding, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256


class Malformed(Exception):
    """Not a JSON Web Token."""


@dataclass(frozen=True, slots=True)
class Jwt:
    """A token that was read; nothing about it is verified yet."""

    header: Mapping[str, Any]
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes

    def text(self, name: str) -> str:
        """A claim as text, "" when it is none."""
        value = self.claims.get(name)
        return value if isinstance(value, str) else ""

    def instant(self, name: str) -> float:
        """A claim in seconds since 1970; 0 when it is none."""
        value = self.claims.get(name)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0

    def verified_by(self, key: object) -> bool:
        """Whether the signature is by the private half of an RSA `key`, with RS256 or PS256."""
        padding = _padding(self.header.get("alg"))
        if padding is None or not isinstance(key, RSAPublicKey):
            return False
        try:
            key.verify(self.signature, self.signed, padding, SHA256())
        except InvalidSignature:
            return False
        return True


def read_jwt(text: str) -> Jwt:
    """The parts of a token. Raises Malformed."""
    parts = text.split(".")
    if len(parts) != 3:
        raise Malformed
    try:
        header, claims = (json.loads(_decoded(part)) for part in parts[:2])
        signature = _decoded(parts[2])
    except (ValueError, binascii.Error, RecursionError) as error:
        raise Malformed from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise Malformed
    return Jwt(header, claims, ".".join(parts[:2]).encode(), signature)


def sign_jwt(claims: Mapping[str, Any], key: RSAPrivateKey, key_id: str) -> str:
    """A token with RS256, as GitHub and Azure DevOps issue them."""
    head = f"{encoded({'typ': 'JWT', 'alg': 'RS256', 'kid': key_id})}.{encoded(claims)}"
    signature = key.sign(head.encode(), PKCS1v15(), SHA256())
    return f"{head}.{base64url(signature)}"


def encoded(value: Mapping[str, Any]) -> str:
    return base64url(json.dumps(value).encode())


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars="-_", validate=True)


def _padding(algorithm: object) -> AsymmetricPadding | None:
    match algorithm:
        case "RS256":
            return PKCS1v15()
        case "PS256":
            return PSS(MGF1(SHA256()), SHA256.digest_size)
        case _:
            return None
