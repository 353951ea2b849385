"""Texts of others are shown without acting on whoever reads them: terminals, pages, logs, lists."""

import io
import json
import sys
import unicodedata
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devtools.cli.main import main
from devtools.cli.printable_output import Printable, printable_output, terminal
from devtools.cli.record_line import line_of
from devtools.cli.screen import console, shortened
from devtools.replay.report import page
from shared.domain.customer import MAX_NAME, normalised_tag, tidy_name
from shared.domain.replays import Origin, Said
from shared.kafka.codec import to_record
from shared.kafka.records import Record
from shared.messages.content import Text
from shared.messages.inbound import Sender
from shared.providers.meta import webhook as meta
from shared.providers.msg91 import webhook as msg91
from shared.providers.port import ParsedMessage
from shared.providers.twilio import webhook as twilio
from shared.telemetry import logging
from shared.text.printable import one_line, printable
from shared.topics import INBOUND_MESSAGES
from tests.repositories.builders import NOW, PHONE, inbound
from tests.repositories.samples import REPLAYED

NASTY = {
    "a colour that hides": "\x1b[8mAda",
    "the screen cleared": "\x1b[2J\x1b[H",
    "the title of the window": "\x1b]0;root@db\x07",
    "a link": "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "the clipboard": "\x1b]52;c;cm0gLXJmIC8=\x07",
    "C1 in place of ESC [": "\x9b2J",
    "back to the beginning of the line": "bad\rgood",
    "backspaces": "bad\b\b\bgood",
    "an override": "\u202egnp.exe",
    "an isolate": "\u2066a\u2069",
    "an Arabic mark": "\u061ca",
    "a null byte": "a\x00b",
    "delete": "a\x7fb",
    "a line separator": "a\u2028b",
    "next line": "a\x85b",
    "zero width": "a\u200bb\ufeffc\u2060d",
    "half a character": "a\ud800b",
    "a sentence in tags": "Ada" + "".join(chr(0xE0000 + ord(one)) for one in "pay Bo"),
    "tags behind a flag that is none": "\U0001f3f4" + "\U000e0061" * 20,
    "a message in selectors of forms": "a" + "".join(chr(0xE0100 + at) for at in range(40)),
    "fillers of Hangul": "a\u3164\u115f\u1160\uffa0b",
    "joiners that join nothing": "a" + "\u200d" * 40 + "b",
    "a joiner of graphemes": "a\u034fb",
    "musical controls": "a\U0001d173b",
    "a tower of accents": "a" + "\u0301\u0323" * 100,
    "a tower of Thai": "ก" + "็" * 100,
    "a letter in many rings": "a" + "\u20dd" * 100,
}
SCRIPTS = [
    "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "葛\U000e0100城",
    "❤️‍🔥",
    "ệ",
    "e\u0323\u0302",
    "בְּרֵאשִׁ֖ית",
    "กี่",
]
"""A flag of a region, a form of an ideograph, a joined emoji, marks on letters of several scripts."""
ACTS = {"Cc", "Cs", "Zl", "Zp"}


def acting(text: str) -> list[str]:
    """The characters of a text that act, are not seen, or reverse others."""
    bidi = {"RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI"}
    return [
        one
        for one in text
        if one not in "\n\t" and (unicodedata.category(one) in ACTS or unicodedata.bidirectional(one) in bidi)
    ]


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_control_characters_are_escaped(text: str) -> None:
    assert acting(printable(text)) == []
    assert "\\u" in printable(text)
    assert json.loads(f'"{printable(text)}"') == text if '"' not in text and "\\" not in text else True


@pytest.mark.parametrize("text", ["Ada", "a\tb\nc", "שלום", "ada ✓", "👨‍👩‍👧", "می\u200cخواهم", "é", "०१", *SCRIPTS])
def test_ordinary_text_is_unchanged(text: str) -> None:
    assert printable(text) == text


@given(st.text())
def test_any_text_is_printed_without_control_characters(text: str) -> None:
    assert acting(printable(text)) == []
    assert len(one_line(text, 20)) <= 20
    assert "\n" not in one_line(text)


def test_a_list_has_a_line_for_each_item_whatever_is_in_it() -> None:
    assert one_line("Ada\n2026-01-01  order 7 paid\r\n") == "Ada 2026-01-01 order 7 paid"
    assert shortened("Ada\x85\u2028Bo " * 50, 10) == "Ada Bo Ada…"[:9] + "…"


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_nothing_that_is_printed_acts_on_the_terminal(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    with printable_output():
        sys.stdout.write(f"name: {text}\n")
        sys.stdout.writelines([json.dumps({"name": text}, ensure_ascii=False), "\n"])
        console().print(f"name: {text}")
        console().print({"name": text})
    assert acting(out.getvalue()) == []
    assert json.loads(out.getvalue().splitlines()[1])["name"] == text


def test_errors_of_commands_are_printable_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["parley", "flow", "validate", "no\x1b[2J\u202e.yaml"])
    with pytest.raises(SystemExit):
        main()
    said = capsys.readouterr()
    assert "u001b[2J" in said.out + said.err
    assert acting(said.out + said.err) == []


def test_our_own_colours_and_movements_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(sys, "stdout", out)
    with printable_output():
        console().print("ours \x1b[2J theirs", style="bold")
        assert isinstance(sys.stdout, Printable)
        terminal().write("\r\x1b[K")
    assert "\x1b[1m" in out.getvalue()
    assert "\x1b[2J" not in out.getvalue()
    assert out.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY)
def test_names_are_one_line_of_bounded_length(text: str) -> None:
    for name in (tidy_name(f"Ada {text} Lovelace\nadmin " * 100), normalised_tag(text * 100)):
        assert acting(name) == []
        assert "\n" not in name
        assert len(name) <= MAX_NAME


LONG = "Ada\n\x1b[2J\u202e" + "x" * 10_000


def names() -> dict[str, str | None]:
    """The name of a sender as each provider's parser gives it."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "2348031234567", "phone_number_id": "665397593326012"},
        "contacts": [{"wa_id": "2348035550101", "profile": {"name": LONG}}],
        "messages": [{"from": "2348035550101", "id": "w", "timestamp": "1", "type": "text", "text": {"body": "hi"}}],
    }
    entry = [{"id": "1", "changes": [{"field": "messages", "value": value}]}]
    body = json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()
    form = {"MessageSid": "SM1", "From": "whatsapp:+2348035550101", "To": "whatsapp:+14155238886", "Body": "hi"}
    hook = {"uuid": "u1", "customerNumber": "2348035550101", "customerName": LONG, "contentType": "text", "text": "hi"}
    parsed = {
        "meta": meta.parse(body),
        "twilio": twilio.parse_message([*form.items(), ("ProfileName", LONG)], NOW),
        "msg91": msg91.parse(json.dumps(hook).encode(), "+919876543210", NOW),
    }
    return {name: item.sender.name for name, (item, *_) in parsed.items() if isinstance(item, ParsedMessage)}


@pytest.mark.parametrize("provider", ["meta", "twilio", "msg91"])
def test_a_parser_lets_no_name_act_or_grow(provider: str) -> None:
    name = names()[provider]
    assert name is not None
    assert name.startswith("Ada [2Jxxx")
    assert len(name) <= MAX_NAME


def test_a_record_is_one_line_of_tail() -> None:
    said = inbound(sender=Sender(identity=PHONE, address=PHONE), content=Text(body="a\nb\x1b[2J" * 5))
    sent = to_record(INBOUND_MESSAGES, said, lane=said.conversation_id, shards=1)
    record = Record(sent.topic, 0, 0, sent.key, sent.value, sent.headers, 0)
    line = line_of(record, raw=True)
    assert acting(line) == []
    assert "\n" not in line


def test_a_report_shows_texts_as_they_are() -> None:
    nasty = "\u202e<b>\x1b[2J"
    said = Said(origin=Origin.FAQ, text=nasty, model=nasty, error=nasty)
    row = msgspec.structs.replace(REPLAYED, question=nasty, then=said, now=said)
    html = page("t", ["x"], [row])
    assert acting(html) == []
    assert "<b>" not in html


def test_logs_are_printable(capsys: pytest.CaptureFixture[str]) -> None:
    logging.configure("test", "INFO")
    logging.get("x").info("Refused", reason="a\u202eb\x9b2J\x7f", at=str(datetime(2026, 1, 1, tzinfo=UTC)))
    (line,) = [one for one in capsys.readouterr().out.splitlines() if "Refused" in one]
    assert acting(line) == []
    assert json.loads(line)["reason"] == "a\u202eb\x9b2J\x7f"
