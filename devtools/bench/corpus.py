"""Make workspaces, customers and their messages from a seed.

The load generator and the benchmark make the same corpus in two processes, so that only its parameters are passed.
"""

import random
from collections.abc import Sequence
from typing import Literal

import msgspec

from devtools.simulators.webhooks import (
    Json,
    MetaItem,
    MetaNumber,
    meta_contact,
    meta_message,
    meta_webhook,
    sign_meta,
    wamid,
)
from shared.providers.meta.channel import MetaChannel
from shared.workspace.config import Bot, Conversing, Faq, Product, WorkspaceFile

SECRET = "bench-app-secret"  # noqa: S105 - of the simulators
_TOPICS = (
    "opening hours", "parking places", "gift wrapping", "wheelchair access", "the loyalty card", "lost receipts",
    "student discount", "newsletter", "engraving", "repairs", "bulk invoices", "the workshop on Sunday",
    "vouchers", "allergies", "returns", "cork sourcing", "the mobile app", "job openings", "press photos", "warranty",
)  # fmt: skip
_COMPLAINTS = (
    "My parcel arrived with a torn box and one coaster is scratched, please have a look at reference {}",
    "Good news, the varnish dried well after two days, just noting it under reference {}",
    "The courier left the parcel with a neighbour whom I do not know, my reference reads {}",
    "Could somebody explain why the blue glaze looks green in daylight? Reference {}",
    "I wrote last week about the wobbling table top and heard nothing yet, reference {}",
    "Ẹ káàárọ̀! The letters of the engraving are smaller than agreed 🙂 reference {}",
)
_LETTERS = "bcdfghjkmnpqrstvwxz"


class Corpus(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters of a corpus. Corpora with different `run`s share no message and no customer.

    messages: number in total; customers write in turn. faq_share: share that the FAQ answers. kinds: `mixed` adds
    media, locations and button replies. timestamp: of the webhooks, in seconds since the
    epoch. first: number of the first of the `workspaces` workspaces.
    """

    seed: int
    run: int
    messages: int
    customers: int
    workspaces: int
    timestamp: int
    first: int = 0
    faq_share: float = 0.0
    kinds: Literal["text", "mixed"] = "text"
    secret: str = SECRET


class SampleMessage(msgspec.Struct, frozen=True):
    """One message. expect: text that only the answer to this message of the customer contains."""

    customer: str
    number: str
    body: bytes
    expect: str


class _Post(msgspec.Struct):
    object: str
    entry: list[msgspec.Raw]


def workspace_files(count: int) -> list[WorkspaceFile]:
    """Return workspaces with one Meta number each, twenty FAQs and a small catalogue."""
    return workspace_files_named([f"bench-{index}" for index in range(count)])


def workspace_files_named(names: Sequence[str]) -> list[WorkspaceFile]:
    """Return the same workspaces with other names."""
    return [_workspace(index, name) for index, name in enumerate(names)]


def _workspace(index: int, name: str) -> WorkspaceFile:
    number = _number(index)
    return WorkspaceFile(
        workspace=name,
        name=f"Bench Coasters {index}",
        region="NG",
        # No debounce and no limits, so that only processing is measured.
        bot=Bot.model_validate({"system_prompt": "Sells drink coasters.", "debounce_ms": 0, "daily_budget_usd": 10**6}),
        conversing=Conversing(messages_per_minute=0),
        channels=(
            MetaChannel(
                id="main",
                provider="meta",
                address=f"+{number.display_phone_number}",
                phone_number_id=number.phone_number_id,
                waba_id=number.waba_id,
                access_token="bench-token",  # noqa: S106 - of the simulators
                messages_per_second=5000,
            ),
        ),
        faqs=tuple(Faq(question=_question(topic), answer=_faq_answer(topic)) for topic in _TOPICS),
        catalog=tuple(
            Product.model_validate({"sku": f"C{n}", "name": f"{name} coaster", "price": "4.50", "currency": "USD"})
            for n, name in enumerate(("Oak", "Slate", "Cork"), 1)
        ),
    )


def make_samples(corpus: Corpus) -> list[SampleMessage]:
    """Return all messages by turn: every customer's first message, then every customer's second, and so on."""
    rng = random.Random(f"{corpus.seed}:{corpus.run}")
    return [_sample(corpus, rng, index) for index in range(corpus.messages)]


def batch_body(samples: Sequence[SampleMessage]) -> bytes:
    """Return the body of one webhook with all these messages."""
    if len(samples) == 1:
        return samples[0].body
    posts = [msgspec.json.decode(sample.body, type=_Post) for sample in samples]
    return msgspec.json.encode(_Post(object=posts[0].object, entry=[entry for post in posts for entry in post.entry]))


def sign_body(corpus: Corpus, body: bytes) -> str:
    """Return the signature header of a body."""
    return sign_meta(body, corpus.secret)


def _sample(corpus: Corpus, rng: random.Random, index: int) -> SampleMessage:
    turn, who = divmod(index, corpus.customers)
    customer = f"234{8_000_000_000 + corpus.run * 10_000_000 + who}"
    number = _number(corpus.first + who % corpus.workspaces)
    text, expect = _text_and_answer(corpus, rng, index, turn + who)
    kind, content = ("text", text) if corpus.kinds == "text" else _any_kind(rng, text)
    message = meta_message(
        kind,
        content,
        sender=customer,
        message_id=wamid(customer, index, seed=f"{corpus.seed}:{corpus.run}"),
        timestamp=corpus.timestamp,
    )
    item = MetaItem(number, message=message, contact=meta_contact(f"Customer {who}", customer))
    return SampleMessage(customer, number.phone_number_id, meta_webhook(item), expect)


def _text_and_answer(corpus: Corpus, rng: random.Random, index: int, topic: int) -> tuple[str, str]:
    """Return a text and what its answer contains: the FAQ's answer, or a word that the simulated model repeats."""
    if rng.random() < corpus.faq_share:
        name = _TOPICS[topic % len(_TOPICS)]
        return _question(name), _faq_answer(name)
    return complaint(rng, index)


def complaint(rng: random.Random, index: int) -> tuple[str, str]:
    """Return a message that no FAQ answers, and its last word: unique, repeated by the simulated model."""
    word = _word(index)
    return rng.choice(_COMPLAINTS).format(word), word


def faq_question(number: int) -> str:
    """Return one of the questions that the FAQ answers; there are twenty."""
    return _question(_TOPICS[number % len(_TOPICS)])


def _any_kind(rng: random.Random, text: str) -> tuple[str, Json | str]:
    """Return type and content of a message; seven in ten are texts, as from real customers."""
    media = {"mime_type": "image/jpeg", "sha256": f"{rng.getrandbits(256):064x}", "id": str(rng.getrandbits(50))}
    choices: list[tuple[str, Json | str]] = [("text", text)] * 7
    choices.append(("image", {**media, "caption": text}))
    choices.append(("location", {"latitude": rng.uniform(4, 13), "longitude": rng.uniform(3, 14), "name": text[:40]}))
    choices.append(("interactive", {"type": "button_reply", "button_reply": {"id": "yes", "title": text[:20]}}))
    return rng.choice(choices)


def _word(index: int) -> str:
    """Return a unique word for a number; always seven letters, so that no word contains another."""
    letters = ""
    for _ in range(7):
        index, digit = divmod(index, len(_LETTERS))
        letters += _LETTERS[digit]
    return letters


def _question(topic: str) -> str:
    return f"What can you tell me about {topic}?"


def _faq_answer(topic: str) -> str:
    return f"About {topic}: please see the sign at our door, which explains it."


def _number(index: int) -> MetaNumber:
    return MetaNumber(str(600_000_000_000 + index), str(2348_100_000_000 + index), str(900_000_000_000 + index))
