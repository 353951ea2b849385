"""A workspace in which something has happened, so that its pages have rows, numbers and buttons."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.clock import SystemClock
from shared.domain import ids
from shared.domain.conversation import OrderPlaced, UnansweredQuestion
from shared.domain.orders import OrderState, order_number
from shared.operations.flows.starters import starter
from shared.repositories.flow_drafts import FlowDraft, FlowDrafts
from shared.repositories.flows import Flows
from shared.repositories.orders import Orders
from shared.repositories.unanswered import UnansweredQuestions
from tests.browser.pages import Desk
from tests.e2e.shop import FAQS, Shop, phone
from tests.e2e.waiting import until
from tests.e2e.world import World

LONG_AGO = datetime(2026, 3, 2, 9, tzinfo=UTC)
PERSON = "I want to talk to a person"
TALKS = {  # customers, and what they write, one after the other
    "Ada Obi": ("Where are you?", PERSON),
    "Bayo Ade": ("What are your opening hours?",),
    "Grace Mensah-Abubakar of Lagos Island": (PERSON, "Is the oak coaster with the engraved name still available?"),
    "Dalia Haddad": ("How can I pay?",),
}
TEMPLATES = [
    {"name": "spring_news", "language": "en", "body": "Hi {{1}}, spring is here.", "category": "MARKETING"},
    {"name": "order_update", "language": "es", "body": "Hola {{1}}, tu pedido sale hoy.", "category": "UTILITY"},
]
SEGMENTS = [
    {"name": "loyal", "min_orders": 3},
    {"name": "lagos", "fields": {"city": "Lagos"}, "active_within_days": 30},
]
STATES = ((), (OrderState.CONFIRMED,), (OrderState.PAID, OrderState.SHIPPED), (OrderState.CANCELLED,))


async def fill(world: World, shop: Shop, ann: Desk) -> Mapping[str, str]:
    """Make a shop busy; return values of the parameters of its pages' addresses. ann: an owner."""
    await world.reapply(shop, templates=TEMPLATES, segments=SEGMENTS)
    people = {name: phone() for name in TALKS}
    world.private.phones.update(people.values())
    for name, texts in TALKS.items():
        for text in texts:
            await _write(ann, people[name], name, text)
    for name, texts in TALKS.items():
        await world.answers(people[name], sum(text in FAQS or text == PERSON for text in texts))
    conversation = shop.meta_conversation(people["Ada Obi"])
    found = await world.stored(shop, "conversations").find_one({"_id": conversation})
    assert found is not None
    customer = found["state"]["customer_id"]
    await _place_orders(world, shop, customer, conversation)
    await _ask_the_unknown(world, shop, conversation)
    text = starter("welcome", "en").source
    await Flows(world.mongo, shop.workspace).put("welcome", "v1", text, LONG_AGO, by="", note="")
    await FlowDrafts(world.mongo, shop.workspace).save(FlowDraft(flow="welcome", source=text, by="", at=LONG_AGO))
    await _connect_systems(world, ann)
    return {
        "workspace": shop.workspace,
        "flow": "welcome",
        "conversation": conversation,
        "customer": customer,
        "channel": "main",
        "webhook": "crm",
        "broadcast": await _compose(ann),
    }


async def _write(ann: Desk, number: str, name: str, text: str) -> None:
    message = {"channel": "main", "number": f"+{number}", "name": name, "text": text}
    await ann.post(f"/api/v1/workspaces/{ann.workspace}/phone/messages", message)


async def _place_orders(world: World, shop: Shop, customer: str, conversation: str) -> None:
    orders, now = Orders(world.mongo, shop.workspace), SystemClock().now()
    for place, states in enumerate(STATES):
        id_ = ids.derived_id("order", shop.workspace, str(place))
        quantity = 2 + place
        price, total = "4.50", f"{4.5 * quantity:.2f}"
        line = {"sku": "C1", "name": "Oak coaster", "quantity": quantity, "price": price, "total": total}
        at, number = now - timedelta(hours=5 * place + 1), order_number(id_)
        order = OrderPlaced(id=id_, number=number, lines=(line,), total=total, currency="USD")
        await orders.place(order, customer, conversation, at)
        for hours, state in enumerate(states):
            await orders.advance(number, state, at + timedelta(minutes=20 * hours + 5), "u1")


async def _ask_the_unknown(world: World, shop: Shop, conversation: str) -> None:
    questions = UnansweredQuestions(world.mongo, shop.workspace)
    for place, text in enumerate(("Do you mend coasters?", "can you mend my coaster", "Do you sell gift cards?")):
        effect = UnansweredQuestion(text=text, score=0.3, nearest="Where are you?")
        await questions.add(f"{shop.workspace}-{place}", conversation, effect, SystemClock().now())


async def _connect_systems(world: World, ann: Desk) -> None:
    api = f"/api/v1/workspaces/{ann.workspace}"
    hook = {"id": "crm", "url": "http://127.0.0.1:9/none", "secret": "s" * 32, "events": []}
    await ann.post(f"{api}/webhooks", hook, key="the-crm-webhook")
    key = await ann.post(f"{api}/api-keys", {"name": "CRM", "scopes": ["orders:read"]}, key="the-crm-key")
    world.private.tokens |= {value for value in key.values() if str(value).startswith("pk_")}


async def _compose(ann: Desk) -> str:
    """Store a broadcast that nobody starts; return its id."""
    api = f"/api/v1/workspaces/{ann.workspace}/broadcasts"
    content = {"type": "text", "text": "The new coasters are here."}
    await ann.post(api, {"name": "Spring", "content": content, "segment": "loyal"}, key="a-broadcast")

    async def look() -> list[dict[str, Any]]:
        answer = await ann.context.request.get(ann.url + api)
        items: list[dict[str, Any]] = (await answer.json())["items"]
        return items

    return str((await until(look, "the broadcast is stored"))[0]["id"])
