"""The corpus comes from its seed, and FAQ and simulated model answer it as expected."""

from collections import Counter

import pytest

from devtools.bench.corpus import Corpus, batch_body, make_samples, sign_body, workspace_files
from devtools.simulators import assistant
from shared.faq.index import FaqIndex
from shared.messages.content import Text
from shared.providers.meta import webhook as meta
from shared.providers.port import ParsedMessage

CORPUS = Corpus(seed=7, run=1, messages=60, customers=15, workspaces=3, timestamp=1_770_000_000, faq_share=0.5)
WORKSPACE = workspace_files(1)[0]


def texts(corpus: Corpus) -> list[str]:
    found = []
    for sample in make_samples(corpus):
        (item,) = meta.parse(sample.body)
        assert isinstance(item, ParsedMessage)
        assert isinstance(item.content, Text)
        found.append(item.content.body)
    return found


def other(**changes: object) -> Corpus:
    return Corpus(**{name: getattr(CORPUS, name) for name in CORPUS.__struct_fields__} | changes)


def test_same_seed_makes_the_same_bytes() -> None:
    assert make_samples(CORPUS) == make_samples(other())
    assert make_samples(CORPUS) != make_samples(other(seed=8))


def test_runs_share_neither_customers_nor_messages() -> None:
    first, second = make_samples(CORPUS), make_samples(other(run=2))
    assert not {s.customer for s in first} & {s.customer for s in second}
    assert not {s.body for s in first} & {s.body for s in second}


def test_expected_answers_of_a_customer_differ() -> None:
    samples = make_samples(CORPUS)
    assert set(Counter(s.customer for s in samples).values()) == {4}
    assert len({(s.customer, s.expect) for s in samples}) == len(samples)


@pytest.mark.parametrize("kinds", ["text", "mixed"])
def test_bodies_have_valid_signatures_and_parse(kinds: str) -> None:
    corpus = other(kinds=kinds)
    for sample in make_samples(corpus):
        meta.verify_signature(sample.body, sign_body(corpus, sample.body), [corpus.secret])
        (item,) = meta.parse(sample.body)
        assert isinstance(item, ParsedMessage)


def test_batched_body_has_all_messages() -> None:
    samples = make_samples(CORPUS)
    items = meta.parse(batch_body(samples))
    senders = [item.sender.identity.lstrip("+") for item in items if isinstance(item, ParsedMessage)]
    assert senders == [s.customer for s in samples]
    assert batch_body(samples[:1]) == samples[0].body


def test_faq_answers_its_share() -> None:
    corpus = other(faq_share=1.0)
    index = FaqIndex(WORKSPACE.faqs, WORKSPACE.bot.faq_threshold)
    for text, sample in zip(texts(corpus), make_samples(corpus), strict=True):
        match = index.match(text)
        assert match is not None
        assert match.sure
        assert match.answer == sample.expect


def test_model_answers_the_rest_with_the_word() -> None:
    corpus = other(faq_share=0.0)
    index = FaqIndex(WORKSPACE.faqs, WORKSPACE.bot.faq_threshold)
    for text, sample in zip(texts(corpus), make_samples(corpus), strict=True):
        match = index.match(text)
        assert match is None or not match.sure
        assert sample.expect in assistant.reply("", [assistant.ModelMessage("user", text)]).text
