"""All changes of the customer that one decision makes are stored."""

from dataclasses import replace

import pytest

from services.router.effects import EffectExecutor
from shared.decisions.customer_effects import with_one_customer_change
from shared.domain.conversation import CustomerChange, Effect, RecordedDecision, UnansweredQuestion
from shared.domain.customer import customer_view
from shared.repositories.customers import Customers
from shared.storage.mongo import Mongo
from tests.services.builders import NOW, decision_context, inbound, workspace
from tests.services.flow_builders import book, example
from tests.services.visits import Visit


def _buyer() -> Visit:
    of = decision_context(workspace(bot={"mode": "flow"}), customer=customer_view(None))
    return Visit(replace(of, book=book(example("lead"))))


def test_changes_of_one_decision_become_one() -> None:
    effects: tuple[Effect, ...] = (
        CustomerChange(add_tags=("lead", "cold"), fields={"budget": 5, "city": "Jos"}, qualified=False),
        UnansweredQuestion(text="?"),
        CustomerChange(add_tags=("hot",), remove_tags=("cold",), fields={"budget": 7}, qualified=True, name="Ada"),
    )
    assert with_one_customer_change(effects) == (
        CustomerChange(
            add_tags=("lead", "hot"),
            remove_tags=("cold",),
            fields={"budget": 7, "city": "Jos"},
            qualified=True,
            name="Ada",
        ),
        UnansweredQuestion(text="?"),
    )


@pytest.mark.parametrize("effects", [(), (CustomerChange(add_tags=("lead",)), UnansweredQuestion(text="?"))])
def test_one_change_stays_as_it_is(effects: tuple[Effect, ...]) -> None:
    assert with_one_customer_change(effects) == effects


def test_tag_that_is_added_after_it_was_removed_stays() -> None:
    removed, added = CustomerChange(remove_tags=("lead",)), CustomerChange(add_tags=("lead",))
    assert with_one_customer_change((removed, added)) == (added,)
    assert with_one_customer_change((added, removed)) == (removed,)


async def test_lead_flow_stores_all_that_it_says_of_the_customer(mongo: Mongo) -> None:
    ada = _buyer()
    for words in ("price", "1", "Acme", "1200", "ada@example.com"):
        ada.say(words)
    effects = ada.decision.effects
    customers, customer_id = Customers(mongo, "acme"), ada.decision.conversation.customer_id
    await customers.record_contact(customer_id, inbound("hello"), NOW)
    recorded = RecordedDecision(cause="acme:meta:9", turn=5, decision="flow", effects=effects, at=ada.now)
    for _ in range(2):  # delivered again
        await EffectExecutor(mongo).carry_out(recorded, "acme", "c1", customer_id)
    found = await customers.get(customer_id)
    assert found is not None
    assert sorted(found["tags"]) == ["hot", "lead"]
    assert found["qualified"] is True
    assert found["fields"] == {"budget": 1200, "email": "ada@example.com", "company": "Acme"}
