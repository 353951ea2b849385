"""Meta's webhooks: one path for the platform's app, one for each workspace with an app of its own."""

from datetime import datetime
from functools import partial
from typing import Final

from shared.messages.inbound import Provider
from shared.providers.meta import webhook
from shared.providers.port import Channel, Parsed
from shared.providers.webhooks import (
    VerifiedItems,
    WebhookContext,
    WebhookReply,
    WebhookRequest,
    WebhookRoute,
    refused_for,
)

PATH: Final = "/webhooks/meta"
WORKSPACE_PATH: Final = "/webhooks/meta/{workspace}"


async def _subscribe(request: WebhookRequest, context: WebhookContext) -> WebhookReply:
    """Answer Meta's verification request with its challenge."""
    tokens = [context.settings.meta_verify_token.get_secret_value()]
    if request.parameter:
        channels = await _channels(context, request.parameter)
        tokens = [channel.secrets.get("verify_token", "") for channel in channels]
    challenge = webhook.handshake(request.query_fields(), tokens)
    return WebhookReply(200, challenge.encode()) if challenge else WebhookReply(403, b"The verify token is wrong.")


async def _receive(request: WebhookRequest, context: WebhookContext) -> VerifiedItems:
    """Verify the signature with the app's secret and parse the items."""
    secrets, channels = [context.settings.meta_app_secret.get_secret_value()], []
    if request.parameter:
        channels = await _channels(context, request.parameter)
        secrets = [channel.secrets.get("app_secret", "") for channel in channels]
    with refused_for(channels):
        known = [one.strip() for secret in secrets for one in secret.split(",")]  # several while one is being replaced
        webhook.verify_signature(request.body, request.header(b"x-hub-signature-256"), known)
    items = await context.parse(request.body, partial(webhook.parse, request.body))
    return VerifiedItems(items, only=request.parameter or None)


async def _channels(context: WebhookContext, workspace: str) -> list[Channel]:
    channels = await context.directory.by_workspace(workspace)
    return [channel for channel in channels if channel.provider is Provider.META]


def reread(body: bytes, _path: str, _now: datetime) -> list[Parsed]:
    """Parse a webhook of a dead letter again. Raises WebhookUnreadable."""
    return webhook.parse(body)


ROUTES = (
    WebhookRoute(path=PATH, handler=_receive),
    WebhookRoute(path=f"{PATH}/", handler=_receive),
    WebhookRoute(path=WORKSPACE_PATH, handler=_receive),
    WebhookRoute(path=PATH, method="GET", handler=_subscribe),
    WebhookRoute(path=f"{PATH}/", method="GET", handler=_subscribe),
    WebhookRoute(path=WORKSPACE_PATH, method="GET", handler=_subscribe),
)
