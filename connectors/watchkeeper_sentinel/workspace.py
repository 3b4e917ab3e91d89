"""Which workspace stands behind the settings, and who we are in it."""

from __future__ import annotations

import threading

from watchkeeper.errors import Attempt, AuthFailed, Config, NotFound, Problem, Protocol, Rejected, WatchkeeperError
from watchkeeper.model.capabilities import Identity
from watchkeeper.model.record import SENTINEL
from watchkeeper.ports import Clock
from watchkeeper_sentinel.arm import WORKSPACE_API_VERSION, Arm
from watchkeeper_sentinel.auth import SharedCredential, scope_of, token_subject
from watchkeeper_sentinel.config import SentinelConfig
from watchkeeper_sentinel.people import People, account_id
from watchkeeper_sentinel.records import pick, section, text_of

_NAMES_OF_OURS = ("upn", "oid", "appid", "azp")
"""Token claims that name us, the one that records show first: a user's UPN, else the object id of the application."""


class Workspace:
    """Asked once per run; thread-safe."""

    def __init__(
        self, config: SentinelConfig, arm: Arm, credential: SharedCredential, people: People, clock: Clock
    ) -> None:
        self._config = config
        self._arm = arm
        self._credential = credential
        self._people = people
        self._clock = clock
        self._lock = threading.Lock()
        self._customer: str | None = None
        self._account: str | None = None

    def identity(self) -> Identity:
        """The workspace by its customer id and ARM path, and our account. Raises AuthFailed, NotFound, Unavailable, …"""
        return Identity(
            side=SENTINEL,
            id=self._customer_id(),
            name=self._config.workspace_path,
            account=self.account(),
        )

    def id_for_queries(self) -> str:
        """The workspace that queries go to: the configured one, else the one that ARM names."""
        return self._config.workspace_id.lower() or self._customer_id()

    def account(self) -> str:
        """Our own id as incident records show it, from the token; the configured client id when the token is opaque."""
        with self._lock:
            if self._account is None:
                token = self._credential.get_token(scope_of(self._config.arm_audience)).token
                claims = token_subject(token)
                names = [claims[name] for name in _NAMES_OF_OURS if claims.get(name)]
                names.append(self._config.client_id)
                self._account = account_id(names[0])
                self._people.know_ourselves(self._account, names)
            return self._account

    def _customer_id(self) -> str:
        with self._lock:
            if self._customer is None:
                self._customer = self._ask()
            return self._customer

    def _ask(self) -> str:
        """ARM's answer. An account with Sentinel rights alone may not read the workspace itself: then the setting counts.

        Raises Config, naming the settings, when ARM knows no such workspace or can make nothing of the address (it answers 400
        to a subscription id that is none, InvalidSubscriptionId).
        """
        try:
            answer = self._arm.get(self._config.workspace_path, version=WORKSPACE_API_VERSION)
        except NotFound as error:
            raise _no_such_workspace(error) from error
        except (AuthFailed, Rejected) as error:
            if isinstance(error, Rejected) and error.attempt.status == 400:
                raise _no_such_workspace(error) from error
            if error.attempt.status != 403 or not self._config.workspace_id:
                raise
            return self._config.workspace_id.lower()
        customer_id = text_of(pick(section(answer, "properties"), "customerId"))
        if not customer_id:
            raise Protocol("the workspace has no customerId", attempt=Attempt(SENTINEL, "GET workspace"))
        return customer_id.lower()


def _no_such_workspace(error: WatchkeeperError) -> Config:
    """ARM says which level of the address it does not know (SubscriptionNotFound, ResourceGroupNotFound, ResourceNotFound)."""
    settings = "SENTINEL_SUBSCRIPTION_ID, SENTINEL_RESOURCE_GROUP, SENTINEL_WORKSPACE_NAME"
    allowed = "a workspace that this account may see"
    return Config(
        [
            Problem(
                settings, "", f"sentinel does not find the workspace: {error.attempt.answer or error.message}", allowed
            )
        ]
    )
