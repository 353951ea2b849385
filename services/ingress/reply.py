"""Sends the reply to a webhook, directly on ASGI."""

from shared.http.asgi import Send
from shared.providers.webhooks import WebhookReply


async def answer(send: Send, reply: WebhookReply) -> None:
    """Send a reply; after 408 and 413 the connection is closed, because the body was not read."""
    headers = [(b"content-type", reply.content_type), (b"content-length", str(len(reply.body)).encode())]
    if reply.retry_after is not None:
        headers.append((b"retry-after", str(reply.retry_after).encode()))
    if reply.status in (408, 413):
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
