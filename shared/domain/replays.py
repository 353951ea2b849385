"""Replays: recorded messages of customers, answered again with changed settings. Nothing is sent."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import msgspec

KEPT = timedelta(days=90)
MOST_MESSAGES = 2000  # of a replay
MOST_USD = 50  # that a replay may spend


class Origin(StrEnum):
    """The part of Parley, or the person, that answers a message."""

    FAQ = "faq"
    FLOW = "flow"
    SHOP = "shop"
    MODEL = "model"
    PERSON = "person"  # handed off, or an agent had the conversation
    SYSTEM = "system"  # a notice, such as an apology or the confirmation of an opt-out
    NOBODY = "nobody"  # the message needs no answer
    LATER = "later"  # answered together with the customer's next message


class Difference(StrEnum):
    """The way in which the answer now differs from the answer then, the most interesting first."""

    MEANING = "meaning"  # of the same origin, but other numbers, links or mostly other words
    ORIGIN = "origin"  # somebody else answers
    WORDING = "wording"  # much the same words
    UNKNOWN = "unknown"  # no answer could be had now
    SAME = "same"


RANKS = {difference: rank for rank, difference in enumerate(Difference)}


class Stopped(StrEnum):
    """Why a replay ended before its last message."""

    LIMIT = "limit"  # its own limit in money
    BUDGET = "budget"  # the workspace's budget for models, of which a part is kept for customers


class Vote(StrEnum):
    """A colleague's opinion of the answer now, compared with the answer then."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"


class ReplayChanges(msgspec.Struct, frozen=True, kw_only=True):
    """Settings in place of the workspace's. bot: fields of `Bot`. faqs: all FAQs; None: the present ones. flows: texts
    by name, in place of the published ones.
    """

    bot: dict[str, Any] = {}
    faqs: list[dict[str, Any]] | None = None
    flows: dict[str, str] = {}

    @property
    def concern_models(self) -> bool:
        """Return whether a model is told something else, or another one is asked. Without any change the present
        settings are compared with the answers of then, so models are asked too.
        """
        told = self.faqs is not None or bool(self.bot.keys() & {"system_prompt", "fast_model", "smart_model"})
        return told or not (self.bot or self.flows)


class FaqChange(msgspec.Struct, frozen=True, kw_only=True):
    """An FAQ that is tried with another answer or other variants, is new (before: None) or left out (after: None)."""

    question: str
    before: str | None
    after: str | None


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """A replay as it was asked for. by: `user:…` or `key:…`. since, until: of the messages' arrival. channel: empty:
    all. max_usd: a decimal; the replay's own limit. ends: when it is removed. stopped: see `Stopped`; empty: it was
    not. bot_before: the settings that the changes replace; faq_changes: what they change of the FAQ; both as of then.
    Its job has its id.
    """

    id: str
    workspace: str
    name: str
    by: str
    by_name: str
    at: datetime
    ends: datetime
    since: datetime
    until: datetime
    channel: str = ""
    max_messages: int = 500
    max_usd: str = "1"
    changes: ReplayChanges = ReplayChanges()
    bot_before: dict[str, Any] = {}
    faq_changes: tuple[FaqChange, ...] = ()
    stopped: str = ""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """An answer. text: as the customer saw it, or would see it. later: what a person wrote then, until the customer's
    next message. score: of the FAQ's match. seconds: to make it; None: not known, or a person's. usd: its cost as a
    decimal. refusals: why the guard refused earlier attempts. error: why no model answered. asked: a model was called
    by the replay.
    """

    origin: Origin
    text: str = ""
    later: str = ""
    model: str = ""
    score: float | None = None
    seconds: float | None = None
    usd: str = "0"
    refusals: tuple[str, ...] = ()
    error: str = ""
    asked: bool = False


class CastVote(msgspec.Struct, frozen=True, kw_only=True):
    """A member's vote. name: of the member."""

    vote: Vote
    note: str
    name: str
    at: datetime


class ReplayResult(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a replay. number: its place among the messages of the replay. question: the customer's words.

    votes: by the member's id.
    """

    id: str
    workspace: str
    replay: str
    number: int
    message: str
    conversation_id: str
    customer_id: str
    channel: str
    turn: int
    at: datetime
    ends: datetime
    question: str
    then: Said
    now: Said
    difference: Difference
    votes: dict[str, CastVote] = {}

    @property
    def place(self) -> int:
        """The place in the list: the most interesting differences first."""
        return RANKS[self.difference] * 1_000_000 + self.number
