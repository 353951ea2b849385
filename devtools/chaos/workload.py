"""Workspaces, customers and what they write: all from the seed, each line with the answer that it must get."""

import random
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec

from devtools.simulators.webhooks import MetaNumber, twilio_sid, wamid
from shared.domain import ids
from shared.messages.inbound import Provider
from shared.providers.meta.channel import MetaChannel
from shared.providers.registry import limits_of
from shared.providers.twilio.channel import TwilioChannel
from shared.text.splitting import split
from shared.workspace.config import Bot, Conversing, Faq, WorkspaceFile

APOLOGY = "Sorry, nobody can answer right now. A colleague will write to you here."
HANDED_OFF = "A colleague will be with you here shortly."
_SHARDS = 4
_TWILIO_SHARE = 0.25
_FIRST_NUMBER = 2348_100_000_000
_LETTERS = "bcdfghjkmnpqrstvwxz"
_TOPICS = (
    "opening hours", "parking places", "gift wrapping", "wheelchair access", "the loyalty card", "lost receipts",
    "engraving", "repairs", "vouchers", "allergies", "job openings",
)  # fmt: skip
_LONG_TOPIC = "the terms of delivery"
# More words than any question of the FAQ has, and none that a rule of the simulated model listens to: also behind
# questions that were not answered yet it repeats them.
_REMARKS = (
    "The varnish dried well after two rainy days, noting it under {}",
    "The parcel came with one torn box and scratched lid, see {}",
    "Blue glaze looks rather green in bright daylight, please note {}",
    "Our courier left everything with that neighbour upstairs, mark {}",
)


class ChaosWorkspace(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace with a Meta number and a Twilio number. app_secret: empty for the platform's own."""

    workspace: str
    number: MetaNumber
    access_token: str
    app_secret: str
    verify_token: str
    twilio: str
    account_sid: str
    auth_token: str
    shards: int

    @property
    def path(self) -> str:
        """Where Meta posts what this number hears."""
        return f"/webhooks/meta/{self.workspace}" if self.app_secret else "/webhooks/meta"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no log may hold."""
        return tuple(filter(None, (self.access_token, self.app_secret, self.verify_token, self.auth_token)))


class ChaosCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """phone: digits. lines: how many messages this customer writes."""

    index: int
    phone: str
    shop: ChaosWorkspace
    provider: Provider
    lines: int

    @property
    def conversation(self) -> str:
        """Its id."""
        channel = "main" if self.provider is Provider.META else "tw"
        return ids.conversation_id(self.shop.workspace, channel, f"+{self.phone}")


class CustomerMessage(msgspec.Struct, kw_only=True):
    """One message of a customer. n: which of the customer's, from 0.

    token: stands in the model's answer; empty for a question of the FAQ. pieces: the answer's texts (FAQ). outputs: the
    ids that the answer's pieces must have. accepted_at: when ingress first said 200; 0: not yet. Since the epoch.
    """

    id: str
    provider_message_id: str
    conversation: str
    workspace: str
    customer: int
    n: int
    provider: Provider
    text: str
    echo_word: str
    parts: tuple[str, ...]
    outputs: tuple[str, ...]
    accepted_at: float = 0.0


def make_workspaces(count: int, *, sharded: bool) -> list[ChaosWorkspace]:
    """One in three has an app secret of its own; one in three (or all) is spread over four keys."""
    return [
        ChaosWorkspace(
            workspace=f"chaos-{index}",
            number=MetaNumber(str(660_000_000_000 + index), str(2347_000_000_000 + index), str(14_000_000_000 + index)),
            access_token=f"EAAchaos{index:04d}metatoken",
            app_secret=f"chaosappsecret{index:04d}" if index % 3 == 1 else "",
            verify_token=f"chaosverify{index:04d}",
            twilio=f"+1415{5_550_000 + index:07d}",
            account_sid=f"AC{index + 1:032x}",
            auth_token=f"chaostwiliotoken{index:04d}",
            shards=_SHARDS if sharded or index % 3 == 0 else 1,
        )
        for index in range(count)
    ]


def workspace_file(shop: ChaosWorkspace) -> WorkspaceFile:
    """As `parley apply` reads it. A short history keeps the model's echo short."""
    own: dict[str, Any] = {"app_secret": shop.app_secret, "verify_token": shop.verify_token} if shop.app_secret else {}
    return WorkspaceFile(
        workspace=shop.workspace,
        name=f"Chaos Coasters {shop.workspace}",
        region="NG",
        shards=shop.shards,
        bot=Bot.model_validate(
            {
                "system_prompt": "We make drink coasters.",
                "apology": APOLOGY,
                "handoff_reply": HANDED_OFF,
                "history": 6,
                "debounce_ms": 0,
                "daily_budget_usd": 10**6,
            }
        ),
        conversing=Conversing(messages_per_minute=0),
        channels=(
            MetaChannel(
                id="main",
                provider="meta",
                address=f"+{shop.number.display_phone_number}",
                phone_number_id=shop.number.phone_number_id,
                waba_id=shop.number.waba_id,
                access_token=shop.access_token,
                messages_per_second=1000,
                **own,
            ),
            TwilioChannel(
                id="tw",
                provider="twilio",
                address=shop.twilio,
                account_sid=shop.account_sid,
                auth_token=shop.auth_token,
                messages_per_second=1000,
            ),
        ),
        faqs=tuple(Faq(question=question(topic), answer=answer(topic)) for topic in (*_TOPICS, _LONG_TOPIC)),
    )


def make_customers(seed: int, count: int, messages: int, of: Sequence[ChaosWorkspace]) -> list[ChaosCustomer]:
    """Customers who write `messages` messages in all, each at least one."""
    rng = random.Random(f"{seed}:crowd")
    least, more = divmod(messages, count)
    return [
        ChaosCustomer(
            index=index,
            phone=str(_FIRST_NUMBER + index),
            shop=of[index % len(of)],
            provider=Provider.TWILIO if rng.random() < _TWILIO_SHARE else Provider.META,
            lines=least + (index < more),
        )
        for index in range(count)
    ]


def make_message(seed: int, customer: ChaosCustomer, n: int) -> CustomerMessage:
    """The customer's `n`-th message. Half are questions of the FAQ, half are remarks for the model."""
    rng = random.Random(f"{seed}:line:{customer.index}:{n}")
    serial = customer.index * 100_000 + n
    if customer.provider is Provider.META:
        given = wamid(customer.phone, n, seed=f"chaos:{seed}")
    else:
        given = twilio_sid(serial, seed=f"chaos:{seed}")
    message_id = ids.message_id(customer.shop.workspace, customer.provider, given)
    if rng.random() < 0.5:
        topic = _topics(seed, customer)[n % (len(_TOPICS) + 1)]
        text, echo_word = question(topic), ""
        parts = tuple(split(answer(topic), limits_of(customer.provider).text))
        outputs = tuple(ids.output_id(message_id, "faq", index) for index in range(len(parts)))
    else:
        echo_word, parts = word(serial), ()
        text = rng.choice(_REMARKS).format(echo_word)
        outputs = (ids.output_id(ids.output_id(message_id, "ai"), "answer", 0),)
    return CustomerMessage(
        id=message_id,
        provider_message_id=given,
        conversation=customer.conversation,
        workspace=customer.shop.workspace,
        customer=customer.index,
        n=n,
        provider=customer.provider,
        text=text,
        echo_word=echo_word,
        parts=parts,
        outputs=outputs,
    )


@lru_cache(maxsize=1000)
def _topics(seed: int, customer: ChaosCustomer) -> tuple[str, ...]:
    """What a customer asks about, one after another: who asks the same again and again is taken for a bot."""
    topics = [*_TOPICS, _LONG_TOPIC]
    random.Random(f"{seed}:topics:{customer.index}").shuffle(topics)
    return tuple(topics)


def private_words() -> set[str]:
    """What customers and we have said, apart from the words of remarks: no log may hold it."""
    said = {part for remark in _REMARKS for part in remark.split("{}") if part}
    return said | {text for topic in (*_TOPICS, _LONG_TOPIC) for text in (question(topic), answer(topic)[:60])}


def question(topic: str) -> str:
    """What customers ask."""
    return f"What can you tell me about {topic}?"


def answer(topic: str) -> str:
    """What they are told; the long one takes several messages with a provider of short texts."""
    if topic == _LONG_TOPIC:
        return " ".join(f"Clause {word(n)}: parcels leave our workshop within three working days." for n in range(46))
    return f"About {topic}: please see the sign at our door, which explains it."


def word(serial: int) -> str:
    """A word for each number; always ten letters, so that none is a part of another."""
    letters = ""
    for _ in range(8):
        serial, digit = divmod(serial, len(_LETTERS))
        letters += _LETTERS[digit]
    return f"zq{letters}"
