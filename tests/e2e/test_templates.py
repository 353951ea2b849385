"""Templates are checked against the provider's definitions before they are sent."""

import json
from pathlib import Path

from shared.domain.broadcast import BroadcastStage
from shared.messages.broadcast_content import BroadcastTemplate
from shared.messages.commands import AgentMessage
from shared.messages.outbound import ButtonValue, TemplateBody
from shared.storage.mongo import Document
from tests.cli import runner
from tests.e2e.shop import FAQS, Shop, phone
from tests.e2e.simulator_control import Json
from tests.e2e.test_broadcast import create_broadcast
from tests.e2e.test_customer_service_window import _payload
from tests.e2e.waiting import in_thread
from tests.e2e.world import World

ANSWER = FAQS["Where are you?"]
CONTENT = f"HX{9:032x}"
URL = {"type": "URL", "text": "Look", "url": "https://shop.example/{{1}}"}
AT_META: list[Json] = [
    {
        "name": "news",
        "language": "en",
        "status": "APPROVED",
        "quality_score": {"score": "YELLOW", "date": 1793000000},
        "components": [{"type": "BODY", "text": "News of {{1}}: {{2}}"}, {"type": "BUTTONS", "buttons": [URL]}],
    },
    {"name": "old", "language": "en", "status": "PAUSED", "components": [{"type": "BODY", "text": "Hi"}]},
    {
        "name": "named_news",
        "language": "en",
        "status": "APPROVED",
        "parameter_format": "NAMED",
        "components": [{"type": "BODY", "text": "Hello {{first_name}}, your order {{order_no}} is ready."}],
    },
    *({"name": f"more_{n}", "language": "en", "status": "APPROVED", "components": []} for n in range(120)),
]


def parley(world: World, *arguments: str, code: int = 0) -> str:
    """Run a command; return its output, or its error if it shall fail with `code`."""
    done = runner.parley(*arguments, "--dir", str(Path(world.stack.info["logs"]).parent))
    assert done.code == code, done.err
    return done.err if code else done.out


async def _send_template_as_agent(world: World, shop: Shop, ada: str, body: TemplateBody) -> Document:
    before = {it["_id"] for it in await world.stored(shop, "outbound").find({})}
    await world.command(shop, ada, AgentMessage, body=body)
    return await world.outbound_when(shop, lambda it: it["_id"] not in before and it["state"] in ("sent", "failed"))


async def test_synced_templates_reject_wrong_parameters_before_sending(world: World) -> None:
    shop, ada = await world.shop(), phone()
    await world.control("POST", "/_sim/meta/templates", {"waba_id": shop.number.waba_id, "templates": AT_META})
    assert "123 templates" in await in_thread(parley, world, "templates", "sync", shop.workspace)
    shown = await in_thread(parley, world, "templates", "list", shop.workspace, "--json")
    rows = {row["name"]: row for row in map(json.loads, shown.splitlines())}
    assert (len(rows), rows["old"]["status"]) == (123, "PAUSED")
    assert (rows["news"]["quality"], rows["old"]["quality"]) == ("YELLOW", "UNKNOWN")
    (button,) = rows["news"]["buttons"]
    assert (button["kind"], button["variable"]) == ("url", True)
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada)
    wrong = await _send_template_as_agent(
        world, shop, ada, TemplateBody(name="news", language="en", parameters=("K7",))
    )
    assert (wrong["state"], wrong["error"]["code"]) == ("failed", "template_parameters")
    assert "wants 2 parameters, and 1 are given" in wrong["error"]["detail"]
    paused = await _send_template_as_agent(world, shop, ada, TemplateBody(name="old", language="en"))
    assert "PAUSED" in paused["error"]["detail"]
    assert len(await world.attempts(ada)) == 1, "neither was sent to Meta"
    right = TemplateBody(
        name="news",
        language="en",
        parameters=("K7", "On its way"),
        buttons=(ButtonValue(index=0, kind="url", value="k7"),),
    )
    assert (await _send_template_as_agent(world, shop, ada, right))["state"] == "sent"


async def test_template_of_the_workspace_file_is_sent_with_its_content_sid(world: World) -> None:
    template = {"name": "news", "language": "en", "body": "News: {{1}}", "content_sid": CONTENT}
    window = {"name": "news", "language": "en", "parameters": ["{text}"]}
    shop, ada = await world.shop(profile={"templates": [template], "window_template": window}), phone()
    await world.script("twilio", {"kind": "error", "code": 63016}, to=ada)
    await world.write_twilio(shop, ada, "Where are you?")
    sent = await world.outbound_when(shop, lambda it: it["state"] == "sent")
    assert sent["instead"]["name"] == "news"
    _, template_sent = await world.attempts(ada)
    form = template_sent["payload"]
    assert (form["ContentSid"], json.loads(form["ContentVariables"])) == (CONTENT, {"1": ANSWER})


async def test_named_parameters_are_sent_to_meta_by_name(world: World) -> None:
    shop, ada = await world.shop(), phone()
    await world.control("POST", "/_sim/meta/templates", {"waba_id": shop.number.waba_id, "templates": AT_META})
    await in_thread(parley, world, "templates", "sync", shop.workspace)
    world.private.phones.add(ada)
    named = BroadcastTemplate(name="named_news", language="en", parameters=("{{ customer.name }}", "K7"))
    made = await create_broadcast(world, shop, named, [ada])
    await made.wait_for_stage(BroadcastStage.DONE)
    await made.wait_for_counts(read=1)
    (attempt,) = await world.attempts(ada)
    (body,) = _payload(attempt)["template"]["components"]
    assert [(one["parameter_name"], one["text"]) for one in body["parameters"]] == [
        ("first_name", "Bola"),
        ("order_no", "K7"),
    ]
    await world.outbound_when(shop, lambda it: it["text"] == "Hello Bola, your order K7 is ready.")
