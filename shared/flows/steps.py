"""The types of steps. A step's type is known by its main key (`text`, `ask`, `branch`, …)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, JsonValue, StringConstraints, Tag, field_validator, model_validator

from shared.flows.base_types import (
    END,
    Duration,
    FlowModel,
    FlowName,
    QuestionStep,
    ShortText,
    StepBase,
    Target,
    Text,
    Timeout,
    Values,
    Variable,
    WaitingStep,
)

TagName = Annotated[str, StringConstraints(min_length=1, max_length=60)]
FieldName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_ -]{0,60}$")]
MEDIA = ("image", "video", "audio", "document", "sticker")


class ChoiceOption(FlowModel):
    """An option of `choose`. then: the step that follows (default: `next`); id: default: the title."""

    then: Target | None = None
    id: ShortText | None = None
    description: str = ""


class TappableOption(FlowModel):
    """A button or row that the flow does not wait for; its id may trigger a flow."""

    id: ShortText
    description: str = ""


class SendText(StepBase):
    """Sends text; several texts are several messages. buttons, list: titles, each with its id."""

    text: Text | Annotated[tuple[Text, ...], Field(min_length=1, max_length=10)]
    buttons: Mapping[str, ShortText] = {}
    rows: Annotated[Mapping[str, ShortText | TappableOption], Field(alias="list")] = {}
    button: str = "Choose"

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.text,) if isinstance(self.text, str) else self.text


class SendMedia(StepBase):
    """Sends a file by its https address, or as `id:` and the id of a file that was uploaded to Meta before."""

    image: ShortText | None = None
    video: ShortText | None = None
    audio: ShortText | None = None
    document: ShortText | None = None
    sticker: ShortText | None = None
    caption: str = ""
    filename: str = ""

    @model_validator(mode="after")
    def _check_one_file(self) -> "SendMedia":
        if sum(getattr(self, kind) is not None for kind in MEDIA) != 1:
            raise ValueError("one step sends one file; use a further step for the other")
        return self

    @property
    def kind(self) -> str:
        return next(kind for kind in MEDIA if getattr(self, kind) is not None)

    @property
    def url(self) -> str:
        return str(getattr(self, self.kind))


class SendTemplate(StepBase):
    """Sends a template that the provider has approved."""

    template: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_]{1,512}$")]
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(_[A-Za-z]{2,4})?$")] = "en"
    parameters: Annotated[tuple[Text, ...], Field(max_length=20)] = ()


class Style(StrEnum):
    """Display of options. auto: buttons if they fit, else a list, else numbers."""

    AUTO = "auto"
    BUTTONS = "buttons"
    LIST = "list"
    NUMBERS = "numbers"


class Choose(QuestionStep):
    """Offers options; the customer taps one, or writes its number or title. save: the variable for its id."""

    choose: Text
    options: Annotated[Mapping[str, ChoiceOption], Field(min_length=1, max_length=30)]
    save: Variable | None = None
    style: Style = Style.AUTO
    button: str = "Choose"

    @field_validator("options", mode="before")
    @classmethod
    def _expand_short_forms(cls, value: Any) -> Any:
        if isinstance(value, list):
            return {str(title): {} for title in value}
        if isinstance(value, Mapping):
            return {title: {"then": it} if isinstance(it, str) else it or {} for title, it in value.items()}
        return value

    def ids(self) -> tuple[tuple[str, str], ...]:
        """Return id and title of each option."""
        return tuple((option.id or title, title) for title, option in self.options.items())


class AnswerType(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    EMAIL = "email"
    PHONE = "phone"
    DATE = "date"
    CHOICE = "choice"
    REGEX = "regex"


class Ask(QuestionStep):
    """Asks for a value. min, max: of a number or date (`today`, `2026-03-14`), or of the length of a text."""

    ask: Text
    save: Variable
    type: AnswerType = AnswerType.TEXT
    min: int | float | str | None = None
    max: int | float | str | None = None
    pattern: ShortText | None = None
    choices: Annotated[tuple[ShortText, ...], Field(max_length=30)] = ()

    @model_validator(mode="after")
    def _check_keys(self) -> "Ask":
        needs = {AnswerType.CHOICE: "choices", AnswerType.REGEX: "pattern"}
        for kind, key in needs.items():
            if (self.type is kind) != bool(getattr(self, key)):
                raise ValueError(f"`type: {kind}` and `{key}` belong together")
        limits = [limit for limit in (self.min, self.max) if limit is not None]
        if limits and self.type not in _LIMITED:
            raise ValueError(f"`type: {self.type}` has no `min` and `max`")
        if any(isinstance(limit, str) != (self.type is AnswerType.DATE) for limit in limits):
            raise ValueError("`min` and `max` are dates in quotes for `type: date`, otherwise numbers")
        return self


_LIMITED = (AnswerType.TEXT, AnswerType.NUMBER, AnswerType.INTEGER, AnswerType.DATE)


class Case(FlowModel):
    condition: Annotated[Text, Field(alias="if")]
    then: Target


class Branch(StepBase):
    """Continues with the step of the first true condition; otherwise with `else`, or `next`."""

    branch: Annotated[tuple[Case, ...], Field(min_length=1, max_length=30)]
    otherwise: Annotated[Target | None, Field(alias="else")] = None


class Set(StepBase):
    """Sets variables."""

    set: Annotated[Values, Field(min_length=1)]


class Call(StepBase):
    """Calls an action. outcomes: the steps that follow its outcomes; other outcomes continue with `next`."""

    call: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,62}$")]
    arguments: Annotated[Mapping[str, JsonValue], Field(alias="with")] = {}
    outcomes: Mapping[str, Target] = {}


class Ai(WaitingStep):
    """Lets the model answer, with this brief. until: words that end it; without them it answers one message."""

    ai: Text
    until: Annotated[tuple[ShortText, ...], Field(max_length=30)] = ()


class HandOff(FlowModel):
    """Hands the conversation off to agents and ends the flow. hand_off: the reason, for the agents."""

    hand_off: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Wait(StepBase):
    """Waits for any answer, or for a time. then: the step that follows the time (default: `next`)."""

    wait: Duration | Literal["answer"]
    then: Target | None = None
    save: Variable | None = None

    @property
    def timeout(self) -> Timeout | None:
        if self.wait == "answer":
            return None
        return Timeout(after=self.wait, then=self.then or END)


class Jump(FlowModel):
    jump: Target


class SubFlow(StepBase):
    """Runs another flow, with the same variables, and goes on when it has ended."""

    sub_flow: FlowName
    arguments: Annotated[Values, Field(alias="with", default_factory=dict)]


class Customer(StepBase):
    """Changes data of the customer. fields: `null` removes one."""

    add_tags: Annotated[tuple[TagName, ...], Field(max_length=20)] = ()
    remove_tags: Annotated[tuple[TagName, ...], Field(max_length=20)] = ()
    fields: Annotated[Mapping[FieldName, JsonValue], Field(max_length=30)] = {}
    name: Text | None = None
    qualified: bool | None = None
    opted_out: bool | None = None


class End(FlowModel):
    """Ends the flow. end: a last text, if any."""

    end: str = ""

    @field_validator("end", mode="before")
    @classmethod
    def _expand_empty_end(cls, value: Any) -> Any:
        return "" if value is True or value is None else value


STEP_TYPES: Mapping[str, type[FlowModel]] = {
    "text": SendText,
    **dict.fromkeys(MEDIA, SendMedia),
    "template": SendTemplate,
    "choose": Choose,
    "ask": Ask,
    "branch": Branch,
    "set": Set,
    "call": Call,
    "ai": Ai,
    "hand_off": HandOff,
    "wait": Wait,
    "jump": Jump,
    "sub_flow": SubFlow,
    **dict.fromkeys(("add_tags", "remove_tags", "fields", "qualified", "opted_out", "name"), Customer),
    "end": End,
}
"""Types of steps by their main key."""


def step_type_name(step: Any) -> str | None:
    """Return the class name of a parsed or unparsed step; None if it has no main key."""
    if isinstance(step, FlowModel):
        return type(step).__name__
    if not isinstance(step, Mapping):
        return None
    return next((kind.__name__ for key, kind in STEP_TYPES.items() if key in step), None)


Step = Annotated[
    Annotated[SendText, Tag("SendText")]
    | Annotated[SendMedia, Tag("SendMedia")]
    | Annotated[SendTemplate, Tag("SendTemplate")]
    | Annotated[Choose, Tag("Choose")]
    | Annotated[Ask, Tag("Ask")]
    | Annotated[Branch, Tag("Branch")]
    | Annotated[Set, Tag("Set")]
    | Annotated[Call, Tag("Call")]
    | Annotated[Ai, Tag("Ai")]
    | Annotated[HandOff, Tag("HandOff")]
    | Annotated[Wait, Tag("Wait")]
    | Annotated[Jump, Tag("Jump")]
    | Annotated[SubFlow, Tag("SubFlow")]
    | Annotated[Customer, Tag("Customer")]
    | Annotated[End, Tag("End")],
    Discriminator(step_type_name),
]
TAGS = frozenset(kind.__name__ for kind in STEP_TYPES.values())
"""Names that pydantic adds to an error's location; they are not in the file."""
