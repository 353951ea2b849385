"""Meta's account events: a value for each row of the table of actions."""

from typing import Any

from shared.providers.meta.events import EVENTS

ROWS = [(field, word, action) for field, rows in EVENTS.items() for word, action in rows.items()]


def value_of(field: str, word: str) -> dict[str, Any]:
    """Return the value of an event with that field and word, about the number and the template of the tests."""
    event, _, closer = word.partition(":")
    value: dict[str, Any] = {"event": event} if event else {}
    match field:
        case "account_review_update" | "phone_number_name_update":
            value = {"decision": event}
        case "account_alerts":
            value = {"alert_info": {"alert_severity": event, "alert_type": "OBA"}}
        case "message_template_quality_update":
            value = {"previous_quality_score": "GREEN", "new_quality_score": event or "YELLOW"}
        case "template_category_update":
            planned = {"correct_category": "MARKETING", "new_category": "UTILITY"}
            value = planned if event else {"previous_category": "UTILITY", "new_category": "MARKETING"}
        case "message_template_status_update" if not event:
            value = {"event": "OF_TOMORROW"}
    details: dict[str, dict[str, Any]] = {
        "DISABLED_UPDATE": {"ban_info": {"waba_ban_state": closer}},
        "ACCOUNT_RESTRICTION": {"restriction_info": [{"restriction_type": closer}]},
        "ACCOUNT_VIOLATION": {"violation_info": {"violation_type": closer}},
        "flows": {"flow_id": "1", "message": "of the form", "new_status": closer, "alert_state": closer},
    }
    if event == "ACCOUNT_RESTRICTION" and closer.startswith("DIRECT_SEND"):
        details[event] = {"violation_info": {"violation_type": closer}}
    value |= details.get(event, {}) | details.get(field, {})
    if field.startswith("phone_number"):
        value["display_phone_number"] = "234 803 123 4567"
    if "template" in field:
        value |= {"message_template_id": 5, "message_template_name": "sale", "message_template_language": "en"}
    return value
