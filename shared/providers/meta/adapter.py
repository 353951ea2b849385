"""Meta, WhatsApp's owner: the Cloud API.

Pace: Meta, "Throughput" (80 messages a second of a number, 20 with coexistence, 1,000 after an upgrade) and "Pair rate
limits" (one message in 6 s to one customer, with a burst of about 45 that borrows from the future).
"""

from shared.messages.inbound import Provider
from shared.providers.adapter import ClientSetup, ProviderAdapter
from shared.providers.meta.access import check_access
from shared.providers.meta.channel import MetaChannel
from shared.providers.meta.errors import classify_status_error
from shared.providers.meta.events import account_change
from shared.providers.meta.media import MetaMedia
from shared.providers.meta.payload import LIMITS
from shared.providers.meta.routes import ROUTES, reread
from shared.providers.meta.sender import MetaSender
from shared.providers.pace import ProviderPace, Rate, rate_within


def _sender(setup: ClientSetup) -> MetaSender:
    return MetaSender(
        setup.session,
        graph_url=setup.settings.meta_graph_url,
        version=setup.settings.meta_graph_version,
        timeouts=setup.timeouts,
        clock=setup.clock,
    )


def _media(setup: ClientSetup) -> MetaMedia:
    return MetaMedia(setup.session, graph_url=setup.settings.meta_graph_url, version=setup.settings.meta_graph_version)


META = ProviderAdapter(
    name=Provider.META,
    title="Meta",
    channel_model=MetaChannel,
    limits=LIMITS,
    pace=ProviderPace(number=rate_within(80, 1), customer=Rate(every=6.0, burst=45)),
    api_url=lambda settings: settings.meta_graph_url,
    make_sender=_sender,
    make_media_source=_media,
    status_error=classify_status_error,
    routes=ROUTES,
    reread=reread,
    account_change=account_change,
    check_access=check_access,
)
