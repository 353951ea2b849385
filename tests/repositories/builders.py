"""Messages, statuses and workspace files for the tests of repositories."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain import ids
from shared.messages.content import Content, Text
from shared.messages.inbound import (
    Context,
    InboundMessage,
    InboundStatus,
    Provider,
    ProviderError,
    Referral,
    Sender,
    Status,
)
from shared.messages.outbound import Author, OutboundMessage, TextBody
from shared.workspace.config import WorkspaceFile

NOW = datetime(2026, 3, 14, 9, 26, 53, 589_000, tzinfo=UTC)
PHONE = "+2348031234567"


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def inbound(
    number: int = 1, workspace: str = "acme", *, content: Content | None = None, sender: Sender | None = None
) -> InboundMessage:
    id_ = ids.message_id(workspace, "meta", f"wamid.{workspace}.{number}")
    return InboundMessage(
        id=id_,
        workspace=workspace,
        correlation_id=ids.correlation_id(id_),
        created_at=later(number),
        provider=Provider.META,
        provider_message_id=f"wamid.{workspace}.{number}",
        channel="main",
        conversation_id=ids.conversation_id(workspace, "main", PHONE),
        sender=sender or Sender(identity=PHONE, address=PHONE[1:], phone=PHONE, name="Ada"),
        content=content or Text(body=f"message {number}"),
        sent_at=later(number),
        context=Context(referral=Referral(source_type="ad", source_id="77")) if number == 1 else Context(),
    )


def outbound(number: int = 1, workspace: str = "acme", index: int = 0) -> OutboundMessage:
    cause = ids.message_id(workspace, "meta", f"wamid.{workspace}.{number}")
    return OutboundMessage(
        id=ids.output_id(cause, "reply", index),
        workspace=workspace,
        correlation_id=ids.correlation_id(cause),
        created_at=NOW,
        provider=Provider.META,
        channel="main",
        conversation_id=ids.conversation_id(workspace, "main", PHONE),
        customer_id=ids.customer_id(workspace, PHONE),
        address=PHONE[1:],
        body=TextBody(body=f"answer {number}.{index}"),
        author=Author.FAQ,
        cause=cause,
        turn=number,
        index=index,
    )


def status(
    value: Status,
    message: OutboundMessage,
    *,
    workspace: str = "acme",
    provider_id: str = "wamid.out",
    ours: bool = True,
) -> InboundStatus:
    errors = (ProviderError(code="131026", title="Message undeliverable"),) if value is Status.FAILED else ()
    return InboundStatus(
        id=ids.status_id(workspace, "meta", provider_id, value),
        workspace=workspace,
        correlation_id=message.correlation_id,
        created_at=later(20),
        provider=Provider.META,
        provider_message_id=provider_id,
        channel="main",
        status=value,
        occurred_at=later(10),
        outbound_id=message.id if ours else None,
        errors=errors,
    )


def workspace_file(workspace: str = "acme", **changes: Any) -> WorkspaceFile:
    given: dict[str, Any] = {
        "workspace": workspace,
        "name": "Acme Coasters",
        "region": "NG",
        "channels": [
            {
                "id": "main",
                "provider": "meta",
                "address": PHONE,
                "phone_number_id": "665397593326012",
                "waba_id": "1437200930610622",
                "access_token": "EAA-very-secret",
                "app_secret": "app-very-secret",
            },
            {
                "id": "tw",
                "provider": "twilio",
                "address": "+14155238886",
                "account_sid": "AC" + "0" * 32,
                "auth_token": "twilio-very-secret",
            },
        ],
        "catalog": [{"sku": "C1", "name": "Oak coaster", "price": "4.50", "currency": "USD"}],
    }
    return WorkspaceFile.model_validate({**given, **changes})


def only_channel(number: str = "665397593326012") -> dict[str, Any]:
    """The fields of a workspace file with one Meta channel."""
    channel = {
        "id": "only",
        "provider": "meta",
        "address": "+15550001111",
        "phone_number_id": number,
        "waba_id": "1437200930610622",
        "access_token": "t",
    }
    return {"channels": [channel]}
