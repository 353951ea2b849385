"""Make workspaces, customers, and their messages with the expected answers, from the seed."""

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
# Longer than any FAQ question and without words that a rule of the simulated model matches, so the model repeats them
# even after unanswered questions.
_REMARKS = (
    "The varnish dried well after two rainy days, noting it under {}",
    "The parcel came with one torn box and scratched lid, see {}",
    "Blue glaze looks rather green in bright daylight, please note {}",
    "Our courier left everything with that neighbour upstairs, mark {}",
)


class ChaosWorkspace(msgspec.Struct, frozen=True, kw_only=True):
    """A workspace with a Meta number and a Twilio number. app_secret: empty to use the platform's."""

    id: str
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
        """Path of the number's webhook in ingress."""
        return f"/webhooks/meta/{self.id}" if self.app_secret else "/webhooks/meta"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Secrets that must not be logged."""
        return tuple(filter(None, (self.access_token, self.app_secret, self.verify_token, self.auth_token)))


class ChaosCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """A simulated customer. phone: digits. message_count: messages that the customer writes."""

    index: int
    phone: str
    workspace: ChaosWorkspace
    provider: Provider
    message_count: int

    @property
    def conversation(self) -> str:
        """Id of the conversation."""
        channel = "main" if self.provider is Provider.META else "tw"
        return ids.conversation_id(self.workspace.id, channel, f"+{self.phone}")


class CustomerMessage(msgspec.Struct, kw_only=True):
    """One message of a customer. n: number of the customer's message, from 0.

    echo_word: a word that the model's answer must contain; empty for a question of the FAQ. parts: the answer's texts
    (FAQ). outputs: ids that the answer's parts must have. accepted_at: when ingress first answered 200, in seconds
    since the epoch; 0: not yet.
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
    """Make workspaces. One in three has an app secret; one in three, or all if `sharded`, have shards."""
    return [
        ChaosWorkspace(
            id=f"chaos-{index}",
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


def workspace_file(workspace: ChaosWorkspace) -> WorkspaceFile:
    """Return the workspace file. A short history keeps the simulated model's answers short."""
    own_app: dict[str, Any] = (
        {"app_secret": workspace.app_secret, "verify_token": workspace.verify_token} if workspace.app_secret else {}
    )
    return WorkspaceFile(
        workspace=workspace.id,
        name=f"Chaos Coasters {workspace.id}",
        region="NG",
        shards=workspace.shards,
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
                address=f"+{workspace.number.display_phone_number}",
                phone_number_id=workspace.number.phone_number_id,
                waba_id=workspace.number.waba_id,
                access_token=workspace.access_token,
                messages_per_second=1000,
                **own_app,
            ),
            TwilioChannel(
                id="tw",
                provider="twilio",
                address=workspace.twilio,
                account_sid=workspace.account_sid,
                auth_token=workspace.auth_token,
                messages_per_second=1000,
            ),
        ),
        faqs=tuple(Faq(question=question(topic), answer=answer(topic)) for topic in (*_TOPICS, _LONG_TOPIC)),
    )


def make_customers(seed: int, count: int, messages: int, workspaces: Sequence[ChaosWorkspace]) -> list[ChaosCustomer]:
    """Make customers who write `messages` messages in total, each at least one."""
    rng = random.Random(f"{seed}:crowd")
    least, more = divmod(messages, count)
    return [
        ChaosCustomer(
            index=index,
            phone=str(_FIRST_NUMBER + index),
            workspace=workspaces[index % len(workspaces)],
            provider=Provider.TWILIO if rng.random() < _TWILIO_SHARE else Provider.META,
            message_count=least + (index < more),
        )
        for index in range(count)
    ]


def make_message(seed: int, customer: ChaosCustomer, n: int) -> CustomerMessage:
    """Make the customer's `n`-th message. Half are questions of the FAQ, half are remarks for the model."""
    rng = random.Random(f"{seed}:line:{customer.index}:{n}")
    serial = customer.index * 100_000 + n
    if customer.provider is Provider.META:
        provider_id = wamid(customer.phone, n, seed=f"chaos:{seed}")
    else:
        provider_id = twilio_sid(serial, seed=f"chaos:{seed}")
    message_id = ids.message_id(customer.workspace.id, customer.provider, provider_id)
    if rng.random() < 0.5:
        topic = _topics(seed, customer)[n % (len(_TOPICS) + 1)]
        text, echo_word = question(topic), ""
        parts = tuple(split(answer(topic), limits_of(customer.provider).text))
        outputs = tuple(ids.output_id(message_id, "faq", index) for index in range(len(parts)))
    else:
        echo_word, parts = unique_word(serial), ()
        text = rng.choice(_REMARKS).format(echo_word)
        outputs = (ids.output_id(ids.output_id(message_id, "ai"), "answer", 0),)
    return CustomerMessage(
        id=message_id,
        provider_message_id=provider_id,
        conversation=customer.conversation,
        workspace=customer.workspace.id,
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
    """Return the customer's topics in order. They vary because repeated messages look like a bot's."""
    topics = [*_TOPICS, _LONG_TOPIC]
    random.Random(f"{seed}:topics:{customer.index}").shuffle(topics)
    return tuple(topics)


def private_texts() -> set[str]:
    """Return texts of questions, remarks and answers, which must not be logged."""
    texts = {part for remark in _REMARKS for part in remark.split("{}") if part}
    return texts | {text for topic in (*_TOPICS, _LONG_TOPIC) for text in (question(topic), answer(topic)[:60])}


def question(topic: str) -> str:
    """Return the FAQ's question about a topic."""
    return f"What can you tell me about {topic}?"


def answer(topic: str) -> str:
    """Return the FAQ's answer; the long one takes several messages at a provider with a short limit."""
    if topic == _LONG_TOPIC:
        return " ".join(
            f"Clause {unique_word(n)}: parcels leave our workshop within three working days." for n in range(46)
        )
    return f"About {topic}: please see the sign at our door, which explains it."


def unique_word(serial: int) -> str:
    """Return a unique word for a number; always ten letters, so that no word contains another."""
    letters = ""
    for _ in range(8):
        serial, digit = divmod(serial, len(_LETTERS))
        letters += _LETTERS[digit]
    return f"zq{letters}"
