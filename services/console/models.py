"""The bases of the API's models, and the answers that several resources share."""

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict

from services.console.idempotency import RequestKey
from shared.text.printable import printable
from shared.validation.field_types import within_this_century


def one_printable_line(text: str) -> str:
    """Return a text without line breaks and control characters, as for e-mails. Raises ValueError."""
    if printable(text) != text or "\n" in text or "\t" in text:
        raise ValueError("must be one line without control characters")
    return text


Time = Annotated[AwareDatetime, AfterValidator(within_this_century)]
"""A time of a request."""


class RequestModel(BaseModel):
    """The base of request bodies: fields that are not declared are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AnswerModel(BaseModel):
    """The base of answers."""

    model_config = ConfigDict(frozen=True)


class Accepted(AnswerModel):
    """A command was queued (202). message: the id that the message will have; null: the command sends none.

    The router or delivery decides; `command.done` or `command.refused` says how.
    """

    command: str
    message: str | None = None
    state: Literal["queued"] = "queued"


def accepted(key: RequestKey, message: str | None = None) -> Accepted:
    """Return the answer to a request whose command was written to Kafka."""
    return Accepted(command=key.command, message=message)
