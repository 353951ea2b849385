"""Provider-independent events about an account, a number or a template, and the action that each leads to."""

from dataclasses import dataclass
from enum import StrEnum


class EventAction(StrEnum):
    """Action on an event, from weakest to strongest; every event is also stored."""

    UNKNOWN = "unknown"  # not in the table: logged once for each kind
    NOTED = "noted"  # nothing
    PEOPLE_TOLD = "people_told"  # logged as an error, for somebody to look at the account
    TEMPLATE_STATUS = "template_status"  # stored: a template that may not be sent is not sent
    TEMPLATE_CATEGORY = "template_category"  # stored, and broadcasts with the template pause: its price is another one
    TEMPLATE_QUALITY = "template_quality"  # stored
    TEMPLATE_QUALITY_LOW = "template_quality_low"  # stored, and broadcasts with the template pause
    TEMPLATE_CHANGED = "template_changed"  # what was known of its text and parameters is forgotten until the next sync
    BROADCASTS_PAUSE = "broadcasts_pause"  # broadcasts of the account's numbers, or of the number, pause
    CHANNELS_RESUME = "channels_resume"  # stopped channels of the account are tried again
    CHANNELS_STOP = "channels_stop"  # the account's channels stop, and their messages are held


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChange:
    """A parsed event. kind: its field and word, for logs and people. words: a sentence for people.

    number: ours in `shared.domain.phone.canonical` form, if it is about one number. template, language: if it is about
    a template; value: its status, category or quality in the provider's word.
    """

    action: EventAction
    kind: str
    words: str = ""
    number: str = ""
    template: str = ""
    language: str = ""
    value: str = ""
