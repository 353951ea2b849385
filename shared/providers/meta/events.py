"""Meta's account events: their fields and the action for each. Pure; nothing here raises.

Sources: the webhooks reference of the WhatsApp Business Platform and of the Business Management API. A word that is not
in the table has `""` to fall back on, where a field has that row. `?` Whether `display_phone_number` has spaces and
signs differs by account.
"""

import re
from typing import Any

import msgspec

from shared.domain.phone import canonical
from shared.providers.account_events import AccountChange, EventAction
from shared.providers.errors import ErrorKind
from shared.providers.meta.errors import classify_status_error

_STRONGEST = tuple(EventAction)
_NOTED, _TOLD, _PAUSE, _STOP = (
    EventAction.NO_ACTION,
    EventAction.ALERT_OPERATOR,
    EventAction.PAUSE_BROADCASTS,
    EventAction.STOP_CHANNELS,
)
_STATUS, _LOW = EventAction.TEMPLATE_STATUS, EventAction.TEMPLATE_QUALITY_LOW

EVENTS: dict[str, dict[str, EventAction]] = {
    "account_update": {
        "DISABLED_UPDATE:DISABLE": _STOP,
        "DISABLED_UPDATE:SCHEDULE_FOR_DISABLE": _PAUSE,
        "DISABLED_UPDATE:REINSTATE": EventAction.RESUME_CHANNELS,
        "DISABLED_UPDATE": _PAUSE,
        "ACCOUNT_RESTRICTION:RESTRICTED_CUSTOMER_INITIATED_MESSAGING": _STOP,
        "ACCOUNT_RESTRICTION:RESTRICTED_BIZ_INITIATED_MESSAGING": _PAUSE,
        "ACCOUNT_RESTRICTION:RESTRICTED_ADD_PHONE_NUMBER_ACTION": _TOLD,
        "ACCOUNT_RESTRICTION": _PAUSE,
        "ACCOUNT_VIOLATION": _PAUSE,
        "ACCOUNT_DELETED": _STOP,
        "ACCOUNT_OFFBOARDED": _TOLD,
        "ACCOUNT_RECONNECTED": _NOTED,
        "PARTNER_REMOVED": _TOLD,  # maybe another partner than ours: if not, the next send says so
        "PARTNER_APP_UNINSTALLED": _TOLD,
        "PARTNER_ADDED": _NOTED,
        "PARTNER_APP_INSTALLED": _NOTED,
        "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE": _NOTED,
        "VERIFIED_ACCOUNT": _NOTED,
        "AD_ACCOUNT_LINKED": _NOTED,
        "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE": _NOTED,
        "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE": _NOTED,
        "MM_LITE_TERMS_SIGNED": _NOTED,
        "VOLUME_BASED_PRICING_TIER_UPDATE": _NOTED,
    },
    "account_review_update": {"APPROVED": _NOTED, "PENDING": _NOTED, "DEFERRED": _TOLD, "REJECTED": _PAUSE},
    "account_alerts": {"CRITICAL": _TOLD, "WARNING": _TOLD, "INFORMATIONAL": _NOTED, "": _TOLD},
    "account_settings_update": {"": _NOTED},
    "business_capability_update": {"": _NOTED},
    "business_status_update": {"": _TOLD},
    "phone_number_quality_update": {
        "FLAGGED": _PAUSE,
        "DOWNGRADE": _PAUSE,
        "UNFLAGGED": _NOTED,
        "UPGRADE": _NOTED,
        "ONBOARDING": _NOTED,
        "THROUGHPUT_UPGRADE": _NOTED,
    },
    "phone_number_name_update": {"APPROVED": _NOTED, "DEFERRED": _NOTED, "PENDING": _NOTED, "REJECTED": _TOLD},
    "security": {"": _TOLD},
    "message_template_status_update": {
        **dict.fromkeys(("APPROVED", "REINSTATED", "UNARCHIVED", "UNLOCKED", "FLAGGED", "PENDING"), _STATUS),
        **dict.fromkeys(("REJECTED", "PAUSED", "DISABLED", "ARCHIVED", "LOCKED", "LIMIT_EXCEEDED"), _STATUS),
        **dict.fromkeys(("IN_APPEAL", "PENDING_DELETION", "DELETED"), _STATUS),
        "": _STATUS,
    },
    "message_template_quality_update": {"RED": _LOW, "": EventAction.TEMPLATE_QUALITY},
    "message_template_components_update": {"": EventAction.FORGET_TEMPLATE},
    "template_category_update": {"PLANNED": _TOLD, "": EventAction.TEMPLATE_CATEGORY},
    "template_correct_category_detection": {"": _TOLD},
    "user_preferences": {"": _NOTED},  # a choice that is not known: known ones never become events
    "smb_message_echoes": {"": _NOTED},  # without an echo in it
    "message_echoes": {"": _NOTED},
    "smb_app_state_sync": {"": _NOTED},
    "history": {"": _NOTED},
    "messages": {"": _NOTED},  # without a message or status in it
    "other_statuses": {"": _NOTED},  # of payments and calls, which are no messages of ours
    "calls": {"": _NOTED},
    "user_id_update": {"": _NOTED},  # the same is told by a system message
    "standby": {"": _NOTED},  # while Meta's own agent has the conversation
    "flows": {"": _TOLD},
    "group_lifecycle_update": {"": _NOTED},
    "group_participants_update": {"": _NOTED},
    "group_settings_update": {"": _NOTED},
    "group_status_update": {"": _NOTED},
    "messaging_handovers": {"": _NOTED},
    "automatic_events": {"": _NOTED},
    "tracking_events": {"": _NOTED},
    "payment_configuration_update": {"": _NOTED},
    "partner_solutions": {"": _NOTED},
}
"""Action for each word of each field."""

_WORD = {
    "account_review_update": "decision",
    "phone_number_name_update": "decision",
    "message_template_quality_update": "new_quality_score",
}
"""Where a field's word stands, if not under `event`."""
_NOT_DIGIT = re.compile(r"\D")
_LONGEST = 200  # characters of what is shown to people


def account_change(field: str, raw: bytes) -> AccountChange:
    """Parse an event. raw: its value, as JSON."""
    if field == "errors":
        return _errors(raw)
    value = _object(raw)
    rows, word = EVENTS.get(field, {}), _word(field, value)
    found = [rows[one] for one in _details(word, value) if one in rows]
    action = max(found, key=_STRONGEST.index) if found else rows.get(word, rows.get("", EventAction.UNKNOWN))
    kind = f"{field} {word}".strip()
    digits = _NOT_DIGIT.sub("", _text(value, "display_phone_number"))
    return AccountChange(
        action=action,
        kind=kind,
        description=_words(kind, value),
        number=canonical(f"+{digits}") if digits and field.startswith("phone_number") else "",
        template=_text(value, "message_template_name"),
        language=_text(value, "message_template_language").replace("-", "_"),  # told as `en-US`, sent as `en_US`
        value=word,
    )


def _words(kind: str, value: dict[str, Any]) -> str:
    if limit := _text(value, "current_limit"):
        return f"{kind}, its limit is {limit}"
    if category := _text(value, "correct_category"):
        return f"{kind}, the template {_text(value, 'message_template_name')} becomes {category}"[:_LONGEST]
    return kind


def _word(field: str, value: dict[str, Any]) -> str:
    if field == "account_alerts":
        info = value.get("alert_info")
        return _text(info if isinstance(info, dict) else value, "alert_severity").upper()
    if field == "template_category_update" and not value.get("previous_category"):
        planned = _text(value, "correct_category")
        if planned and planned != value.get("new_category"):
            return "PLANNED"  # told a day before: `new_category` is still the one that it has
    if field == "template_category_update":
        return (_text(value, "new_category") or _text(value, "correct_category")).upper()
    return _text(value, _WORD.get(field, "event")).upper()


def _details(word: str, value: dict[str, Any]) -> list[str]:
    """The word with what the event says closer: the ban's state, the kinds of restriction."""
    bans = [one.get("waba_ban_state") for one in _listed(value.get("ban_info")) if isinstance(one, dict)]
    closer = [one for ban in bans for one in _listed(ban) if isinstance(one, str)]
    restrictions = _listed(value.get("restriction_info"))
    closer += [_text(one, "restriction_type") for one in restrictions if isinstance(one, dict)]
    return [f"{word}:{one.upper()}" for one in closer]


def _listed(value: Any) -> list[Any]:
    """A lone value where a list is usual is the list's only element."""
    return value if isinstance(value, list) else [value]


def _errors(raw: bytes) -> AccountChange:
    """Errors that belong to no message: one that would stop a channel is worth somebody's look."""
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        found = []
    errors = found if isinstance(found, list) else [found]
    codes = [str(one["code"]) for one in errors if isinstance(one, dict) and isinstance(one.get("code"), int | str)]
    serious = any(classify_status_error(code).kind is ErrorKind.CHANNEL for code in codes)
    return AccountChange(
        action=_TOLD if serious else _NOTED, kind="errors", description=f"errors {', '.join(codes[:5])}"[:_LONGEST]
    )


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)  # such as a number without its plus
    return found[:512] if isinstance(found, str) else ""
