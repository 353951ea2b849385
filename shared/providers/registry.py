"""The providers, one line for each: what is needed to send through it and to understand its failures."""

from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from shared.clock import Clock
from shared.messages.inbound import Provider
from shared.providers.errors import SendError
from shared.providers.http import Timeouts
from shared.providers.meta import errors as meta_errors
from shared.providers.meta import sender as meta
from shared.providers.meta.payload import LIMITS as META_LIMITS
from shared.providers.port import Limits, MessageSender
from shared.providers.twilio import errors as twilio_errors
from shared.providers.twilio import sender as twilio
from shared.providers.twilio.form import LIMITS as TWILIO_LIMITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What senders are built from. session: see `shared.providers.http.open_session`; URLs as in the settings."""

    session: aiohttp.ClientSession
    clock: Clock
    timeouts: Timeouts
    meta_graph_url: str
    meta_graph_version: str
    twilio_api_url: str
    public_base_url: str


@dataclass(frozen=True, slots=True)
class Registration:
    """limits: of its messages. build: makes its sender. status_error: what a code in a failed status means."""

    limits: Limits
    build: Callable[[Setup], MessageSender]
    status_error: Callable[[str | int], SendError]


def _meta(setup: Setup) -> MessageSender:
    return meta.MetaSender(
        setup.session,
        graph_url=setup.meta_graph_url,
        version=setup.meta_graph_version,
        timeouts=setup.timeouts,
        clock=setup.clock,
    )


def _twilio(setup: Setup) -> MessageSender:
    return twilio.TwilioSender(
        setup.session,
        api_url=setup.twilio_api_url,
        public_base_url=setup.public_base_url,
        timeouts=setup.timeouts,
        clock=setup.clock,
    )


PROVIDERS: dict[Provider, Registration] = {
    Provider.META: Registration(META_LIMITS, _meta, meta_errors.classify_status_error),
    Provider.TWILIO: Registration(TWILIO_LIMITS, _twilio, twilio_errors.classify_status_error),
}


def limits_of(provider: Provider) -> Limits:
    """The limits of a provider's messages."""
    return PROVIDERS[provider].limits
