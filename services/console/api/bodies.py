"""Contents of messages as requests have them."""

from typing import Annotated, Literal, Self

import msgspec
from pydantic import Field, StringConstraints, model_validator

from services.console.models import RequestModel
from shared.messages.content import MediaKind
from shared.messages.outbound import Body

_MAX_TEXT = 20_000  # characters; longer texts of a provider's limit are split
Url = Annotated[str, StringConstraints(pattern=r"^https://[^\s/]+(/\S*)?$", max_length=2000)]
ShortText = Annotated[str, StringConstraints(max_length=1024)]
MessageReference = Annotated[str, StringConstraints(max_length=400)]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=512)]


class TextContent(RequestModel):
    """A text; one over the provider's limit goes out as several messages."""

    type: Literal["text"]
    body: Annotated[str, StringConstraints(min_length=1, max_length=_MAX_TEXT)]
    preview_url: bool = False


class MediaContent(RequestModel):
    """A file: an https address that the provider fetches it from, or the id of one that was uploaded for the channel.
    filename: of a document.
    """

    type: Literal["media"]
    kind: MediaKind
    url: Url | Literal[""] = ""
    media_id: Annotated[str, StringConstraints(max_length=200)] = ""
    caption: ShortText = ""
    filename: Annotated[str, StringConstraints(max_length=240)] = ""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.url) == bool(self.media_id):
            raise ValueError("give a url, or a media_id")
        return self


class HeaderFile(RequestModel):
    """The file above a template: an https address, or the id of a file uploaded to the provider."""

    kind: Literal["image", "video", "document"]
    url: Url | Literal[""] = ""
    media_id: Annotated[str, StringConstraints(max_length=200)] = ""
    filename: Annotated[str, StringConstraints(max_length=240)] = ""


class ButtonContent(RequestModel):
    """The value of a template's button. index: from 0."""

    index: Annotated[int, Field(ge=0, le=20)]
    kind: Literal["quick_reply", "url", "copy_code", "flow"]
    value: Annotated[str, StringConstraints(min_length=1, max_length=2000)]


class TemplateContent(RequestModel):
    """An approved template. parameters: of its body, in order; header: the parameter of its header."""

    type: Literal["template"]
    name: _Name
    language: Annotated[str, StringConstraints(min_length=2, max_length=20)]
    parameters: Annotated[tuple[ShortText, ...], Field(max_length=50)] = ()
    header: ShortText = ""
    header_media: HeaderFile | None = None
    buttons: Annotated[tuple[ButtonContent, ...], Field(max_length=10)] = ()


class ReactionContent(RequestModel):
    """An emoji on a message of the customer; an empty one removes it. message: its id in the timeline, or
    provider_message_id: the provider's.
    """

    type: Literal["reaction"]
    message: MessageReference = ""
    provider_message_id: Annotated[str, StringConstraints(max_length=300)] = ""
    emoji: Annotated[str, StringConstraints(max_length=16)] = ""

    @model_validator(mode="after")
    def _one_message(self) -> Self:
        if bool(self.message) == bool(self.provider_message_id):
            raise ValueError("give a message, or a provider_message_id")
        return self


class CardContent(RequestModel):
    """An address card. phones: in E.164."""

    name: _Name
    phones: Annotated[tuple[Annotated[str, StringConstraints(pattern=r"^\+\d{5,15}$")], ...], Field(max_length=10)] = ()
    emails: Annotated[tuple[ShortText, ...], Field(max_length=10)] = ()
    organisation: ShortText = ""


class ContactsContent(RequestModel):
    """Address cards."""

    type: Literal["contacts"]
    cards: Annotated[tuple[CardContent, ...], Field(min_length=1, max_length=10)]


class LocationContent(RequestModel):
    """A place: degrees, WGS 84."""

    type: Literal["location"]
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    name: ShortText = ""
    address: ShortText = ""


Content = Annotated[
    TextContent | MediaContent | TemplateContent | ReactionContent | ContactsContent | LocationContent,
    Field(discriminator="type"),
]


def body_of(content: RequestModel) -> Body:
    """Return the content as messages between services have it. A reaction has the provider's id by now."""
    body: Body = msgspec.convert(content.model_dump(mode="json", exclude={"message"}), Body)
    return body
