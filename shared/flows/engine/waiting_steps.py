"""The steps that wait: what they say when a flow comes to them, and what they make of the answer. Pure."""

from dataclasses import dataclass
from datetime import date
from functools import singledispatch
from typing import Any
from zoneinfo import ZoneInfo

from shared.flows.engine import answers
from shared.flows.engine.actions import Facts, Said
from shared.flows.engine.choices import Option, offered, option_id
from shared.flows.engine.outcome import Outcome
from shared.flows.engine.run import Run
from shared.flows.language import END, PASS, Asking, Timeout
from shared.flows.steps import Ai, Ask, Choose, Style, Wait
from shared.flows.texts import BODY, BRIEF, TEXT
from shared.text.words import heard


@dataclass(frozen=True, slots=True)
class Goes:
    """The flow goes on at that step."""

    target: str


@dataclass(frozen=True, slots=True)
class Again:
    """The answer did not fit; the step waits on. left: it is for others to answer."""

    reason: str = ""
    left: bool = False


@singledispatch
def arrive(step: Any, run: Run, name: str) -> Outcome:
    """Say what is to be said at a step that waits. Raises ExpressionError."""
    return run.waits(name, _time(step))  # wait


@arrive.register
def _(step: Ask, run: Run, name: str) -> Outcome:
    _ask(step, run, run.render(step.ask, TEXT))
    return run.waits(name, _time(step))


@arrive.register
def _(step: Choose, run: Run, name: str) -> Outcome:
    _offer(step, run, run.render(step.choose, TEXT))
    return run.waits(name, _time(step))


@arrive.register
def _(step: Ai, run: Run, name: str) -> Outcome:
    brief = run.render(step.ai, BRIEF)
    run.options = ()
    if not step.until and run.flow.after(name) == END and not run.stack:
        return run.ended(ask_ai=brief)
    return run.waits(name, _time(step), ask_ai=brief)


@singledispatch
def take(step: Any, run: Run, name: str, said: Said) -> Goes | Again:
    """What the customer's message means at a step that waits; variables are set."""
    raise TypeError(f"a {type(step).__name__} does not wait")


@take.register
def _(step: Ask, run: Run, name: str, said: Said) -> Goes | Again:
    facts = run.facts
    answer = answers.read(step, said, run.options, today_of(facts), facts.workspace.region)
    if isinstance(answer, answers.Misfit):
        return Again(answer.reason, left=step.otherwise == PASS)
    run.variables[step.save] = answer.value
    return Goes(run.flow.after(name))


@take.register
def _(step: Choose, run: Run, name: str, said: Said) -> Goes | Again:
    found = answers.chosen(run.options, said)
    option = next((it for title, it in step.options.items() if option_id(it.id or title) == found), None)
    if found is None or option is None:
        return Again("Please choose one of these.", left=step.otherwise == PASS)
    run.choice = found
    if step.save:
        run.variables[step.save] = found
    return Goes(option.then or run.flow.after(name))


@take.register
def _(step: Wait, run: Run, name: str, said: Said) -> Goes | Again:
    run.choice = answers.chosen(run.options, said) or ""
    if step.save:
        run.variables[step.save] = run.choice or said.text.strip()[: answers.MOST_TEXT]
    return Goes(run.flow.after(name))


@take.register
def _(step: Ai, run: Run, name: str, said: Said) -> Goes | Again:
    return Again() if step.until and not heard(said.text, step.until) else Goes(run.flow.after(name))


def ask_again(step: Any, run: Run, name: str, reason: str, tries: int) -> Outcome:
    """Say that the answer did not fit, and wait on. Raises ExpressionError."""
    if isinstance(step, Ai):
        return run.waits(name, _time(step), ask_ai=run.render(step.ai, BRIEF))
    text = run.render(step.reprompt, TEXT) if isinstance(step, Asking) and step.reprompt else reason
    if isinstance(step, Choose):
        _offer(step, run, text)
    elif isinstance(step, Ask):
        _ask(step, run, text)
    return run.waits(name, _time(step), tries=tries)


def today_of(facts: Facts) -> date:
    """The day at the business."""
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
        (option_id(option.id or title), run.render(title, BODY), run.render(option.description, BODY))
        for title, option in step.options.items()
    ]
    _show(run, text, options, step.style, step.button)


def _show(run: Run, text: str, options: list[Option], style: Style, button: str) -> None:
    run.bodies.append(offered(text, options, style, button))
    run.options = tuple((id_, title) for id_, title, _ in options)
