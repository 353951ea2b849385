"""A failing model leads to one answer, or to one apology and an agent."""

import asyncio

from shared.kafka.records import NewRecord
from shared.messages.dead_letters import DeadLetterReason
from tests.e2e.shop import APOLOGY, phone, word
from tests.e2e.simulator_control import Json
from tests.e2e.waiting import until
from tests.e2e.world import World

# Permanent failures.
PERMANENT_FAULTS: dict[str, Json] = {
    "errors of its server": {"kind": "status", "status": 500},
    "HTML instead of JSON": {"kind": "malformed"},
    "JSON that breaks off": {"kind": "malformed_json"},
    "an empty error in a good answer": {"kind": "empty_error"},
    "a refusal": {"kind": "refusal"},
    "no answer before the deadline": {"kind": "timeout", "seconds": 60},
    "a connection cut": {"kind": "reset"},
    "being overloaded": {"kind": "overloaded"},
    "a limit that lasts beyond the deadline": {"kind": "throttle", "retry_after": 120},
    "an answer of nothing but blanks": {"kind": "answer", "text": "  \n "},
    "a request that it does not take": {"kind": "error", "status": 400},
}
# Transient failures.
TRANSIENT_FAULTS: dict[str, Json] = {
    "one error of its server": {"kind": "status", "status": 500},
    "a limit with a short Retry-After": {"kind": "throttle", "retry_after": 1},
    "HTML once": {"kind": "malformed"},
    "one refusal": {"kind": "refusal"},
    "one connection cut": {"kind": "reset"},
}


async def test_permanent_model_failure_leads_to_one_apology_and_an_agent(world: World) -> None:
    shop = await world.shop()

    async def ask(fault: Json) -> tuple[list[str], str]:
        ada, marker = phone(), word()
        rule = await world.script("anthropic", fault, times=None, text_contains=marker)
        await world.write(shop, ada, f"remark {marker}")
        await world.answers(ada)
        await until(
            lambda: _is_human(world, shop.workspace, shop.meta_conversation(ada)), "the conversation is handed off"
        )
        silent = await world.write(shop, ada, f"remark {word()}")
        decision = str((await world.stored_message(shop, silent))["decision"])
        await world.unscript(rule)
        return [answer["text"] for answer in await world.answers(ada)], decision.partition(":")[0]

    results = dict(zip(PERMANENT_FAULTS, await asyncio.gather(*map(ask, PERMANENT_FAULTS.values())), strict=True))
    assert results == {name: ([APOLOGY], "human") for name in PERMANENT_FAULTS}


async def _is_human(world: World, workspace: str, conversation: str) -> bool:
    state = await world.mongo.collection("conversations").find_one({"_id": conversation, "workspace": workspace})
    return state is not None and state["state"]["mode"] == "human"


async def test_transient_model_failure_is_retried_and_answered(world: World) -> None:
    shop = await world.shop()

    async def ask(fault: Json) -> list[str]:
        ada, marker = phone(), word()
        await world.script("anthropic", fault, times=1, text_contains=marker)
        await world.write(shop, ada, f"remark {marker}")
        await world.answers(ada)
        return [
            marker if marker in answer["text"] else answer["text"] for answer in await world.settled_answers(shop, ada)
        ] + [str(len(await world.calls(marker)) - 1)]

    results = dict(zip(TRANSIENT_FAULTS, await asyncio.gather(*map(ask, TRANSIENT_FAULTS.values())), strict=True))
    for name, (answer, more_calls) in results.items():
        assert answer.startswith("zq"), f"{name}: {answer}"
        assert int(more_calls) >= 1, name


async def test_slow_model_answer_delays_no_other_customer_of_the_workspace(world: World) -> None:
    shop, slow, quick, silent = await world.shop(), phone(), phone(), word()
    await world.script("anthropic", {"kind": "timeout", "seconds": 60}, times=None, text_contains=silent)
    await world.write(shop, slow, f"remark {silent}")
    await until(lambda: world.calls(silent), "the model has been called")
    await world.write(shop, quick, f"remark {word()}")
    await world.answers(quick)
    assert await world.answers(slow, 0) == []
    assert [answer["text"] for answer in await world.answers(slow)] == [APOLOGY]


async def test_redelivered_ai_request_does_not_call_the_model_again(world: World) -> None:
    shop, ada, marker = await world.shop(), phone(), word()
    await world.write(shop, ada, f"remark {marker}")
    await world.answers(ada)
    conversation = shop.meta_conversation(ada).encode()
    (request,) = await world.topic("ai.requests", lambda record: conversation in record.value)
    again = NewRecord(request.topic, request.key, request.value, request.headers)
    async with world.producer() as producer:
        await producer.send([again, again])
    assert len(await world.settled_answers(shop, ada)) == 1
    assert len(await world.calls(marker)) == 1


async def test_poison_record_becomes_a_dead_letter_and_its_partition_continues(world: World) -> None:
    shop, ada = await world.shop(), phone()
    poison = [b"\x00\xff not JSON", b'{"id": "m1"}', b""]
    async with world.producer() as producer:
        await producer.send([NewRecord("inbound.messages", shop.workspace.encode(), value) for value in poison])
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada)
    letters = await world.dead_letters(f'"workspace":"{shop.workspace}"', count=len(poison))
    assert [letter["reason"] for letter in letters] == [DeadLetterReason.UNDECODABLE] * len(poison)
    assert {letter["origin"]["service"] for letter in letters} == {"router"}
    assert len(await world.settled_answers(shop, ada)) == 1
