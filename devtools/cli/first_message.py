"""Sends the first message after `parley run`, and shows its webhook, its reply and its hops."""

import asyncio
import http.client
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from rich.console import Console
from rich.text import Text

from devtools.cli import timeline
from devtools.cli.connections import connections, run
from devtools.cli.phone import Phone
from devtools.cli.running import Running
from devtools.cli.screen import seconds
from devtools.cli.simulators import Simulators
from devtools.simulators.webhooks import (
    MetaItem,
    MetaNumber,
    meta_contact,
    meta_message,
    meta_webhook,
    sign_meta,
    wamid,
)
from shared.providers.port import Channel
from shared.repositories.exchanges import Exchange

QUESTION = "Hello! Do you have coasters?"
CUSTOMER, NAME = "+2348035550100", "Ada"
_ANSWER_LIMIT = 40.0
_STATUS_LIMIT = 5.0
_READ = 40  # the rank of "read" (`shared.messages.outbound.status_rank`); failed messages never reach it


@dataclass(frozen=True, slots=True)
class Webhook:
    """A POST request as Meta sends it. body: exactly the bytes that are signed."""

    message_id: str
    body: bytes
    signature: str


def show_first_message(screen: Console, running: Running, simulators: Simulators, channel: Channel) -> str:
    """Send the message, print the webhook, the reply and the hops, and return the message's id."""
    phone = Phone(simulators, channel, CUSTOMER, NAME)
    webhook = make_webhook(channel, running.env["META_APP_SECRET"])
    phone.expect(webhook.message_id)
    screen.print(Text("\nA customer writes. Meta would deliver it like this:", style="bold"))
    screen.print(f"  POST {running.info['ingress']}/webhooks/meta")
    screen.print(f"  X-Hub-Signature-256: {webhook.signature}")
    screen.print(Text(f"  {webhook.body.decode()}", style="dim"))
    status, took = _post(running.info["ingress"], webhook)
    screen.print(f"  → {status} in {seconds(took)}" + (": stored in Kafka\n" if status == 200 else "\n"))
    screen.print(Text(f"  {NAME}: ", style="bold") + Text(QUESTION))
    replies = [item for item in phone.wait_for_reply(quiet=_ANSWER_LIMIT) if item.kind == "message"]
    for reply in replies:
        first, *rest = reply.text.splitlines()
        screen.print(Text(f"  {channel.workspace}: ", style="bold green") + Text(first))
        for line in rest:
            screen.print(f"  {'':{len(channel.workspace)}}  {line}")
    if not replies:
        screen.print(Text(f"  no reply within {_ANSWER_LIMIT:g} s: see the logs", style="bold red"))
    _show_hops(screen, webhook.message_id)
    return webhook.message_id


def make_webhook(channel: Channel, secret: str) -> Webhook:
    """Return the webhook that Meta sends for a customer's message."""
    settings = channel.settings
    number = MetaNumber(settings["phone_number_id"], channel.address.removeprefix("+"), settings["waba_id"])
    message_id = wamid(CUSTOMER, 1, seed=str(time.time_ns()))
    message = meta_message("text", QUESTION, sender=CUSTOMER, message_id=message_id, timestamp=int(time.time()))
    body = meta_webhook(MetaItem(number, message=message, contact=meta_contact(NAME, CUSTOMER)))
    return Webhook(message_id, body, sign_meta(body, secret))


def _post(ingress: str, webhook: Webhook) -> tuple[int, float]:
    connection = http.client.HTTPConnection(urlsplit(ingress).netloc, timeout=10)
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": webhook.signature}
    began = time.perf_counter()
    try:
        connection.request("POST", "/webhooks/meta", webhook.body, headers)
        return connection.getresponse().status, time.perf_counter() - began
    finally:
        connection.close()


def _show_hops(screen: Console, message_id: str) -> None:
    exchange = run(wait_until_settled(message_id))
    if exchange is not None:
        screen.print(Text("\nIts hops:", style="bold"))
        timeline.show(screen, exchange, heading=False)


async def wait_until_settled(message_id: str) -> Exchange | None:
    """Wait until all replies to a message are read or failed, at most some seconds, and return its exchange.

    Return None if the message is not known.
    """
    deadline = time.monotonic() + _STATUS_LIMIT
    async with connections() as connected:
        while True:
            correlation_id = await connected.operator.correlation_of(message_id)
            exchange = await connected.operator.exchange(correlation_id) if correlation_id else None
            if time.monotonic() > deadline or (exchange is not None and _is_settled(exchange)):
                return exchange
            await asyncio.sleep(0.05)


def _is_settled(exchange: Exchange) -> bool:
    return bool(exchange.outbound) and all(
        item["rank"] >= _READ or item["status"] == "failed" for item in exchange.outbound
    )
