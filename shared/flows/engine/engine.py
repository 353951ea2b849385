"""Runs flows: starts one, continues it with the customer's answer, or after a time-out.

Pure: the same flow, position and message always give the same outcome, also on redelivery. Any failure within a flow (a
failing action, a sum without numbers, a missing step) hands the conversation off, with a note that names the step.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from shared.domain.conversation import FlowPosition
from shared.flows.base_types import END, HAND_OFF, QuestionStep, Timeout
from shared.flows.engine.actions import Action, ConversationFacts, CustomerInput
from shared.flows.engine.answers import chosen_option
from shared.flows.engine.book import FlowBook
from shared.flows.engine.immediate_steps import perform
from shared.flows.engine.outcome import FlowOutcome
from shared.flows.engine.run import Run, StepFailed, ends_at, resumed
from shared.flows.engine.waiting_steps import AnswerRejected, accept_answer, enter_step, reprompt
from shared.flows.expressions import work_limit
from shared.flows.expressions.error import ExpressionError
from shared.flows.expressions.values import ValueTooLarge
from shared.flows.graph import is_waiting_step
from shared.flows.steps import HandOff, Wait

__all__ = ["FlowBook", "FlowOutcome", "answer", "begin", "time_up", "trigger"]

MAX_STEPS = 100  # in one run; more mean a loop without a waiting step
MAX_MESSAGES = 50  # messages in one run
_FAILURES = (StepFailed, ExpressionError, ValueTooLarge, work_limit.TooMuchWork)


def trigger(book: FlowBook, said: CustomerInput) -> str | None:
    """Return the name of the flow that a message triggers, or None: of the highest priority, then of the most exact
    trigger (a button or the whole message, words within it, a pattern, the ad, the first message), then by name.
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
    by_broadcast: bool = False,
) -> FlowOutcome:
    """Start a flow. variables: besides its own. said: the message that triggered it. by_broadcast: a broadcast starts
    it. An unknown name: not taken.
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
        by_broadcast=by_broadcast,
        variables={
            **flow.content.variables,
            **(book.triggers.groups(name, said) if said else {}),
            **(variables or {}),
        },
    )
    return _go(run, flow.first_step)


def answer(
    book: FlowBook, position: FlowPosition, said: CustomerInput, facts: ConversationFacts, actions: Mapping[str, Action]
) -> FlowOutcome:
    """Continue a flow with a message. Not taken: the answer is invalid and the step has `else: pass`, or the flow no
    longer exists.
    """
    flow = book.find(position.flow, position.version, position.step)
    step = flow.step(position.step) if flow is not None else None
    if flow is None or not is_waiting_step(step):
        return FlowOutcome(note=f"flow {position.flow}: is not there any more", taken=False)
    if pressed_before(position, said):
        return FlowOutcome(position=position, note=f"flow {position.flow}: a button that was pressed before")
    with work_limit.limit_work():
        return _answered(resumed(book, position, flow, said, facts, actions), position, step, said)


def fits(book: FlowBook, position: FlowPosition, said: CustomerInput, facts: ConversationFacts) -> bool:
    """Return whether a message is a valid answer to the question that the flow waits at. Nothing is changed."""
    flow = book.find(position.flow, position.version, position.step)
    step = flow.step(position.step) if flow is not None else None
    if flow is None or not isinstance(step, QuestionStep):
        return False
    try:
        with work_limit.limit_work():
            run = resumed(book, position, flow, said, facts, {})
            return not isinstance(accept_answer(step, run, position.step, said), AnswerRejected)
    except _FAILURES:
        return False


def pressed_before(position: FlowPosition, said: CustomerInput) -> bool:
    """Return whether the customer pressed a button or row of a message that has had its answer in this flow."""
    return bool(said.pressed) and said.pressed in position.pressed


def pressed_elsewhere(position: FlowPosition, said: CustomerInput, cause: str) -> bool:
    """Return whether the pressed button, though it is like one of the present question, is below another message.
    cause: id of the record that led to that message; empty: not known.
    """
    return bool(cause and position.asked) and cause not in position.asked and may_be_elsewhere(position, said)


def may_be_elsewhere(position: FlowPosition, said: CustomerInput) -> bool:
    """Return whether the customer pressed a button like one of the present question: an earlier message may have it."""
    return (
        bool(said.pressed) and not pressed_before(position, said) and chosen_option(position.options, said) is not None
    )


def _answered(run: Run, position: FlowPosition, step: Any, said: CustomerInput) -> FlowOutcome:
    flow = run.flow
    try:
        accepted = accept_answer(step, run, position.step, said)
        if not isinstance(accepted, AnswerRejected):
            run.leave_question()
            return _go(run, accepted.target)
        if accepted.left:
            return FlowOutcome(position=position, note=f"flow {flow.name}: not for step {position.step}", taken=False)
        if isinstance(step, QuestionStep) and position.tries >= step.retries:
            return _go(run, step.otherwise)
        return reprompt(step, run, position.step, accepted.reason, position.tries + 1)
    except _FAILURES as error:
        return run.broken(position.step, str(error))


def time_up(
    book: FlowBook, position: FlowPosition, facts: ConversationFacts, actions: Mapping[str, Action]
) -> FlowOutcome:
    """Continue a flow after its time-out or the waiting step's; unchanged if neither has passed."""
    if position.ends_at is not None and position.ends_at <= facts.now:
        return _time_out_flow(book, position, facts, actions)
    if position.waits_until is None or position.waits_until > facts.now:
        return FlowOutcome(position=position, note=f"flow {position.flow}: nothing is due", taken=False)
    flow = book.find(position.flow, position.version, position.step)
    step = flow.step(position.step) if flow is not None else None
    if flow is None or not is_waiting_step(step):
        return FlowOutcome(note=f"flow {position.flow}: is not there any more")
    run = resumed(book, position, flow, None, facts, actions)
    run.leave_question()
    return _go(run, _after_time_out(step, flow.next_step(position.step)))


def _after_time_out(step: Any, after: str) -> str:
    """Return the next step after a step's time-out."""
    timeout: Timeout | None = step.timeout
    if isinstance(step, Wait) and not step.then:
        return after
    return timeout.then if timeout is not None else END


def _time_out_flow(
    book: FlowBook, position: FlowPosition, facts: ConversationFacts, actions: Mapping[str, Action]
) -> FlowOutcome:
    """Apply the outermost flow's time-out; running sub-flows end."""
    name, version = position.flow, position.version
    if position.stack:
        name, version = position.stack[0].flow, position.stack[0].version
    flow = book.find(name, version, "")
    timeout = flow.content.timeout if flow is not None else None
    if flow is None or timeout is None:
        return FlowOutcome(note=f"flow {name}: its time is over")
    alone = msgspec.structs.replace(position, stack=(), ends_at=None, options=(), asked=())
    return _go(resumed(book, alone, flow, None, facts, actions), timeout.then)


def _go(run: Run, target: str) -> FlowOutcome:
    """Perform steps until one waits, or the flow ends."""
    with work_limit.limit_work():
        return _perform(run, target)


def _perform(run: Run, target: str) -> FlowOutcome:
    try:
        for _ in range(MAX_STEPS):
            if len(run.bodies) > MAX_MESSAGES:
                return run.broken(target, f"more than {MAX_MESSAGES} messages at once")
            if target == END:
                outer = run.leave()
                if outer is None:
                    return run.ended()
                target = outer or END
                continue
            if target == HAND_OFF:
                return run.handed_off(f"flow {run.flow.name}")
            step = run.flow.step(target)
            run.trail.append((run.flow.name, target))
            if isinstance(step, HandOff):
                return run.handed_off(step.hand_off)
            if step is None:
                return run.broken(target, "there is no such step")
            if is_waiting_step(step):
                return enter_step(step, run, target)
            target = perform(step, run, run.flow.next_step(target) if hasattr(step, "next") else END)
    except _FAILURES as error:
        return run.broken(target, str(error))
    return run.broken(target, f"more than {MAX_STEPS} steps without waiting")
