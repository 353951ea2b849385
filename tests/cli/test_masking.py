"""Values shown to operators contain no phone number."""

import json

from shared.messages.dead_letters import DeadLetter, DeadLetterReason, RecordOrigin
from shared.operations.dead_letters.reader import payload_of
from shared.operations.masking import masked, masked_text
from tests.cli.test_hops import START


def test_phone_numbers_are_masked_in_all_fields() -> None:
    value = {
        "sender": {"identity": "+2348035550101", "bsuid": None, "name": "Ada"},
        "raw": {"from": "2348035550101", "timestamp": "1795182850", "text": {"body": "call +2348035550101"}},
        "form": {"From": "whatsapp:+14155550103", "WaId": "14155550103"},
        "turn": 3,
    }

    shown = json.dumps(masked(value))

    assert "5550101" not in shown
    assert "5550103" not in shown
    assert '"1795182850"' in shown
    assert '"turn": 3' in shown


def test_ids_and_times_are_not_masked() -> None:
    for text in (
        "d181ff38-f8b7-5e1c-9187-2607ba5ea4bb",
        "2026-11-20T13:54:10.168581Z",
        "phone number id 665397593326012",
    ):
        assert masked_text(text) == text


def dead_letter(payload: bytes) -> DeadLetter:
    return DeadLetter(
        id="dead-letter",
        workspace="-",
        correlation_id="c",
        created_at=START,
        reason=DeadLetterReason.UNDECODABLE,
        detail="",
        origin=RecordOrigin(service="router"),
        payload=payload,
    )


def test_payload_is_shown_as_json_form_fields_or_text() -> None:
    assert payload_of(dead_letter(b'{"from": "2348035550101"}')) == '{\n  "from": "2348…01"\n}'
    assert payload_of(dead_letter(b"From=whatsapp%3A%2B14155550103&Body=hi")) == (
        '{\n  "From": "whatsapp:+141…03",\n  "Body": "hi"\n}'
    )
    assert payload_of(dead_letter(b"call +2348035550101 \xff")) == "call +23…01 �"
    assert payload_of(dead_letter(b'{"from": "2348035550101"}'), raw=True) == '{\n  "from": "2348035550101"\n}'
