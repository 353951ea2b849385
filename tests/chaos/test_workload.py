"""What customers write: all from the seed, and each line leads to the answer that is expected of it."""

from collections import Counter

from devtools.chaos.workload import make_customers, make_message, make_workspaces, word, workspace_file
from shared.faq.index import FaqIndex
from shared.messages.inbound import Provider
from shared.providers.registry import limits_of


def test_the_faq_knows_the_questions_and_not_the_remarks() -> None:
    (shop,) = make_workspaces(1, sharded=False)
    file = workspace_file(shop)
    index = FaqIndex(file.faqs, file.bot.faq_threshold)
    for customer in make_customers(1, 20, 400, [shop]):
        for asked in (make_message(1, customer, n) for n in range(customer.lines)):
            match = index.match(asked.text)
            assert (match is not None and match.sure) == (not asked.echo_word), asked.text
            if match is not None and match.sure:
                assert " ".join(asked.parts) == match.answer
                assert all(len(piece) <= limits_of(customer.provider).text for piece in asked.parts)


def test_some_answers_take_several_messages() -> None:
    (shop,) = make_workspaces(1, sharded=False)
    customers = [customer for customer in make_customers(1, 40, 400, [shop]) if customer.provider is Provider.TWILIO]
    asked = [make_message(1, customer, n) for customer in customers for n in range(customer.lines)]
    assert {len(one.outputs) for one in asked} == {1, 3}


def test_all_ids_and_words_differ_and_come_from_the_seed() -> None:
    of = make_workspaces(3, sharded=False)
    asked = [make_message(1, customer, n) for customer in make_customers(1, 30, 600, of) for n in range(customer.lines)]
    assert len(asked) == 600
    assert len({one.id for one in asked}) == 600
    outputs = [output for one in asked for output in one.outputs]
    assert len(set(outputs)) == len(outputs)
    assert 200 < sum(1 for one in asked if one.echo_word) < 400
    again = [make_message(1, customer, n) for customer in make_customers(1, 30, 600, of) for n in range(customer.lines)]
    assert again == asked
    assert len({word(number) for number in range(5000)}) == 5000


def test_there_are_shops_with_a_secret_of_their_own_and_with_shards() -> None:
    of = make_workspaces(6, sharded=False)
    assert Counter(bool(shop.app_secret) for shop in of) == {False: 4, True: 2}
    assert {shop.shards for shop in of} == {1, 4}
    assert {shop.shards for shop in make_workspaces(6, sharded=True)} == {4}
    assert make_workspaces(1, sharded=False)[0].shards == 4
