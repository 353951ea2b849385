"""One run of a flow, from a message or time-out to the next waiting step; it collects messages and effects."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.domain.conversation import CartLine, CustomerChange, Effect, FlowFrame, FlowPosition
from shared.flows.base_types import parse_duration
from shared.flows.engine.actions import Action, ConversationFacts, CustomerInput
from shared.flows.engine.book import FlowBook
from shared.flows.engine.outcome import FlowOutcome
from shared.flows.expressions import text_template, work_limit
from shared.flows.expressions.values import MAX_TEXT, to_json_value
from shared.flows.flow import Flow
from shared.flows.validation import variables
from shared.messages.outbound import Body, TextBody
from shared.workspace.catalog import by_foreign_sku

_ANSWER = 1000  # characters of a message visible to expressions
_SCOPE = 10  # steps of effort to build the scope
_MOST_PRESSED = 10  # messages of which a second press is recognised
_MOST_ASKED = 12  # times of one question: more than `retries` allows
_MAX_DEPTH = 10  # nested sub-flows


class StepFailed(Exception):
    """Raised when a step cannot be performed; the text gives the reason, without the customer's words."""


@dataclass(slots=True, kw_only=True)
class Run:
    """State of a run: position, messages and effects."""

    book: FlowBook
    facts: ConversationFacts
    actions: Mapping[str, Action]
    said: CustomerInput | None
    flow: Flow
    started_at: datetime
    ends_at: datetime | None
    variables: dict[str, Any] = field(default_factory=dict)
    stack: list[FlowFrame] = field(default_factory=list)
    options: tuple[tuple[str, str], ...] = ()
    choice: str = ""
    bodies: list[Body] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    cart: tuple[CartLine, ...] | None = None
    trail: list[tuple[str, str]] = field(default_factory=list)
    pressed: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    by_broadcast: bool = False

    def say(self, text: str) -> None:
        if text.strip():
            self.bodies.append(TextBody(body=text))

    def render(self, text: str, most: int = MAX_TEXT) -> str:
        return text_template.parse_template(text).render(self.scope(), most)

    def filled(self, value: Any) -> Any:
        """Return a value of the flow file with its templates filled in, as plain JSON."""
        if isinstance(value, str):
            return to_json_value(text_template.parse_template(value).value(self.scope()))
        if isinstance(value, Mapping):
            return {key: self.filled(item) for key, item in value.items()}
        return [self.filled(item) for item in value] if isinstance(value, list | tuple) else value

    def scope(self) -> dict[str, Any]:
        """Return the variables visible to expressions."""
        work_limit.spend(_SCOPE + len(self.effects))
        workspace = self.facts.workspace
        local = self.facts.now.astimezone(ZoneInfo(workspace.timezone))
        return {
            "ad": self._ad(),
            "product": self._product(),
            **self.variables,
            "customer": self._customer(),
            "workspace": {
                "name": workspace.name or workspace.workspace,
                "currency": currency_of(self.facts),
                "region": workspace.region,
                "timezone": workspace.timezone,
            },
            "answer": self.said.text.strip()[:_ANSWER] if self.said else "",
            "choice": self.choice or (self.said.choice if self.said else ""),
            "today": local.date().isoformat(),
            "time": f"{local:%H:%M}",
            "weekday": f"{local:%a}".lower(),
        }

    def _ad(self) -> dict[str, str]:
        """Return the message's ad, else the customer's last one; with empty values if there is none."""
        customer = self.facts.customer
        seen = [self.said.referral if self.said else {}, *reversed(customer.get("referrals") or ())]
        found: Mapping[str, Any] = next(filter(None, (*seen, customer.get("lead_source"))), {})
        return {name: str(found.get(name) or "") for name in variables.AD_FIELDS}

    def _product(self) -> dict[str, str]:
        """Return the product that the message refers to, or the one shown last; with empty values if there is none."""
        workspace, sku = self.facts.workspace, (self.said.sku if self.said else "") or self.facts.conversation.product
        one = by_foreign_sku(workspace, sku)
        if one is None:
            return {**dict.fromkeys(variables.PRODUCT_FIELDS, ""), "sku": sku}
        return {"sku": one.sku, "name": one.name, "price": format(one.price, "f"), "currency": one.currency}

    def _customer(self) -> dict[str, Any]:
        """Return the customer with this run's changes."""
        customer = dict(self.facts.customer)
        for effect in self.effects:
            if isinstance(effect, CustomerChange):
                kept = [tag for tag in customer.get("tags") or () if tag not in effect.remove_tags]
                customer["tags"] = list(dict.fromkeys([*kept, *effect.add_tags]))
                customer["fields"] = {**(customer.get("fields") or {}), **effect.fields}
                known = {"name": effect.name or None, "qualified": effect.qualified, "opted_out": effect.opted_out}
                customer |= {name: value for name, value in known.items() if value is not None}
        return customer

    def enter(self, name: str, arguments: Mapping[str, Any], then: str) -> str:
        """Enter a sub-flow; return its first step. Raises StepFailed."""
        flow = self.book.current(name)
        if flow is None:
            raise StepFailed(f"there is no flow {name}")
        if len(self.stack) >= _MAX_DEPTH:
            raise StepFailed(f"more than {_MAX_DEPTH} sub-flows within each other")
        self.stack.append(FlowFrame(flow=self.flow.name, version=self.flow.version, step=then))
        self.variables = {**flow.content.variables, **self.variables, **arguments}
        self.flow = flow
        return flow.first_step

    def leave(self) -> str | None:
        """End the running flow; return the next step of the calling one, or None. Raises StepFailed."""
        if not self.stack:
            return None
        frame = self.stack.pop()
        flow = self.book.find(frame.flow, frame.version, "")
        if flow is None:
            raise StepFailed(f"the flow {frame.flow} is not there any more")
        self.flow = flow
        return frame.step

    def leave_question(self) -> None:
        """Forget the question that has its answer, or whose time is up."""
        self.options, self.asked = (), ()

    def waits(self, step: str, after: str | None, *, tries: int = 0, ask_ai: str | None = None) -> FlowOutcome:
        """Return the outcome of waiting at a step for the customer or a time-out."""
        until = self.facts.now + parse_duration(after) if after else None
        position = FlowPosition(
            flow=self.flow.name,
            version=self.flow.version,
            step=step,
            started_at=self.started_at,
            tries=tries,
            options=self.options,
            waits_until=until,
            ends_at=self.ends_at,
            variables=dict(self.variables),
            stack=tuple(self.stack),
            pressed=self._pressed(),
            asked=(*self.asked, self.facts.cause)[-_MOST_ASKED:],
            by_broadcast=self.by_broadcast,
        )
        return self._outcome(f"waits at step {step}", position=position, ask_ai=ask_ai)

    def _pressed(self) -> tuple[str, ...]:
        latest = self.said.pressed if self.said else ""
        return (*self.pressed, latest)[-_MOST_PRESSED:] if latest else self.pressed

    def ended(self, *, ask_ai: str | None = None) -> FlowOutcome:
        return self._outcome("ended", ask_ai=ask_ai)

    def handed_off(self, reason: str) -> FlowOutcome:
        return self._outcome("handed off", hand_off=reason)

    def broken(self, step: str, why: str) -> FlowOutcome:
        """Return the outcome of a failed step: a hand-off."""
        note = f"step {step}: {why}"
        return self._outcome(note, hand_off=f"flow {self.flow.name} could not go on at step {step}")

    def _outcome(self, note: str, **values: Any) -> FlowOutcome:
        return FlowOutcome(
            bodies=tuple(self.bodies),
            effects=tuple(self.effects),
            cart=self.cart,
            note=f"flow {self.flow.name}: {note}",
            trail=tuple(self.trail),
            **values,
        )


def currency_of(facts: ConversationFacts) -> str:
    """Return the workspace's currency, else the one of its first product."""
    workspace = facts.workspace
    return workspace.currency or next((product.currency for product in workspace.catalog), "")


def ends_at(flow: Flow, begun: datetime) -> datetime | None:
    """Return the time of a flow's own time-out, or None."""
    timeout = flow.content.timeout
    return begun + parse_duration(timeout.after) if timeout is not None else None


def resumed(
    book: FlowBook,
    position: FlowPosition,
    flow: Flow,
    said: CustomerInput | None,
    facts: ConversationFacts,
    actions: Mapping[str, Action],
) -> Run:
    """Return a run that continues at a position."""
    return Run(
        book=book,
        facts=facts,
        actions=actions,
        said=said,
        flow=flow,
        started_at=position.started_at,
        ends_at=position.ends_at,
        variables=dict(position.variables),
        stack=list(position.stack),
        options=position.options,
        pressed=position.pressed,
        asked=position.asked,
        by_broadcast=position.by_broadcast,
    )
