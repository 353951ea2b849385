"""Tries a flow with the real engine, a simulated workspace and customer; nothing is stored or sent.

As in a real conversation, some words count before the flow (`own_answers`), a flow that waits without a time-out is
forgotten with the session, and nobody but the agent answers after a hand-off.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from shared.commerce.actions import ACTIONS
from shared.domain.conversation import CartLine, Conversation, CustomerChange, FlowPosition, OrderPlaced
from shared.domain.customer import customer_view
from shared.domain.orders import OrderState
from shared.flows.base_types import parse_duration
from shared.flows.engine import engine
from shared.flows.engine.actions import ActionCall, ActionResult, ConversationFacts, CustomerInput
from shared.flows.engine.engine import FlowBook, FlowOutcome
from shared.flows.flow import Flow
from shared.messages.content import Choice, ChoiceKind, Media, Text
from shared.operations.flows.own_answers import OwnAnswer, Surroundings, before_flows, instead_of_flows
from shared.text.language import detect, reply_language
from shared.workspace import reserved_words
from shared.workspace.config import Workspace

_WAIT = re.compile(r"[1-9]\d{0,5} ?[smhd]")
_RECENT_ORDERS = 5
MOST_TIME_OUTS = 100  # of one wait: a flow may wait a second again and again, and somebody lets a month pass
HELP = "/wait 2h lets time pass · /button ID presses a button · /vars shows the variables · /quit ends"


class CommandInvalid(ValueError):
    """Raised for a command that does not exist, or is incomplete."""


class SessionState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything of a simulated conversation that lasts. heard_at: when the customer wrote last, before it or in it;
    written_at: in its session. person_since: since when it waits for an agent.
    """

    now: datetime
    position: FlowPosition | None = None
    cart: tuple[CartLine, ...] = ()
    customer: dict[str, Any] = {}
    turn: int = 0
    heard_at: datetime | None = None
    written_at: datetime | None = None
    person_since: datetime | None = None
    language: str = ""


class FlowSession:
    """One simulated conversation. position: in a flow; None: outside of flows. state: of one that goes on. silent: the
    customer has not written for days when it begins.
    """

    def __init__(
        self,
        flows: Sequence[Flow] | FlowBook,
        workspace: Workspace,
        now: datetime,
        *,
        customer: Mapping[str, Any] | None = None,
        state: SessionState | None = None,
        silent: bool = False,
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
        self._written_at = state.written_at
        self._person_since = state.person_since
        self._language = state.language
        self._silent = silent
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
            written_at=self._written_at,
            person_since=self._person_since,
            language=self._language,
        )

    @property
    def customer(self) -> Mapping[str, Any]:
        """The customer with all changes."""
        return self._customer

    @property
    def variables(self) -> Mapping[str, Any]:
        """The variables of the current flow."""
        return self.position.variables if self.position is not None else {}

    @property
    def language(self) -> str:
        """The language in which the customer is answered."""
        return reply_language(self._language, self._workspace.languages)

    @property
    def with_person(self) -> bool:
        """Return True after a hand-off: the conversation stays in the queue, as no agent takes it here."""
        return self._person_since is not None

    def begin(self, name: str) -> Iterator[FlowOutcome]:
        """Start a flow, without a message of the customer."""
        if self.with_person:
            yield OwnAnswer(note="a person has the conversation: no flow begins")
            return
        if self._written_at is None and not self._silent:
            self._written_at = self.now
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
        said = self._in_session(said)
        around = self._surroundings()
        own = before_flows(said, around)
        if own is not None:
            return self._apply(own)
        outcome = self._by_flows(said)
        return outcome if outcome.taken else instead_of_flows(said, around) or outcome

    def _in_session(self, said: CustomerInput) -> CustomerInput:
        """Begin a new session after silence, which forgets a flow that waits without limit; see `decisions.session`."""
        idle = timedelta(minutes=self._workspace.conversing.session_minutes)
        new = self._written_at is None or self.now - self._written_at > idle
        if new and self.position is not None and FlowOutcome(position=self.position).due_at is None:
            self.position = None
        if isinstance(said.content, Text | Media):  # titles of our buttons are not the customer's words
            self._language = detect(said.text, self._workspace.languages) or self._language
        self.heard_at = self._written_at = self.now
        return replace(said, first=new)

    def _by_flows(self, said: CustomerInput) -> FlowOutcome:
        position = self.position
        if (
            position
            and reserved_words.asks_to_leave_flow(said.content, said.text, position)
            and self.book.interruptible(position)
        ):
            self.position = None
        if self.position is not None:
            return self._apply(engine.answer(self.book, self.position, said, self._facts(), self._actions))
        name = engine.trigger(self.book, said)
        if name is None:
            return FlowOutcome(taken=False, note="no flow begins with this")
        return self._apply(engine.begin(self.book, name, self._facts(), self._actions, said=said))

    def _surroundings(self) -> Surroundings:
        return Surroundings(
            workspace=self._workspace,
            position=self.position,
            opted_out_of=(self._customer["opted_out_of"] or "all") if self._customer["opted_out"] else "",
            fits=self._fits,
            with_person=self.with_person,
            language=self.language,
            now=self.now,
        )

    def _fits(self, said: CustomerInput) -> bool:
        return self.position is not None and engine.fits(self.book, self.position, said, self._facts())

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
            if isinstance(effect, OrderPlaced):
                self._customer = _with_order(self._customer, effect, self.now)
        if outcome.hand_off is not None:
            self._person_since = self.now
        return outcome

    def _facts(self) -> ConversationFacts:
        conversation = Conversation(
            id="simulated", workspace="simulated", channel="main", provider="meta", customer_id="ada", address="ada"
        )
        return ConversationFacts(
            workspace=self._workspace,
            conversation=msgspec.structs.replace(
                conversation, cart=self._cart, flow=self.position, language=self._language
            ),
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


def _with_order(customer: dict[str, Any], order: OrderPlaced, now: datetime) -> dict[str, Any]:
    placed = {
        "number": order.number,
        "state": OrderState.PLACED.value,
        "total": order.total,
        "currency": order.currency,
        "placed_at": now.isoformat(),
    }
    return {
        **customer,
        "order_count": customer["order_count"] + 1,
        "recent_orders": [placed, *customer["recent_orders"]][:_RECENT_ORDERS],
    }


def _called(flows: Sequence[Flow]) -> Iterator[str]:
    for flow in flows:
        yield from (step.call for step in flow.content.steps.values() if hasattr(step, "call"))


def _succeed(call: ActionCall) -> ActionResult:
    """Simulate an unknown action: it succeeds."""
    return ActionResult()
