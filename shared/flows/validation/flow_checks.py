"""Checks one flow beyond the form of its file: targets, loops, options, limits. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from shared.flows import dates
from shared.flows.base_types import END, HAND_OFF, PASS
from shared.flows.flow import Flow
from shared.flows.graph import WAITING_STEPS, Edge, edges, find_cycle, reachable_from, starts_of, successors
from shared.flows.media_reference import media_id_in
from shared.flows.option_styles import BUTTON_TITLE, buttons_problem, list_problem
from shared.flows.steps import Ask, Choose, HandOff, SendMedia, SendText, Style, SubFlow, TappableOption
from shared.flows.validation.problem import FlowProblem
from shared.flows.validation.variables import check_texts
from shared.text.phrases import folded

_ANY_DAY = date(2026, 1, 1)


def check_flow(flow: Flow) -> list[FlowProblem]:
    """Return all problems within the flow, except of its patterns (`limits.invalid_patterns`)."""
    found_edges = tuple(edges(flow))
    successors_of = successors(flow, found_edges)
    found = [*_check_targets(flow, found_edges)]
    if not found:
        found += [*_check_reachable(flow, successors_of), *_check_endless_loops(flow, successors_of)]
    return [*found, *check_texts(flow, successors_of), *_check_steps(flow), *_check_triggers(flow)]


def _problem(flow: Flow, step: str, message: str, *path: str | int) -> FlowProblem:
    return FlowProblem(flow.file, flow.line("steps", step, *path), step, message)


def _check_targets(flow: Flow, found_edges: Sequence[Edge]) -> Iterator[FlowProblem]:
    targets = {*flow.content.steps, END, HAND_OFF}
    for edge in found_edges:
        if edge.target not in targets:
            yield FlowProblem(flow.file, flow.line(*edge.path), edge.source, _unknown_target(edge.target))
    timeout = flow.content.timeout
    if timeout is not None and timeout.then not in targets:
        yield FlowProblem(flow.file, flow.line("timeout", "then"), "timeout", _unknown_target(timeout.then))


def _unknown_target(target: str) -> str:
    if target == PASS:
        return "`pass` is only for an answer that does not fit (`else: pass`)"
    return f"there is no step `{target}`; name one of this flow, or `end`, or `hand_off`"


def _check_reachable(flow: Flow, successors_of: dict[str, list[str]]) -> Iterator[FlowProblem]:
    found = reachable_from(successors_of, starts_of(flow))
    for name in flow.content.steps:
        if name not in found:
            yield _problem(flow, name, "nothing leads here; lead a `next`, an option or a branch here, or take it away")


def _check_endless_loops(
    flow: Flow, successors_of: Mapping[str, list[str]], *, waiting: tuple[type, ...] = (*WAITING_STEPS, SubFlow)
) -> Iterator[FlowProblem]:
    steps = flow.content.steps
    behind = {name: [] if isinstance(steps[name], waiting) else ways for name, ways in successors_of.items()}
    if cycle := find_cycle(behind):
        way = " → ".join([*cycle, cycle[0]])
        yield _problem(flow, cycle[0], f"goes round for ever without waiting ({way}); put an `ask` or a `wait` into it")


def endless_sub_flow_loops(flow: Flow, never_wait: set[str]) -> Iterator[FlowProblem]:
    """Yield endless loops through sub-flows. never_wait: names of the flows without a waiting step."""
    quick = [name for name, it in flow.content.steps.items() if isinstance(it, SubFlow) and it.sub_flow in never_wait]
    successors_of = successors(flow, edges(flow)) if quick else {}
    if quick and not any(_check_endless_loops(flow, successors_of)):
        yield from _check_endless_loops(flow, successors_of, waiting=WAITING_STEPS)


def _check_steps(flow: Flow) -> Iterator[FlowProblem]:
    for name, step in flow.content.steps.items():
        for message, *path in _step_mistakes(step):
            yield _problem(flow, name, message, *path)


def _step_mistakes(step: Any) -> Iterator[tuple[str, ...]]:
    match step:
        case SendText():
            yield from _buttons_mistakes(step)
        case SendMedia():
            yield from _address_mistakes(step)
        case Choose():
            yield from _options_mistakes(step)
        case Ask():
            yield from _question_mistakes(step)
        case HandOff(hand_off=reason) if "{{" in reason:
            yield (
                "the reason is a plain text, because it is shown in lists; set a field of the customer instead",
                "hand_off",
            )
        case _:
            return


def _buttons_mistakes(step: SendText) -> Iterator[tuple[str, ...]]:
    if step.buttons and step.rows:
        yield "a message has buttons or a list, not both", "buttons"
    if (step.buttons or step.rows) and len(step.texts) > 1:
        yield "a message with buttons or a list has one text", "text"
    if problem := buttons_problem(list(step.buttons)):
        yield problem, "buttons"
    descriptions = [row.description for row in step.rows.values() if isinstance(row, TappableOption)]
    if problem := list_problem(list(step.rows), descriptions):
        yield problem, "list"
    yield from _list_button_mistakes(step.button)


def _list_button_mistakes(button: str) -> Iterator[tuple[str, ...]]:
    if not 1 <= len(button) <= BUTTON_TITLE:
        yield f"what opens a list has 1 to {BUTTON_TITLE} characters", "button"


def _address_mistakes(step: SendMedia) -> Iterator[tuple[str, ...]]:
    if "{{" not in step.url[:2] and not step.url.startswith("https://") and not media_id_in(step.url):
        yield "a file has an address that begins with https://, or `id:` and the id of an uploaded one", step.kind


def _options_mistakes(step: Choose) -> Iterator[tuple[str, ...]]:
    titles = list(step.options)
    descriptions = [option.description for option in step.options.values()]
    buttons, rows = buttons_problem(titles, descriptions), list_problem(titles, descriptions)
    problem = {
        Style.BUTTONS: buttons,
        Style.LIST: rows,
        Style.NUMBERS: "",
        Style.AUTO: f"{rows}; shorten it, or write `style: numbers`" if buttons and rows else "",
    }[step.style]
    if problem:
        yield problem, "options"
    yield from _list_button_mistakes(step.button)
    yield from _duplicates([folded(title) or title for title in titles], "title", "options")
    yield from _duplicates([option for option, _ in step.ids()], "id", "options")


def _duplicates(values: list[str], what: str, *path: str) -> Iterator[tuple[str, ...]]:
    for value in sorted({value for value in values if values.count(value) > 1}):
        yield f"two options have the same {what} (`{value}`); nobody could tell them apart", *path


def _question_mistakes(step: Ask) -> Iterator[tuple[str, ...]]:
    yield from _duplicates([folded(title) or title for title in step.choices], "title", "choices")
    limits = [_limit_value(step.min), _limit_value(step.max)]
    for key, given, read in zip(("min", "max"), (step.min, step.max), limits, strict=True):
        if given is not None and read is None:
            yield "a limit is `today`, `tomorrow`, `today+30` or `2026-03-14`", key
    least, most = limits
    if least is not None and most is not None and least > most:
        yield "`min` is more than `max`, so that nothing would fit", "min"


def _limit_value(value: int | float | str | None) -> float | None:
    if isinstance(value, str):
        day = dates.parse_date_limit(value, _ANY_DAY)
        return float(day.toordinal()) if day is not None else None
    return None if value is None else float(value)


def _check_triggers(flow: Flow) -> Iterator[FlowProblem]:
    triggers = flow.content.triggers
    for key in ("keywords", "contains"):
        for place, word in enumerate(getattr(triggers, key)):
            if not folded(word):
                message = f"`{word}` has no letter or digit, so that nobody can write it"
                yield FlowProblem(flow.file, flow.line("triggers", key, place), "triggers", message)
