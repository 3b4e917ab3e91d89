"""Which real-life variant of Entra ID is played, and what may be changed about it while the world runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class EntraOptions:
    """Every default is a tenant in which nothing goes wrong.

    `token_calls`: an access token is refused as expired after so many calls, whatever its age; None for no limit.
    `secret_expired`: the right client secret answers AADSTS7000222, as after its end date.
    `wrong_audience_status`: a token for another service is 403 (the Log Analytics documentation) or 401 (as ARM is seen to
    answer as well), with the same code `InvalidAuthenticationTokenAudience`.
    `old_federation_code`: an assertion that no federated credential matches is AADSTS70021 without a word on which part
    differs, as before AADSTS700211 (issuer), 700212 (audience) and 700213 (subject).
    `github_permission`: whether the job may ask GitHub for an OIDC token (`permissions: id-token: write`).
    """

    token_calls: int | None = None
    secret_expired: bool = False
    wrong_audience_status: Literal[401, 403] = 403
    old_federation_code: bool = False
    github_permission: bool = True
