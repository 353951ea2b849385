"""Customers' messages reach an ingress that refuses now and then: all, signed, some again, some out of order."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web

from devtools.chaos.answer_tracker import AcceptedSend, AnswerTracker
from devtools.chaos.options import ChaosOptions
from devtools.chaos.traffic import Traffic
from devtools.chaos.workload import APOLOGY, make_customers, make_message, make_workspaces
from devtools.simulators.webhooks import sign_meta, sign_twilio

SECRET, PUBLIC = "platform-secret", "https://parley.example"


@dataclass
class Ingress:
    """Takes every third webhook only when it comes again; counts the messages that it has taken."""

    url: str = ""
    posts: int = 0
    taken: Counter[str] = field(default_factory=Counter)
    order: list[str] = field(default_factory=list)
    together: list[int] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.posts += 1
        ids = self._twilio(request, await request.post()) if "twilio" in request.path else self._meta(request, body)
        if self.posts % 3 == 0:
            return web.Response(status=503)
        self.taken.update(ids)
        self.order += [one for one in ids if one not in self.order]
        self.together.append(len(ids))
        return web.Response()

    def _meta(self, request: web.Request, body: bytes) -> list[str]:
        workspace = request.path.removeprefix("/webhooks/meta").strip("/")
        secret = {shop.workspace: shop.app_secret for shop in SHOPS}[workspace] if workspace else SECRET
        assert request.headers["x-hub-signature-256"] == sign_meta(body, secret)
        changes = [change for entry in msgspec.json.decode(body)["entry"] for change in entry["changes"]]
        return [message["id"] for change in changes for message in change["value"]["messages"]]

    def _twilio(self, request: web.Request, form: Any) -> list[str]:
        token = {shop.account_sid: shop.auth_token for shop in SHOPS}[form["AccountSid"]]
        wanted = sign_twilio(f"{PUBLIC}{request.path}", dict(form), token)
        assert request.headers["x-twilio-signature"] == wanted
        return [form["MessageSid"]]


SHOPS = make_workspaces(3, sharded=False)


@pytest.fixture
async def ingress() -> AsyncIterator[Ingress]:
    ingress = Ingress()
    app = web.Application()
    app.router.add_post("/webhooks/{tail:.*}", ingress.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ingress.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield ingress
    await runner.cleanup()


async def test_every_message_is_taken_in_the_end_and_signed_and_some_come_again(ingress: Ingress) -> None:
    people, tracker = make_customers(1, 40, 160, SHOPS), AnswerTracker()
    options = ChaosOptions(messages=160, customers=40, rate=1000.0, in_flight=1000)
    async with aiohttp.ClientSession() as http:
        traffic = Traffic(options, people, tracker, http, ingress=[ingress.url], public=PUBLIC, secret=SECRET)
        await traffic.run()
    wanted = {asked.provider_message_id for asked in tracker.asked}
    assert len(wanted) == 160
    assert set(ingress.taken) == wanted
    assert all(asked.accepted_at for asked in tracker.asked)
    assert traffic.progress == 1.0
    assert (traffic.undelivered, traffic.webhooks) == ([], ingress.posts)
    assert traffic.retried > 0
    assert max(ingress.taken.values()) > 1
    assert max(ingress.together) > 1
    place = {one: number for number, one in enumerate(ingress.order)}
    mine = [[a for a in tracker.asked if a.customer == customer.index] for customer in people]
    places = [[place[a.provider_message_id] for a in sorted(said, key=lambda a: a.n)] for said in mine]
    assert any(order != sorted(order) for order in places), "no later message came before an earlier one"


def accepted(message_id: str, text: str = "") -> AcceptedSend:
    return AcceptedSend(1, 0.0, "meta", "", message_id, "wamid", text)


def test_the_ledger_knows_what_is_answered_and_what_is_waited_for() -> None:
    tracker = AnswerTracker()
    asked = [
        make_message(1, customer, n) for customer in make_customers(1, 40, 400, SHOPS) for n in range(customer.lines)
    ]
    for one in asked:
        tracker.ask(one)
    assert (tracker.open, tracker.waiting(), tracker.answered) == (400, 400, 0)
    several = next(one for one in asked if len(one.outputs) > 1)
    for output in several.outputs[:-1]:
        tracker.note(accepted(output))
    assert tracker.answered == 0
    tracker.note(accepted(several.outputs[-1]))
    tracker.note(accepted(several.outputs[-1]))
    assert (tracker.open, tracker.answered, len(tracker.accepted)) == (399, 1, len(several.outputs) + 1)
    remark = next(one for one in asked if one.echo_word and one.conversation != several.conversation)
    others = [one for one in asked if one.conversation == remark.conversation]
    tracker.note(accepted(remark.outputs[0], APOLOGY))
    assert tracker.open == 398
    assert tracker.waiting() == 399 - len(others)
