"""From settings to what each connector is opened with. Nothing is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final

from pydantic import SecretStr

from watchkeeper.evidence_ports import SignIn
from watchkeeper.model.record import SENTINEL, SERVICENOW, Record, RecordRef, Side
from watchkeeper.model.vocabulary import ChoiceList, FieldKey
from watchkeeper.ports import SessionFactory
from watchkeeper.settings import AzureCredential, Settings
from watchkeeper.transport import Secret

if TYPE_CHECKING:
    from watchkeeper_sentinel import SentinelConfig


def config_of(side: Side, settings: Settings) -> object:
    """What the connector of a side is opened with."""
    return _CONFIGS[side](settings)


def sign_in_of(settings: Settings, sessions: SessionFactory) -> SignIn:
    """The sign-in to Entra ID that sources of evidence share with Sentinel's connector."""
    from watchkeeper_sentinel import open_sign_in

    return open_sign_in(_sentinel_config(settings), sessions)


def plain(secret: SecretStr | None) -> str:
    """A secret as text; "" for none."""
    return secret.get_secret_value() if secret is not None else ""


def _servicenow_config(settings: Settings) -> object:
    from watchkeeper_servicenow import BasicLogin, ClientCredentials, PasswordGrant, ServiceNowConfig

    secret = Secret(plain(settings.servicenow_client_secret))
    password = Secret(plain(settings.servicenow_password))
    credentials: BasicLogin | ClientCredentials | PasswordGrant
    if settings.servicenow_client_id and settings.servicenow_username:
        credentials = PasswordGrant(settings.servicenow_client_id, secret, settings.servicenow_username, password)
    elif settings.servicenow_client_id:
        credentials = ClientCredentials(settings.servicenow_client_id, secret)
    else:
        credentials = BasicLogin(settings.servicenow_username or "", password)
    return ServiceNowConfig(settings.servicenow_instance or "", credentials)


def _sentinel_config(settings: Settings) -> SentinelConfig:
    from watchkeeper_sentinel import CredentialKind, SentinelConfig

    return SentinelConfig(
        subscription_id=settings.sentinel_subscription_id or "",
        resource_group=settings.sentinel_resource_group or "",
        workspace_name=settings.sentinel_workspace_name or "",
        workspace_id=settings.sentinel_workspace_id or "",
        credential=CredentialKind((settings.azure_credential or AzureCredential.CLIENT_SECRET).value),
        tenant_id=settings.azure_tenant_id or "",
        client_id=settings.azure_client_id or "",
        client_secret=plain(settings.azure_client_secret),
        certificate_path=settings.azure_client_certificate_path,
        certificate_password=plain(settings.azure_client_certificate_password),
        federated_token_file=settings.azure_federated_token_file,
        oidc_request_url=settings.actions_id_token_request_url or "",
        oidc_request_token=plain(settings.actions_id_token_request_token),
        service_connection_id=settings.azure_service_connection_id or "",
        system_access_token=plain(settings.system_accesstoken),
        authority_host=settings.azure_authority_host,
        arm_endpoint=settings.sentinel_arm_endpoint,
        logs_endpoint=settings.sentinel_logs_endpoint,
        logs_audience=settings.sentinel_logs_audience,
        api_version=settings.sentinel_api_version,
        ca_file=settings.azure_ca_file,
    )


def azure_pages(settings: Settings) -> Callable[[RecordRef], str] | None:
    """Where an incident is opened in the Azure portal; None where the settings do not say in which workspace incidents are. No credential
    is used for it."""
    if not (
        settings.sentinel_subscription_id and settings.sentinel_resource_group and settings.sentinel_workspace_name
    ):
        return None
    from watchkeeper_sentinel import SentinelConfig, azure_page

    workspace = SentinelConfig(
        subscription_id=settings.sentinel_subscription_id,
        resource_group=settings.sentinel_resource_group,
        workspace_name=settings.sentinel_workspace_name,
        arm_endpoint=settings.sentinel_arm_endpoint,
    )
    return partial(azure_page, workspace)


def given_record(side: Side, shown: Mapping[str, object], table: str) -> Record:
    """A record of a side as somebody shows it to us, in the form in which the side's API gives it. Nothing is asked of it."""
    if side == SENTINEL:
        from watchkeeper_sentinel import given_record as given_incident

        return given_incident(shown)
    from watchkeeper_servicenow import given_record as given_row

    return given_row(shown, table)


def remembered_choices(memo: str | None) -> Mapping[FieldKey, ChoiceList]:
    """The choices of ServiceNow's fields, out of what runs remember of them."""
    from watchkeeper_servicenow import remembered_choices as choices_in

    return choices_in(memo)


_CONFIGS: Final[Mapping[Side, Callable[[Settings], object]]] = {
    SERVICENOW: _servicenow_config,
    SENTINEL: _sentinel_config,
}
