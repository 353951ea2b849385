"""A customer's phone, only in front of simulated providers (`CONSOLE_PHONE_URL`): visitors write as a customer."""

from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import Query
from pydantic import Field

from services.console.audit import NOT_AUDITED
from services.console.auth.cookies import is_loopback
from services.console.caller import Principal, needs
from services.console.idempotency import REPEATABLE
from services.console.models import AnswerModel, RequestModel
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.domain.phone import PhoneInvalid, normalise
from shared.providers.port import Channel
from shared.providers.simulated_phone import PhoneRefused, SimulatedPhone, option_content
from shared.repositories.directory import Directory
from shared.settings import Settings

router = workspace_router("/phone", "phone")

Writer = Annotated[Principal, needs(Right.MESSAGES_WRITE)]
ChannelId = Annotated[str, Field(max_length=100)]
Number = Annotated[str, Field(min_length=5, max_length=32, examples=["+2348035550101"])]
_PROVIDERS = ("meta", "twilio")
_MOST_WAIT = 20.0  # seconds


class PhoneChannel(AnswerModel):
    """A number of the business that the phone can write to."""

    id: str
    provider: str
    address: str


class PhoneChannels(AnswerModel):
    """The numbers of the business."""

    items: list[PhoneChannel]


class PhoneOption(AnswerModel):
    """A button, or a row of a list (`row`). url: of a button that opens a page."""

    id: str
    title: str
    description: str = ""
    row: bool = False
    url: str = ""


class PhoneItem(AnswerModel):
    """One thing on the customer's phone. kind: `written` by the customer, `message` to the customer, or `read` and
    `typing` of the business.

    at: seconds since 1970. id: of `read` and `typing`: of the message of the customer.
    """

    seq: int
    at: float
    kind: Literal["written", "message", "read", "typing"]
    id: str
    text: str = ""
    header: str = ""
    footer: str = ""
    options: Annotated[list[PhoneOption], Field(default_factory=list)]
    list_button: str = ""
    media: str = ""


class PhoneConversation(AnswerModel):
    """The conversation on the customer's phone. next: the `since` of the next request."""

    items: list[PhoneItem]
    next: int


class ChosenOption(RequestModel):
    id: Annotated[str, Field(min_length=1, max_length=256)]
    title: Annotated[str, Field(min_length=1, max_length=100)]
    row: bool = False


class PhoneMessage(RequestModel):
    """A message of the customer: a text, or the option that was chosen."""

    channel: ChannelId
    number: Number
    name: Annotated[str, Field(min_length=1, max_length=100)]
    text: Annotated[str, Field(max_length=4096)] = ""
    option: ChosenOption | None = None


class Written(AnswerModel):
    """The id of the message at its provider."""

    id: str


@router.get("")
async def phone_channels(caller: Writer, parts: PartsOf) -> PhoneChannels:
    """List the numbers that a simulated customer can write to. 404 in front of real providers."""
    _phone(parts.settings)
    found = await _directory(parts).by_workspace(caller.workspace)
    return PhoneChannels(
        items=[
            PhoneChannel(id=one.id, provider=one.provider, address=one.address)
            for one in found
            if one.provider in _PROVIDERS
        ]
    )


@router.get("/messages")
async def phone_messages(
    caller: Writer,
    parts: PartsOf,
    channel: Annotated[str, Query(max_length=100)],
    number: Annotated[str, Query(max_length=32)],
    since: Annotated[int, Query(ge=0, le=2**53)] = 0,
    wait: Annotated[float, Query(ge=0, le=_MOST_WAIT)] = 0.0,
) -> PhoneConversation:
    """Return the conversation as the customer's phone shows it. wait: seconds to wait for something new."""
    phone = _phone(parts.settings)
    found = await _channel(caller, parts, channel)
    try:
        answer = await phone.read(found, _number(number), since, wait)
    except PhoneRefused as error:
        raise Problem("conflict", str(error), reason="phone-refused") from None
    return PhoneConversation.model_validate(answer)


@router.post("/messages", status_code=201, dependencies=[REPEATABLE, NOT_AUDITED])
async def write_on_phone(body: PhoneMessage, caller: Writer, parts: PartsOf) -> Written:
    """Write as a customer: the message comes back as a signed webhook, as from the provider."""
    phone = _phone(parts.settings)
    found = await _channel(caller, parts, body.channel)
    try:
        written = await phone.write(found, _number(body.number), body.name, _content(body, found.provider))
    except PhoneRefused as error:
        raise Problem("conflict", str(error), reason="phone-refused") from None
    return Written(id=written)


def _content(body: PhoneMessage, provider: str) -> dict[str, Any]:
    if body.option is not None:
        return option_content(provider, body.option.id, body.option.title, row=body.option.row)
    if not body.text.strip():
        raise Problem("invalid", errors=[FieldError("#/text", "is empty")])
    return {"text": body.text}


def _phone(settings: Settings) -> SimulatedPhone:
    if not has_phone(settings):
        raise Problem("not-found", "this installation has real numbers: write to them from a phone")
    return SimulatedPhone(settings.console_phone_url)


def has_phone(settings: Settings) -> bool:
    """Return whether providers are simulated, and the console is on this machine."""
    return bool(settings.console_phone_url) and is_loopback(urlsplit(settings.console_url).hostname or "")


async def _channel(caller: Principal, parts: Parts, channel: str) -> Channel:
    found = await _directory(parts).channel(caller.workspace, channel)
    if found is None or found.provider not in _PROVIDERS:
        raise Problem("not-found", "there is no such channel")
    return found


def _directory(parts: Parts) -> Directory:
    return Directory(parts.mongo, parts.redis, parts.secrets, parts.clock)


def _number(number: str) -> str:
    try:
        return normalise(number)
    except PhoneInvalid as error:
        raise Problem("invalid", errors=[FieldError("#/number", str(error))]) from None
