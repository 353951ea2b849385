"""Checks between the flows of a workspace (`flow_checks.py` checks one flow). Pure."""

from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches

from shared.flows.flow import Flow
from shared.flows.graph import find_cycle, is_waiting_step, reachable
from shared.flows.steps import Call, SubFlow
from shared.flows.validation.flow_checks import endless_sub_flow_loops
from shared.flows.validation.limits import exceeded_limits
from shared.flows.validation.problem import FlowProblem
from shared.flows.validation.variables import initial_variables, variables_set_by
from shared.text.phrases import folded


def check_flows(flows: Sequence[Flow], actions: Collection[str] | None = None) -> list[FlowProblem]:
    """Return all problems between flows, in the order of files and lines.

    flows: of a workspace. actions: known names; None: actions are not checked.
    """
    by_name = {flow.name: flow for flow in flows}
    found = [
        *_check_names(flows),
        *_check_triggers(flows),
        *(problem for flow in flows for problem in _check_sub_flows(flow, by_name)),
        *_check_recursion(by_name),
        *exceeded_limits(flows),
    ]
    if actions is not None:
        found += [problem for flow in flows for problem in _check_actions(flow, actions)]
    if not found:
        never_wait = {flow.name for flow in flows if not _has_waiting_step(flow, by_name)}
        found += [problem for flow in flows for problem in endless_sub_flow_loops(flow, never_wait)]
    return sorted(found)


def _check_names(flows: Sequence[Flow]) -> Iterator[FlowProblem]:
    seen: dict[str, Flow] = {}
    for flow in flows:
        first = seen.setdefault(flow.name, flow)
        if first is not flow:
            message = f"`{flow.name}` is the name of the flow in {first.file} too; give one of them another"
            yield FlowProblem(flow.file, flow.line("flow"), "flow", message)


def _check_triggers(flows: Sequence[Flow]) -> Iterator[FlowProblem]:
    seen: dict[tuple[int, str, str], Flow] = {}
    for flow in flows:
        for key, value, line in _triggers(flow):
            first = seen.setdefault((flow.content.priority, key, value), flow)
            if first.name != flow.name:
                what = f"`{key}: {value}`" if value else f"`{key}`"
                message = f"{what} begins `{first.name}` too; take it from one, or give one a higher `priority`"
                yield FlowProblem(flow.file, line, "triggers", message)


def _triggers(flow: Flow) -> Iterator[tuple[str, str, int]]:
    triggers = flow.content.triggers
    for key in ("keywords", "contains", "regex", "buttons", "referrals"):
        for place, value in enumerate(getattr(triggers, key)):
            key_value = folded(value) if key in ("keywords", "contains") else value
            yield key, key_value, flow.line("triggers", key, place)
    if triggers.first_message:
        yield "first_message", "", flow.line("triggers", "first_message")


def _check_sub_flows(flow: Flow, by_name: dict[str, Flow]) -> Iterator[FlowProblem]:
    for name, step in flow.content.steps.items():
        if not isinstance(step, SubFlow):
            continue
        other = by_name.get(step.sub_flow)
        if other is None:
            line = flow.line("steps", name, "sub_flow")
            yield FlowProblem(
                flow.file, line, name, f"there is no flow `{step.sub_flow}`{_suggestion(step.sub_flow, by_name)}"
            )
            continue
        for variable in step.arguments:
            if variable not in initial_variables(other) and not any(
                variable in variables_set_by(it) for it in other.content.steps.values()
            ):
                line = flow.line("steps", name, "with", variable)
                message = f"`{other.name}` has no variable `{variable}`; declare it there under `variables`"
                yield FlowProblem(flow.file, line, name, message)


def _check_recursion(by_name: dict[str, Flow]) -> Iterator[FlowProblem]:
    cycle = find_cycle({name: [step.sub_flow for _, step in _sub_flow_steps(flow)] for name, flow in by_name.items()})
    if cycle:
        flow = by_name[cycle[0]]
        following = cycle[1] if len(cycle) > 1 else cycle[0]
        step = next(name for name, step in _sub_flow_steps(flow) if step.sub_flow == following)
        path = " → ".join([*cycle, cycle[0]])
        message = f"sub-flows that call each other ({path}) never come to an end; end one of them instead"
        yield FlowProblem(flow.file, flow.line("steps", step, "sub_flow"), step, message)


def _sub_flow_steps(flow: Flow) -> Iterator[tuple[str, SubFlow]]:
    for name, step in flow.content.steps.items():
        if isinstance(step, SubFlow):
            yield name, step


def _check_actions(flow: Flow, actions: Collection[str]) -> Iterator[FlowProblem]:
    for name, step in flow.content.steps.items():
        if isinstance(step, Call) and step.call not in actions:
            line = flow.line("steps", name, "call")
            yield FlowProblem(
                flow.file, line, name, f"there is no action `{step.call}`{_suggestion(step.call, actions)}"
            )


def _suggestion(name: str, known: Collection[str]) -> str:
    close = get_close_matches(name, known, 1)
    if close:
        return f"; did you mean `{close[0]}`?"
    return f"; there are {', '.join(sorted(known)[:30])}" if known else ""


def _has_waiting_step(flow: Flow, by_name: dict[str, Flow]) -> bool:
    """Return whether a flow or its sub-flows wait; sub-flows must exist and not be recursive."""
    steps = [flow.content.steps[name] for name in reachable(flow)]
    return any(
        is_waiting_step(step) or (isinstance(step, SubFlow) and _has_waiting_step(by_name[step.sub_flow], by_name))
        for step in steps
    )
