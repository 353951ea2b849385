"""Runs flows: what is said and done when one begins, when the customer answers, and when a time has come.

Pure: the same flow, position and message always give the same outcome, so that a message that comes again is decided on
in the same way. Whatever goes wrong within a flow (an action that fails, a sum without numbers, a step that is gone)
ends in the hands of a person, with a note that says where.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from shared.domain.conversation import FlowPosition
from shared.flows import effort
from shared.flows.engine.actions import Action, ConversationFacts, CustomerInput
from shared.flows.engine.book import FlowBook
from shared.flows.engine.immediate_steps import perform
from shared.flows.engine.outcome import FlowOutcome
from shared.flows.engine.run import Run, StepFailed, ends_at, resumed
from shared.flows.engine.waiting_steps import AnswerRejected, accept_answer, enter_step, reprompt
from shared.flows.expressions import ExpressionError
from shared.flows.graph import waits
from shared.flows.language import END, HAND_OFF, Asking, Timeout
from shared.flows.steps import HandOff, Wait
from shared.flows.values import ValueTooLarge

__all__ = ["FlowBook", "FlowOutcome", "answer", "begin", "time_up", "trigger"]

MOST_STEPS = 100  # in one run; more are a flow that goes round without waiting
MOST_SAID = 50  # messages in one run
_TROUBLE = (StepFailed, ExpressionError, ValueTooLarge, effort.TooMuchWork)


def trigger(book: FlowBook, said: CustomerInput) -> str | None:
    """The name of the flow that a message begins: of the highest priority, then by how exactly its trigger fits (a
    button or the whole message, words within it, a pattern, the ad, the first message), then by name. None: no flow's.
    """
    return book.triggers.trigger(said)


def begin(
    book: FlowBook,
    name: str,
    facts: ConversationFacts,
    actions: Mapping[str, Action],
    *,
    variables: Mapping[str, Any] | None = None,
    said: CustomerInput | None = None,
) -> FlowOutcome:
    """A flow begins. variables: besides its own. said: the message that has begun it, if one did.

    A name that the book does not have: not taken.
    """
    flow = book.current(name)
    if flow is None:
        return FlowOutcome(note=f"flow {name}: there is none", taken=False)
    run = Run(
        book=book,
        facts=facts,
        actions=actions,
        said=said,
        flow=flow,
        started_at=facts.now,
        ends_at=ends_at(flow, facts.now),
        variables={
            **flow.content.variables,
            **(book.triggers.groups(name, said) if said else {}),
            **(variables or {}),
        },
    )
    return _go(run, flow.first)


def answer(
    book: FlowBook, position: FlowPosition, said: CustomerInput, facts: ConversationFacts, actions: Mapping[str, Action]
) -> FlowOutcome:
    """The customer wrote. Not taken: it did not fit, and the step leaves such messages to others (`else: pass`); or the
    flow is gone.
    """
    flow = book.find(position.flow, position.version, position.step)
    step = flow.step(position.step) if flow is not None else None
    if flow is None or not waits(step):
        return FlowOutcome(note=f"flow {position.flow}: is not there any more", taken=False)
    with effort.limited():
        return _answered(resumed(book, position, flow, said, facts, actions), position, step, said)


def _answered(run: Run, position: FlowPosition, step: Any, said: CustomerInput) -> FlowOutcome:
    flow = run.flow
    try:
        heard = accept_answer(step, run, position.step, said)
        if not isinstance(heard, AnswerRejected):
            run.options = ()
            return _go(run, heard.target)
        if heard.left:
            return FlowOutcome(position=position, note=f"flow {flow.name}: not for step {position.step}", taken=False)
        if isinstance(step, Asking) and position.tries >= step.retries:
            return _go(run, step.otherwise)
        return reprompt(step, run, position.step, heard.reason, position.tries + 1)
    except _TROUBLE as error:
        return run.broken(position.step, str(error))


def time_up(
    book: FlowBook, position: FlowPosition, facts: ConversationFacts, actions: Mapping[str, Action]
) -> FlowOutcome:
    """A time may have come: the whole flow's, or the step's. When neither has, nothing changes."""
    if position.ends_at is not None and position.ends_at <= facts.now:
        return _flow_is_over(book, position, facts, actions)
    if position.waits_until is None or position.waits_until > facts.now:
        return FlowOutcome(position=position, note=f"flow {position.flow}: nothing is due", taken=False)
    flow = book.find(position.flow, position.version, position.step)
    step = flow.step(position.step) if flow is not None else None
    if flow is None or not waits(step):
        return FlowOutcome(note=f"flow {position.flow}: is not there any more")
    run = resumed(book, position, flow, None, facts, actions)
    run.options = ()
    return _go(run, _in_time(step, flow.after(position.step)))


def _in_time(step: Any, after: str) -> str:
    """Where a step leads when its time has come."""
    timeout: Timeout | None = step.timeout
    if isinstance(step, Wait) and not step.then:
        return after
    return timeout.then if timeout is not None else END


def _flow_is_over(
    book: FlowBook, position: FlowPosition, facts: ConversationFacts, actions: Mapping[str, Action]
) -> FlowOutcome:
    """The time is that of the flow that began it all; it is left whatever sub-flow runs."""
    name, version = position.flow, position.version
    if position.stack:
        name, version = position.stack[0].flow, position.stack[0].version
    flow = book.find(name, version, "")
    timeout = flow.content.timeout if flow is not None else None
    if flow is None or timeout is None:
        return FlowOutcome(note=f"flow {name}: its time is over")
    alone = msgspec.structs.replace(position, stack=(), ends_at=None, options=())
    return _go(resumed(book, alone, flow, None, facts, actions), timeout.then)


def _go(run: Run, target: str) -> FlowOutcome:
    """From step to step until one waits, or the flow ends."""
    with effort.limited():
        return _went(run, target)


def _went(run: Run, target: str) -> FlowOutcome:
    try:
        for _ in range(MOST_STEPS):
            if len(run.bodies) > MOST_SAID:
                return run.broken(target, f"more than {MOST_SAID} messages at once")
            if target == END:
                outer = run.leave()
                if outer is None:
                    return run.ended()
                target = outer or END
                continue
            if target == HAND_OFF:
                return run.handed_off(f"flow {run.flow.name}")
            step = run.flow.step(target)
            if isinstance(step, HandOff):
                return run.handed_off(step.hand_off)
            if step is None:
                return run.broken(target, "there is no such step")
            if waits(step):
                return enter_step(step, run, target)
            target = perform(step, run, run.flow.after(target) if hasattr(step, "next") else END)
    except _TROUBLE as error:
        return run.broken(target, str(error))
    return run.broken(target, f"more than {MOST_STEPS} steps without waiting")
