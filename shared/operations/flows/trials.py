"""Tests of flows: what a customer says, and what the flow must answer. `parley flow test` and publishing run them.

    tests:
      - name: books a table
        now: 2026-03-14T10:00:00Z
        customer: {name: Ada}
        talk:
          - hear: table
            say: ["Hello Ada!", "For how many people?"]
            step: guests
          - hear: {wait: 2h}
            ended: true

A turn checks only the keys that it has.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, ValidationError

from shared.flows.base_types import Duration, FlowModel, FlowName, ShortText, Text, parse_duration
from shared.flows.edit.collections import collection_lines
from shared.flows.engine.actions import CustomerInput
from shared.flows.engine.engine import FlowBook, FlowOutcome
from shared.flows.steps import FieldName, TagName
from shared.flows.yaml_tree import YamlUnreadable, read_tree
from shared.messages.content import Choice, ChoiceKind, Media, MediaKind
from shared.messages.content import Text as TextContent
from shared.messages.outbound import Body, ButtonsBody, ListBody, MediaBody, TemplateBody
from shared.operations.errors import FileInvalid
from shared.operations.flows.own_answers import OwnAnswer
from shared.operations.flows.session import FlowSession
from shared.validation.field_types import within_this_century
from shared.workspace.config import Workspace

USUAL_TIME = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
MOST_TESTS, MOST_TURNS = 100, 60


class Heard(FlowModel):
    """An event of a test: a text, a pressed button (its id), media, time that passes, or a start by a command.
    ad: id of the ad by which the customer came with this message.
    """

    text: Annotated[str, Field(max_length=4096)] | None = None
    button: ShortText | None = None
    title: str = ""
    ad: ShortText | None = None
    media: MediaKind | None = None
    wait: Duration | None = None
    start: FlowName | None = None


def _long(value: Any) -> Any:
    return {"text": value} if isinstance(value, str) else value


def _one(value: Heard) -> Heard:
    if sum(it is not None for it in (value.text, value.button, value.media, value.wait, value.start)) != 1:
        raise ValueError("one of text, button, media, wait and start is wanted")
    return value


AnyHeard = Annotated[Heard, BeforeValidator(_long), AfterValidator(_one)]


class Turn(FlowModel):
    """One turn of a test of a flow. hear: what happens. say: all texts that are sent then; contains: parts of them.
    options: titles of the last message. step: at which the flow waits then. hand_off: the reason. ai: the model is
    asked. others: whether the message was not for the flow. variables, tags, fields: some that are set then.
    """

    hear: AnyHeard
    say: Annotated[tuple[str, ...], Field(max_length=60)] | None = None
    contains: tuple[Text, ...] = ()
    options: tuple[str, ...] | None = None
    step: str | None = None
    ended: bool | None = None
    hand_off: str | None = None
    ai: bool | None = None
    others: bool | None = None
    variables: Mapping[str, JsonValue] = {}
    tags: tuple[str, ...] = ()
    fields: Mapping[str, JsonValue] = {}


class SimulatedCustomer(FlowModel):
    """A customer as flows see one; what is not given is that of a new customer."""

    name: Annotated[str, Field(max_length=200)] | None = None
    phone: Annotated[str, Field(max_length=30)] | None = None
    tags: Annotated[tuple[TagName, ...], Field(max_length=50)] | None = None
    fields: Annotated[Mapping[FieldName, JsonValue], Field(max_length=50)] | None = None
    qualified: bool | None = None
    opted_out: bool | None = None
    order_count: Annotated[int, Field(ge=0)] | None = None
    recent_orders: Annotated[tuple[Mapping[ShortText, JsonValue], ...], Field(max_length=5)] | None = None
    lead_source: Annotated[Mapping[ShortText, str], Field(max_length=10)] | None = None

    def view(self) -> dict[str, Any]:
        """Return what is given, as plain values."""
        return self.model_dump(mode="json", exclude_none=True)


def _time(value: Any) -> Any:
    return datetime.fromisoformat(value.replace("Z", "+00:00")) if isinstance(value, str) else value


class TrialWorkspace(FlowModel):
    """Settings of the workspace; the others are its own."""

    name: ShortText | None = None
    region: ShortText | None = None
    currency: ShortText | None = None
    timezone: ShortText | None = None
    catalog: Annotated[tuple[Mapping[ShortText, str], ...], Field(max_length=50)] | None = None


class Trial(FlowModel):
    name: ShortText
    now: Annotated[datetime, BeforeValidator(_time), AfterValidator(within_this_century)] = USUAL_TIME
    customer: SimulatedCustomer = SimulatedCustomer()
    workspace: TrialWorkspace = TrialWorkspace()
    talk: Annotated[tuple[Turn, ...], Field(min_length=1, max_length=MOST_TURNS)]


class TrialFile(FlowModel):
    tests: Annotated[tuple[Trial, ...], Field(max_length=MOST_TESTS)]


@dataclass(frozen=True, slots=True)
class TrialResult:
    """The result of a test of a flow. failures: one for each key that is different, with the number of its turn."""

    name: str
    failures: tuple[str, ...]

    @property
    def passed(self) -> bool:
        return not self.failures


def read_trials(source: str, file: str = "tests") -> tuple[Trial, ...]:
    """Return the tests of a file. Raises FileInvalid with the lines of what is wrong."""
    try:
        tree = read_tree(source)
        return TrialFile.model_validate(tree.value).tests
    except YamlUnreadable as error:
        raise FileInvalid(f"{file}:{error.line}: {error}") from None
    except ValidationError as error:
        lines = []
        for one in error.errors(include_url=False, include_context=False):
            path = tuple(part for part in one["loc"])
            line = next((tree.lines[path[:end]] for end in range(len(path), -1, -1) if path[:end] in tree.lines), 1)
            lines.append(f"{file}:{line}: {' → '.join(map(str, path))}: {one['msg']}")
        raise FileInvalid("\n".join(dict.fromkeys(lines))) from None


def run_trials(trials: Sequence[Trial], book: FlowBook, flow: str, workspace: Workspace) -> list[TrialResult]:
    """Run tests of a flow, each with a customer of its own."""
    return [TrialResult(trial.name, tuple(_run(trial, book, flow, workspace))) for trial in trials]


def perform(session: FlowSession, heard: Heard, flow: str) -> list[FlowOutcome]:
    """Do what happens in a session; return the outcomes."""
    if heard.start is not None:
        return list(session.begin(heard.start or flow))
    if heard.wait is not None:
        return list(session.wait(parse_duration(heard.wait)))
    return [session.hear(input_of(heard))]


def input_of(heard: Heard) -> CustomerInput:
    """Return a message of the customer."""
    if heard.button is not None:
        title = heard.title or heard.button
        choice = Choice(kind=ChoiceKind.BUTTON, id=heard.button, title=title)
        return CustomerInput(content=choice, text=title, choice=heard.button)
    referral = {"source_id": heard.ad, "source_type": "ad"} if heard.ad else {}
    if heard.media is not None:
        return CustomerInput(content=Media(kind=heard.media, media_id="simulated"), referral=referral)
    text = heard.text or ""
    return CustomerInput(content=TextContent(body=text), text=text, referral=referral)


def text_of(body: Body) -> str:
    """Return the text of a message."""
    match body:
        case MediaBody(caption=caption, url=url, media_id=media_id):
            return f"<{body.kind} {url or media_id}>{f' {caption}' if caption else ''}"
        case TemplateBody(name=name, parameters=parameters):
            return f"<template {name}: {', '.join(parameters)}>"
        case _:
            return str(getattr(body, "body", ""))


def options_of(body: Body | None) -> tuple[str, ...]:
    """Return the titles of the buttons or rows of a message."""
    return tuple(choices_of(body).values())


def choices_of(body: Body | None) -> dict[str, str]:
    """Return the titles of the buttons or rows of a message by id."""
    match body:
        case ButtonsBody(buttons=buttons):
            return {button.id: button.title for button in buttons}
        case ListBody(rows=rows):
            return {row.id: row.title for row in rows}
        case _:
            return {}


def recorded(name: str, talk: Sequence[Heard], session: FlowSession, flow: str, settings: Mapping[str, Any]) -> str:
    """Return the text of a test of this talk, which expects what the flow answers now. settings: others of the test."""
    turns: list[dict[str, Any]] = []
    for heard in talk:
        outcomes = perform(session, heard, flow)
        turns.append({"hear": _short(heard), **_expected(session, outcomes)})
    return "\n".join(["tests:", *collection_lines([{"name": name, **settings, "talk": turns}], 2, 2)]) + "\n"


def _bodies(outcomes: Sequence[FlowOutcome]) -> list[Body]:
    """Return what flows have said; texts of the workspace's settings are no part of a test."""
    return [body for outcome in outcomes if not isinstance(outcome, OwnAnswer) for body in outcome.bodies]


def _short(heard: Heard) -> Any:
    return (
        heard.text
        if heard.text is not None and not heard.ad
        else heard.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    )


def _expected(session: FlowSession, outcomes: Sequence[FlowOutcome]) -> dict[str, Any]:
    bodies = _bodies(outcomes)
    found: dict[str, Any] = {"say": [text_of(body) for body in bodies]}
    if bodies and options_of(bodies[-1]):
        found["options"] = list(options_of(bodies[-1]))
    if session.position is not None:
        found["step"] = session.position.step
    else:
        found["ended"] = True
    if reason := next((outcome.hand_off for outcome in outcomes if outcome.hand_off), None):
        found["hand_off"] = reason
    return found


def session_of(trial: Trial, book: FlowBook, workspace: Workspace) -> FlowSession:
    """Return the conversation that a test begins with. Raises FileInvalid."""
    return FlowSession(book, _workspace(workspace, trial.workspace), trial.now, customer=trial.customer.view())


def _run(trial: Trial, book: FlowBook, flow: str, workspace: Workspace) -> Iterator[str]:
    session = session_of(trial, book, workspace)
    for number, turn in enumerate(trial.talk, 1):
        outcomes = perform(session, turn.hear, flow)
        for key, wanted, found in _checks(turn, session, outcomes):
            if wanted != found:
                yield f"turn {number}: {key}: expected {wanted!r}, got {found!r}"


def _workspace(workspace: Workspace, settings: TrialWorkspace) -> Workspace:
    """Return a workspace with other settings. Raises FileInvalid."""
    given = settings.model_dump(mode="json", exclude_none=True)
    if not given:
        return workspace
    try:
        checked = Workspace.model_validate({"workspace": workspace.workspace, "name": workspace.name or "-", **given})
    except ValidationError as error:
        raise FileInvalid("; ".join(f"workspace: {item['loc']}: {item['msg']}" for item in error.errors())) from None
    return workspace.model_copy(update={name: getattr(checked, name) for name in given})


def _checks(turn: Turn, session: FlowSession, outcomes: Sequence[FlowOutcome]) -> Iterator[tuple[str, Any, Any]]:
    bodies = _bodies(outcomes)
    texts = [text_of(body) for body in bodies]
    if turn.say is not None:
        yield "say", list(turn.say), texts
    for part in turn.contains:
        if not any(part in text for text in texts):
            yield "contains", part, texts
    if turn.options is not None:
        yield "options", list(turn.options), list(options_of(bodies[-1] if bodies else None))
    if turn.step is not None:
        yield "step", turn.step, session.position.step if session.position is not None else None
    if turn.ended is not None:
        yield "ended", turn.ended, session.position is None
    if turn.hand_off is not None:
        yield "hand_off", turn.hand_off, next((it.hand_off for it in outcomes if it.hand_off), None)
    if turn.ai is not None:
        yield "ai", turn.ai, any(it.ask_ai is not None for it in outcomes)
    if turn.others is not None:
        yield "others", turn.others, any(not it.taken for it in outcomes)
    yield from _data_checks(turn, session)


def _data_checks(turn: Turn, session: FlowSession) -> Iterator[tuple[str, Any, Any]]:
    for name, value in turn.variables.items():
        yield f"variable {name}", value, session.variables.get(name)
    for tag in turn.tags:
        yield "tags", True, tag in session.customer["tags"] or f"{tag} is not among {session.customer['tags']}"
    for name, value in turn.fields.items():
        yield f"field {name}", value, session.customer["fields"].get(name)
