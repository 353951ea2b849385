"""One step of a simulated conversation with a flow, by the engine that runs flows; nothing is stored, sent or done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from shared.domain.window import is_open
from shared.flows.engine.engine import FlowBook, FlowOutcome
from shared.flows.flow import Flow
from shared.flows.load import read_with_problems
from shared.flows.validation.problem import FlowProblem
from shared.flows.yaml_tree import YamlUnreadable, compose, tree_of
from shared.messages.inbound import Provider
from shared.messages.outbound import Body, TemplateBody, TextBody
from shared.operations.flows.own_answers import OwnAnswer, hand_off_text
from shared.operations.flows.session import FlowSession, SessionState
from shared.operations.flows.trials import Heard, perform
from shared.providers.fitting import split_to_fit
from shared.providers.registry import limits_of
from shared.storage.documents import plain
from shared.workspace.config import BotMode, Workspace

_READ_FLOWS = 8  # of the people who simulate at the same time; more of them slow the garbage collector


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message as the customer sees it with a provider. by: `flow`, `model`, or `workspace`: a text of its settings,
    such as that of a hand-off. body: of the message, with its type.
    too_late: WhatsApp refuses it, because the customer wrote more than 24 hours ago and it is no template.
    """

    by: str
    body: Mapping[str, Any]
    too_late: bool


@dataclass(frozen=True, slots=True)
class Simulated:
    """The result of one simulated turn. bubbles: by provider. trace: steps that were reached, each with its flow.
    effects: shown, not done. asks_model: the brief of a model that is to answer; taken: False: the message is for the
    FAQ or the model. with_person: an agent has the conversation.
    """

    state: SessionState
    bubbles: Mapping[str, Sequence[Bubble]]
    trace: Sequence[tuple[str, str]]
    notes: Sequence[str]
    effects: Sequence[Mapping[str, Any]]
    cart: Sequence[Mapping[str, Any]] | None
    asks_model: str | None
    hand_off: str | None
    taken: bool
    with_person: bool
    window_open: bool
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """The input of a step of a simulation. sources: of the flow and its sub-flows by name. model_says: what a model
    answers, where one is asked. silent: the customer has not written within the last 24 hours when it begins.
    """

    sources: Mapping[str, str]
    flow: str
    workspace: Workspace
    providers: Sequence[Provider]
    heard: Sequence[Heard]
    now: datetime
    customer: Mapping[str, Any] = field(default_factory=dict)
    state: SessionState | None = None
    model_says: str = ""
    silent: bool = False


@lru_cache(maxsize=_READ_FLOWS)
def readable_flow(source: str, name: str) -> tuple[Flow | None, tuple[FlowProblem, ...]]:
    """Return the flow of a text if its form is right, also when it has other problems."""
    try:
        tree = tree_of(compose(source, quick=True))
    except YamlUnreadable as error:
        return None, (FlowProblem(f"{name}.yaml", error.line, "file", str(error)),)
    flow, problems = read_with_problems(tree, f"{name}.yaml")
    return flow, tuple(problems)


def sub_flows(source: str, name: str) -> tuple[str, ...]:
    """Return the names of the flows that a text calls."""
    flow, _ = readable_flow(source, name)
    steps = flow.content.steps.values() if flow is not None else ()
    return tuple(dict.fromkeys(step.sub_flow for step in steps if hasattr(step, "sub_flow")))


def book_of(sources: Mapping[str, str]) -> FlowBook:
    """Return the flows of texts that can be read."""
    flows = (readable_flow(source, name)[0] for name, source in sources.items())
    return FlowBook([flow for flow in flows if flow is not None])


def simulate(given: Simulation) -> Simulated:
    """Do one step."""
    book, state = book_of(given.sources), given.state
    session = FlowSession(book, given.workspace, given.now, customer=given.customer, state=state, silent=given.silent)
    if state is None and not given.silent:
        session.heard_at = given.now
    bubbles: dict[str, list[Bubble]] = {provider.value: [] for provider in given.providers}
    outcomes: list[FlowOutcome] = []
    for heard in given.heard:
        done = perform(session, heard, given.flow)
        outcomes += done
        too_late = not is_open(session.heard_at, session.now)
        for outcome in done:
            said = _said(outcome, given.model_says)
            if outcome.hand_off is not None:
                said.append(("workspace", hand_off_text(given.workspace, session.now, session.language)))
            _show(said, too_late, bubbles)
    due = FlowOutcome(position=session.position).due_at
    return Simulated(
        state=session.state,
        bubbles=bubbles,
        trace=[one for outcome in outcomes for one in outcome.trail],
        notes=[*_mode_note(given.workspace), *(outcome.note for outcome in outcomes if outcome.note)],
        effects=[
            {"kind": type(effect).__name__, **plain(effect)} for outcome in outcomes for effect in outcome.effects
        ],
        cart=next((plain(list(it.cart)) for it in reversed(outcomes) if it.cart is not None), None),
        asks_model=next((it.ask_ai for it in reversed(outcomes) if it.ask_ai is not None), None),
        hand_off=next((it.hand_off for it in reversed(outcomes) if it.hand_off), None),
        taken=all(outcome.taken for outcome in outcomes),
        with_person=session.with_person,
        window_open=is_open(session.heard_at, session.now),
        due_at=due,
    )


def _mode_note(workspace: Workspace) -> Sequence[str]:
    """Return a note if messages start no flows in this workspace."""
    mode = workspace.bot.mode
    if mode in (BotMode.FLOW, BotMode.HYBRID):
        return ()
    return (f"the bot's mode is `{mode}`: only your team and broadcasts start flows",)


def _said(outcome: FlowOutcome, model_says: str) -> list[tuple[str, Body]]:
    by = "workspace" if isinstance(outcome, OwnAnswer) else "flow"
    said: list[tuple[str, Body]] = [(by, body) for body in outcome.bodies]
    if model_says and (outcome.ask_ai is not None or not outcome.taken):
        said.append(("model", TextBody(body=model_says)))
    return said


def _show(said: Sequence[tuple[str, Body]], too_late: bool, bubbles: dict[str, list[Bubble]]) -> None:
    for provider, shown in bubbles.items():
        for by, body in said:
            for part in split_to_fit(body, limits_of(Provider(provider))):
                late = too_late and not isinstance(part, TemplateBody)
                shown.append(Bubble(by, msgspec.to_builtins(part), late))
