"""Builds results of shop operations."""

from collections.abc import Mapping

from shared.commerce import texts
from shared.commerce.cart import Cart
from shared.commerce.catalog import OfferedOptions
from shared.commerce.phrases import say
from shared.flows.engine.actions import ActionResult
from shared.messages.outbound import Body, Button, ButtonsBody, TextBody


def text_result(
    text: str,
    *,
    outcome: str = "",
    cart: Cart | None = None,
    options: OfferedOptions = (),
    variables: Mapping[str, object] | None = None,
) -> ActionResult:
    """Return a result with a text."""
    bodies = (TextBody(body=text),)
    return ActionResult(outcome=outcome, bodies=bodies, cart=cart, options=options, variables=variables or {})


def buttons_result(text: str, choices: tuple[Button, ...], language: str = "en") -> ActionResult:
    """Return a result with a text above buttons; a text too long for that is sent before them."""
    options = tuple((button.id, button.title) for button in choices)
    if len(text) <= texts.ABOVE_BUTTONS:
        return ActionResult(bodies=(ButtonsBody(body=text, buttons=choices),), options=options)
    bodies: tuple[Body, ...] = (TextBody(body=text), ButtonsBody(body=say("go_on", language), buttons=choices))
    return ActionResult(bodies=bodies, options=options)
