"""Traffic reaches an ingress that refuses every third webhook: signed, repeated, partly out of order, all accepted."""

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
class FlakyIngress:
    """Answers 503 to every third webhook and counts accepted messages."""

    url: str = ""
    posts: int = 0
    accepted: Counter[str] = field(default_factory=Counter)
    order: list[str] = field(default_factory=list)
    together: list[int] = field(default_factory=list)

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.posts += 1
        ids = self._twilio(request, await request.post()) if "twilio" in request.path else self._meta(request, body)
        if self.posts % 3 == 0:
            return web.Response(status=503)
        self.accepted.update(ids)
        self.order += [one for one in ids if one not in self.order]
        self.together.append(len(ids))
        return web.Response()

    def _meta(self, request: web.Request, body: bytes) -> list[str]:
        workspace = request.path.removeprefix("/webhooks/meta").strip("/")
        secret = {workspace.id: workspace.app_secret for workspace in WORKSPACES}[workspace] if workspace else SECRET
        assert request.headers["x-hub-signature-256"] == sign_meta(body, secret)
        changes = [change for entry in msgspec.json.decode(body)["entry"] for change in entry["changes"]]
        return [message["id"] for change in changes for message in change["value"]["messages"]]

    def _twilio(self, request: web.Request, form: Any) -> list[str]:
        token = {workspace.account_sid: workspace.auth_token for workspace in WORKSPACES}[form["AccountSid"]]
        wanted = sign_twilio(f"{PUBLIC}{request.path}", dict(form), token)
        assert request.headers["x-twilio-signature"] == wanted
        return [form["MessageSid"]]


WORKSPACES = make_workspaces(3, sharded=False)


@pytest.fixture
async def ingress() -> AsyncIterator[FlakyIngress]:
    ingress = FlakyIngress()
    app = web.Application()
    app.router.add_post("/webhooks/{tail:.*}", ingress.receive)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ingress.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield ingress
    await runner.cleanup()


async def test_every_message_is_accepted_eventually_and_some_are_repeated(ingress: FlakyIngress) -> None:
    customers, tracker = make_customers(1, 40, 160, WORKSPACES), AnswerTracker()
    options = ChaosOptions(messages=160, customers=40, rate=1000.0, in_flight=1000)
    async with aiohttp.ClientSession() as http:
        traffic = Traffic(options, customers, tracker, http, ingress=[ingress.url], public=PUBLIC, secret=SECRET)
        await traffic.run()
    wanted = {message.provider_message_id for message in tracker.messages}
    assert len(wanted) == 160
    assert set(ingress.accepted) == wanted
    assert all(message.accepted_at for message in tracker.messages)
    assert traffic.progress == 1.0
    assert (traffic.undelivered, traffic.webhooks) == ([], ingress.posts)
    assert traffic.retried > 0
    assert max(ingress.accepted.values()) > 1
    assert max(ingress.together) > 1
    place = {one: number for number, one in enumerate(ingress.order)}
    mine = [[a for a in tracker.messages if a.customer == customer.index] for customer in customers]
    places = [[place[a.provider_message_id] for a in sorted(own, key=lambda a: a.n)] for own in mine]
    assert any(order != sorted(order) for order in places), "no later message came before an earlier one"


def accepted_send(message_id: str, text: str = "") -> AcceptedSend:
    return AcceptedSend(1, 0.0, "meta", "", message_id, "wamid", text)


def test_tracker_counts_answered_and_awaited_messages() -> None:
    tracker = AnswerTracker()
    messages = [
        make_message(1, customer, n)
        for customer in make_customers(1, 40, 400, WORKSPACES)
        for n in range(customer.message_count)
    ]
    for one in messages:
        tracker.expect(one)
    assert (tracker.open, tracker.awaiting_answer(), tracker.answered) == (400, 400, 0)
    several = next(one for one in messages if len(one.outputs) > 1)
    for output in several.outputs[:-1]:
        tracker.add(accepted_send(output))
    assert tracker.answered == 0
    tracker.add(accepted_send(several.outputs[-1]))
    tracker.add(accepted_send(several.outputs[-1]))
    assert (tracker.open, tracker.answered, len(tracker.accepted)) == (399, 1, len(several.outputs) + 1)
    remark = next(one for one in messages if one.echo_word and one.conversation != several.conversation)
    others = [one for one in messages if one.conversation == remark.conversation]
    tracker.add(accepted_send(remark.outputs[0], APOLOGY))
    assert tracker.open == 398
    assert tracker.awaiting_answer() == 399 - len(others)
