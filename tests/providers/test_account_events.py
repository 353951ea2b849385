"""Interpretation of Meta's account events: each row of the table, and real payloads."""

import json
from typing import Any

import pytest

from shared.messages.inbound import Provider
from shared.providers.account_events import AccountChange, EventAction
from shared.providers.meta.events import EVENTS, account_change
from shared.providers.meta.webhook import parse
from shared.providers.port import ParsedEvent
from shared.providers.registry import PROVIDERS
from tests.providers.account_values import ROWS, value_of
from tests.providers.payloads import payload


def change_of(field: str, **value: Any) -> AccountChange:
    return account_change(field, json.dumps(value).encode())


@pytest.mark.parametrize(("field", "word", "action"), ROWS)
def test_every_event_of_the_table_has_its_action(field: str, word: str, action: EventAction) -> None:
    found = account_change(field, json.dumps(value_of(field, word)).encode())
    assert found.action is action
    assert found.kind.startswith(field)


def test_every_documented_field_is_in_the_table() -> None:
    documented = {
        *("account_alerts", "account_review_update", "account_settings_update", "account_update", "automatic_events"),
        *("business_capability_update", "flows", "group_lifecycle_update", "group_participants_update", "history"),
        *("group_settings_update", "group_status_update", "message_template_components_update", "messages"),
        *("message_template_quality_update", "message_template_status_update", "messaging_handovers", "calls"),
        *("partner_solutions", "payment_configuration_update", "phone_number_name_update", "security"),
        *("phone_number_quality_update", "smb_app_state_sync", "smb_message_echoes", "template_category_update"),
        *("tracking_events", "user_preferences", "contacts"),
    }
    assert documented <= EVENTS.keys()


NUMBER = "+2348031234567"
PAYLOADS: list[tuple[str, str, dict[str, Any], AccountChange]] = [
    (
        "a formatted phone number",
        "phone_number_quality_update",
        {"display_phone_number": "+234 803-123 4567", "event": "FLAGGED", "current_limit": "TIER_1K"},
        AccountChange(
            action=EventAction.PAUSE_BROADCASTS,
            kind="phone_number_quality_update FLAGGED",
            description="phone_number_quality_update FLAGGED, its limit is TIER_1K",
            number=NUMBER,
            value="FLAGGED",
            limit="TIER_1K",
        ),
    ),
    (
        "a banned account",
        "account_update",
        {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE", "waba_ban_date": "January 1, 2026"}},
        AccountChange(
            action=EventAction.STOP_CHANNELS,
            kind="account_update DISABLED_UPDATE",
            description="account_update DISABLED_UPDATE",
            value="DISABLED_UPDATE",
        ),
    ),
    (
        "the strongest of several restrictions applies",
        "account_update",
        {
            "event": "ACCOUNT_RESTRICTION",
            "restriction_info": [
                {"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": 1},
                {"restriction_type": "RESTRICTED_CUSTOMER_INITIATED_MESSAGING", "expiration": 1},
            ],
        },
        AccountChange(
            action=EventAction.STOP_CHANNELS,
            kind="account_update ACCOUNT_RESTRICTION",
            description="account_update ACCOUNT_RESTRICTION, RESTRICTED_BIZ_INITIATED_MESSAGING, "
            "RESTRICTED_CUSTOMER_INITIATED_MESSAGING",
            value="ACCOUNT_RESTRICTION",
        ),
    ),
    (
        "a recategorised template",
        "template_category_update",
        {
            "message_template_id": 5,
            "message_template_name": "sale",
            "message_template_language": "en",
            "previous_category": "UTILITY",
            "new_category": "MARKETING",
        },
        AccountChange(
            action=EventAction.TEMPLATE_CATEGORY,
            kind="template_category_update MARKETING",
            description="template_category_update MARKETING, the template sale",
            template="sale",
            language="en",
            value="MARKETING",
        ),
    ),
]


@pytest.mark.parametrize(
    ("field", "value", "described"),
    [
        (
            "account_alerts",
            {"alert_info": {"alert_severity": "WARNING", "alert_description": "Limits cannot be increased."}},
            "account_alerts WARNING, Limits cannot be increased.",
        ),
        (
            "account_update",
            {"event": "ACCOUNT_VIOLATION", "violation_info": {"violation_type": "ADULT"}},
            "account_update ACCOUNT_VIOLATION, ADULT",
        ),
        (
            "account_update",
            {"event": "PARTNER_REMOVED", "disconnection_info": {"reason": "PRIMARY_INACTIVITY"}},
            "account_update PARTNER_REMOVED, PRIMARY_INACTIVITY",
        ),
        (
            "flows",
            {"event": "ENDPOINT_ERROR_RATE", "message": "14% of the requests failed", "alert_state": "ACTIVATED"},
            "flows ENDPOINT_ERROR_RATE, 14% of the requests failed",
        ),
        (
            "message_template_status_update",
            {"event": "REJECTED", "message_template_name": "cart", "reason": "INVALID_FORMAT"},
            "message_template_status_update REJECTED, the template cart, INVALID_FORMAT",
        ),
    ],
)
def test_description_has_what_a_person_needs_to_act(field: str, value: dict[str, Any], described: str) -> None:
    assert change_of(field, **value).description == described


def test_reason_of_a_rejection_is_metas_sentence() -> None:
    info = {"reason": "Two parameters are beside each other.", "recommendation": "Put words between them."}
    change = change_of("message_template_status_update", event="REJECTED", reason="INVALID_FORMAT", rejection_info=info)
    assert change.reason == "Two parameters are beside each other."


@pytest.mark.parametrize(
    ("value", "limit"),
    [
        ({"current_limit": "TIER_1K"}, "TIER_1K"),
        ({"max_daily_conversations_per_business": "TIER_2K"}, "TIER_2K"),
        ({"current_limit": "TIER_UNLIMITED", "max_daily_conversations_per_business": "TIER_10K"}, "TIER_10K"),
        ({}, ""),
    ],
)
def test_limit_of_a_number_is_read_in_its_old_and_new_member(value: dict[str, Any], limit: str) -> None:
    assert change_of("phone_number_quality_update", event="ONBOARDING", **value).limit == limit


@pytest.mark.parametrize(
    ("field", "value", "expected"), [row[1:] for row in PAYLOADS], ids=[row[0] for row in PAYLOADS]
)
def test_payload_becomes_a_change_of_the_account(field: str, value: dict[str, Any], expected: AccountChange) -> None:
    assert change_of(field, **value) == expected


def test_paused_template_is_read_from_a_webhook() -> None:
    (event,) = parse(payload("meta", "template_paused"))
    assert isinstance(event, ParsedEvent)
    found = account_change(event.field, event.raw)
    assert (found.action, found.template, found.language, found.value) == (
        EventAction.TEMPLATE_STATUS,
        "sale",
        "en",
        "PAUSED",
    )


def test_planned_category_does_not_change_the_template() -> None:
    about = {"message_template_id": 5, "message_template_name": "sale", "message_template_language": "en-US"}
    planned = change_of("template_category_update", **about, new_category="UTILITY", correct_category="MARKETING")
    assert (planned.action, planned.language) == (EventAction.ALERT_OPERATOR, "en_US")
    assert planned.description == "template_category_update PLANNED, the template sale becomes MARKETING"
    done = change_of("template_category_update", **about, previous_category="UTILITY", new_category="MARKETING")
    assert (done.action, done.value) == (EventAction.TEMPLATE_CATEGORY, "MARKETING")
    short = change_of("template_category_update", **about, previous_category="UTILITY", correct_category="MARKETING")
    assert (short.action, short.value) == (EventAction.TEMPLATE_CATEGORY, "MARKETING")


@pytest.mark.parametrize(
    ("value", "action"),
    [
        ({"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": ["DISABLE"]}}, EventAction.STOP_CHANNELS),
        ({"event": "DISABLED_UPDATE", "ban_info": [{"waba_ban_state": "REINSTATE"}]}, EventAction.RESUME_CHANNELS),
        (
            {
                "event": "ACCOUNT_RESTRICTION",
                "restriction_info": {"restriction_type": "RESTRICTED_CUSTOMER_INITIATED_MESSAGING"},
            },
            EventAction.STOP_CHANNELS,
        ),
        ({"event": "ACCOUNT_RESTRICTION", "restriction_info": [None, 7]}, EventAction.PAUSE_BROADCASTS),
        (
            {
                "event": "ACCOUNT_RESTRICTION",
                "restriction_info": [
                    {"restriction_type": "RESTRICTED_UTILITY_TEMPLATES"},
                    {"restriction_type": "OF_TOMORROW"},
                ],
            },
            EventAction.PAUSE_BROADCASTS,
        ),
        (
            {
                "event": "ACCOUNT_RESTRICTION",
                "violation_info": {"violation_type": "DIRECT_SEND_UTILITY_CATEGORY_ABUSE_STRIKE_1"},
                "restriction_info": [{"restriction_type": "RESTRICTED_DIRECT_SEND_UTILITY_TEMPLATES"}],
            },
            EventAction.ALERT_OPERATOR,
        ),
    ],
)
def test_one_detail_or_a_list_of_details_gives_the_same_action(value: dict[str, Any], action: EventAction) -> None:
    assert change_of("account_update", **value).action is action


def test_phone_number_may_be_a_json_number() -> None:
    assert (
        change_of("phone_number_quality_update", event="FLAGGED", display_phone_number=2348031234567).number == NUMBER
    )


@pytest.mark.parametrize("field", ["brand_new_update", "account_update", "phone_number_quality_update"])
@pytest.mark.parametrize("raw", [b"{", b"[1]", b"7", b'{"event": "NEVER_SEEN"}', b'{"event": {}}', b"null"])
def test_unknown_event_is_classified_as_unknown_without_raising(field: str, raw: bytes) -> None:
    assert account_change(field, raw).action is EventAction.UNKNOWN


@pytest.mark.parametrize(
    ("code", "action"),
    [(190, EventAction.ALERT_OPERATOR), ("131031", EventAction.ALERT_OPERATOR), (1, EventAction.NO_ACTION)],
)
def test_account_error_without_a_message_alerts_an_operator(code: int | str, action: EventAction) -> None:
    assert account_change("errors", json.dumps([{"code": code, "error_data": "odd"}]).encode()).action is action
    assert account_change("errors", b'[{"code": {}}, 7]').action is EventAction.NO_ACTION


@pytest.mark.parametrize("provider", [Provider.TWILIO, Provider.MSG91])
def test_event_of_a_provider_without_account_events_is_unknown(provider: Provider) -> None:
    assert PROVIDERS[provider].account_change("anything", b"{}").action is EventAction.UNKNOWN
