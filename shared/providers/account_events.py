"""Account events of all providers: changes of an account, a number or a template, and the action for each."""

from dataclasses import dataclass
from enum import StrEnum


class EventAction(StrEnum):
    """The action on an event, from weakest to strongest; every event is also stored. The values are stored too."""

    UNKNOWN = "unknown"  # not in the table: log once for each kind
    NO_ACTION = "noted"  # only store the event
    ALERT_OPERATOR = "people_told"  # log as an error, so that an operator checks the account
    TEMPLATE_STATUS = "template_status"  # store the status: templates that may not be sent are not sent
    TEMPLATE_CATEGORY = "template_category"  # store, and pause broadcasts with the template: its price changed
    TEMPLATE_QUALITY = "template_quality"  # store
    TEMPLATE_QUALITY_LOW = "template_quality_low"  # store, and pause broadcasts with the template
    FORGET_TEMPLATE = "template_changed"  # delete the stored text and parameters until the next sync
    PAUSE_BROADCASTS = "broadcasts_pause"  # pause broadcasts of the number, or of all numbers of the account
    RESUME_CHANNELS = "channels_resume"  # resume stopped channels of the account
    STOP_CHANNELS = "channels_stop"  # stop the channels of the account; their messages are held


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountChange:
    """An interpreted account event. kind: its field and word, for logs. description: for people.

    number: our number in `shared.domain.phone.canonical` form, if the event is about one. template, language: if it is
    about a template; value: the template's status, category or quality in the provider's word; reason: of its status.
    limit: how many people the number may write to in a day, in the provider's word.
    """

    action: EventAction
    kind: str
    description: str = ""
    number: str = ""
    template: str = ""
    language: str = ""
    value: str = ""
    reason: str = ""
    limit: str = ""
