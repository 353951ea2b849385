"""`messages`: one message, why it was sent as it was, the attempts to send it, and its file."""

from datetime import datetime
from typing import Annotated

import msgspec
from fastapi import Path, Response
from fastapi.responses import StreamingResponse

from services.console.api.conversation_models import Entry
from services.console.caller import Principal, needs
from services.console.media import media_views
from services.console.models import AnswerModel
from services.console.parameters import PartsOf
from services.console.parts import Parts
from services.console.problems import Problem
from services.console.reading import json_response, sees_of
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.operations.inbox.customers import shown_text
from shared.operations.inbox.messages import MessageFinder, VisibleMessage
from shared.operations.media.types import media_headers
from shared.operations.timeline.entries import masked_entry
from shared.operations.trace.why import ExplainedMessage, explain

router = workspace_router("/messages", "messages")

# Providers' ids may have slashes, so the id takes the whole path; routes with something behind it come first.
MessageId = Annotated[str, Path(max_length=400, description="Id of a message.")]
Reader = Annotated[Principal, needs(Right.MESSAGES_READ)]


class MessageAnswer(AnswerModel):
    """A message with the conversation that it is in. correlation_id: of the exchange that it belongs to."""

    conversation_id: str
    channel: str
    correlation_id: str
    entry: Entry


class Step(AnswerModel):
    """A step of an exchange. ms: since its start. where: the service, `customer` or `provider`. level: `good`, `bad`,
    `warn` or `plain`. at: null for what has not happened yet. code, values: the same as `what`, for other languages.
    """

    at: datetime | None
    ms: int | None
    where: str
    what: str
    level: str
    code: str
    values: dict[str, str]


class ModelCost(AnswerModel):
    """The cost of models in the conversation so far. usd: a decimal."""

    answers: int
    usd: str


class WhyAnswer(AnswerModel):
    """All steps of the exchange that a message belongs to, in the order of their times."""

    correlation_id: str
    steps: list[Step]
    spent: ModelCost | None


class Attempt(AnswerModel):
    """An attempt to send a message. outcome: `accepted` or `failed`, then with the provider's error."""

    at: datetime
    outcome: str
    code: str = ""
    title: str = ""
    detail: str = ""


class Attempts(AnswerModel):
    """The attempts to send a message, oldest first, at most the last forty."""

    items: list[Attempt]


@router.get("/{message:path}/why")
async def why(message: MessageId, caller: Reader, parts: PartsOf) -> WhyAnswer:
    """Explain a message: decision, FAQ or flow or model with its cost, attempts, statuses, and when each happened."""
    found = await _visible(parts, caller, message)
    return why_answer(await explain(parts.mongo, caller.workspace, found.found.correlation_id))


def why_answer(explained: ExplainedMessage) -> WhyAnswer:
    """Return the steps of an exchange as an answer."""
    return WhyAnswer(
        correlation_id=explained.correlation_id,
        steps=[Step.model_validate(one, from_attributes=True) for one in explained.steps],
        spent=ModelCost(answers=explained.spent.answers, usd=f"{explained.spent.usd:f}") if explained.spent else None,
    )


@router.get("/{message:path}/attempts")
async def attempts(message: MessageId, caller: Reader, parts: PartsOf) -> Attempts:
    """List the attempts to send a message of ours."""
    found, numbers = await _visible(parts, caller, message), caller.has(Right.PHONE_NUMBERS)
    return Attempts(
        items=[
            Attempt(
                at=one["at"],
                outcome=one["outcome"],
                **{
                    name: shown_text(str((one.get("error") or {}).get(name) or ""), numbers=numbers)
                    for name in ("code", "title", "detail")
                },
            )
            for one in found.attempts
        ]
    )


@router.get(
    "/{message:path}/media",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The file, as it was sent."}},
)
async def media(message: MessageId, caller: Reader, parts: PartsOf) -> Response:
    """Return the file of a message: from our copy, or fetched from the provider at first view. Of a message of ours it
    is the file that was uploaded for it; one by an address is at that address.

    It may be malicious. Only types that cannot run as a page are shown in place.
    """
    found = await _visible(parts, caller, message)
    content = found.media
    if content is None:
        raise Problem("not-found", "the message has no file")
    viewed = await media_views(parts, caller.workspace, found, content)
    headers = media_headers(viewed.type, viewed.filename) | {"Content-Length": str(viewed.size)}
    return StreamingResponse(viewed.parts, headers=headers)


@router.get("/{message:path}", response_model=MessageAnswer)
async def get_message(message: MessageId, caller: Reader, parts: PartsOf) -> Response:
    """Return one message."""
    found = (await _visible(parts, caller, message)).found
    if not caller.has(Right.PHONE_NUMBERS):
        found = msgspec.structs.replace(found, entry=masked_entry(found.entry))
    return json_response(found)


async def _visible(parts: Parts, caller: Principal, message_id: str) -> VisibleMessage:
    found = await MessageFinder(parts.mongo, caller.workspace).get(message_id, sees_of(caller))
    if found is None:
        raise Problem("not-found")
    return found
