"""Flows and conversations for the tests of the flow engine."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from shared.domain.conversation import Conversation, FlowPosition
from shared.domain.customer import customer_view
from shared.flows import load
from shared.flows.base_types import parse_duration
from shared.flows.engine import engine
from shared.flows.engine.actions import Action, ConversationFacts, CustomerInput
from shared.flows.engine.engine import FlowBook, FlowOutcome
from shared.messages.content import Choice, ChoiceKind, Content, Media, MediaKind, Text
from shared.messages.outbound import ButtonsBody, ListBody, MediaBody, TemplateBody, TextBody
from tests.services.builders import NOW, workspace

CONVERSATION = Conversation(
    id="c1", workspace="acme", channel="main", provider="meta", customer_id="u1", address="234803"
)
FACTS = ConversationFacts(
    workspace=workspace(region="NG", currency="NGN", timezone="Africa/Lagos"),
    conversation=CONVERSATION,
    customer={**customer_view(None), "name": "Ada"},
    now=NOW,
    cause="acme:meta:1",
)


def said(text: str = "", *, choice: str = "", **values: Any) -> CustomerInput:
    content: Content = Choice(kind=ChoiceKind.BUTTON, id=choice, title=text) if choice else Text(body=text)
    return CustomerInput(content=content, text=text, choice=choice, **values)


PICTURE = CustomerInput(content=Media(kind=MediaKind.IMAGE, media_id="1"))


def book(*texts: str) -> FlowBook:
    return FlowBook([load.read_flow(text) for text in texts])


class Talk:
    """A conversation with the flows of a book; the position is stored and decoded after each turn."""

    def __init__(self, flows: FlowBook | str, actions: Mapping[str, Action] | None = None, **facts: Any) -> None:
        self.book = book(flows) if isinstance(flows, str) else flows
        self.actions = actions or {}
        self.facts = replace(FACTS, **facts)
        self.outcome = FlowOutcome()

    @property
    def position(self) -> FlowPosition:
        assert self.outcome.position is not None, self.outcome
        return self.outcome.position

    def begin(self, name: str = "", **values: Any) -> "Talk":
        name = name or self.book.flows[0].name
        return self._took(engine.begin(self.book, name, self.facts, self.actions, **values))

    def say(self, text: str | CustomerInput) -> "Talk":
        heard = said(text) if isinstance(text, str) else text
        return self._took(engine.answer(self.book, self.position, heard, self.facts, self.actions))

    def wait(self, time: str) -> "Talk":
        self.facts = replace(self.facts, now=self.facts.now + parse_duration(time))
        return self._took(engine.time_up(self.book, self.position, self.facts, self.actions))

    @property
    def heard(self) -> list[str]:
        """The messages of the last outcome, in short form."""
        return [_short(body) for body in self.outcome.bodies]

    @property
    def now(self) -> datetime:
        return self.facts.now

    def _took(self, outcome: FlowOutcome) -> "Talk":
        if outcome.position is not None:
            stored = msgspec.json.encode(outcome.position)
            outcome = replace(outcome, position=msgspec.json.decode(stored, type=FlowPosition))
        self.outcome = outcome
        cart = self.facts.conversation.cart if outcome.cart is None else outcome.cart
        conversation = msgspec.structs.replace(self.facts.conversation, cart=cart, flow=outcome.position)
        self.facts = replace(self.facts, conversation=conversation)
        return self


def _short(body: Any) -> str:
    match body:
        case TextBody(body=text):
            return text
        case ButtonsBody(body=text, buttons=buttons):
            return f"{text} [{' | '.join(button.title for button in buttons)}]"
        case ListBody(body=text, rows=rows):
            return f"{text} <{' | '.join(row.title for row in rows)}>"
        case MediaBody(kind=kind, url=url, caption=caption):
            return f"{kind} {url} {caption}".strip()
        case TemplateBody(name=name, parameters=parameters):
            return f"template {name} {parameters}"
        case _:
            return repr(body)


def in_time(**units: float) -> datetime:
    return NOW + timedelta(**units)


def flow(steps: str, **top: Any) -> str:
    """Return a flow file with these steps (YAML, as below `steps:`)."""
    head = "".join(f"{key}: {json.dumps(value)}\n" for key, value in {"flow": "f", **top}.items())
    return f"{head}steps:\n{steps}"


def example(name: str) -> str:
    """Return the text of an example flow of the documentation."""
    return (Path(__file__).parents[2] / "docs/examples/flows" / f"{name}.yaml").read_text()
