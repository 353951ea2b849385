"""`parley broadcast`: create from a CSV file, estimate, start, watch, pause and retry."""

import itertools
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from devtools.cli.broadcast_screen import held_off_in_words, tell_estimate
from shared.domain.broadcast import Broadcast
from shared.messages.broadcast_content import BroadcastText
from shared.operations.broadcasts.estimate import Estimate
from shared.repositories.broadcast_recipients import DeferredRetries
from tests.cli.conftest import Live, until

_names = itertools.count(1)
TEMPLATE = ("--template", "news", "--param", "{{ customer.name }}", "--param", "{{ customer.fields.city }}")


@pytest.fixture
def name() -> str:
    return f"spring-{next(_names)}"


def csv_file(folder: Path, *rows: str) -> str:
    path = folder / "people.csv"
    path.write_text("\n".join(("name;phone;city;opted out", *rows)) + "\n")
    return str(path)


@pytest.fixture
def numbers() -> list[str]:
    start = 2348036660000 + 10 * next(_names)
    return [f"+{start + n}" for n in range(3)]


def test_broadcast_from_csv_file_reaches_recipients(live: Live, name: str, numbers: list[str], tmp_path: Path) -> None:
    ada, bo, cy = numbers
    people = csv_file(tmp_path, f"Ada;{ada};Lagos;", f"Bo;{bo};;", f"Cy;{cy};Kano;yes", f"Ada L;{ada};;", "Dee;0803;;")
    made = live.parley(
        *("broadcast", "create", name, "-w", "acme", "--csv", people, *TEMPLATE),
        *("--price", "0.02", "--rate", "50"),
    )
    assert made.code == 0, made.err
    assert "2 people, 1 lines left out, 1 have opted out by the file" in made.out
    assert "line 6 is left out: phone" in made.out
    assert f"{name} is a draft" in made.out
    assert "1 of 2 would get it" in made.out
    assert "1 skipped: not_filled_in" in made.out
    assert "cost: about USD 0.02" in made.out
    assert live.simulators.records(since=0, to=ada, kind="message")[0] == [], "nothing is sent yet"

    dry = live.parley("broadcast", "start", name, "-w", "acme", "--dry-run", "--json").json()
    assert (dry["audience"], dry["to_send"], dry["skipped"], dry["cost"]) == (2, 1, {"not_filled_in": 1}, "0.02")

    started = live.parley("broadcast", "start", name, "-w", "acme", "--watch")
    assert started.code == 0, started.err
    assert f"{name}: done" in started.out
    assert "skipped: 1 not_filled_in" in started.out
    (sent,) = live.received(ada)
    assert sent["text"] == "news"

    def read() -> bool:
        return bool(live.parley("broadcast", "status", name, "-w", "acme", "--json").json()["counts"]["read"] == 1)

    until(read)
    listed = live.parley("broadcast", "list", "-w", "acme").out
    assert re.search(rf"done +{name}  2 recipients", listed)
    assert name in live.parley("broadcast", "list", "--stage", "done").out
    assert name not in live.parley("broadcast", "list", "--stage", "paused").out
    for wrong in (("--stage", "over"), ("-w", "nobody")):
        assert live.parley("broadcast", "list", *wrong).code == 1
    again = live.parley("broadcast", "create", name, "-w", "acme", "--csv", people, *TEMPLATE)
    assert (again.code, "already" in again.err) == (1, True)
    assert live.parley("broadcast", "start", name, "-w", "acme").code == 1
    assert "Nobody" in live.parley("broadcast", "retry", name, "-w", "acme").out


def test_scheduled_broadcast_can_be_paused_resumed_and_cancelled(
    live: Live, name: str, numbers: list[str], tmp_path: Path
) -> None:
    people = csv_file(tmp_path, f"Ada;{numbers[0]};Lagos;")
    assert live.parley("broadcast", "create", name, "-w", "acme", "--csv", people, *TEMPLATE).code == 0
    started = live.parley("broadcast", "start", name, "-w", "acme", "--at", "2099-05-01T09:00")
    assert f"{name} begins at 2099-05-01 09:00 WAT" in started.out, started.err
    shown = live.parley("broadcast", "status", name, "-w", "acme").out
    assert "begins 2099-05-01 08:00 UTC" in shown
    for command, state in (("pause", "paused"), ("resume", "resumed"), ("cancel", "cancelled")):
        assert live.parley("broadcast", command, name, "-w", "acme").out == f"{name} is {state}.\n"
    refused = live.parley("broadcast", "resume", name, "-w", "acme")
    assert refused.err == f"parley: {name} cannot be resumed: it is cancelled\n"
    assert live.simulators.records(since=0, to=numbers[0], kind="message")[0] == []


MISTAKES = [
    ("no audience", ("create", "x", "--text", "Hi"), "say for whom: a segment or a file (--segment or --csv)"),
    ("no content", ("create", "x", "--segment", "vips"), "say what to send"),
    ("two contents", ("create", "x", "--segment", "vips", "--text", "Hi", "--flow", "y"), "say what to send"),
    ("unknown segment", ("create", "x", "--segment", "vips", "--text", "Hi"), "there is no segment 'vips'"),
    ("missing file", ("create", "x", "--csv", "no/such.csv", "--text", "Hi"), "No such file or directory"),
    ("unknown flow", ("create", "x", "--csv", "no.csv", "--flow", "quiz"), "there is no flow 'quiz'"),
    ("unknown broadcast", ("start", "nothing"), "acme has no broadcast 'nothing'"),
    ("status of unknown broadcast", ("status", "nothing"), "acme has no broadcast 'nothing'"),
    (
        "unknown field",
        ("create", "x", "--csv", "no.csv", "--text", "{{ customer.nam }}"),
        "`customer.nam` is not known",
    ),
]


@pytest.mark.parametrize(("arguments", "expected"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES])
def test_mistake_is_reported_in_one_line(live: Live, arguments: tuple[str, ...], expected: str) -> None:
    done = live.parley("broadcast", *arguments, "-w", "acme")
    assert done.code == 1
    assert expected in done.err
    assert len(done.err.splitlines()) == 1


def test_template_header_and_buttons_are_filled(live: Live, name: str, numbers: list[str], tmp_path: Path) -> None:
    people = csv_file(tmp_path, f"Ada;{numbers[0]};Lagos;")
    made = live.parley(
        *("broadcast", "create", name, "-w", "acme", "--csv", people, "--template", "sale"),
        *("--header-file", "image:https://acme.example/sale.png"),
        *("--button", "0:url:{{ customer.fields.city }}?a:b", "--button", "1:copy_code:OAK10"),
    )
    assert made.code == 0, made.err
    assert live.parley("broadcast", "start", name, "-w", "acme", "--watch").code == 0
    (sent,) = live.received(numbers[0])
    header, url, code = sent["payload"]["template"]["components"]
    assert header["parameters"] == [{"type": "image", "image": {"link": "https://acme.example/sale.png"}}]
    assert (url["index"], url["parameters"]) == ("0", [{"type": "text", "text": "Lagos?a:b"}])
    assert code["parameters"] == [{"type": "coupon_code", "coupon_code": "OAK10"}]


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (("--header-file", "https://acme.example/sale.png"), "write image, video or document"),
        (("--header-file", "image:"), "write image, video or document"),
        (("--header-file", "audio:https://acme.example/a.ogg"), "write image, video or document"),
        (("--header-file", "image:http://acme.example/a.png"), "needs an https address"),
        (("--button", "first:url:x"), "--button first:url:x: write its number"),
        (("--button", "0:call:x"), "--button 0:call:x: write its number"),
        (("--button", "0:url:"), "--button 0:url:: write its number"),
    ],
)
def test_invalid_template_option_is_refused(live: Live, name: str, option: tuple[str, str], expected: str) -> None:
    done = live.parley("broadcast", "create", name, "-w", "acme", "-s", "any", "--template", "sale", *option)
    assert done.code != 0
    assert expected in done.err.replace("\n", " ")


def test_template_options_without_template_are_refused(live: Live, name: str) -> None:
    done = live.parley("broadcast", "create", name, "-w", "acme", "-s", "any", "--text", "Hi", "--param", "Ada")
    assert done.code != 0
    assert "name it with --template" in done.err


def test_deferred_retries_are_counted_with_their_earliest_time() -> None:
    first = datetime(2026, 5, 2, 9, 0, tzinfo=UTC)
    one, more = (DeferredRetries(count=count, first=first, last=first + timedelta(hours=count - 1)) for count in (1, 3))
    assert held_off_in_words(one) == "1 not to be tried again before 2026-05-02 09:00 UTC (the provider asks for that)"
    assert held_off_in_words(more).removesuffix(" (the provider asks for that)") == (
        "3 not to be tried again before 2026-05-02 09:00 UTC, the last not before 2026-05-02 11:00 UTC"
    )


@pytest.mark.parametrize("as_json", [True, False])
def test_estimate_counts_undeliverable_recipients(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    made = datetime(2026, 5, 2, tzinfo=UTC)
    broadcast = Broadcast(
        id="b", workspace="acme", name="b", channel="main", what=BroadcastText(text="Hi"), created_at=made, by="u"
    )
    found = Estimate(audience=9, to_send=7, skipped={}, seconds=1.0, cost=None, problems=(), undeliverable=2)
    tell_estimate(broadcast, found, as_json=as_json)
    expected = (
        '"undeliverable": 2'
        if as_json
        else "  2 of them could not be reached the last time, and have not written since"
    )
    assert expected in capsys.readouterr().out
