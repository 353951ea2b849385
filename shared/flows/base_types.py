"""Names, durations and base classes of flow files. `docs/flows.md` explains the language; `steps.py` has the steps.

A target is a step's name, `end` or `hand_off`; for an answer that does not fit, also `pass`. A text may contain
`{{ … }}` (`expressions/text_template.py`); `if` is an expression (`expressions/expression.py`).
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, JsonValue, StringConstraints, field_validator

from shared.validation.strict import StrictModel

END, HAND_OFF, PASS = "end", "hand_off", "pass"
RESERVED = (END, HAND_OFF, PASS)
BUILT_IN_VARIABLES = ("customer", "workspace", "answer", "choice", "today", "time", "weekday")
"""Variables of expressions besides the flow's own."""

MAX_STEPS = 300
_LONGEST_WAIT = timedelta(days=30)
_DURATION_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION_PATTERN = r"^[1-9]\d{0,5} ?[smhd]$"


def parse_duration(text: str) -> timedelta:
    """Return the duration of `30s`, `10m`, `2h` or `3d`."""
    return timedelta(**{_DURATION_UNITS[text[-1]]: int(text[:-1])})


def _not_too_long(text: str) -> str:
    if parse_duration(text) > _LONGEST_WAIT:
        raise ValueError("the longest time is 30d")
    return text


def _not_reserved(name: str) -> str:
    if name in RESERVED:
        raise ValueError(f"`{name}` has a meaning of its own; name the step differently")
    return name


def _not_built_in(name: str) -> str:
    if name in BUILT_IN_VARIABLES or name.lower() in (
        "true",
        "false",
        "none",
        "null",
        "and",
        "or",
        "not",
        "in",
        "if",
        "else",
    ):
        raise ValueError(f"`{name}` has a meaning of its own; name the variable differently")
    return name


_STEP_NAME = r"^[A-Za-z][A-Za-z0-9_-]{0,62}$"
FlowName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
StepName = Annotated[str, StringConstraints(pattern=_STEP_NAME), AfterValidator(_not_reserved)]
Target = Annotated[str, StringConstraints(pattern=_STEP_NAME)]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,40}$"), AfterValidator(_not_built_in)]
Duration = Annotated[str, StringConstraints(pattern=_DURATION_PATTERN), AfterValidator(_not_too_long)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=8000)]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class FlowModel(StrictModel):
    """The base of all parts of a flow file; a number is accepted where a text is expected."""

    model_config = ConfigDict(populate_by_name=True, coerce_numbers_to_str=True)


class Timeout(FlowModel):
    """A time limit. after: its duration; then: the step that follows."""

    after: Duration
    then: Target


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Triggers(FlowModel):
    """Start conditions of a flow. keywords: the whole message; contains: words within it; regex: a pattern of the
    whole message; buttons: ids of buttons and list rows; referrals: ids of ads, or `any`; first_message: of a session;
    command: by an agent or a broadcast.
    """

    keywords: tuple[ShortText, ...] = ()
    contains: tuple[ShortText, ...] = ()
    regex: tuple[ShortText, ...] = ()
    buttons: tuple[ShortText, ...] = ()
    referrals: tuple[ShortText, ...] = ()
    first_message: bool = False
    command: bool = False

    _one_is_a_list = field_validator("keywords", "contains", "regex", "buttons", "referrals", mode="before")(_as_list)


class StepBase(FlowModel):
    """The base of steps. next: the step that follows; by default the next one in the file."""

    next: Target | None = None


class WaitingStep(StepBase):
    """A step that waits for the customer. timeout: how long, and the step that follows then."""

    timeout: Timeout | None = None


class QuestionStep(WaitingStep):
    """A step that asks until the answer is valid. retries: how often it asks again, with `reprompt`, before `else`.

    `else: pass` does not ask again: an invalid answer goes to the FAQ and the model, and the step keeps waiting.
    """

    retries: Annotated[int, Field(ge=0, le=10)] = 2
    reprompt: Text | None = None
    otherwise: Annotated[Target, Field(alias="else")] = HAND_OFF


Values = Mapping[Variable, JsonValue]
