"""A customer's messages and the router's decisions on them, one turn after another."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec

from services.router.commands.dispatch import decide_command
from shared.decisions.context import DecisionContext
from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.pipeline import decide_message
from shared.domain.conversation import Conversation
from shared.domain.customer import customer_view
from shared.messages.ai import AiRequest
from shared.messages.commands import ConversationCommand
from shared.messages.content import (
    Content,
    Text,
)
from shared.messages.outbound import ButtonsBody, ListBody, OutboundMessage, TextBody
from tests.services.builders import NOW, decision_context, inbound
from tests.services.flow_builders import book
from tests.services.shop_builders import a_shop


class Visit:
    """A conversation that applies messages and commands one after another."""

    def __init__(self, of: DecisionContext, state: Conversation | None = None) -> None:
        self.decision_context = of
        self.state = state
        self.now = NOW
        self.number = 0
        self.decision: Decision

    def say(self, what: Content | str, **values: Any) -> "Visit":
        self.number += 1
        self.now += timedelta(seconds=20)
        content = Text(body=what) if isinstance(what, str) else what
        message = inbound(content, number=self.number, at=self.now, **values)
        return self._decided(decide_message(self.decision_context, self.state, message, self.now))

    def command(self, kind: type[ConversationCommand], by: str = "u1", **values: Any) -> "Visit":
        self.number += 1
        assert self.state is not None
        command = kind(
            id=f"c{self.number}",
            workspace="acme",
            correlation_id="0" * 32,
            created_at=self.now,
            conversation_id=self.state.id,
            by=by,
            **values,
        )
        return self._decided(decide_command(self.decision_context, self.state, command, self.now))

    def wait(self, **time: float) -> "Visit":
        self.now += timedelta(**time)
        return self

    def _decided(self, decision: Decision) -> "Visit":
        self.decision = decision
        self.state = msgspec.json.decode(msgspec.json.encode(decision.conversation), type=Conversation)
        self.state = msgspec.structs.replace(self.state, through_ai=0)
        return self

    @property
    def replies(self) -> list[str]:
        return [
            body.body
            for _, message in self.decision.outputs
            if isinstance(message, OutboundMessage)
            for body in (message.body,)
            if isinstance(body, TextBody | ButtonsBody | ListBody)
        ]

    @property
    def asked(self) -> AiRequest | None:
        return next((message for _, message in self.decision.outputs if isinstance(message, AiRequest)), None)

    @property
    def kind(self) -> DecisionKind:
        return self.decision.kind


def visit(*flows: str, **values: Any) -> Visit:
    of = a_shop(bot={"debounce_ms": 0}, **values)
    return Visit(replace(decision_context(of, customer=customer_view(None)), book=book(*flows)))
