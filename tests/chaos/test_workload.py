"""Messages come from the seed, and FAQ and model give the expected answers."""

from collections import Counter

from devtools.chaos.workload import make_customers, make_message, make_workspaces, unique_word, workspace_file
from shared.faq.index import FaqIndex
from shared.messages.inbound import Provider
from shared.providers.registry import limits_of


def test_faq_answers_the_questions_and_not_the_remarks() -> None:
    (workspace,) = make_workspaces(1, sharded=False)
    file = workspace_file(workspace)
    index = FaqIndex(file.faqs, file.bot.faq_threshold)
    for customer in make_customers(1, 20, 400, [workspace]):
        for message in (make_message(1, customer, n) for n in range(customer.message_count)):
            match = index.match(message.text)
            assert (match is not None and match.sure) == (not message.echo_word), message.text
            if match is not None and match.sure:
                assert " ".join(message.parts) == match.answer
                assert all(len(piece) <= limits_of(customer.provider).text for piece in message.parts)


def test_long_answer_takes_several_messages_at_twilio() -> None:
    (workspace,) = make_workspaces(1, sharded=False)
    customers = [
        customer for customer in make_customers(1, 40, 400, [workspace]) if customer.provider is Provider.TWILIO
    ]
    messages = [make_message(1, customer, n) for customer in customers for n in range(customer.message_count)]
    assert {len(one.outputs) for one in messages} == {1, 3}


def test_ids_and_words_are_unique_and_come_from_the_seed() -> None:
    workspaces = make_workspaces(3, sharded=False)
    messages = [
        make_message(1, customer, n)
        for customer in make_customers(1, 30, 600, workspaces)
        for n in range(customer.message_count)
    ]
    assert len(messages) == 600
    assert len({one.id for one in messages}) == 600
    outputs = [output for one in messages for output in one.outputs]
    assert len(set(outputs)) == len(outputs)
    assert 200 < sum(1 for one in messages if one.echo_word) < 400
    repeated = [
        make_message(1, customer, n)
        for customer in make_customers(1, 30, 600, workspaces)
        for n in range(customer.message_count)
    ]
    assert repeated == messages
    assert len({unique_word(number) for number in range(5000)}) == 5000


def test_some_workspaces_have_their_own_secret_or_shards() -> None:
    workspaces = make_workspaces(6, sharded=False)
    assert Counter(bool(workspace.app_secret) for workspace in workspaces) == {False: 4, True: 2}
    assert {workspace.shards for workspace in workspaces} == {1, 4}
    assert {workspace.shards for workspace in make_workspaces(6, sharded=True)} == {4}
    assert make_workspaces(1, sharded=False)[0].shards == 4
