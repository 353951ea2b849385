"""Warnings about steps that a provider shows in another way than the flow says: as numbered text, in several messages.

They come from `shared.providers.fitting`, which delivery uses, with the texts as they are written in the file.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from shared.flows.engine.choices import option_id, options_body
from shared.flows.flow import Flow
from shared.flows.steps import Ask, Choose, SendMedia, SendText, Style, TappableOption
from shared.messages.content import MediaKind
from shared.messages.inbound import Provider
from shared.messages.outbound import Body, ButtonsBody, ListBody, MediaBody, TextBody
from shared.operations.flows.warnings import FlowWarning
from shared.providers.fitting import split_to_fit
from shared.providers.registry import limits_of


def provider_warnings(flow: Flow, providers: Sequence[Provider]) -> list[FlowWarning]:
    """Return the warnings of a flow, in the order of its steps."""
    return [
        FlowWarning(provider, name, flow.line("steps", name), message)
        for name, step in flow.content.steps.items()
        for body in _bodies(step)
        for provider in providers
        if (message := _difference(body, split_to_fit(body, limits_of(provider))))
    ]


def _bodies(step: Any) -> Iterator[Body]:
    """Yield the messages of a step as they are written."""
    match step:
        case SendText() if step.buttons or step.rows:
            titles = [*step.buttons.items(), *step.rows.items()]
            options = [(option_id(str(getattr(it, "id", it))), title, _described(it)) for title, it in titles]
            style = Style.BUTTONS if step.buttons else Style.LIST
            yield options_body(step.texts[0], options, style, step.button)
        case SendText():
            yield from (TextBody(body=text) for text in step.texts)
        case Choose():
            options = [(option_id(it.id or title), title, it.description) for title, it in step.options.items()]
            yield options_body(step.choose, options, step.style, step.button)
        case Ask() if step.choices:
            yield options_body(step.ask, [(option_id(one), one, "") for one in step.choices], Style.AUTO, "Choose")
        case SendMedia(caption=str(caption)) if caption:
            yield MediaBody(kind=MediaKind(step.kind), url=step.url, caption=caption)
        case _:
            return


def _described(option: Any) -> str:
    return option.description if isinstance(option, TappableOption) else ""


def _difference(body: Body, sent: Sequence[Body]) -> str:
    if len(sent) > 1:
        return f"goes as {len(sent)} messages"
    if sent and type(sent[0]) is not type(body):
        what = "a list" if isinstance(sent[0], ListBody) else "numbered text"
        return f"{'buttons' if isinstance(body, ButtonsBody) else 'a list'} will be shown as {what}"
    return ""
