"""A workspace's own secret verifies items of its own numbers and accounts only."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import pytest

from devtools.simulators.webhooks import (
    MetaItem,
    MetaNumber,
    meta_contact,
    meta_event,
    meta_message,
    meta_status,
    meta_webhook,
    sign_meta,
    sign_twilio,
    twilio_form,
    twilio_status_form,
)
from services.ingress.dead_letters import vouched_by
from shared.kafka.codec import decode
from shared.topics import DEAD_LETTERS, workspace_of
from tests.security.endpoint import (
    APP_SECRET,
    IngressProcess,
    account_sid,
    app_secret,
    auth_token,
    phone_number_id,
    request,
    twilio_number,
    waba_id,
    workspace,
)

ALICE, BOB = 21, 22  # numbers of the workspaces `alice` and `bob`
SENDER = "2348030000021"
OURS_OF_BOB = "1b8b6abe-3896-5b4e-bc85-e31def4eb9f1"


@pytest.fixture(scope="module", autouse=True)
def tenants(ingress: IngressProcess) -> None:
    asyncio.run(ingress.apply(workspace("alice", ALICE), workspace("bob", BOB)))


class Written:
    """The result of a request: its status, and the records that were written."""

    status = 0
    records: list[tuple[str, str, Any]]

    def of(self, name: str) -> list[tuple[str, str, Any]]:
        """Return the records of a workspace, by key or content."""
        return [one for one in self.records if one[0] != DEAD_LETTERS.name and name in (one[1], one[2].workspace)]

    @property
    def letters(self) -> list[Any]:
        return [message for topic, _, message in self.records if topic == DEAD_LETTERS.name]


@asynccontextmanager
async def written(ingress: IngressProcess, sent: bytes) -> AsyncIterator[Written]:
    """Post a request and return its result."""
    since, result = await ingress.position(), Written()
    async with ingress.connection() as raw:
        await raw.send(sent)
        result.status = (await raw.answered()).status
    result.records = [
        (record.topic, workspace_of(record.key), decode(record)) for record in await ingress.records(since)
    ]
    yield result


def number(of: int) -> MetaNumber:
    return MetaNumber(phone_number_id(of), f"23470{of:08d}", waba_id(of))


def message(of: int, wamid: str) -> MetaItem:
    content = meta_message("text", "hello", sender=SENDER, message_id=wamid, timestamp=1)
    return MetaItem(number(of), message=content, contact=meta_contact("Ada", SENDER))


def status(of: int, wamid: str) -> MetaItem:
    report = meta_status(wamid, "read", recipient=SENDER, timestamp=1, opaque=OURS_OF_BOB)
    return MetaItem(number(of), status=report)


def post_meta(path: str, secret: str, body: bytes) -> bytes:
    return request("POST", path, [("x-hub-signature-256", sign_meta(body, secret))], body)


def post_twilio(ingress: IngressProcess, path: str, form: dict[str, str], token: str) -> bytes:
    headers = [("x-twilio-signature", sign_twilio(ingress.public + path, form, token))]
    return request("POST", path, headers, urlencode(form).encode())


FOREIGN = {
    "a message": meta_webhook(message(BOB, "wamid.1")),
    "a status": meta_webhook(status(BOB, "wamid.2")),
    "an event of the account": meta_event(waba_id(BOB), "account_update", {"event": "x"}, timestamp=1),
    "an event of the number": meta_event(
        waba_id(ALICE),
        "phone_number_quality_update",
        {"metadata": {"phone_number_id": phone_number_id(BOB)}},
        timestamp=1,
    ),
    "an entry of one account with a number of another": json.dumps(
        {
            "object": "whatsapp_business_account",
            "entry": [{**json.loads(meta_webhook(message(BOB, "wamid.3")))["entry"][0], "id": waba_id(ALICE)}],
        }
    ).encode(),
    "what cannot be read": meta_webhook(message(BOB, "wamid.4")).replace(b'"timestamp":"1"', b'"timestamp":"x"'),
}


@pytest.mark.parametrize("body", FOREIGN.values(), ids=FOREIGN)
async def test_signed_items_for_another_workspaces_number_do_not_reach_it(ingress: IngressProcess, body: bytes) -> None:
    """The dead letter has the workspace whose secret signed it, so that a replay does not reach the other one."""
    async with written(ingress, post_meta("/webhooks/meta/alice", app_secret("alice"), body)) as result:
        assert result.status == 200
        assert result.of("bob") == []
        assert len(result.letters) + len(result.of("alice")) >= 1
        for letter in result.letters:
            assert letter.workspace != "bob"
            assert vouched_by(letter) == "alice"
        for _, key, one in result.of("alice"):
            assert (key, one.workspace, one.channel) == ("alice", "alice", None)
    for path, secret in (
        ("/webhooks/meta/bob", app_secret("alice")),
        ("/webhooks/meta", app_secret("alice")),
        ("/webhooks/meta/alice", APP_SECRET),
    ):
        async with written(ingress, post_meta(path, secret, body)) as result:
            assert (result.status, result.records) == (403, [])


async def test_mixed_batch_is_split_by_workspace(ingress: IngressProcess) -> None:
    body = meta_webhook(message(ALICE, "wamid.same"), message(BOB, "wamid.same"), status(ALICE, "wamid.s"))
    async with written(ingress, post_meta("/webhooks/meta/alice", app_secret("alice"), body)) as result:
        assert len(result.of("alice")) == 2
        assert result.of("bob") == []
        assert len(result.letters) == 1


async def test_same_provider_id_is_another_message_in_another_workspace(ingress: IngressProcess) -> None:
    """A known message id of another workspace gives another id and another conversation."""
    mine = post_meta("/webhooks/meta/alice", app_secret("alice"), meta_webhook(message(ALICE, "wamid.guessed")))
    theirs = post_meta("/webhooks/meta", APP_SECRET, meta_webhook(message(BOB, "wamid.guessed")))
    async with written(ingress, mine) as one, written(ingress, theirs) as other:
        (_, _, first), (_, _, second) = one.of("alice")[0], other.of("bob")[0]
        assert first.provider_message_id == second.provider_message_id
        assert first.id != second.id
        assert first.correlation_id != second.correlation_id
        assert first.conversation_id != second.conversation_id


async def test_status_with_another_workspaces_message_id_stays_in_its_workspace(ingress: IngressProcess) -> None:
    """`biz_opaque_callback_data` has the id of our message, which delivery looks up in the record's workspace only
    (tests/repositories/test_isolation.py)."""
    async with written(
        ingress, post_meta("/webhooks/meta/alice", app_secret("alice"), meta_webhook(status(ALICE, "w")))
    ) as result:
        ((_, key, record),) = result.of("alice")
        assert (key, record.workspace, record.outbound_id) == ("alice", "alice", OURS_OF_BOB)
        assert result.of("bob") == []


async def test_twilio_token_is_valid_for_its_own_numbers_only(ingress: IngressProcess) -> None:
    form = twilio_form(account_sid=account_sid(ALICE), sender=SENDER, to=twilio_number(BOB), message_sid="SM1")
    async with written(ingress, post_twilio(ingress, "/webhooks/twilio", form, auth_token("alice"))) as result:
        assert (result.status, result.records) == (403, [])
    form = twilio_status_form(
        account_sid=account_sid(ALICE), message_sid="SM2", status="read", sender=twilio_number(BOB), to=SENDER
    )
    path = f"/webhooks/twilio/status?message={OURS_OF_BOB}"
    async with written(ingress, post_twilio(ingress, path, form, auth_token("alice"))) as result:
        assert (result.status, result.records) == (403, [])


async def test_twilio_status_with_another_workspaces_message_id_stays_in_its_workspace(ingress: IngressProcess) -> None:
    form = twilio_status_form(
        account_sid=account_sid(BOB), message_sid="SM3", status="read", sender=twilio_number(ALICE), to=SENDER
    )
    path = f"/webhooks/twilio/status?message={OURS_OF_BOB}"
    async with written(ingress, post_twilio(ingress, path, form, auth_token("alice"))) as result:
        assert result.status == 200
        ((_, key, one),) = result.of("alice")
        assert (key, one.outbound_id) == ("alice", OURS_OF_BOB)
        assert result.of("bob") == []


async def test_unknown_twilio_number_is_attributed_to_the_account(ingress: IngressProcess) -> None:
    """If another workspace gets the number later, a replay of the dead letter does not reach it."""
    form = twilio_form(account_sid=account_sid(ALICE), sender=SENDER, to="+14150009999", message_sid="SM4")
    async with written(ingress, post_twilio(ingress, "/webhooks/twilio", form, auth_token("alice"))) as result:
        assert result.status == 200
        (letter,) = result.letters
        assert (letter.workspace, vouched_by(letter)) == ("-", "alice")
