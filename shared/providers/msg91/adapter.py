"""MSG91, a reseller of WhatsApp.

Pace: MSG91's documentation names 100 requests a minute of an account; its handling of bursts is not published.

MSG91 publishes no schema of this API. Assumed, and marked with `?` where it is used:

- the fields of a text and of a template, and `CRQID`, the client's own id, which comes back in statuses (`payload`);
- the answers: `{"status": "success", "hasError": false, "request_id": …}`, and `{"status": "fail", "hasError": true,
  "errors": …}` with a text, or an object with WhatsApp's code, which means what it does at Meta (`sender`, `errors`);
- the default names of a webhook's fields and the header of its secret; an account's owner can name others (`webhook`);
- a user id may stand in the field of the number, and a message's object in that of its text (`webhook`, `content`);
- files, locations, cards, reactions, read receipts and messages to a user id cannot be sent (`payload`, `sender`).
"""

from shared.messages.inbound import Provider
from shared.providers.adapter import ClientSetup, ProviderAdapter
from shared.providers.msg91.channel import Msg91Channel
from shared.providers.msg91.errors import classify_status_error
from shared.providers.msg91.media import Msg91Media
from shared.providers.msg91.payload import LIMITS
from shared.providers.msg91.routes import ROUTES, reread
from shared.providers.msg91.sender import Msg91Sender
from shared.providers.pace import ProviderPace, rate_within


def _sender(setup: ClientSetup) -> Msg91Sender:
    return Msg91Sender(setup.session, api_url=setup.settings.msg91_api_url, timeouts=setup.timeouts, clock=setup.clock)


def _media(_: ClientSetup) -> Msg91Media:
    return Msg91Media()


MSG91 = ProviderAdapter(
    name=Provider.MSG91,
    title="MSG91",
    channel_model=Msg91Channel,
    limits=LIMITS,
    pace=ProviderPace(number=rate_within(100, 60), by_account=True),
    api_url=lambda settings: settings.msg91_api_url,
    make_sender=_sender,
    make_media_source=_media,
    status_error=classify_status_error,
    routes=ROUTES,
    reread=reread,
)
