"""The providers, one line for each: what is needed to send through it and to understand its failures."""

from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from shared.clock import Clock
from shared.messages.inbound import Provider
from shared.providers.account_events import AccountChange, EventAction
from shared.providers.api_calls import Timeouts
from shared.providers.errors import SendError
from shared.providers.meta import errors as meta_errors
from shared.providers.meta import events as meta_events
from shared.providers.meta import sender as meta
from shared.providers.meta.media import MetaMedia
from shared.providers.meta.payload import LIMITS as META_LIMITS
from shared.providers.msg91 import errors as msg91_errors
from shared.providers.msg91 import sender as msg91
from shared.providers.msg91.media import Msg91Media
from shared.providers.msg91.payload import LIMITS as MSG91_LIMITS
from shared.providers.port import MediaSource, MessageLimits, MessageSender
from shared.providers.twilio import errors as twilio_errors
from shared.providers.twilio import sender as twilio
from shared.providers.twilio.form import LIMITS as TWILIO_LIMITS
from shared.providers.twilio.media import TwilioMedia


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What senders and media sources are built from. session: for senders of
    `shared.providers.api_calls.open_session`, for media of `shared.providers.media_download.open_media_session`; URLs
    as in the settings.
    """

    session: aiohttp.ClientSession
    clock: Clock
    timeouts: Timeouts
    meta_graph_url: str
    meta_graph_version: str
    twilio_api_url: str
    msg91_api_url: str
    public_base_url: str


@dataclass(frozen=True, slots=True)
class Registration:
    """limits: of its messages. build: makes its sender. status_error: what a code in a failed status means.
    media: makes its source of what customers sent. told: what an account event says, by its field and raw value.
    """

    limits: MessageLimits
    build: Callable[[Setup], MessageSender]
    status_error: Callable[[str | int], SendError]
    media: Callable[[Setup], MediaSource]
    told: Callable[[str, bytes], AccountChange]


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


def _msg91(setup: Setup) -> MessageSender:
    return msg91.Msg91Sender(setup.session, api_url=setup.msg91_api_url, timeouts=setup.timeouts, clock=setup.clock)


def _meta_media(setup: Setup) -> MediaSource:
    return MetaMedia(setup.session, graph_url=setup.meta_graph_url, version=setup.meta_graph_version)


def _twilio_media(setup: Setup) -> MediaSource:
    return TwilioMedia(setup.session, api_url=setup.twilio_api_url)


def _msg91_media(_: Setup) -> MediaSource:
    return Msg91Media()


def _unknown(field: str, _: bytes) -> AccountChange:
    """Of a provider that tells nothing about accounts."""
    return AccountChange(action=EventAction.UNKNOWN, kind=field, words=field)


PROVIDERS: dict[Provider, Registration] = {
    Provider.META: Registration(META_LIMITS, _meta, meta_errors.classify_status_error, _meta_media, meta_events.told),
    Provider.TWILIO: Registration(TWILIO_LIMITS, _twilio, twilio_errors.classify_status_error, _twilio_media, _unknown),
    Provider.MSG91: Registration(MSG91_LIMITS, _msg91, msg91_errors.classify_status_error, _msg91_media, _unknown),
}


def limits_of(provider: Provider) -> MessageLimits:
    """The limits of a provider's messages."""
    return PROVIDERS[provider].limits
