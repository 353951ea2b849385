"""The content of a broadcast: a text, a template or a flow."""

from collections.abc import Callable

import msgspec

from shared.messages.outbound import ButtonValue, MediaBody, TemplateBody


class BroadcastText(msgspec.Struct, frozen=True, kw_only=True, tag="text"):
    """A text with `{{ customer.name }}` and the like; only for customers who wrote within 24 hours."""

    text: str


class BroadcastTemplate(msgspec.Struct, frozen=True, kw_only=True, tag="template"):
    """An approved template, filled as `TemplateBody` has it; parameters, header and the buttons' values are texts with
    `{{ … }}` too. header_media: the same file for all.
    """

    name: str
    language: str
    parameters: tuple[str, ...] = ()
    header: str = ""
    header_media: MediaBody | None = None
    buttons: tuple[ButtonValue, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """All texts that may have variables."""
        header = (self.header,) if self.header else ()
        return (*self.parameters, *header, *(button.value for button in self.buttons))

    def filled(self, fill: Callable[[str], str]) -> TemplateBody:
        """Return the body to send. fill: renders a text with its variables."""
        return TemplateBody(
            name=self.name,
            language=self.language,
            parameters=tuple(fill(text) for text in self.parameters),
            header=fill(self.header) if self.header else "",
            header_media=self.header_media,
            buttons=tuple(msgspec.structs.replace(it, value=fill(it.value)) for it in self.buttons),
        )


class BroadcastFlow(msgspec.Struct, frozen=True, kw_only=True, tag="flow"):
    """A flow that begins with each recipient; only for customers who wrote within 24 hours."""

    flow: str


BroadcastContent = BroadcastText | BroadcastTemplate | BroadcastFlow
