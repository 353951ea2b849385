"""Parsing of Meta's account events: each line of the table, and real payloads."""

import json
from typing import Any

import pytest

from shared.messages.inbound import Provider
from shared.providers.account_events import Follows, Told
from shared.providers.meta.events import EVENTS, told
from shared.providers.meta.webhook import parse
from shared.providers.port import ParsedEvent
from shared.providers.registry import PROVIDERS
from tests.providers.account_values import ROWS, value_of
from tests.providers.payloads import payload


def said(field: str, **value: Any) -> Told:
    return told(field, json.dumps(value).encode())


@pytest.mark.parametrize(("field", "word", "follows"), ROWS)
def test_each_line_of_the_table(field: str, word: str, follows: Follows) -> None:
    found = told(field, json.dumps(value_of(field, word)).encode())
    assert found.follows is follows
    assert found.kind.startswith(field)


def test_every_field_that_meta_documents_has_a_line() -> None:
    documented = {
        *("account_alerts", "account_review_update", "account_settings_update", "account_update", "automatic_events"),
        *("business_capability_update", "flows", "group_lifecycle_update", "group_participants_update", "history"),
        *("group_settings_update", "group_status_update", "message_template_components_update", "messages"),
        *("message_template_quality_update", "message_template_status_update", "messaging_handovers", "calls"),
        *("partner_solutions", "payment_configuration_update", "phone_number_name_update", "security"),
        *("phone_number_quality_update", "smb_app_state_sync", "smb_message_echoes", "template_category_update"),
        *("tracking_events", "user_preferences"),
    }
    assert documented <= EVENTS.keys()


NUMBER = "+2348031234567"
PAYLOADS: list[tuple[str, str, dict[str, Any], Told]] = [
    (
        "a number as people write it",
        "phone_number_quality_update",
        {"display_phone_number": "+234 803-123 4567", "event": "FLAGGED", "current_limit": "TIER_1K"},
        Told(
            follows=Follows.BROADCASTS_PAUSE,
            kind="phone_number_quality_update FLAGGED",
            words="phone_number_quality_update FLAGGED, its limit is TIER_1K",
            number=NUMBER,
            value="FLAGGED",
        ),
    ),
    (
        "an account that is banned",
        "account_update",
        {"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": "DISABLE", "waba_ban_date": "January 1, 2026"}},
        Told(
            follows=Follows.CHANNELS_STOP,
            kind="account_update DISABLED_UPDATE",
            words="account_update DISABLED_UPDATE",
            value="DISABLED_UPDATE",
        ),
    ),
    (
        "of several restrictions the strongest counts",
        "account_update",
        {
            "event": "ACCOUNT_RESTRICTION",
            "restriction_info": [
                {"restriction_type": "RESTRICTED_BIZ_INITIATED_MESSAGING", "expiration": 1},
                {"restriction_type": "RESTRICTED_CUSTOMER_INITIATED_MESSAGING", "expiration": 1},
            ],
        },
        Told(
            follows=Follows.CHANNELS_STOP,
            kind="account_update ACCOUNT_RESTRICTION",
            words="account_update ACCOUNT_RESTRICTION",
            value="ACCOUNT_RESTRICTION",
        ),
    ),
    (
        "a template that was recategorised",
        "template_category_update",
        {
            "message_template_id": 5,
            "message_template_name": "sale",
            "message_template_language": "en",
            "previous_category": "UTILITY",
            "new_category": "MARKETING",
        },
        Told(
            follows=Follows.TEMPLATE_CATEGORY,
            kind="template_category_update MARKETING",
            words="template_category_update MARKETING",
            template="sale",
            language="en",
            value="MARKETING",
        ),
    ),
]


@pytest.mark.parametrize(
    ("field", "value", "expected"), [row[1:] for row in PAYLOADS], ids=[row[0] for row in PAYLOADS]
)
def test_payloads(field: str, value: dict[str, Any], expected: Told) -> None:
    assert said(field, **value) == expected


def test_a_webhook_about_a_paused_template() -> None:
    (event,) = parse(payload("meta", "template_paused"))
    assert isinstance(event, ParsedEvent)
    found = told(event.field, event.raw)
    assert (found.follows, found.template, found.language, found.value) == (
        Follows.TEMPLATE_STATUS,
        "sale",
        "en",
        "PAUSED",
    )


def test_a_category_that_is_planned_is_not_yet_the_templates() -> None:
    about = {"message_template_id": 5, "message_template_name": "sale", "message_template_language": "en-US"}
    planned = said("template_category_update", **about, new_category="UTILITY", correct_category="MARKETING")
    assert (planned.follows, planned.language) == (Follows.PEOPLE_TOLD, "en_US")
    assert planned.words == "template_category_update PLANNED, the template sale becomes MARKETING"
    done = said("template_category_update", **about, previous_category="UTILITY", new_category="MARKETING")
    assert (done.follows, done.value) == (Follows.TEMPLATE_CATEGORY, "MARKETING")
    short = said("template_category_update", **about, previous_category="UTILITY", correct_category="MARKETING")
    assert (short.follows, short.value) == (Follows.TEMPLATE_CATEGORY, "MARKETING")


@pytest.mark.parametrize(
    ("value", "follows"),
    [
        ({"event": "DISABLED_UPDATE", "ban_info": {"waba_ban_state": ["DISABLE"]}}, Follows.CHANNELS_STOP),
        ({"event": "DISABLED_UPDATE", "ban_info": [{"waba_ban_state": "REINSTATE"}]}, Follows.CHANNELS_RESUME),
        (
            {
                "event": "ACCOUNT_RESTRICTION",
                "restriction_info": {"restriction_type": "RESTRICTED_CUSTOMER_INITIATED_MESSAGING"},
            },
            Follows.CHANNELS_STOP,
        ),
        ({"event": "ACCOUNT_RESTRICTION", "restriction_info": [None, 7]}, Follows.BROADCASTS_PAUSE),
    ],
)
def test_one_and_several_details_say_the_same(value: dict[str, Any], follows: Follows) -> None:
    assert said("account_update", **value).follows is follows


def test_a_number_may_be_told_as_a_number() -> None:
    assert said("phone_number_quality_update", event="FLAGGED", display_phone_number=2348031234567).number == NUMBER


@pytest.mark.parametrize("field", ["brand_new_update", "account_update", "phone_number_quality_update"])
@pytest.mark.parametrize("raw", [b"{", b"[1]", b"7", b'{"event": "NEVER_SEEN"}', b'{"event": {}}', b"null"])
def test_unknown_event_is_classified_as_unknown_without_raising(field: str, raw: bytes) -> None:
    assert told(field, raw).follows is Follows.UNKNOWN


@pytest.mark.parametrize(
    ("code", "follows"), [(190, Follows.PEOPLE_TOLD), ("131031", Follows.PEOPLE_TOLD), (1, Follows.NOTED)]
)
def test_an_error_of_no_message_is_shown_to_people_if_it_is_the_accounts(code: int | str, follows: Follows) -> None:
    assert told("errors", json.dumps([{"code": code, "error_data": "odd"}]).encode()).follows is follows
    assert told("errors", b'[{"code": {}}, 7]').follows is Follows.NOTED


@pytest.mark.parametrize("provider", [Provider.TWILIO, Provider.MSG91])
def test_providers_without_account_events_make_them_unknown(provider: Provider) -> None:
    assert PROVIDERS[provider].told("anything", b"{}").follows is Follows.UNKNOWN
