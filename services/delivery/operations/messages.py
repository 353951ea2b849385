"""Sends a failed message again, as a person asks for it."""

from services.delivery.publisher import DeliveryPublisher
from shared.operations.errors import NotFound, OperationRefused
from shared.repositories.broadcast_recipients import IN_DOUBT
from shared.repositories.directory import Directory
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import OutboundState
from shared.storage.mongo import Mongo


class MessageNotRetryable(OperationRefused):
    """Raised for a message that has not failed, or may have been sent all the same."""


async def retry_message(
    mongo: Mongo, directory: Directory, publisher: DeliveryPublisher, workspace: str, message_id: str
) -> None:
    """Make a failed message ready and publish it again. Raises OperationRefused, DependencyAway.

    Carried out again before it was published, it finds the message ready and publishes it; a message that is published
    twice is sent once, because its claim guarantees it.
    """
    messages = OutboundMessages(mongo, workspace)
    stored = await messages.get(message_id)
    message = await messages.message(message_id)
    if stored is None or message is None:
        raise NotFound("there is no such message")
    if stored.reason == IN_DOUBT:
        raise MessageNotRetryable("nobody knows if it was sent: the provider never answered")
    channel = await directory.channel(workspace, message.channel)
    if channel is None:
        raise MessageNotRetryable(f"the workspace has no channel {message.channel} any more")
    if stored.state is OutboundState.FAILED:
        await messages.reopen(message_id)
    elif stored.state is not OutboundState.WAITING:
        raise MessageNotRetryable(f"it has not failed: it is {stored.state}")
    await publisher.schedule_retry(message, channel, attempt=0, not_before=None)
