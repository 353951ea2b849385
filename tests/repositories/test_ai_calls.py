"""The cost of answers, summed over a period, with either driver."""

from decimal import Decimal

import msgspec

from shared.domain.conversation import RecordedOutput
from shared.repositories.ai_calls import COLLECTION, OVER_SHARE, AiCall, AiCalls, ConversationCost, RoutingRecord
from shared.storage.documents import to_document
from shared.storage.mongo import Mongo
from tests.profiler import profiled
from tests.repositories.builders import NOW, later

CALL = AiCall(
    id="r0",
    workspace="acme",
    conversation_id="c1",
    correlation_id="0" * 32,
    turn=1,
    outputs=(RecordedOutput("outbound.messages", b"acme", b"{}"),),
    requested_at=NOW,
    started_at=NOW,
    finished_at=NOW,
    model="m",
    outcome="answered",
    attempts=1,
)


async def test_costs_add_up_without_loss_from_a_moment_to_another(mongo: Mongo) -> None:
    calls = AiCalls(mongo, "acme")
    for number, (usd, seconds) in enumerate([("0.1", 0), ("0.2", 1), ("0.0000003", 2), ("7", 3), ("9", -1)]):
        made = msgspec.structs.replace(CALL, id=f"r{number}", cost_usd=usd, finished_at=later(seconds))
        assert await calls.add(made) is made
    await AiCalls(mongo, "rival").add(msgspec.structs.replace(CALL, id="r9", workspace="rival", cost_usd="5"))
    assert await calls.cost(NOW, later(3)) == Decimal("0.3000003")
    assert await calls.cost(later(9), later(10)) == 0


async def test_cost_of_a_customer_and_conversations_over_the_share_are_found(mongo: Mongo) -> None:
    calls = AiCalls(mongo, "acme")
    for number, (who, usd, outcome) in enumerate(
        [("ada", "0.1", "answered"), ("ada", "0.2", OVER_SHARE), ("eve", "4", OVER_SHARE), ("", "9", "answered")]
    ):
        made = {"customer_id": who, "cost_usd": usd, "outcome": outcome, "conversation_id": f"talk-{number}"}
        await calls.add(msgspec.structs.replace(CALL, id=f"r{number}", **made))
    assert await calls.cost(NOW, later(3), customer_id="ada") == Decimal("0.3")
    assert await calls.over_share("ada", NOW, later(3)) == {"talk-1"}
    assert await calls.over_share("ada", later(1), later(3)) == frozenset()


async def test_costs_are_summed_by_the_index_alone(mongo: Mongo) -> None:
    """Of a day among others, and of a customer."""
    documents = []
    for number in range(3000):
        made = msgspec.structs.replace(
            CALL, cost_usd="0.01", finished_at=later(number), customer_id="ada" if number % 10 else "eve"
        )
        documents.append(to_document(made) | {"_id": f"r{number}"})
    await mongo.collection(COLLECTION).insert_all(documents)
    calls = AiCalls(mongo, "acme")
    async with profiled(mongo, COLLECTION) as of_all:
        assert await calls.cost(later(1000), later(2000)) == 10
    async with profiled(mongo, COLLECTION) as of_customer:
        assert await calls.cost(later(1000), later(2000), customer_id="eve") == 1
    assert (of_all.total("docsExamined"), of_customer.total("docsExamined")) == (0, 0)
    assert of_all.total("keysExamined") <= 1001
    assert of_customer.total("keysExamined") <= 101


async def test_cost_of_a_conversation_is_the_sum_of_its_answers(mongo: Mongo) -> None:
    calls = AiCalls(mongo, "acme")
    assert await calls.spent_on("c1") == ConversationCost()
    for number, (usd, where) in enumerate([("0.1", "c1"), ("0.0000002", "c1"), ("7", "c2"), ("0", "c1")]):
        await calls.add(msgspec.structs.replace(CALL, id=f"r{number}", cost_usd=usd, conversation_id=where))
    rival = msgspec.structs.replace(CALL, id="r9", workspace="rival", cost_usd="5")
    await AiCalls(mongo, "rival").add(rival)
    assert await calls.spent_on("c1") == ConversationCost(answers=3, usd=Decimal("0.1000002"))


async def test_invalid_costs_are_left_out_of_the_sum(mongo: Mongo) -> None:
    """As calls were kept before costs were."""
    calls = AiCalls(mongo, "acme")
    await calls.add(CALL)
    await calls.add(msgspec.structs.replace(CALL, id="r1", cost_usd="much"))
    await calls.add(msgspec.structs.replace(CALL, id="r2", cost_usd="0.5"))
    assert await calls.cost(NOW, later(1)) == Decimal("0.5")


async def test_the_choice_of_a_model_is_kept_with_its_reasons(mongo: Mongo) -> None:
    chosen = RoutingRecord(choice="smart", model="s", reasons=("complaint",), other_model="f", other_usd="0.001")
    made = msgspec.structs.replace(CALL, routing=chosen)
    calls = AiCalls(mongo, "acme")
    await calls.add(made)
    assert await calls.kept("r0") == made
