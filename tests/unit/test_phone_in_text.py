"""Phone numbers without a plus in texts of people: what is masked, and what is not one."""

import pytest

from shared.domain.phone_in_text import mask_numbers
from shared.operations.masking import masked, masked_text

NUMBERS = [
    "call me on 08031234567",
    "call me on 0803 123 4567, please",
    "2348031234567",
    "my number: 234 803 123 4567.",
    "00234 803 123 4567",
    "0044 20 7946 0958",
    "(020) 7946 0958",
    "020 7946 0958",
    "415-555-0100",
    "(415) 555-0100",
    "14155550100",
    "98765 43210",
    "919876543210!",
    "5511961234567",
    "WhatsApp 491711234567 or +491711234567",
]
OTHERS = [
    "order K7M4-Q2XC",
    "order 1000000017",
    "order 4711-2026-000123",
    "tracking 00340434161094042557",
    "tracking 1Z999AA10123456784",
    "EAN 4006381333931",
    "invoice 202611290001",
    "2026-11-29 17:38",
    "29.11.2026 17:38",
    "01.12.2026 10:30",
    "from 2026-11-29T17:38:00Z on",
    "1,250,000.00 NGN",
    "IBAN DE89370400440532013000",
    "code 123456",
    "0.1234567891",
    "it costs 12500",
]


@pytest.mark.parametrize("text", NUMBERS)
def test_numbers_without_a_plus_are_masked(text: str) -> None:
    shown = masked_text(text)
    assert "…" in shown
    assert not any(part in shown for part in ("1234567", "5550100", "555-0100", "43210", "0958", "961234567"))


@pytest.mark.parametrize("text", OTHERS)
def test_other_numbers_are_not_masked(text: str) -> None:
    assert mask_numbers(text) == text


def test_words_in_contents_are_masked_and_ids_stay() -> None:
    content = {"type": "text", "body": "it is 08031234567", "media_id": "2348031234567", "sent_at": "08031234567"}
    assert masked(content) == {**content, "body": "it is 0803…67"}
    assert masked({"items": [{"title": "2348031234567"}]}) == {"items": [{"title": "2348…67"}]}


@pytest.mark.parametrize("between", [" ", "/", ",", ", ", "-"])
def test_numbers_beside_each_other_are_masked(between: str) -> None:
    shown = mask_numbers(f"08031234567{between}08039876543")
    assert shown == f"0803…67{between}0803…43"
