"""Each row of the table of account events has its action, and each error code of a template its stored state.

They go through the real handler, on MongoDB and Redis.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from services.delivery.channels.gate import ChannelGate
from services.delivery.statuses.account_events import AccountEventHandler
from shared.clock import FixedClock
from shared.crypto import Secrets
from shared.domain.broadcast import Broadcast, BroadcastStage, broadcast_id
from shared.domain.conversation import CustomerChange
from shared.messages.broadcast_content import BroadcastTemplate
from shared.messages.inbound import AccountEvent, Provider
from shared.messages.outbound import TemplateBody
from shared.operations.number_reports import number_reports, report_of
from shared.operations.template_validator import TemplateValidator
from shared.providers.account_events import EventAction
from shared.providers.errors import SendError
from shared.providers.meta.errors import CODES, classify
from shared.repositories.account_events import AccountEvents
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.channel_states import ChannelStates
from shared.repositories.customers import Customers
from shared.repositories.directory import Directory
from shared.repositories.provider_templates import ProviderTemplate, ProviderTemplates
from shared.repositories.workspace_editor import WorkspaceEditor
from shared.repositories.workspaces import Workspaces
from shared.storage.mongo import Mongo
from shared.storage.redis import Redis
from shared.templates.definitions import ReportedTemplate, TemplateDefinition
from shared.templates.validation import UNUSABLE
from tests.providers.account_values import ROWS, value_of
from tests.repositories.builders import NOW, inbound, later, workspace_file

pytestmark = pytest.mark.parametrize("mongo_driver", ["motor"], indirect=True)  # the other one is tried elsewhere
SECRETS = Secrets({"k1": b"1" * 32})
ACCOUNT = "1437200930610622"
BODY = TemplateBody(name="sale", language="en")


@dataclass
class World:
    mongo: Mongo
    clock: FixedClock
    news: AccountEventHandler
    gate: ChannelGate
    directory: Directory
    checked: TemplateValidator

    async def tell(self, field: str, value: Any, number: int = 1, **changes: Any) -> AccountEvent:
        event = AccountEvent(
            id=f"event-{field}-{number}",
            workspace="acme",
            correlation_id="0" * 32,
            created_at=later(number),
            provider=Provider.META,
            field=field,
            account=ACCOUNT,
            raw=msgspec.Raw(json.dumps(value).encode()),
        )
        event = msgspec.structs.replace(event, **changes)
        await self.news.on_event(event)
        return event

    async def stage(self, channel: str = "main") -> BroadcastStage:
        found = await Broadcasts(self.mongo, "acme").get(broadcast_id("acme", channel))
        assert found is not None
        return found.stage

    async def template(self) -> ProviderTemplate:
        found = await ProviderTemplates(self.mongo, "acme").get(ACCOUNT, "sale", "en")
        assert found is not None
        return found

    async def stopped(self) -> list[str]:
        return [one.channel for one in await ChannelStates(self.mongo).stopped()]


@pytest.fixture
async def world(mongo: Mongo, redis: Redis, clock: FixedClock) -> World:
    """A shop with a Meta and a Twilio number; a broadcast of the template `sale` runs on each."""
    await WorkspaceEditor(mongo, redis, SECRETS, clock).apply(workspace_file())
    before = min(NOW, clock.now()) - timedelta(days=1)
    await ProviderTemplates(mongo, "acme").replace(
        ACCOUNT, [ReportedTemplate(TemplateDefinition(name="sale"), "APPROVED")], before
    )
    broadcasts = Broadcasts(mongo, "acme")
    for channel in ("main", "tw"):
        what = BroadcastTemplate(name="sale", language="en")
        id_ = broadcast_id("acme", channel)
        one = Broadcast(id=id_, workspace="acme", name=channel, channel=channel, what=what, created_at=NOW, by="u1")
        await broadcasts.create(one)
        await broadcasts.start(id_, NOW)
        await broadcasts.begin(id_, 1, NOW)
    directory, states = Directory(mongo, redis, SECRETS, clock), ChannelStates(mongo)
    gate = ChannelGate(states, redis, clock)
    checked = TemplateValidator(mongo, Workspaces(mongo, clock), clock)
    return World(mongo, clock, AccountEventHandler(mongo, directory, gate, states, clock), gate, directory, checked)


async def _nothing(world: World, value: dict[str, Any]) -> None:
    assert (await world.stage(), await world.stopped()) == (BroadcastStage.RUNNING, [])
    assert (await world.template()).status == "APPROVED"


async def _status(world: World, value: dict[str, Any]) -> None:
    assert (await world.template()).status == value["event"]
    usable = await world.checked.is_usable("acme", ACCOUNT, "sale", "en")
    assert usable is (value["event"] not in UNUSABLE)


async def _category(world: World, value: dict[str, Any]) -> None:
    assert (await world.template()).category == "MARKETING"
    assert await world.stage() is BroadcastStage.PAUSED


async def _quality(world: World, value: dict[str, Any]) -> None:
    assert (await world.template()).quality == value["new_quality_score"]
    low = value["new_quality_score"] == "RED"
    assert await world.stage() is (BroadcastStage.PAUSED if low else BroadcastStage.RUNNING)


async def _changed(world: World, value: dict[str, Any]) -> None:
    known = await world.template()
    assert (known.definition, known.status) == (None, "APPROVED")


async def _paused(world: World, value: dict[str, Any]) -> None:
    assert (await world.stage(), await world.stopped()) == (BroadcastStage.PAUSED, [])


async def _resumed(world: World, value: dict[str, Any]) -> None:
    channel = await world.directory.channel("acme", "main")
    assert channel is not None
    await world.gate.stop(channel, classify(400, 131031), NOW)
    await world.tell("account_update", value_of("account_update", "DISABLED_UPDATE:REINSTATE"), 2)
    (stopped,) = await ChannelStates(world.mongo).stopped()
    assert stopped.resume_requested


async def _stopped(world: World, value: dict[str, Any]) -> None:
    assert await world.stopped() == ["main"]


CHECKS: dict[EventAction, Callable[[World, dict[str, Any]], Awaitable[None]]] = {
    EventAction.UNKNOWN: _nothing,
    EventAction.NO_ACTION: _nothing,
    EventAction.ALERT_OPERATOR: _nothing,
    EventAction.TEMPLATE_STATUS: _status,
    EventAction.TEMPLATE_CATEGORY: _category,
    EventAction.TEMPLATE_QUALITY: _quality,
    EventAction.TEMPLATE_QUALITY_LOW: _quality,
    EventAction.FORGET_TEMPLATE: _changed,
    EventAction.PAUSE_BROADCASTS: _paused,
    EventAction.RESUME_CHANNELS: _resumed,
    EventAction.STOP_CHANNELS: _stopped,
}


@pytest.mark.parametrize(("field", "word", "follows"), [*ROWS, ("brand_new_update", "X", EventAction.UNKNOWN)], ids=str)
async def test_each_row_of_the_table_has_its_action(world: World, field: str, word: str, follows: EventAction) -> None:
    value = value_of(field, word)
    await world.tell(field, value)
    event = await world.tell(field, value)  # once more, as Meta does
    await CHECKS[follows](world, value)
    kept = [one for one in await AccountEvents(world.mongo, "acme").newest(9) if one["_id"] == event.id]
    assert [(one["follows"], json.loads(one["raw"])) for one in kept] == [(follows.value, value)]
    assert await world.stage("tw") is BroadcastStage.RUNNING, "another provider's number is not concerned"


async def test_every_action_has_a_handler_and_a_check(world: World) -> None:
    assert set(world.news.actions) == set(EventAction) == set(CHECKS)


async def test_older_account_event_does_not_undo_a_newer_one(world: World) -> None:
    field = "message_template_status_update"
    await world.tell(field, value_of(field, "APPROVED"), 2, occurred_at=later(-10))
    await world.tell(field, value_of(field, "PAUSED"), 3, occurred_at=later(-20))
    assert (await world.template()).status == "APPROVED"


async def test_rejected_template_keeps_the_reason_until_its_state_changes(world: World) -> None:
    field = "message_template_status_update"
    await world.tell(field, value_of(field, "REJECTED") | {"reason": "INVALID_FORMAT"}, 2)
    assert (await world.template()).reason == "INVALID_FORMAT"
    await world.tell(field, value_of(field, "APPROVED") | {"reason": "NONE"}, 3)
    assert (await world.template()).reason == ""


async def test_reports_about_a_number_are_those_of_its_last_events(world: World) -> None:
    field = "phone_number_quality_update"
    number = {"display_phone_number": "+234 803 123 4567"}
    await world.tell(field, {**number, "event": "FLAGGED", "current_limit": "TIER_1K"}, 2)
    await world.tell(field, {**number, "event": "UPGRADE", "current_limit": "TIER_10K"}, 3)
    await world.tell(field, {"display_phone_number": "15550001111", "event": "UNFLAGGED"}, 4)
    reports = await number_reports(world.mongo, "acme")
    mine, other = (report_of(reports, address) for address in ("+2348031234567", "+15550001111"))
    assert mine is not None and other is not None
    assert ((mine.limit, mine.quality), (other.limit, other.quality)) == (("TIER_10K", "low"), ("", "recovered"))
    assert await number_reports(world.mongo, "zeta") == {}


async def test_redelivered_event_does_not_stop_a_resumed_channel(world: World) -> None:
    value = value_of("account_update", "ACCOUNT_DELETED")
    await world.tell("account_update", value)
    states = ChannelStates(world.mongo)
    (stopped,) = await states.stopped()
    assert await states.mark_resumed(stopped, later(60))
    await world.gate.refresh()
    await world.tell("account_update", value)
    assert await world.stopped() == []


async def test_event_of_another_account_is_ignored(world: World) -> None:
    value = value_of("account_update", "ACCOUNT_DELETED")
    await world.tell("account_update", value, account="7")
    assert (await world.stopped(), await world.stage()) == ([], BroadcastStage.RUNNING)


TEMPLATE_CODES = {code: rule.template for code, rule in CODES.items() if rule.template}


@pytest.mark.parametrize("code", TEMPLATE_CODES)
async def test_refusal_of_a_template_stores_its_state(world: World, code: int) -> None:
    channel = await world.directory.channel("acme", "main")
    assert channel is not None
    await world.checked.record_refusal(channel, BODY, classify(400, code))
    assert (await world.template()).status == TEMPLATE_CODES[code]
    assert isinstance(await world.checked.prepare(channel, BODY, "u1"), SendError)
    world.clock.advance(4 * 3600)
    still = not await world.checked.is_usable("acme", ACCOUNT, "sale", "en")
    assert still is (TEMPLATE_CODES[code] == "DISABLED"), "a pause ends"


async def test_other_refusals_store_no_template_state(world: World) -> None:
    channel = await world.directory.channel("acme", "main")
    assert channel is not None
    for code in CODES.keys() - TEMPLATE_CODES.keys():
        await world.checked.record_refusal(channel, BODY, classify(400, code))
    assert (await world.template()).status == "APPROVED"


async def test_codes_that_report_a_template_state(world: World) -> None:
    assert TEMPLATE_CODES == {132015: "PAUSED", 132016: "DISABLED"}


async def test_marketing_is_not_sent_to_customers_who_opted_out_of_it(world: World, mongo: Mongo) -> None:
    channel = await world.directory.channel("acme", "main")
    assert channel is not None
    customers = Customers(mongo, "acme")
    await customers.record_contact("u1", inbound(1), NOW)
    await customers.apply("u1", CustomerChange(marketing=False), "c1", NOW)
    assert await world.checked.prepare(channel, BODY, "u1") == BODY
    await world.tell("template_category_update", value_of("template_category_update", ""))
    world.clock.advance(10)
    refused = await world.checked.prepare(channel, BODY, "u1")
    assert isinstance(refused, SendError)
    assert refused.code == "opted_out"
    assert await world.checked.prepare(channel, BODY, "u2") == BODY


async def test_quality_of_the_list_is_stored_and_stays_where_the_list_says_none(
    mongo: Mongo, clock: FixedClock
) -> None:
    templates, sale = ProviderTemplates(mongo, "acme"), TemplateDefinition(name="sale")
    for quality, stored in (("GREEN", "GREEN"), ("", "GREEN"), ("RED", "RED")):
        await templates.replace(ACCOUNT, [ReportedTemplate(sale, "APPROVED", quality=quality)], clock.now())
        found = await templates.get(ACCOUNT, "sale", "en")
        assert found is not None
        assert found.quality == stored
