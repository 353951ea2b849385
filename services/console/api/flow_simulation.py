"""Trying flows: simulated conversations with the engine that runs them, and tests that publishing runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import Path, Response
from pydantic import Field

from services.console.api.flow_models import FlowProblemFound, FlowTestResult, problem_found
from services.console.audit import NOT_AUDITED
from services.console.caller import Principal, needs
from services.console.etags import IfMatch, check_match, etag_of
from services.console.flow_work import run_tests, sources_of, work_of, workspace_of
from services.console.idempotency import REPEATABLE
from services.console.limits import SIMULATIONS, limited
from services.console.models import AnswerModel, RequestModel, Time
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.flows.base_types import FlowName as ValidFlowName
from shared.flows.yaml_tree import MAX_CHARACTERS
from shared.messages.inbound import Provider
from shared.operations.errors import FileInvalid
from shared.operations.flows.session import FlowSession, SessionState
from shared.operations.flows.simulating import Simulated, Simulation, book_of, readable_flow, simulate
from shared.operations.flows.trials import AnyHeard, Heard, SimulatedCustomer, read_trials, recorded
from shared.repositories.flow_tests import FlowTests, FlowTestTexts

router = workspace_router("/flows", "flows")
FlowName = Annotated[str, Path(max_length=100)]
Source = Annotated[str, Field(max_length=MAX_CHARACTERS)]
_MOST_HEARD = 60
_LONGEST_POSITION = 200_000


class FlowTry(RequestModel):
    """A step of a simulated conversation. source: of the flow; null: its draft, or the published text. position: of the
    answer before; null: a new conversation. heard: what happens now, in this order; empty at the begin: the flow starts
    by a command. silent: the customer has not written within 24 hours. model_says: what a model answers, where one is
    asked. provider: null: all of the workspace's channels.
    """

    flow: ValidFlowName
    source: Source | None = None
    position: Annotated[str, Field(max_length=_LONGEST_POSITION)] | None = None
    heard: Annotated[tuple[AnyHeard, ...], Field(max_length=_MOST_HEARD)] = ()
    customer: SimulatedCustomer = SimulatedCustomer()
    now: Time | None = None
    silent: bool = False
    model_says: Annotated[str, Field(max_length=4096)] = ""
    provider: Provider | None = None


class FlowBubble(AnswerModel):
    """A message of a simulated conversation. by: `flow`, `model`, or `workspace`: a text of its settings. body: of the
    message, with its `type`. too_late: WhatsApp refuses it, because the customer's last message is older than 24 hours
    and it is no template.
    """

    by: str
    body: dict[str, Any]
    too_late: bool


class FlowReached(AnswerModel):
    """A step that was reached."""

    flow: str
    step: str


class FlowTried(AnswerModel):
    """The result of one simulated turn. position: give it with the next step. bubbles: by provider. effects: shown, not
    done. step: at which it waits; null: the flow has ended, or has not begun. asks_model: the brief of a model that is
    to answer. taken: false: the message is for the FAQ or the model. with_person: after a hand-off; the bot does not
    answer. due_at: when a time-out comes next.
    """

    position: str
    bubbles: dict[str, list[FlowBubble]]
    trace: list[FlowReached]
    notes: list[str]
    effects: list[dict[str, Any]]
    cart: list[dict[str, Any]] | None
    flow: str | None
    step: str | None
    variables: dict[str, Any]
    customer: dict[str, Any]
    now: datetime
    due_at: datetime | None
    window_open: bool
    asks_model: str | None
    hand_off: str | None
    taken: bool
    with_person: bool
    problems: list[FlowProblemFound]


class FlowTalk(RequestModel):
    """A conversation to make a test of. As `FlowTry`."""

    flow: ValidFlowName
    name: Annotated[str, Field(min_length=1, max_length=200)]
    heard: Annotated[tuple[AnyHeard, ...], Field(min_length=1, max_length=_MOST_HEARD)]
    source: Source | None = None
    customer: SimulatedCustomer = SimulatedCustomer()
    now: Time | None = None


class FlowTestText(AnswerModel):
    """A test made of a simulated conversation. source: tests in YAML."""

    source: str


class FlowTestsWritten(RequestModel):
    """Tests of a flow to be stored. source: tests in YAML, as docs/flows.md describes them."""

    source: Source


class FlowTestsShown(AnswerModel):
    """The stored tests of a flow. by, at: who changed them last, and when; null: there are none."""

    source: str
    by: str
    at: datetime | None


class FlowTestRun(RequestModel):
    """A run of a flow's tests. source: of the flow; null: its draft, or the published text. tests: null: the stored
    ones.
    """

    source: Source | None = None
    tests: Source | None = None


class FlowTestResults(AnswerModel):
    """The results of a flow's tests. passed: all did."""

    passed: bool
    results: list[FlowTestResult]


Reader = Annotated[Principal, needs(Right.FLOWS_READ)]
Limit = Annotated[None, limited(SIMULATIONS)]


@router.post("/simulate", dependencies=[REPEATABLE, NOT_AUDITED])
async def simulate_flow(body: FlowTry, caller: Reader, _: Limit, parts: PartsOf) -> FlowTried:
    """Do a step of a simulated conversation; nothing is stored, sent or done."""
    workspace = await workspace_of(parts, caller)
    sources = await sources_of(parts, caller, body.flow, body.source)
    flow, problems = await work_of(parts, caller)(readable_flow, sources[body.flow], body.flow)
    if flow is None or flow.name != body.flow:
        found = [problem_found(one).model_dump() for one in problems]
        raise Problem(
            "invalid", "the flow cannot be run", errors=[FieldError("#/source", "see problems")], problems=found
        )
    state = None if body.position is None else _state(parts, caller, body.position)
    usual = tuple(dict.fromkeys(channel.provider for channel in workspace.channels)) or (Provider.META,)
    given = Simulation(
        sources=sources,
        flow=body.flow,
        workspace=workspace,
        providers=usual if body.provider is None else (body.provider,),
        heard=body.heard or (() if state else (Heard(start=body.flow),)),
        now=body.now or parts.clock.now(),
        customer=body.customer.view(),
        state=state,
        model_says=body.model_says,
        silent=body.silent,
    )
    done = await work_of(parts, caller)(simulate, given)
    return _tried(parts, caller, done, [problem_found(one) for one in problems])


@router.post("/simulate/test", dependencies=[REPEATABLE, NOT_AUDITED])
async def record_test(body: FlowTalk, caller: Reader, _: Limit, parts: PartsOf) -> FlowTestText:
    """Return a test of a conversation in YAML, which expects what the flow answers now."""
    workspace = await workspace_of(parts, caller)
    sources = await sources_of(parts, caller, body.flow, body.source)
    now = body.now or parts.clock.now().replace(microsecond=0)
    customer = body.customer.view()
    settings = {"now": now.isoformat().replace("+00:00", "Z"), **({"customer": customer} if customer else {})}

    def record() -> str:
        session = FlowSession(book_of(sources), workspace, now, customer=customer)
        return recorded(body.name, body.heard, session, body.flow, settings)

    return FlowTestText(source=await work_of(parts, caller)(record))


@router.get("/{name}/tests")
async def read_tests(name: FlowName, caller: Reader, parts: PartsOf, response: Response) -> FlowTestsShown:
    """Return the tests of a flow; empty if there are none."""
    found = await FlowTestTexts(parts.mongo, caller.workspace).get(name)
    response.headers["ETag"] = etag_of(found.revision if found else 0)
    return FlowTestsShown(
        source=found.source if found else "", by=found.by if found else "", at=found.at if found else None
    )


@router.put("/{name}/tests")
async def write_tests(
    name: Annotated[ValidFlowName, Path()],
    body: FlowTestsWritten,
    caller: Annotated[Principal, needs(Right.FLOWS_WRITE)],
    parts: PartsOf,
    response: Response,
    if_match: IfMatch = None,
) -> FlowTestsShown:
    """Replace the tests of a flow; publishing runs them."""
    stored = FlowTestTexts(parts.mongo, caller.workspace)
    with _unreadable_tests("#/source"):
        await work_of(parts, caller)(read_trials, body.source)
    before = await stored.get(name)
    check_match(if_match, etag_of(before.revision if before else 0))
    new = FlowTests(
        flow=name,
        source=body.source,
        by=caller.caller,
        at=parts.clock.now(),
        revision=before.revision if before else 0,
    )
    saved = await stored.save(new)
    if saved is None:
        raise Problem("changed-meanwhile")
    response.headers["ETag"] = etag_of(saved.revision)
    return FlowTestsShown(source=new.source, by=new.by, at=new.at)


@router.post("/{name}/tests/run", dependencies=[REPEATABLE, NOT_AUDITED])
async def run_flow_tests(
    name: FlowName, body: FlowTestRun, caller: Reader, _: Limit, parts: PartsOf
) -> FlowTestResults:
    """Run the tests of a flow."""
    tests = body.tests
    if tests is None:
        found = await FlowTestTexts(parts.mongo, caller.workspace).get(name)
        tests = found.source if found else "tests: []"
    sources = await sources_of(parts, caller, name, body.source)
    with _unreadable_tests("#/tests"):
        results = await run_tests(parts, caller, name, tests, sources)
    shown = [FlowTestResult(name=one.name, passed=one.passed, failures=list(one.failures)) for one in results]
    return FlowTestResults(passed=all(one.passed for one in shown), results=shown)


def _tried(parts: Parts, caller: Principal, done: Simulated, problems: list[FlowProblemFound]) -> FlowTried:
    state, position = done.state, done.state.position
    return FlowTried(
        position=parts.cursors.encode(_scope(caller), [msgspec.json.encode(state)]),
        bubbles={
            provider: [FlowBubble(by=one.by, body=dict(one.body), too_late=one.too_late) for one in shown]
            for provider, shown in done.bubbles.items()
        },
        trace=[FlowReached(flow=flow, step=step) for flow, step in done.trace],
        notes=list(done.notes),
        effects=[dict(one) for one in done.effects],
        cart=None if done.cart is None else [dict(one) for one in done.cart],
        flow=position.flow if position else None,
        step=position.step if position else None,
        variables=dict(position.variables) if position else {},
        customer=dict(state.customer),
        now=state.now,
        due_at=done.due_at,
        window_open=done.window_open,
        asks_model=done.asks_model,
        hand_off=done.hand_off,
        taken=done.taken,
        with_person=done.with_person,
        problems=problems,
    )


def _scope(caller: Principal) -> tuple[str, ...]:
    return ("flows", "simulate", caller.workspace, caller.caller)


def _state(parts: Parts, caller: Principal, position: str) -> SessionState:
    """Return the state that we signed before. Raises Problem."""
    try:
        (encoded,) = parts.cursors.decode(_scope(caller), position)
        return msgspec.json.decode(encoded, type=SessionState)
    except (Problem, ValueError, msgspec.DecodeError):
        raise Problem("invalid", errors=[FieldError("#/position", "is not a position of an answer before")]) from None


@contextmanager
def _unreadable_tests(pointer: str) -> Iterator[None]:
    try:
        yield
    except FileInvalid as error:
        raise Problem("invalid", str(error), errors=[FieldError(pointer, str(error))]) from None
