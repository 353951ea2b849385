"""Tries a flow with the real engine, a simulated workspace and customer; nothing is stored or sent."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from shared.commerce.actions import ACTIONS
from shared.domain.conversation import CartLine, Conversation, CustomerChange, FlowPosition
from shared.domain.customer import customer_view
from shared.flows.base_types import parse_duration
from shared.flows.engine import engine
from shared.flows.engine.actions import ActionCall, ActionResult, ConversationFacts, CustomerInput
from shared.flows.engine.engine import FlowBook, FlowOutcome
from shared.flows.flow import Flow
from shared.messages.content import Choice, ChoiceKind, Text
from shared.workspace.config import Workspace

_WAIT = re.compile(r"[1-9]\d{0,5} ?[smhd]")
MOST_TIME_OUTS = 100  # of one wait: a flow may wait a second again and again, and somebody lets a month pass
HELP = "/wait 2h lets time pass · /button ID presses a button · /vars shows the variables · /quit ends"


class CommandInvalid(ValueError):
    """Raised for a command that does not exist, or is incomplete."""


class SessionState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of a simulated conversation that lasts. heard_at: when the customer wrote last."""

    now: datetime
    position: FlowPosition | None = None
    cart: tuple[CartLine, ...] = ()
    customer: dict[str, Any] = {}
    turn: int = 0
    heard_at: datetime | None = None


class FlowSession:
    """One simulated conversation. position: in a flow; None: outside of flows. state: of one that goes on."""

    def __init__(
        self,
        flows: Sequence[Flow] | FlowBook,
        workspace: Workspace,
        now: datetime,
        *,
        customer: Mapping[str, Any] | None = None,
        state: SessionState | None = None,
    ) -> None:
        self.book = flows if isinstance(flows, FlowBook) else FlowBook(flows)
        self._workspace = workspace
        usual = {**customer_view(None), "name": "Ada", "phone": "+2348035550101", **(customer or {})}
        state = state or SessionState(now=now, customer=usual)
        self.now = state.now
        self.position: FlowPosition | None = state.position
        self._customer = {**customer_view(None), **state.customer}
        self._cart: tuple[CartLine, ...] = state.cart
        self._turn = state.turn
        self.heard_at = state.heard_at
        self._actions = {name: ACTIONS.get(name, _succeed) for name in {*ACTIONS, *_called(self.book.flows)}}

    @property
    def state(self) -> SessionState:
        """The conversation as it is now."""
        return SessionState(
            now=self.now,
            position=self.position,
            cart=self._cart,
            customer=self._customer,
            turn=self._turn,
            heard_at=self.heard_at,
        )

    @property
    def customer(self) -> Mapping[str, Any]:
        """The customer with all changes."""
        return self._customer

    @property
    def variables(self) -> Mapping[str, Any]:
        """The variables of the current flow."""
        return self.position.variables if self.position is not None else {}

    def begin(self, name: str) -> Iterator[FlowOutcome]:
        """Start a flow, without a message of the customer."""
        yield self._apply(engine.begin(self.book, name, self._facts(), self._actions))

    def receive(self, line: str) -> Iterator[FlowOutcome]:
        """Process a typed line: an answer or a command. Raises CommandInvalid."""
        command, _, rest = line.strip().partition(" ")
        if command == "/wait":
            if not _WAIT.fullmatch(rest.strip()):
                raise CommandInvalid("write /wait and a time: 30s, 10m, 2h or 3d")
            yield from self.wait(parse_duration(rest.strip()))
        elif command == "/button":
            choice = Choice(kind=ChoiceKind.BUTTON, id=rest.strip(), title=rest.strip())
            yield self.hear(CustomerInput(content=choice, text=rest.strip(), choice=rest.strip()))
        elif line.startswith("/"):
            raise CommandInvalid(f"there is no {command}; {HELP}")
        else:
            yield self.hear(CustomerInput(content=Text(body=line), text=line))

    def hear(self, said: CustomerInput) -> FlowOutcome:
        """Process a message of the customer."""
        self._turn += 1
        self.heard_at = self.now
        if self.position is not None:
            return self._apply(engine.answer(self.book, self.position, said, self._facts(), self._actions))
        name = engine.trigger(self.book, said)
        if name is None:
            return FlowOutcome(taken=False, note="no flow begins with this")
        return self._apply(engine.begin(self.book, name, self._facts(), self._actions, said=said))

    def wait(self, time: timedelta) -> Iterator[FlowOutcome]:
        """Advance the clock; time-outs that become due are carried out, at most MOST_TIME_OUTS."""
        until = self.now + time
        for _ in range(MOST_TIME_OUTS):
            if self.position is None:
                break
            due = FlowOutcome(position=self.position).due_at
            if due is None or due > until:
                break
            self.now = max(self.now, due)
            yield self._apply(engine.time_up(self.book, self.position, self._facts(), self._actions))
        else:
            yield FlowOutcome(position=self.position, note=f"stopped after {MOST_TIME_OUTS} time-outs of one wait")
            return
        self.now = until

    def _apply(self, outcome: FlowOutcome) -> FlowOutcome:
        self.position = outcome.position
        self._cart = self._cart if outcome.cart is None else outcome.cart
        for effect in outcome.effects:
            if isinstance(effect, CustomerChange):
                self._customer = _changed(self._customer, effect)
        return outcome

    def _facts(self) -> ConversationFacts:
        conversation = Conversation(
            id="simulated", workspace="simulated", channel="main", provider="meta", customer_id="ada", address="ada"
        )
        return ConversationFacts(
            workspace=self._workspace,
            conversation=msgspec.structs.replace(conversation, cart=self._cart, flow=self.position),
            customer=self._customer,
            now=self.now,
            cause=f"simulated:{self._turn}",
        )


def _changed(customer: dict[str, Any], change: CustomerChange) -> dict[str, Any]:
    kept = [tag for tag in customer["tags"] if tag not in change.remove_tags]
    given = {"name": change.name or None, "qualified": change.qualified, "opted_out": change.opted_out}
    return {
        **customer,
        "tags": list(dict.fromkeys([*kept, *change.add_tags])),
        "fields": {**customer["fields"], **change.fields},
        **{name: value for name, value in given.items() if value is not None},
    }


def _called(flows: Sequence[Flow]) -> Iterator[str]:
    for flow in flows:
        yield from (step.call for step in flow.content.steps.values() if hasattr(step, "call"))


def _succeed(call: ActionCall) -> ActionResult:
    """Simulate an unknown action: it succeeds."""
    return ActionResult()
