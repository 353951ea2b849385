"""Twilio's WhatsApp senders.

Pace: Twilio's documentation names 80 messages a second for a WhatsApp sender; its handling of bursts is not published.
"""

from shared.messages.inbound import Provider
from shared.providers.adapter import ClientSetup, ProviderAdapter
from shared.providers.pace import ProviderPace, rate_within
from shared.providers.twilio.access import check_access
from shared.providers.twilio.channel import TwilioChannel
from shared.providers.twilio.errors import classify_status_error
from shared.providers.twilio.form import LIMITS, template_by_content_sid
from shared.providers.twilio.media import TwilioMedia
from shared.providers.twilio.routes import ROUTES, reread
from shared.providers.twilio.sender import TwilioSender


def _sender(setup: ClientSetup) -> TwilioSender:
    return TwilioSender(
        setup.session,
        api_url=setup.settings.twilio_api_url,
        public_base_url=setup.settings.public_base_url,
        timeouts=setup.timeouts,
        clock=setup.clock,
    )


def _media(setup: ClientSetup) -> TwilioMedia:
    return TwilioMedia(setup.session, api_url=setup.settings.twilio_api_url)


TWILIO = ProviderAdapter(
    name=Provider.TWILIO,
    title="Twilio",
    channel_model=TwilioChannel,
    limits=LIMITS,
    pace=ProviderPace(number=rate_within(80, 1)),
    api_url=lambda settings: settings.twilio_api_url,
    make_sender=_sender,
    make_media_source=_media,
    status_error=classify_status_error,
    routes=ROUTES,
    reread=reread,
    resolve_template=template_by_content_sid,
    check_access=check_access,
)
