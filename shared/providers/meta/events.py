"""Meta's account events: their fields and the action for each. Pure; nothing here raises.

Sources: the webhooks reference of the WhatsApp Business Platform and of the Business Management API. A word that
is not in the table uses the row `""` of its field, if there is one. `?` Whether `display_phone_number` has spaces and
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
_NO_ACTION, _ALERT, _PAUSE, _STOP = (
    EventAction.NO_ACTION,
    EventAction.ALERT_OPERATOR,
    EventAction.PAUSE_BROADCASTS,
    EventAction.STOP_CHANNELS,
)
_STATUS, _LOW = EventAction.TEMPLATE_STATUS, EventAction.TEMPLATE_QUALITY_LOW
# Restrictions that leave the sending of messages and approved templates as it is.
_HARMLESS_RESTRICTIONS = (
    "RESTRICTED_ADD_PHONE_NUMBER_ACTION",
    "RESTRICTED_BIZ_INITIATED_AND_USER_INITIATED_CALLING",
    "RESTRICTED_BUSINESS_INITIATED_CALLING",
    "RESTRICTED_USER_INITIATED_CALLING",
    "RESTRICTED_USER_INITIATED_CALLING_CALL_BUTTON_HIDDEN",
    "RESTRICTED_UTILITY_TEMPLATES",
    "RESTRICTED_DIRECT_SEND_UTILITY_TEMPLATES",
)
# Of Meta's Direct Send, which Parley does not use; the last two say that a restriction has ended.
_DIRECT_SEND = "DIRECT_SEND_UTILITY_CATEGORY_ABUSE"
_DIRECT_SEND_ABUSE = (
    *(f"{_DIRECT_SEND}_{stage}" for stage in ("WARN", "RATE_LIMIT", "STRIKE_1", "STRIKE_2", "OFFBOARD")),
    "DIRECT_SEND_UTILITY_TEMPLATE_ABUSE",
)
_DIRECT_SEND_AGAIN = (f"{_DIRECT_SEND}_UNBAN", f"{_DIRECT_SEND}_RATE_LIMIT_RECOVERY")
_POOR_CALLS = (
    "LOW_BUSINESS_INITIATED_CALLING_QUALITY",
    "LOW_USER_INITIATED_CALLING_QUALITY",
    "USER_INITIATED_CALLS_LOW_PICKUP_RATE",
)
_FLOW_ALERTS = ("CLIENT_ERROR_RATE", "ENDPOINT_ERROR_RATE", "ENDPOINT_LATENCY", "ENDPOINT_AVAILABILITY")

EVENTS: dict[str, dict[str, EventAction]] = {
    "account_update": {
        "DISABLED_UPDATE:DISABLE": _STOP,
        "DISABLED_UPDATE:SCHEDULE_FOR_DISABLE": _PAUSE,
        "DISABLED_UPDATE:REINSTATE": EventAction.RESUME_CHANNELS,
        "DISABLED_UPDATE": _PAUSE,
        "ACCOUNT_RESTRICTION:RESTRICTED_CUSTOMER_INITIATED_MESSAGING": _STOP,
        "ACCOUNT_RESTRICTION:RESTRICTED_BIZ_INITIATED_MESSAGING": _PAUSE,
        **{f"ACCOUNT_RESTRICTION:{kind}": _ALERT for kind in _HARMLESS_RESTRICTIONS},
        **{f"ACCOUNT_RESTRICTION:{kind}": _ALERT for kind in _DIRECT_SEND_ABUSE},
        **{f"ACCOUNT_RESTRICTION:{kind}": _NO_ACTION for kind in _DIRECT_SEND_AGAIN},
        "ACCOUNT_RESTRICTION": _PAUSE,
        **{f"ACCOUNT_VIOLATION:{kind}": _ALERT for kind in _POOR_CALLS},
        "ACCOUNT_VIOLATION": _PAUSE,
        "ACCOUNT_DELETED": _STOP,
        "ACCOUNT_OFFBOARDED": _ALERT,
        "ACCOUNT_RECONNECTED": _NO_ACTION,
        "PARTNER_REMOVED": _ALERT,  # perhaps another partner than ours: if not, the next send fails
        "PARTNER_APP_UNINSTALLED": _ALERT,
        "PARTNER_ADDED": _NO_ACTION,
        "PARTNER_APP_INSTALLED": _NO_ACTION,
        "PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE": _NO_ACTION,
        "VERIFIED_ACCOUNT": _NO_ACTION,
        "AD_ACCOUNT_LINKED": _NO_ACTION,
        "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE": _NO_ACTION,
        "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE": _NO_ACTION,
        "MM_LITE_TERMS_SIGNED": _NO_ACTION,
        "VOLUME_BASED_PRICING_TIER_UPDATE": _NO_ACTION,
    },
    "account_review_update": {"APPROVED": _NO_ACTION, "PENDING": _NO_ACTION, "DEFERRED": _ALERT, "REJECTED": _PAUSE},
    "account_alerts": {"CRITICAL": _ALERT, "WARNING": _ALERT, "INFORMATIONAL": _NO_ACTION, "": _ALERT},
    "account_settings_update": {"": _NO_ACTION},
    "business_capability_update": {"": _NO_ACTION},
    "business_status_update": {"": _ALERT},
    "phone_number_quality_update": {
        "FLAGGED": _PAUSE,
        "DOWNGRADE": _PAUSE,
        "UNFLAGGED": _NO_ACTION,
        "UPGRADE": _NO_ACTION,
        "ONBOARDING": _NO_ACTION,
        "THROUGHPUT_UPGRADE": _NO_ACTION,
    },
    "phone_number_name_update": {
        "APPROVED": _NO_ACTION,
        "DEFERRED": _NO_ACTION,
        "PENDING": _NO_ACTION,
        "REJECTED": _ALERT,
    },
    "security": {"": _ALERT},
    "message_template_status_update": {
        **dict.fromkeys(("APPROVED", "REINSTATED", "UNARCHIVED", "UNLOCKED", "FLAGGED", "PENDING"), _STATUS),
        **dict.fromkeys(("REJECTED", "PAUSED", "DISABLED", "ARCHIVED", "LOCKED", "LIMIT_EXCEEDED"), _STATUS),
        **dict.fromkeys(("IN_APPEAL", "PENDING_DELETION", "DELETED"), _STATUS),
        "": _STATUS,
    },
    "message_template_quality_update": {"RED": _LOW, "": EventAction.TEMPLATE_QUALITY},
    "message_template_components_update": {"": EventAction.FORGET_TEMPLATE},
    "template_category_update": {"PLANNED": _ALERT, "": EventAction.TEMPLATE_CATEGORY},
    "template_correct_category_detection": {"": _ALERT},
    "user_preferences": {"": _NO_ACTION},  # an unknown choice: known ones become consents
    "smb_message_echoes": {"": _NO_ACTION},  # without an echo in it
    "message_echoes": {"": _NO_ACTION},
    "smb_app_state_sync": {"": _NO_ACTION},
    "history": {"": _NO_ACTION},
    "messages": {"": _NO_ACTION},  # without a message or status in it
    "other_statuses": {"": _NO_ACTION},  # of payments and calls
    "calls": {"": _NO_ACTION},
    "contacts": {"": _NO_ACTION},  # Meta's contact book: numbers of user ids; each message repeats them
    "user_id_update": {"": _NO_ACTION},  # a system message reports the same
    "standby": {"": _NO_ACTION},  # while Meta's own agent handles the conversation
    "flows": {
        **dict.fromkeys(("FLOW_STATUS_CHANGE:PUBLISHED", "FLOW_STATUS_CHANGE:DRAFT"), _NO_ACTION),
        **dict.fromkeys((f"{word}:DEACTIVATED" for word in _FLOW_ALERTS), _NO_ACTION),
        "": _ALERT,
    },
    "group_lifecycle_update": {"": _NO_ACTION},
    "group_participants_update": {"": _NO_ACTION},
    "group_settings_update": {"": _NO_ACTION},
    "group_status_update": {"": _NO_ACTION},
    "messaging_handovers": {"": _NO_ACTION},
    "automatic_events": {"": _NO_ACTION},
    "tracking_events": {"": _NO_ACTION},
    "payment_configuration_update": {"": _NO_ACTION},
    "partner_solutions": {"": _NO_ACTION},
}
"""Action for each word of each field."""

_WORD = {
    "account_review_update": "decision",
    "phone_number_name_update": "decision",
    "message_template_quality_update": "new_quality_score",
}
"""The member with the field's word, if it is not `event`."""
_WORDS_FOR_PEOPLE = (
    ("alert_info", "alert_description"),
    ("violation_info", "violation_type"),
    ("disconnection_info", "reason"),
)
"""Objects of a value, and the member of each that tells people something."""
_NOT_DIGIT = re.compile(r"\D")
_MAX_DESCRIPTION = 200  # characters


def account_change(field: str, raw: bytes) -> AccountChange:
    """Interpret an event. raw: its value, as JSON."""
    if field == "errors":
        return _errors(raw)
    value = _object(raw)
    rows, word = EVENTS.get(field, {}), _word(field, value)
    usual = rows.get(word, rows.get("", EventAction.UNKNOWN))
    found = [rows[key] for key in _details(word, value) if key in rows]
    found += [usual for kind in _restrictions(value) if f"{word}:{kind}" not in rows]
    action = max(found, key=_STRONGEST.index) if found else usual
    kind = f"{field} {word}".strip()
    digits = _NOT_DIGIT.sub("", _text(value, "display_phone_number"))
    return AccountChange(
        action=action,
        kind=kind,
        description=_description(field, kind, value),
        number=canonical(f"+{digits}") if digits and field.startswith("phone_number") else "",
        template=_text(value, "message_template_name"),
        language=_text(value, "message_template_language").replace("-", "_"),  # given as `en-US`, sent as `en_US`
        value=word,
        reason=_reason(value) if field == "message_template_status_update" else "",
        limit=_limit(field, value),
    )


def _reason(value: dict[str, Any]) -> str:
    """Return why a template has its status, in Meta's own sentence if there is one; empty: Meta does not say."""
    reason = _text(value, "reason")
    info = value.get("rejection_info")
    sentence = _text(info, "reason") if isinstance(info, dict) else ""
    return sentence or ("" if reason.upper() == "NONE" else reason)


def _limit(field: str, value: dict[str, Any]) -> str:
    """Return how many people a number may write to in a day. Since 2026 it is the limit of the whole portfolio, in
    another member; where Meta sends both, `current_limit` may be a level of throughput.
    """
    if field != "phone_number_quality_update":
        return ""
    return _text(value, "max_daily_conversations_per_business") or _text(value, "current_limit")


def _description(field: str, kind: str, value: dict[str, Any]) -> str:
    """Return the kind with what a person needs to act: the limit, the template, Meta's own words."""
    if limit := _limit(field, value):
        return f"{kind}, its limit is {limit}"
    parts = [kind]
    template = _text(value, "message_template_name")
    if category := _text(value, "correct_category"):
        parts.append(f"the template {template} becomes {category}")
    elif template:
        parts.append(f"the template {template}")
    if field == "message_template_status_update":
        parts.append(_reason(value))
    elif field == "flows":
        parts.append(_text(value, "message"))
    parts += _restrictions(value)
    parts += [_text(info, member) for name, member in _WORDS_FOR_PEOPLE if isinstance(info := value.get(name), dict)]
    return ", ".join(part for part in parts if part)[:_MAX_DESCRIPTION]


def _word(field: str, value: dict[str, Any]) -> str:
    if field == "account_alerts":
        info = value.get("alert_info")
        return _text(info if isinstance(info, dict) else value, "alert_severity").upper()
    if field == "template_category_update" and not value.get("previous_category"):
        planned = _text(value, "correct_category")
        if planned and planned != value.get("new_category"):
            return "PLANNED"  # announced a day before: `new_category` is still the present one
    if field == "template_category_update":
        return (_text(value, "new_category") or _text(value, "correct_category")).upper()
    return _text(value, _WORD.get(field, "event")).upper()


def _details(word: str, value: dict[str, Any]) -> list[str]:
    """Return the word combined with each detail: the ban's state, the kinds of restriction and of violation."""
    bans = [info.get("waba_ban_state") for info in _listed(value.get("ban_info")) if isinstance(info, dict)]
    details = [state for ban in bans for state in _listed(ban) if isinstance(state, str)]
    details += _restrictions(value)
    details += [
        _text(info, "violation_type") for info in _listed(value.get("violation_info")) if isinstance(info, dict)
    ]
    details += [_text(value, name) for name in ("new_status", "alert_state")]  # of forms (WhatsApp Flows)
    return [f"{word}:{detail.upper()}" for detail in details]


def _restrictions(value: dict[str, Any]) -> list[str]:
    """Return the kinds of restriction of an account."""
    found = (
        _text(info, "restriction_type") for info in _listed(value.get("restriction_info")) if isinstance(info, dict)
    )
    return [kind.upper() for kind in found if kind]


def _listed(value: Any) -> list[Any]:
    """Return a list unchanged, another value as a list of one."""
    return value if isinstance(value, list) else [value]


def _errors(raw: bytes) -> AccountChange:
    """Interpret errors that belong to no message; those that would stop a channel alert an operator."""
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        found = []
    errors = found if isinstance(found, list) else [found]
    codes = [
        str(error["code"]) for error in errors if isinstance(error, dict) and isinstance(error.get("code"), int | str)
    ]
    serious = any(classify_status_error(code).kind is ErrorKind.CHANNEL for code in codes)
    description = f"errors {', '.join(codes[:5])}"[:_MAX_DESCRIPTION]
    return AccountChange(action=_ALERT if serious else _NO_ACTION, kind="errors", description=description)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(value: dict[str, Any], name: str) -> str:
    found = value.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)  # for example a phone number
    return found[:512] if isinstance(found, str) else ""
