"""Steps that wait: the messages sent on entering them, and how they accept an answer. Pure."""

from dataclasses import dataclass
from datetime import date
from functools import singledispatch
from typing import Any
from zoneinfo import ZoneInfo

from shared.flows.base_types import END, PASS, QuestionStep, Timeout
from shared.flows.engine import answers
from shared.flows.engine.actions import ConversationFacts, CustomerInput
from shared.flows.engine.choices import Option, option_id, options_body
from shared.flows.engine.outcome import FlowOutcome
from shared.flows.engine.refusals import refusal
from shared.flows.engine.run import Run
from shared.flows.step_texts import MAX_BODY, MAX_BRIEF, MAX_TEXT
from shared.flows.steps import Ai, Ask, Choose, Style, Wait
from shared.text.phrases import is_one_of


@dataclass(frozen=True, slots=True)
class NextStep:
    """The flow continues at the step `target`."""

    target: str


@dataclass(frozen=True, slots=True)
class AnswerRejected:
    """The answer is invalid; the step keeps waiting. left: the message is left to later stages."""

    reason: str = ""
    left: bool = False


@singledispatch
def enter_step(step: Any, run: Run, name: str) -> FlowOutcome:
    """Send a waiting step's messages; return the outcome. Raises ExpressionError."""
    return run.waits(name, _time(step))  # wait


@enter_step.register
def _(step: Ask, run: Run, name: str) -> FlowOutcome:
    _ask(step, run, run.render(step.ask, MAX_TEXT))
    return run.waits(name, _time(step))


@enter_step.register
def _(step: Choose, run: Run, name: str) -> FlowOutcome:
    _offer(step, run, run.render(step.choose, MAX_TEXT))
    return run.waits(name, _time(step))


@enter_step.register
def _(step: Ai, run: Run, name: str) -> FlowOutcome:
    brief = run.render(step.ai, MAX_BRIEF)
    run.options = ()
    if not step.until and run.flow.next_step(name) == END and not run.stack:
        return run.ended(ask_ai=brief)
    return run.waits(name, _time(step), ask_ai=brief)


@singledispatch
def accept_answer(step: Any, run: Run, name: str, said: CustomerInput) -> NextStep | AnswerRejected:
    """Accept or reject the customer's answer; sets variables."""
    raise TypeError(f"a {type(step).__name__} does not wait")


@accept_answer.register
def _(step: Ask, run: Run, name: str, said: CustomerInput) -> NextStep | AnswerRejected:
    facts = run.facts
    answer = answers.parse_answer(step, said, run.options, today_of(facts), facts.workspace.region, facts.language)
    if isinstance(answer, answers.InvalidAnswer):
        return AnswerRejected(answer.reason, left=step.otherwise == PASS)
    run.variables[step.save] = answer.value
    return NextStep(run.flow.next_step(name))


@accept_answer.register
def _(step: Choose, run: Run, name: str, said: CustomerInput) -> NextStep | AnswerRejected:
    found = answers.chosen_option(run.options, said)
    option = next((it for title, it in step.options.items() if option_id(it.id or title) == found), None)
    if found is None or option is None:
        return AnswerRejected(refusal("choose", run.facts.language), left=step.otherwise == PASS)
    run.choice = found
    if step.save:
        run.variables[step.save] = found
    return NextStep(option.then or run.flow.next_step(name))


@accept_answer.register
def _(step: Wait, run: Run, name: str, said: CustomerInput) -> NextStep | AnswerRejected:
    run.choice = answers.chosen_option(run.options, said) or ""
    if step.save:
        run.variables[step.save] = run.choice or said.text.strip()[: answers.MOST_TEXT]
    return NextStep(run.flow.next_step(name))


@accept_answer.register
def _(step: Ai, run: Run, name: str, said: CustomerInput) -> NextStep | AnswerRejected:
    return (
        AnswerRejected() if step.until and not is_one_of(said.text, step.until) else NextStep(run.flow.next_step(name))
    )


def reprompt(step: Any, run: Run, name: str, reason: str, tries: int) -> FlowOutcome:
    """Ask again after an invalid answer, and keep waiting. Raises ExpressionError."""
    if isinstance(step, Ai):
        return run.waits(name, _time(step), ask_ai=run.render(step.ai, MAX_BRIEF))
    text = run.render(step.reprompt, MAX_TEXT) if isinstance(step, QuestionStep) and step.reprompt else reason
    if isinstance(step, Choose):
        _offer(step, run, text)
    elif isinstance(step, Ask):
        _ask(step, run, text)
    return run.waits(name, _time(step), tries=tries)


def today_of(facts: ConversationFacts) -> date:
    """Return the date in the workspace's time zone."""
    return facts.now.astimezone(ZoneInfo(facts.workspace.timezone)).date()


def _time(step: Any) -> str | None:
    timeout: Timeout | None = step.timeout
    return timeout.after if timeout is not None else None


def _ask(step: Ask, run: Run, text: str) -> None:
    if step.choices:
        _show(run, text, [(option_id(title), title, "") for title in step.choices], Style.AUTO, "Choose")
    else:
        run.options = ()
        run.say(text)


def _offer(step: Choose, run: Run, text: str) -> None:
    options = [
        (option_id(option.id or title), run.render(title, MAX_BODY), run.render(option.description, MAX_BODY))
        for title, option in step.options.items()
    ]
    _show(run, text, options, step.style, step.button)


def _show(run: Run, text: str, options: list[Option], style: Style, button: str) -> None:
    run.bodies.append(options_body(text, options, style, button))
    run.options = tuple((id_, title) for id_, title, _ in options)
