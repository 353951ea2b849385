"""Workspace files: each mistake is named with file, line and field; nothing that somebody may write is a crash."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.operations.errors import FileInvalid
from shared.operations.workspaces.file import read
from shared.workspace.config import Workspace, WorkspaceFile

GOOD = """\
workspace: shop
name: Shop
region: NG
timezone: Africa/Lagos
channels:
  - id: main
    provider: meta
    address: "0803 123 4567"
    phone_number_id: "665397593326012"
    waba_id: "1437200930610622"
    access_token: very-secret-token
  - id: tw
    provider: twilio
    address: "+14155238886"
    account_sid: "AC00000000000000000000000000000001"
    auth_token: "${SHOP_TOKEN}"
bot: {history: 10, faq_threshold: 0.7}
hours:
  mon: ["09:00-12:00", "13:00-17:30"]
  sat: ["10:00-24:00"]
holidays: [2026-12-25]
languages: [en, no]
tier: starter
limits: {customers: 10}
faqs:
  - {question: "When do you open?", answer: "At 9."}
  - {question: "Where are you?", answer: "Here."}
catalog:
  - {sku: C1, name: Oak, price: "4.50", currency: USD}
  - {sku: 007, name: Bond, price: 7, currency: USD}
segments:
  - {name: loyal, min_orders: 3}
conversing: {away: "Back {opens}."}
qualified_when: customer.order_count > 2 and "vip" in customer.tags
"""
ENV = {"SHOP_TOKEN": "another-secret"}


def said(tmp_path: Path, text: str | bytes, env: dict[str, str] | None = None) -> list[str]:
    """Return the errors of a file, without its name."""
    file = tmp_path / "w.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    with pytest.raises(FileInvalid) as raised:
        read(file, ENV if env is None else env)
    return [line.removeprefix(f"{file}:") for line in str(raised.value).splitlines()]


def test_good_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "w.yaml"
    file.write_text(GOOD)
    found = read(file, ENV).wanted
    assert [channel.address for channel in found.channels] == ["+2348031234567", "+14155238886"]
    assert found.holidays == (date(2026, 12, 25),)
    assert found.languages == ("en", "no"), "Norwegian is no `false`"
    assert [product.sku for product in found.catalog] == ["C1", "007"]
    assert "secret" not in repr(found)


ONE = [
    ("a wrong type", "history: 10", "history: ten", "17: bot.history: a whole number is wanted here"),
    ("yes for a number", "history: 10", "history: true", "17: bot.history: a number is wanted here, not yes or no"),
    ("a number out of its bounds", "0.7}", "7}", "17: bot.faq_threshold: must be 1.0 or less"),
    ("a text for fields", "bot: {history: 10, faq_threshold: 0.7}", "bot: hybrid", "17: bot: fields are wanted here"),
    ("a text for a list", '["10:00-24:00"]', "10:00-24:00", "20: hours.sat: a list is wanted here"),
    ("an unknown field", "region: NG", "regoin: NG", "3: regoin: is not known; did you mean `region`?"),
    ("an unknown field within", "{history", "{histroy", "17: bot.histroy: is not known; did you mean `history`?"),
    ("one of a channel", "waba_id", "wabaid", "10: channels.0.wabaid: is not known; did you mean `waba_id`?"),
    ("one that is like none", "region: NG", "zzz: NG", "3: zzz: is not known; there are name, region,"),
    ("an unknown day", "  sat:", "  saturday:", "20: hours.saturday: is not known; did you mean `sat`?"),
    ("an end before the beginning", '"10:00-24:00"', '"17:00-09:00"', "20: hours.sat.0: 17:00-09:00 ends before it"),
    ("spans that overlap", "13:00-17:30", "11:00-17:30", "19: hours.mon: 09:00-12:00 and 11:00-17:30 overlap"),
    ("hours in another form", "13:00-17:30", "1pm-5pm", "19: hours.mon.1: hours are written as 09:00-17:30"),
    ("a holiday that is no date", "2026-12-25", "christmas", "21: holidays.0: a day is wanted here, such as"),
    ("a holiday that never comes", "2026-12-25", "2026-02-30", "21: holidays.0: the calendar has no 2026-02-30"),
    ("a holiday as a number", "2026-12-25", "20261225", "21: holidays.0: a day is wanted here"),
    (
        "two currencies",
        "price: 7, currency: USD",
        "price: 7, currency: NGN",
        "1: currency: is missing: the catalog has",
    ),
    ("a price that is none", '"4.50"', "cheap", "29: catalog.0.price: a number is wanted here, such as 4.50"),
    ("a price that nobody pays", '"4.50"', "1e999", "29: catalog.0.price: is more than 1,000,000,000,000"),
    ("a price of no coin", '"4.50"', "4.00001", "29: catalog.0.price: has more than 4 decimals"),
    ("an SKU used twice", "sku: 007", "sku: C1", "30: catalog.1.sku: is there twice: it is number 1 of the list too"),
    ("a question asked twice", "Where are you?", "when do you  OPEN", "27: faqs.1.question: is there twice"),
    ("a channel's id used twice", "id: tw", "id: main", "12: channels.1.id: is there twice"),
    ("a number too short", "0803 123 4567", "0803", "8: channels.0.address: is not a phone number: it is too short"),
    (
        "a number with letters",
        "0803 123 4567",
        "0803 CALL",
        "8: channels.0.address: is not a phone number: it has other",
    ),
    (
        "a national number without a region",
        "region: NG",
        "region: ''",
        "8: channels.0.address: is not a phone number: it",
    ),
    ("a region of another name", "region: NG", "region: UK", "3: region: UK is not a region; did you mean GB?"),
    ("a region that does not exist", "region: NG", "region: QQ", "3: region: QQ is not a region"),
    ("a time zone that does not exist", "Africa/Lagos", "Lagos", "4: timezone: `Lagos` is not a time zone"),
    ("a text without quotes", '"665397593326012"', "665397593326012", "9: channels.0.phone_number_id: a text is"),
    ("an id in another form", "665397593326012", "six", "9: channels.0.phone_number_id: is a number of 5 to 25 digits"),
    ("an unknown provider", "provider: meta", "provider: fax", "6: channels.0: `provider` is one of 'meta', 'twilio'"),
    ("an unknown tier", "starter", "gold", "23: tier: is one of 'free', 'starter', 'business' or 'enterprise'"),
    ("a limit below nothing", "customers: 10", "customers: -1", "24: limits.customers: must be 0 or more"),
    ("an unset variable", "${SHOP_TOKEN}", "${SHOP_X}", "16: channels.1.auth_token: SHOP_X is not in the environment"),
    ("an unknown placeholder", "{opens}", "{open}", "33: conversing.away: {open} is not known; only {opens} is"),
    ("a broken condition", "> 2", ">", "34: qualified_when: the expression cannot be read"),
    ("a condition about nothing", "customer.order_count", "orders", "34: qualified_when: `orders` is not there; it is"),
    ("an unknown fact", "customer.order_count", "customer.orders", "34: qualified_when: a customer has no `orders`"),
    ("an empty answer", '"At 9."', '""', "26: faqs.0.answer: must not be empty"),
    ("a key that is there twice", "name: Shop", "workspace: two", "2: `workspace` is written twice"),
    ("no YAML", "name: Shop", "name: [Shop", "3: not YAML"),
    ("a tab", "  sat:", "\tsat:", "20: a tab, where YAML wants spaces"),
    ("an alias", "name: Shop", "name: &x [*x]", "2: `*name` (an alias) is not used here"),
    (
        "a tag",
        "name: Shop",
        "name: !!python/name:os.system",
        "2: `tag:yaml.org,2002:python/name:os.system` is not used",
    ),
    ("half a character", "name: Shop", 'name: "\\ud800"', "2: has the character U+D800, which no text has"),
    ("a null byte", "name: Shop", "name: S\0p", "2: has the character U+0000, which no text has"),
]


@pytest.mark.parametrize(("before", "after", "expected"), [case[1:] for case in ONE], ids=[case[0] for case in ONE])
def test_mistake_is_named_with_line_and_field(before: str, after: str, expected: str, tmp_path: Path) -> None:
    assert before in GOOD
    found = said(tmp_path, GOOD.replace(before, after))
    assert [line for line in found if line.startswith(expected)], found
    assert "secret" not in "".join(found)


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = GOOD
    for before, after in (("shop", "My Shop"), ("0803 123 4567", "12"), ("10}", "-1}"), ("C1", ""), ("007", "''")):
        text = text.replace(before, after, 1)
    assert [line.split(":")[0] for line in said(tmp_path, text)] == ["1", "8", "24", "29", "30"]


BYTES = [
    ("Latin 1", GOOD.replace("Shop", "Café").encode("latin-1"), "2: is not UTF-8 text"),
    ("UTF-16", GOOD.encode("utf-16"), "1: is not UTF-8 text"),
    ("more than two megabytes", b"name: " + b"x" * 10_000_000, " is larger than 2048 KiB"),
    ("an archive", b"PK\x03\x04\x14\x00", "1: has the character U+0003"),
    ("nothing", b"", "1: a workspace file has fields, and begins with `workspace: name`"),
    ("a list", b"- workspace", "1: a workspace file has fields"),
    ("a hundred thousand levels", b"a: " + b"[" * 100_000, "1: too many levels within each other"),
    ("two documents", b"workspace: a\n---\nworkspace: b", "2: not YAML: but found another document"),
    (
        "a billion laughs",
        b"a: &a [x,x,x,x]\n" + b"".join(b"%c: &%c [*%c,*%c]\n" % (n + 1, n + 1, n, n) for n in range(97, 121)),
        "2: `*name` (an alias) is not used here",
    ),
]


@pytest.mark.parametrize(("raw", "expected"), [case[1:] for case in BYTES], ids=[case[0] for case in BYTES])
def test_file_that_is_no_workspace_file_is_refused(raw: bytes, expected: str, tmp_path: Path) -> None:
    (found,) = said(tmp_path, raw)
    assert found.startswith(expected)


def test_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    file = tmp_path / "w.yaml"
    file.write_bytes(b"\xef\xbb\xbfworkspace: shop\r\nname: Shop\r\n")
    assert read(file, {}).wanted.name == "Shop"


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileInvalid, match="No such file"):
        read(tmp_path / "none.yaml", {})
    with pytest.raises(FileInvalid, match="Is a directory"):
        read(tmp_path, {})


PIECES = st.sampled_from(
    [
        *(
            "workspace: a\n",
            "hours:\n",
            "  mon: ",
            "channels:\n",
            "  - provider: meta\n",
            "faqs: ",
            "1e9",
            ".nan",
            "null",
        ),
        *(
            "- ",
            "[",
            "{",
            "}",
            "]",
            ": ",
            "&a ",
            "*a",
            "!!x ",
            '"',
            "'",
            ">\n",
            "\t",
            "? ",
            "${X}",
            "\\u0000",
            "\n",
            "#",
        ),
    ]
)


@given(text=st.lists(PIECES | st.text(max_size=5), max_size=25).map("".join))
@example(text="workspace: a\nsegments: [{name: a, fields: {'': x}}]")
@example(text="workspace: a\nlimits: {ai_usd_per_month: .nan}")
@example(text="workspace: a\nshards: " + "9" * 6000)
@example(text="workspace: a\nchannels: {a: b}")
@example(text="workspace: a\nchannels: [null, [], a, {provider: [x]}]")
def test_any_text_is_read_or_refused(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        read(file, {})
    except FileInvalid as error:
        assert str(error)


def test_stored_workspace_is_read_even_if_files_are_stricter_now() -> None:
    """Also what a later version has stored: its fields are passed over, within others too."""
    stored = {
        "workspace": "shop",
        "region": "QQ",
        "flows": ["flows/old.yaml", {"name": "menu", "version": "1"}],
        "faqs": [{"question": "a", "answer": "b"}, {"question": "a", "answer": "b"}],
        "bot": {"history": 5, "of_tomorrow": 1},
        "catalog": [
            {"sku": "a", "name": "x", "price": "1", "currency": "USD"},
            {"sku": "a", "name": "x", "price": "1", "currency": "NGN"},
        ],
    }
    found = Workspace.model_validate(stored, extra="ignore")
    assert (len(found.faqs), found.bot.history, [flow.name for flow in found.flows]) == (2, 5, ["menu"])


def test_limits_of_the_tier_hold_where_there_are_no_own() -> None:
    found = Workspace.model_validate({"workspace": "shop", "tier": "free", "limits": {"customers": 7}})
    assert [found.limit(name) for name in ("customers", "messages_per_month")] == [7, 1000]
    assert Workspace(workspace="shop").limit("customers") is None


def test_workspace_made_by_a_program_is_checked_too() -> None:
    with pytest.raises(ValidationError, match="is not a phone number"):
        WorkspaceFile.model_validate(
            {
                "workspace": "shop",
                "channels": [
                    {
                        "id": "a",
                        "provider": "twilio",
                        "address": "0803",
                        "account_sid": "AC" + "0" * 32,
                        "auth_token": "x",
                    }
                ],
            }
        )
