"""The bases of the API's models, and the answers that several resources share."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.console.idempotency import RequestKey


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
