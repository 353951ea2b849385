"""MSG91's webhooks: one path for each number, for messages and statuses."""

from datetime import datetime
from functools import partial
from typing import Final

from shared.messages.inbound import Provider
from shared.providers.errors import SignatureWrong
from shared.providers.msg91 import webhook
from shared.providers.port import Parsed, recipient_key
from shared.providers.webhooks import VerifiedItems, WebhookContext, WebhookRequest, WebhookRoute, refused_for

PATH: Final = "/webhooks/msg91/{number}"
_PREFIX = PATH.partition("{")[0]


async def _receive(request: WebhookRequest, context: WebhookContext) -> VerifiedItems:
    """Verify the secret of the number in the path, and parse the items."""
    number = _number(request.parameter)
    channel = await context.directory.by_recipient(recipient_key(Provider.MSG91, number))
    if channel is None:
        raise SignatureWrong("the number is not known, so the secret cannot be checked")
    with refused_for([channel]):
        webhook.verify(request.header(webhook.HEADER.lower().encode()), channel.secrets.get("webhook_secret", ""))
    names = {name: channel.settings.get(f"webhook_{name}", usual) for name, usual in webhook.FIELDS.items()}
    items = await context.parse(request.body, partial(webhook.parse, request.body, number, context.now(), names))
    return VerifiedItems(items, channel.workspace)


def _number(digits: str) -> str:
    return f"+{digits.removeprefix('+')}"


def reread(body: bytes, path: str, now: datetime) -> list[Parsed]:
    """Parse a webhook of a dead letter again. Raises WebhookUnreadable."""
    return webhook.parse(body, _number(path.removeprefix(_PREFIX)), now)


ROUTES = (WebhookRoute(path=PATH, handler=_receive),)
